"""What a report says first: is all right, which device is fastest for each kernel, how sure."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from zkmark.reports import quantities as q
from zkmark.reports.heatmap import heat_map
from zkmark.reports.model import Report
from zkmark.reports.verdict import verdict
from zkmark.suites.result import Result

Document = dict[str, Any]


def beside(document: Document, factors: dict[str, float], cpu: str = "Another CPU") -> Document:
    """The same run on a machine that takes so many times as long for each kernel."""
    other = copy.deepcopy(document)
    other["run"]["machine"]["cpu"] = cpu
    for case in other["cases"]:
        for summary in case["summary"].values():
            for key in ("median", "low", "high"):
                if summary[key] is not None:
                    summary[key] *= factors.get(case["kernel"], 1.0)
    return other


def saying(report: Report, start: str) -> str:
    (found,) = [detail for detail in verdict(report).details if detail.startswith(start)]
    return found


def test_each_kernel_has_its_fastest_device(
    document: Document, result_of: Callable[..., Result]
) -> None:
    other = beside(document, {"ntt": 0.25, "msm": 4.0})
    report = Report([result_of(document), result_of(other)])
    assert saying(report, "Fastest for NTT") == (
        "Fastest for NTT: B: cpu (Another CPU), 4.00× as fast as the next, beyond doubt."
    )
    assert saying(report, "Fastest for MSM") == (
        "Fastest for MSM: A: cpu (Example CPU), 4.00× as fast as the next, beyond doubt."
    )
    details = verdict(report).details
    assert details.index(saying(report, "Fastest for NTT")) < details.index(
        saying(report, "How sure")
    )


def test_less_than_the_intervals_are_wide_is_in_doubt(
    document: Document, result_of: Callable[..., Result]
) -> None:
    report = Report([result_of(document), result_of(beside(document, {"ntt": 1.001}))])
    assert saying(report, "Fastest for NTT") == (
        "Fastest for NTT: A: cpu (Example CPU), 1.00× as fast as the next, though intervals leave "
        "it in doubt."
    )


def test_variants_of_a_kernel_can_have_different_winners(
    document: Document, result_of: Callable[..., Result]
) -> None:
    document["cases"] = [c for c in document["cases"] if c["kernel"] == "ntt"]
    more = copy.deepcopy(document["cases"])
    for case in more:
        case["slug"] = case["slug"].replace("goldilocks", "babybear")
        case["parameters"]["field"] = "babybear"
    document["cases"] += more
    other = beside(document, {"ntt": 0.5})
    for case in other["cases"]:
        if "babybear" in case["slug"]:
            for summary in case["summary"].values():
                summary.update({k: summary[k] * 8 for k in ("median", "low", "high")})
    for each in (document, other):
        each["run"]["suite"]["planned"] = []
    report = Report([result_of(document), result_of(other)])
    assert saying(report, "Fastest for NTT") == (
        "Fastest for NTT, in 2 variants: B: cpu (Another CPU) in 1 and A: cpu (Example CPU) in 1; "
        "beyond doubt in 2 of them."
    )


def test_one_device_is_no_choice(example: Result) -> None:
    said = saying(Report([example]), "Fastest device")
    assert said.startswith("Fastest device: no choice, cpu (Example CPU) is the only one here.")
    assert "132× the speed of the plain reference" in said


def test_yardsticks_do_not_decide_at_which_size_devices_are_compared(
    document: Document, result_of: Callable[..., Result]
) -> None:
    # The reference went to 2^10 alone, where it would be three that ran; two devices went on.
    gpu = [copy.deepcopy(c) for c in document["cases"] if c["label"] == "cpu"]
    for case in gpu:
        case |= {"backend": "opencl", "label": "opencl"}
        case["settings"] = {"device": "Some GPU"}
    document["cases"] += gpu
    report = Report([result_of(document)])
    found = heat_map(report)
    row = next(row for row in found.rows if row.title == "NTT · goldilocks · forward")
    assert row.size == "2^16"
    assert {c.label: c.hardware for c in found.columns}["opencl"] == "Some GPU"
    assert "cpu (Example CPU)" in saying(report, "Fastest for NTT")


def test_peers_are_no_devices(document: Document, result_of: Callable[..., Result]) -> None:
    peer = copy.deepcopy(document["cases"][0])
    peer |= {"backend": "peer", "label": "some-library"}
    for summary in peer["summary"].values():
        summary.update({key: summary[key] / 100 for key in ("median", "low", "high")})
    document["cases"].append(peer)
    report = Report([result_of(document)])
    assert "some-library" not in {column.label for column in heat_map(report).columns}
    assert not any("some-library" in detail for detail in verdict(report).details)


@pytest.mark.parametrize(("width", "careful"), [(0.02, ""), (0.3, "with care")])
def test_wide_intervals_call_for_care(
    document: Document, result_of: Callable[..., Result], width: float, careful: str
) -> None:
    for case in document["cases"]:
        if case["summary"]:
            case["summary"]["total"]["relative_width"] = width
    said = saying(Report([result_of(document)]), "How sure")
    assert f"known to {q.percent(width)} or better" in said
    assert ("with care" in said) is bool(careful)
