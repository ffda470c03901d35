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
from zkmark.reports.shares import GROUPS, fractions_of, sentences, share_rows
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


def test_phases_and_shares_are_all_of_the_time(result: Result) -> None:
    rows = [row for row in workload_rows(labelled(result)) if row.status == "ok"]
    for row in rows:
        assert [share.name for share in row.phases] == list(PHASES[:3])
        assert sum(share.fraction for share in row.phases) == pytest.approx(1)
    shares = share_rows([(e.label, e.document) for e in Report([result]).measured])
    assert [(row.slug, row.label) for row in shares] == [(row.slug, row.label) for row in rows]
    for share_row in shares:
        assert len(share_row.shares) == len(GROUPS) + 1
        assert sum(share.fraction for share in share_row.shares) == pytest.approx(1)


def told(**samples: list[float]) -> dict[str, Any]:
    """An entry whose processes spent so long in each family, and 0.1 s on proving."""
    kernels = [
        {"name": name, "seconds": max(found), "share": 0.9, "samples": found}
        for name, found in samples.items()
    ]
    return {
        "slug": "stackvm/a",
        "backend": "cpu",
        "workload": {"title": "a", "run": {"kernels": kernels}},
        "summary": {"prove": {"median": 0.1}},
    }


def test_shares_are_means_over_the_processes_which_medians_are_not() -> None:
    # Each process spends its time elsewhere: the medians of the shares add up to 1.1.
    case = told(ntt=[0.0, 12.0, 4.0], hash=[4.0, 2.0, 6.0], other=[6.0, 6.0, 0.0])
    assert fractions_of(case) == pytest.approx({"hash": 1.1 / 3, "ntt": 1 / 3, "other": 0.3})
    assert list(fractions_of(case)) == ["hash", "ntt", "other"]
    (row,) = share_rows([("cpu", case)])
    ntt, msm, hashing, *_, rest = row.shares
    assert (ntt.seconds, ntt.percent) == ("33.3 ms", "33 %")
    assert msm.fraction == 0 and hashing.percent == "37 %"
    assert rest.fraction == pytest.approx(0.3) and row.rest == "other 30.0 ms (30 %)"


def test_families_without_a_column_are_in_the_rest() -> None:
    (row,) = share_rows([("cpu", told(deep=[1.0], fri=[2.0], brand_new=[3.0], transfer=[4.0]))])
    by_name = {share.name: share.fraction for share in row.shares}
    assert by_name["DEEP and FRI"] == pytest.approx(0.3)
    assert by_name["rest"] == pytest.approx(0.7)
    assert row.rest == "transfers 40.0 ms (40 %), brand_new 30.0 ms (30 %)"


def test_rows_of_one_workload_stand_together() -> None:
    other = {**told(ntt=[1.0]), "slug": "stackvm/b"}
    cases = [("A", told(ntt=[1.0])), ("A", other), ("B", told(ntt=[1.0])), ("B", other)]
    rows = share_rows(cases)
    assert [(row.slug[-1], row.label) for row in rows] == [
        ("a", "A"),
        ("a", "B"),
        ("b", "A"),
        ("b", "B"),
    ]


def test_who_does_not_tell_has_no_row_and_curves_have_a_column() -> None:
    assert share_rows([("peer", told())]) == []
    assert fractions_of(told(ntt=[0.0])) == {}
    rows = share_rows([("a", told(ntt=[1.0], msm=[3.0])), ("b", told(ntt=[3.0], msm=[1.0]))])
    said = " ".join(sentences(rows))
    assert "MSM 25 to 75 % (median 50 %)" in said
    assert "No step is an MSM" not in said
    assert "No step is an MSM" in " ".join(sentences(share_rows([("a", told(ntt=[1.0]))])))
    assert list(sentences([])) == []


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
        "What proving consists of",
        "Shares of proving: NTT 40 %",
    ):
        assert text in page, text
    assert 'id="workloads"' not in render_html([example])


def test_markdown_and_csv_have_them(result: Result) -> None:
    markdown = render_markdown([result])
    assert "### Workloads" in markdown and "### Beside published times" in markdown
    assert "| sudoku | **zkmark, cpu** |" in markdown
    assert "**incorrect**" in markdown
    assert "### What proving consists of" in markdown
    assert (
        "| sudoku | cpu | 17.1 ms | 6.84 ms (40 %) | none | 5.13 ms (30 %) | 3.42 ms (20 %) "
        "| none | none | none | 1.71 ms (10 %) |"
    ) in markdown
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
