"""The report as Markdown and as CSV."""

import csv
import io
import json
import re
from pathlib import Path

import pytest

from zkmark.reports import gas, render_csv, render_markdown


def test_markdown_says_the_verdict_first(example):
    lines = render_markdown([example]).splitlines()
    assert lines[0] == "## zkmark: quick"
    assert lines[2].startswith("❌ **1 output is incorrect;")


def test_markdown_tables_are_rectangles(example):
    rows = [line for line in render_markdown([example]).splitlines() if line.startswith("|")]
    # Splitting at bars that no backslash precedes.
    widths = {}
    table = 0
    for before, row in zip(["", *rows], rows, strict=False):
        if row.startswith("| ---"):
            assert len(re.split(r"(?<!\\)\|", before)) == len(re.split(r"(?<!\\)\|", row))
            table += 1
        widths.setdefault(table, set()).add(len(re.split(r"(?<!\\)\|", row)))
    assert table == 6


def test_markdown_holds_the_figures(example):
    text = render_markdown([example])
    assert (
        "| `ntt/goldilocks/2^10/forward` | **cpu (cpu/portable, isa avx2)** | **11.2 µs** "
        "| 10.8–12.0 µs | 9.56 µs | 91.1 M elements/s | 1.46 GB/s | 71 % arithmetic "
        "| 132× (122–137) | 2.06× (1.97–2.25) |"
    ) in text
    assert (
        "| `merkle/sha-256/2^12/64-bytes` | cpu (cpu/portable, isa avx2) | **incorrect** |  |  |"
        in text
    )


def folds(text):
    """What a reader unfolds, by what is seen until then."""
    found = re.findall(r"(?s)<details>\n<summary>(.*?)</summary>\n\n(.*?)\n</details>", text)
    return dict(found)


def test_markdown_has_the_heat_map(example):
    text = render_markdown([example])
    assert "| kernel | size | cpu<br>Example CPU | numba<br>Example CPU |" in text
    # The reference is 132 times as slow, and no dot stands where there was no choice.
    assert (
        "| NTT · goldilocks · forward | 2^10 | **● 11.2 µs** | 23.5 µs (2.09×) | 1.49 ms (132×) |"
    ) in text


def test_markdown_leaves_out_what_nobody_measured_and_says_why(document, result_of):
    def columns():
        memory = folds(render_markdown([result_of(document)]))["Memory, energy and cost"]
        return memory.splitlines()[0], memory

    head, memory = columns()
    assert head == "| case | size | backend | host memory |"
    assert "- no energy: " in memory and "- no cost: nobody declared" in memory
    document["profile"].setdefault("economics", {})["price_per_hour"] = {
        "value": 3.6,
        "unit": "USD/h",
        "source": "a price list",
        "status": "declared",
    }
    head, memory = columns()
    assert head == "| case | size | backend | host memory | cost |"
    assert "µUSD per million elements |" in memory


def test_markdown_has_the_gas_as_a_model(result_of):
    path = Path(__file__).parents[1] / "suites" / "example_workloads.json"
    text = render_markdown([result_of(json.loads(path.read_text(encoding="utf-8")))])
    told = folds(text)["Proofs and the gas that Ethereum would charge (modelled)"]
    found = gas.gas_of(43_000)
    assert (
        f"| sudoku | cpu | 42.0 KiB | 96 bits (38 bits) | {gas.whole(found.calldata)} "
        f"| {gas.eth(found.calldata_eth)} | 1 | {gas.eth(found.blobs_eth)} |"
    ) in told
    assert "was not measured on a chain" in told and "Groth16" in told


def test_markdown_of_kernels_has_no_proofs(example):
    text = render_markdown([example])
    assert "Ethereum" not in text and "What proving consists of" not in text


def test_markdown_keeps_modelled_figures_apart(modelled, result_of):
    text = render_markdown([result_of(modelled)])
    measured, _, rest = text.partition("## Modelled: simulated hardware designs")
    assert "example-ntt-8" not in measured
    assert "### NTT (modelled, not measured)" in rest
    assert (
        "| `ntt/goldilocks/2^10/forward` | fpga (fpga/example-ntt-8) | 770 simulated "
        "| 250 MHz declared | AMD Alveo U250 | 4 | **compute 770 ns**, PCIe 520 ns | 770 ns "
        "| 1.33 G elements/s | ok |"
    ) in rest
    assert "| fpga (fpga/example-ntt-8) | **incorrect** |  |" in rest
    assert "**memory 605 µs**" in rest
    assert "was not simulated, and its output not computed" in rest


