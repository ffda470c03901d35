"""Charts and tables of so many results that not all of them can be drawn."""

from __future__ import annotations

import pytest

from zkmark.reports import charts, render_html
from zkmark.reports.heatmap import heat_map
from zkmark.reports.model import Entry, Report, run_letter, run_order
from zkmark.reports.noise import noise_rows
from zkmark.reports.roofline import left_out
from zkmark.suites.result import Result


@pytest.fixture
def many(example: Result) -> Report:
    return Report([example] * 10)


def largest(report: Report) -> set[tuple[str, int]]:
    """Return each backend's largest transform, which is the only family of several sizes."""
    sizes: dict[str, int] = {}
    for entry in report.measured:
        if entry.kernel == "ntt":
            sizes[entry.label] = max(entry.size, sizes.get(entry.label, 0))
    return set(sizes.items())


def test_rows_of_many_backends_are_their_largest_sizes(many: Report) -> None:
    transforms = next(found for _, found in many.families() if found[0].kernel == "ntt")
    assert len(transforms) > charts.MOST_ROWS
    want = largest(many)
    assert {(e.label, e.size) for e in charts.rows_of(transforms)} == want
    for made in (charts.phase_charts(many), charts.sample_charts(many)):
        chart = next(made)
        assert {(e.label, e.size) for e in chart.entries} == want
        assert len(chart.figure["layout"]["yaxis"]["ticktext"]) == len(want)
        assert f"there would be {len(transforms)} rows" in chart.remark
    rows = [row for row in noise_rows(many) if row.case.startswith("ntt/")]
    assert len(rows) == len(want)


def test_rows_of_few_backends_are_all_there(example: Result) -> None:
    report = Report([example])
    for _, found in report.families():
        assert charts.rows_of(found) == found
    assert not next(charts.phase_charts(report)).remark
    assert len(noise_rows(report)) == len(report.measured)


def test_whiskers_are_drawn_where_they_can_be_told_apart(example: Result, many: Report) -> None:
    (one,), (ten,) = charts.scaling_charts(Report([example])), charts.scaling_charts(many)
    assert all(trace["error_y"]["array"] for trace in one.figure["data"])
    assert not one.remark
    assert not any("error_y" in trace for trace in ten.figure["data"])
    assert "Of 30 curves" in ten.remark
    assert len(ten.figure["data"]) == 2 * 30


def test_the_page_says_what_is_left_out_and_lists_every_case(example: Result) -> None:
    few, many = render_html([example]), render_html([example] * 10)
    said = "the largest size of each alone"
    assert said in many
    assert said not in few
    assert "10 runs, A to J" in many
    every = many.partition('id="results"')[2].partition("</section>")[0]
    assert every.count("</i>J: numba<") == len({16, 14, 12, 10})


def test_runs_beyond_the_alphabet_stand_behind_it(example: Result) -> None:
    assert [run_order(run_letter(index)) for index in range(50)] == list(range(50))
    report = Report([example] * 28)
    order = [run_letter(index) for index in range(28)]

    def runs(labels: list[str]) -> list[str]:
        return list(dict.fromkeys(label.partition(":")[0] for label in labels))

    (_, entries), *_ = report.families()
    smallest: list[Entry] = [e for e in entries if e.size == entries[0].size]
    one_backend = [e.label for e in smallest if e.backend == smallest[0].backend]
    assert runs(one_backend) == order
    assert runs([column.label for column in heat_map(report).columns]) == order
    assert runs([one.label for one in report.unsupported()]) in (order, [])
    assert runs([one.label for one in left_out(report)]) in (order, [])
