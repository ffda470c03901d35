"""Rooflines: where cases stand, under whose roof, and what stands under none."""

from __future__ import annotations

import copy
import re
from dataclasses import asdict
from typing import Any

import pytest

from zkmark.kernels.case import case_from_parameters
from zkmark.kernels.work import Work, device_work, word_bits
from zkmark.reports import render_html
from zkmark.reports.model import Report
from zkmark.reports.roofline import Roof, left_out, rooflines
from zkmark.reports.roofline_charts import roofline_charts, roofline_rows
from zkmark.suites.ceiling import ceiling


def a_field(value: Any, unit: str = "") -> dict[str, Any]:
    return {"value": value, "unit": unit, "source": "test", "status": "measured"}


def as_device(document: dict[str, Any]) -> dict[str, Any]:
    """The first entry as an OpenCL GPU's, with the device's ceilings in the profile."""
    entry = document["cases"][0]
    document["cases"] = [entry]
    entry.update(backend="opencl", label="opencl", path="opencl/gpu")
    entry["settings"] = {"device": "Some GPU (Some platform)", "device_index": 1, "threads": 1}
    document["profile"]["devices"] = {
        "opencl_1": {
            "backend": a_field("opencl"),
            "kind": a_field("gpu"),
            "name": a_field("Some GPU"),
            "multiply_add_32": a_field(8e12, "multiply-adds/s"),
            "copy_within": a_field(1e12, "bytes/s"),
        }
    }
    case = case_from_parameters(entry["kernel"], entry["parameters"])
    work = device_work(case, "opencl", "gpu")
    assert isinstance(work, Work)
    with_ceilings(document, entry, work)
    return document


def with_ceilings(document: dict[str, Any], entry: dict[str, Any], work: Work) -> None:
    """Give an entry the section that a run would have given it."""
    entry["ceiling"] = ceiling(
        document["profile"],
        entry["backend"],
        entry["settings"],
        asdict(work),
        entry["counts"]["bytes_moved"],
        entry["summary"]["compute"]["median"],
    )


def test_a_roof_is_the_lower_of_its_two_limits() -> None:
    roof = Roof("", "CPU", "multiply_64", "portable", 2, 8e9, 2e9)
    assert roof.ridge == 4.0
    assert roof.at(1.0) == 2e9 and roof.at(4.0) == 8e9 and roof.at(100.0) == 8e9


def test_a_point_is_what_the_path_spends_over_what_it_takes(example: Any) -> None:
    (one, *_) = rooflines(Report([example]))
    point = next(p for p in one.points if p.entry.label == "cpu")
    document = point.entry.document
    counted = document["ceiling"]["operations"]["count"]
    assert point.per_byte == counted / document["counts"]["bytes_moved"]
    assert point.rate == pytest.approx(counted / point.entry.median("compute"))
    assert point.share(one.roof) == pytest.approx(
        max(document["ceiling"][side]["fraction"]["value"] for side in ("operations", "memory")),
        rel=1e-9,
    )
    assert 0 < point.share(one.roof) < 1


def test_each_run_stands_under_its_own_roof(document: Any, result_of: Any) -> None:
    other = copy.deepcopy(document)
    other["run"]["id"] = "other"
    for case in other["cases"]:
        roof = case["ceiling"]["operations"]["roof"]
        if roof["value"] is not None:
            roof["value"] *= 2
    found = rooflines(Report([result_of(document), result_of(other)]))
    by_run = {one.roof.run: one for one in found}
    assert set(by_run) == {"A", "B"}
    assert by_run["B"].roof.multiplications == 2 * by_run["A"].roof.multiplications
    assert all(p.entry.run == "B" for p in by_run["B"].points)


def test_a_device_has_its_own_ceilings(document: Any, result_of: Any) -> None:
    (one,) = rooflines(Report([result_of(as_device(document))]))
    (point,) = one.points
    assert (one.roof.device, one.roof.threads) == ("Some GPU", None)
    assert one.roof.ridge == 8.0
    document = point.entry.document
    counts = case_from_parameters(document["kernel"], document["parameters"]).counts()
    words = counts.word_multiplications
    # Goldilocks counts words of 64 bits, a device multiplies words of 32.
    assert point.rate == pytest.approx(4 * words / point.entry.median("compute"))