def test_csv_has_modelled_figures_in_columns_of_their_own(modelled, result_of):
    rows = list(csv.DictReader(io.StringIO(render_csv([result_of(modelled)]))))
    fpga = [row for row in rows if row["kind"] == "modelled"]
    assert [row["phase"] for row in fpga] == ["modelled"] * 4
    for row in fpga:
        for name in ("median_seconds", "items_per_second", "speedup_over_reference_median_ratio"):
            assert row[name] == "", "what was modelled is in no column of what was measured"
    first, _, wrong, last = fpga
    assert (first["cycles"], first["cycles_status"]) == ("770", "simulated")
    assert (first["board"], first["clock_hertz"], first["instances"]) == ("u250", "250000000", "4")
    assert float(first["modelled_seconds"]) == float(first["modelled_compute_seconds"])
    assert first["modelled_external_memory_seconds"] == ""
    assert (last["cycles_status"], last["modelled_bound"]) == ("extrapolated", "external-memory")
    assert (wrong["status"], wrong["cycles"], wrong["modelled_seconds"]) == ("incorrect", "", "")
    assert {row["modelled_seconds"] for row in rows if row["kind"] == "measured"} == {""}


def test_markdown_shows_text_from_outside_as_text(hostile, result_of):
    text = render_markdown([result_of(hostile)])
    # An escaped backtick opens no code.
    without_code = re.sub(r"\\.|(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
    assert "<script" not in without_code
    assert "<img" not in without_code
    for line in text.splitlines():
        if line.startswith("| `"):
            assert len(re.split(r"(?<!\\)\|", line)) in (6, 12)


@pytest.fixture
def rows(example):
    return list(csv.DictReader(io.StringIO(render_csv([example]))))


def test_csv_has_a_row_for_each_case_backend_and_phase(rows, example):
    keys = [(r["slug"], r["label"], r["phase"]) for r in rows]
    assert len(keys) == len(set(keys)) == 4 * len(example.with_status("ok")) + 3


def test_csv_names_units_and_keeps_full_precision(rows, example):
    total = next(r for r in rows if r["phase"] == "total")
    entry = example.cases[0]
    assert float(total["median_seconds"]) == entry["summary"]["total"]["median"]
    assert float(total["interval_95_low_seconds"]) == entry["summary"]["total"]["low"]
    assert float(total["speedup_over_numba_median_ratio"]) == entry["speedup"]["numba"]["median"]
    assert total["log_size"] == "10"
    assert total["item_count"] == "1024"
    assert total["hostname"] == "example"


def test_csv_leaves_empty_what_was_not_measured(rows):
    wrong = next(r for r in rows if r["status"] == "incorrect")
    figures = {k: v for k, v in wrong.items() if "seconds" in k or "per_" in k or "ratio" in k}
    assert figures
    assert set(figures.values()) == {""}
    assert wrong["reason"] == "the output's digest differs from the expected one"


def test_csv_of_several_results_tells_them_apart(document, result_of):
    first = result_of(document)
    second = result_of({**document, "run": {**document["run"], "id": "second"}})
    rows = list(csv.DictReader(io.StringIO(render_csv([first, second]))))
    assert {r["run_id"] for r in rows} == {"20260101T120000Z-example", "second"}


def test_csv_survives_hostile_text(hostile, result_of):
    rows = list(csv.DictReader(io.StringIO(render_csv([result_of(hostile)]))))
    assert all(None not in row for row in rows)
    assert rows[0]["hostname"] == hostile["run"]["machine"]["hostname"]


def test_csv_of_a_run_with_no_figures(only, result_of):
    rows = list(csv.DictReader(io.StringIO(render_csv([result_of(only("crashed"))]))))
    assert [r["status"] for r in rows] == ["crashed"]
