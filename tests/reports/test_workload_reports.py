"""Workloads in reports: their table, charts and steps, and the published times beside them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from zkmark.provers.workloads.published import PHASES, cases_beside, published
from zkmark.reports import render_csv, render_html, render_markdown
from zkmark.reports.model import Report
from zkmark.reports.workload_charts import families_of, workload_charts
from zkmark.reports.workloads import published_rows, steps_of, workload_rows
from zkmark.suites.result import Result

EXAMPLE = Path(__file__).parents[1] / "suites" / "example_workloads.json"
HOSTILE = "<script>window.hacked=1</script>\"'|`"


@pytest.fixture
def workloads() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    return found


@pytest.fixture
def result(workloads: dict[str, Any], result_of: Callable[[dict[str, Any]], Result]) -> Result:
    return result_of(workloads)


def labelled(result: Result) -> list[tuple[str, dict[str, Any]]]:
    return [(case["label"], case) for case in result.cases]


def test_the_published_table_is_whole() -> None:
    table = published()
    assert len(table.rows) == 15
    assert "Ryzen 7 5700X" in table.hardware and table.source
    assert {row.system for row in table.rows} == set(table.systems)
    for row in table.rows:
        assert set(row.seconds) == set(PHASES)
        assert all(seconds > 0 for seconds in row.seconds.values())
    (large,) = (r for r in table.rows if r.ours and r.workload == "fibonacci-large")
    assert large.seconds["prove"] == 4.07
    assert published().rows[0].name == "sudoku"


def test_a_row_has_every_figure_and_a_rejected_proof_has_none(result: Result) -> None:
    rows = workload_rows(labelled(result))
    assert [row.title for row in rows][:2] == ["sudoku", "fibonacci iter-93"]
    good = rows[0]
    assert good.status == "ok" and good.security == "96 bits" and good.proven == "38 bits"
    assert good.cycles == "127" and good.trace == "2^7 × 71"
    assert good.proof == "42.0 KiB" and "paths 2.93 KiB" in good.proof_parts
    assert good.largest_shares == "NTT 40 %, hashing 30 %, constraints 20 %"
    assert sum(share.fraction for share in good.shares) == pytest.approx(1)
    wrong = rows[-1]
    assert wrong.status == "incorrect" and "rejects" in wrong.reason
    assert not wrong.total and not wrong.proof and not wrong.shares


def test_ours_stands_beside_what_is_published_and_only_there(result: Result) -> None:
    table = published_rows(labelled(result), "A machine")
    assert table is not None
    ours = [row for row in table.rows if row.ours]
    # The larger one is no row of the table, the rejected one has no figures.
    assert [(row.workload, row.system) for row in ours] == [
        ("sudoku", "zkmark, cpu"),
        ("fibonacci iter-93", "zkmark, cpu"),
        ("fibonacci iter-93", "zkmark, opencl"),
    ]
    assert {row.hardware for row in ours} == {"A machine"}
    assert all(row.ratio.endswith("×") for row in ours)
    for row in table.rows:
        if row.system in ("risc0", "plonk", "halo2"):
            assert row.ratio == "not implemented"
    missing = [r.workload for r in table.rows if r.ratio == "not measured"]
    assert missing == ["fibonacci fixed-92", "fibonacci fixed-50"]
    # Of workloads that nobody measured there is nothing, unless all the others were.
    assert {row.workload.split()[0] for row in table.rows} == {"sudoku", "fibonacci"}
    index = [row.workload for row in table.rows].index("sudoku")
    assert table.rows[index].system == "miden" and table.rows[index + 1].ours
    notes = " ".join(table.notes)
    assert "A machine on 2 threads; 96 bits" in notes
    assert "landmark" in notes and "sums" in notes


def test_the_whole_table_is_shown_where_all_of_ours_was_measured(result: Result) -> None:
    case = result.cases[0]
    cases = list(labelled(result))
    for name, variant in (("fibonacci-large", "iter-1000"), ("blake3", "quick-brown-fox")):
        told = {**case["workload"], "name": name, "variant": variant}
        cases.append(("cpu", {**case, "workload": told}))
    table = published_rows(cases, "A machine")
    assert table is not None
    assert sum(not row.ours for row in table.rows) == len(published().rows)
    assert any(row.workload.startswith("blake2b") for row in table.rows)


def test_the_ratio_is_published_total_over_ours(result: Result) -> None:
    (case,) = (c for c in result.cases if c["slug"].startswith("stackvm/sudoku"))
    case["summary"]["total"]["median"] = 0.0475690
    table = published_rows(labelled(result), "A machine")
    assert table is not None
    (row,) = (r for r in table.rows if r.ours and r.workload == "sudoku")
    assert row.ratio == "10.0×"


def test_no_published_table_where_nothing_of_it_was_measured(
    result: Result, example: Result
) -> None:
    assert published_rows(labelled(example), "A machine") is None
    larger = [(label, c) for label, c in labelled(result) if c["workload"]["scale"] > 1]
    assert published_rows(larger, "A machine") is None
    row = next(row for row in published().rows if not row.ours)
    assert cases_beside(row, result.cases) == []


def test_workloads_are_in_no_kernel_table_and_kernels_in_no_workload_table(
    result: Result, example: Result
) -> None:
    report = Report([result, example])
    assert {table.title for table in report.tables()} == {"NTT", "MSM", "Merkle tree"}
    assert {row.title for row in report.workload_rows()} == {
        "sudoku",
        "fibonacci iter-93",
        "fibonacci iter-93, 10 times",
        "fibonacci fixed-50",
    }
    assert not any("stackvm" in glance.title for glance in report.glances())
    assert not list(workload_charts(Report([example])))


def test_charts_show_all_of_the_time(result: Result) -> None:
    phases, kernels = workload_charts(Report([result]))
    for chart in (phases, kernels):
        columns = zip(*(trace["x"] for trace in chart.figure["data"]), strict=True)
        for parts in columns:
            assert sum(parts) == pytest.approx(100, abs=0.1)
        assert chart.alternative
        assert len(chart.figure["layout"]["yaxis"]["ticktext"]) == 4
    assert [trace["name"] for trace in phases.figure["data"]] == ["compile", "prove", "verify"]
    assert ("ntt", "NTT") in families_of(Report([result]))


def test_scales_of_one_program_are_a_curve(result: Result) -> None:
    families = dict(Report([result]).families())
    (curve,) = (entries for name, entries in families.items() if "fibonacci/iter" in name)
    sizes = [(entry.size, entry.label) for entry in curve]
    assert sizes == [(93, "cpu"), (93, "opencl"), (930, "cpu")]
    assert curve[0].size_text == "93 steps"


def test_steps_come_in_order_with_their_depth(result: Result) -> None:
    steps = list(steps_of(result.cases[0]))
    assert [depth for depth, _ in steps] == [0, 1, 1, 1, 1, 1]
    assert steps[0][1]["name"] == "prove"


def test_the_page_has_the_section(result: Result, example: Result) -> None:
    page = render_html([result])
    for text in (
        'id="workloads"',
        "fibonacci iter-93, 10 times",
        "Beside published times",
        "AMD Ryzen 7 5700X",
        "not implemented",
        "every step of proving",
        "step of ntt",
        "96 bits",
        "the verifier rejects the proof: an example",
        "No kernel was measured",
        "--family-ntt:",
        'id="workload-1"',
    ):
        assert text in page, text
    assert 'id="workloads"' not in render_html([example])


def test_markdown_and_csv_have_them(result: Result) -> None:
    markdown = render_markdown([result])
    assert "### Workloads" in markdown and "### Beside published times" in markdown
    assert "| sudoku | **zkmark, cpu** |" in markdown
    assert "**incorrect**" in markdown
    lines = render_csv([result]).splitlines()
    for column in ("proof_bytes", "security_conjectured", "program_digest", "workload", "variant"):
        assert column in lines[0].split(",")
    assert sum(",prove," in line for line in lines) == 4


def test_texts_of_a_document_are_only_texts(
    workloads: dict[str, Any], result_of: Callable[[dict[str, Any]], Result]
) -> None:
    for case in workloads["cases"]:
        case["workload"] |= {"title": HOSTILE, "claim": HOSTILE}
        run = case["workload"]["run"]
        if run is not None:
            run["tables"][0]["name"] = run["steps"]["name"] = HOSTILE
            run["steps"]["steps"][0] |= {"name": HOSTILE, "family": HOSTILE}
            run["kernels"][0]["name"] = HOSTILE
            run["options"] = {HOSTILE: HOSTILE}
    page = render_html([result_of(workloads)])
    assert "<script>window.hacked" not in page
    markdown = render_markdown([result_of(workloads)])
    assert "<script>" not in markdown
