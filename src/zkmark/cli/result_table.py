"""A result document as a table for the terminal, and as rows for machines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zkmark.cli.terminal import print_table

Document = Mapping[str, Any]
_COLUMNS = [
    "case",
    "backend",
    "path",
    "total",
    "95 % interval",
    "compute",
    "throughput",
    "x reference",
    "x numba",
    "check",
]
_RIGHT = ("total", "95 % interval", "compute", "throughput", "x reference", "x numba")
# What a narrow terminal loses, the first one first.
_NARROW_DROPS = ("path", "x numba", "95 % interval", "x reference", "throughput")
_PREFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""))


def format_seconds(seconds: float | None) -> str:
    """Write seconds with four digits and the unit that suits: ``12.34 ms``."""
    if seconds is None:
        return "-"
    for scale, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "us")):
        if seconds >= scale:
            return f"{_digits(seconds / scale)} {unit}"
    return f"{_digits(seconds / 1e-9)} ns"


def format_rate(rate: float | None, unit: str) -> str:
    """Write a rate with its prefix: ``81.2 Melements/s``."""
    if rate is None:
        return "-"
    for scale, prefix in _PREFIXES:
        if rate >= scale:
            return f"{_digits(rate / scale)} {prefix}{unit}/s"
    return f"{_digits(rate)} {unit}/s"


def _digits(value: float) -> str:
    if value >= 1000:
        return f"{value:.0f}"
    return f"{value:.4g}" if value >= 1 else f"{value:.3g}"


def _speedup(case: Mapping[str, Any], over: str) -> str:
    found = case["speedup"].get(over)
    return "-" if found is None else f"{_digits(found['median'])}x"


def _interval(summary: Mapping[str, Any]) -> str:
    if summary["low"] is None:
        return f"none from {summary['processes']}"
    return f"{format_seconds(summary['low'])} .. {format_seconds(summary['high'])}"


def _verdict(case: Mapping[str, Any]) -> str:
    if case["status"] == "ok":
        return "ok"
    return str(case["status"]).upper() if case["status"] == "incorrect" else str(case["status"])


def _row(case: Mapping[str, Any]) -> list[str]:
    head = [case["slug"], case["label"], case["path"] or "-"]
    if case["status"] != "ok":
        return [*head, "-", "-", "-", "-", "-", "-", _verdict(case)]
    total, compute = case["summary"]["total"], case["summary"].get("compute")
    throughput = case["throughput"]
    return [
        *head,
        format_seconds(total["median"]),
        _interval(total),
        format_seconds(compute["median"] if compute else None),
        format_rate(throughput["items_per_second"], throughput["item_unit"]),
        _speedup(case, "reference"),
        _speedup(case, "numba"),
        _verdict(case),
    ]


def print_result(document: Document) -> None:
    """Print one row a case and backend, in the order measured; then why what failed did."""
    cases = list(document["cases"])
    print_table(_COLUMNS, [_row(case) for case in cases], right=_RIGHT, narrow_drops=_NARROW_DROPS)
    for case in cases:
        if case["status"] != "ok":
            print(f"{case['slug']} on {case['label']}: {case['status']}: {case['reason']}")


def without_samples(document: Document) -> list[dict[str, Any]]:
    """Return the cases as they stand in the document, less raw samples and single processes."""
    return [
        {key: value for key, value in case.items() if key not in ("phases", "processes")}
        for case in document["cases"]
    ]