def test_a_processor_behind_opencl_is_told_from_the_processor(
    document: Any, result_of: Any
) -> None:
    changed = as_device(document)
    entry = changed["cases"][0]
    entry["settings"]["threads"] = 2
    device = changed["profile"]["devices"]["opencl_1"]
    device |= {"kind": a_field("cpu"), "multiply_64": a_field(2e9, "multiplications/s")}
    case = case_from_parameters(entry["kernel"], entry["parameters"])
    work = device_work(case, "opencl", "cpu")
    assert isinstance(work, Work) and work.operations == case.counts().word_multiplications
    with_ceilings(changed, entry, work)
    (one,) = rooflines(Report([result_of(changed)]))
    assert (one.roof.unit, one.roof.level, one.roof.threads) == ("multiply_64", "opencl/cpu", 2)
    assert (one.roof.device, one.roof.multiplications) == ("Some GPU", 2e9)


def test_hashes_without_products_take_nothing_that_devices_are_probed_for() -> None:
    case = case_from_parameters("merkle", {"hash": "sha-256", "log_size": 4, "leaf_width": 64})
    assert "no word multiplications" in str(device_work(case, "cuda", "gpu"))


def test_without_the_devices_ceilings_there_is_no_point(document: Any, result_of: Any) -> None:
    changed = as_device(document)
    entry = changed["cases"][0]
    entry["settings"]["device_index"] = 0
    with_ceilings(changed, entry, Work("multiply_add_32", "opencl/gpu", 100, ""))
    report = Report([result_of(changed)])
    assert rooflines(report) == []
    assert [one.reason for one in left_out(report)] == [
        "the profile does not hold the ceilings of its device"
    ]


def test_what_does_not_multiply_is_named(document: Any, result_of: Any) -> None:
    for case in document["cases"]:
        if case["ceiling"]["operations"]["unit"] is not None:
            case["ceiling"]["operations"]["unit"] = "word_32"
    report = Report([result_of(document)])
    assert rooflines(report) == [] and list(roofline_charts(report)) == []
    assert any("word_32" in one.reason for one in left_out(report))


@pytest.mark.parametrize(
    ("parameters", "bits"),
    [
        ({"field": "babybear"}, 32),
        ({"field": "goldilocks"}, 64),
        ({"curve": "bn254-g1"}, 64),
        ({"hash": "poseidon2-babybear-16"}, 32),
        ({"hash": "rpo-256"}, 64),
    ],
)
def test_words_are_as_wide_as_the_count_says(parameters: dict[str, str], bits: int) -> None:
    assert word_bits(parameters) == bits


def test_every_point_is_drawn_and_every_curve_is_in_the_table(example: Any) -> None:
    report = Report([example])
    points = [point for one in rooflines(report) for point in one.points]
    drawn = sum(
        len(trace["x"])
        for chart in roofline_charts(report)
        for trace in chart.figure["data"]
        if trace["mode"] == "markers"
    )
    assert len(points) == drawn > 0
    ticks = next(roofline_charts(report)).figure["layout"]["yaxis"]["ticktext"]
    assert "1 G/s" in ticks and "10 M/s" in ticks
    rows = [row for _, rows in roofline_rows(report) for row in rows]
    assert len(rows) == len({(p.entry.family, p.entry.label) for p in points})
    ntt = next(row for row in rows if row.label == "cpu" and "NTT" in row.family)
    assert ntt.sizes == "2^10 … 2^16"


def test_the_page_names_what_stands_under_no_roof(document: Any, result_of: Any) -> None:
    cases = [c for c in document["cases"] if c["status"] == "ok" and c["kernel"] == "ntt"]
    for case in cases[:-1]:
        case["ceiling"]["operations"]["unit"] = "word_32"
    html = render_html([result_of(document)])
    (section,) = re.findall(r'<section id="roofline">.*?</section>', html, re.DOTALL)
    assert "Cases under no roof" in section and "word_32" in section
    assert 'id="roofline-0"' in section and "modelled" not in section
