"""Bencher Metric Format, for ``bencher run --adapter json --file``.

https://bencher.dev/docs/reference/bencher-metric-format: a benchmark has measures, a measure a
value with limits. Bencher's own measures are ``latency`` in nanoseconds and ``throughput`` in
operations a second; the others are made when first seen and carry their unit in their name.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from zkmark.reports.exports.series import TOTAL, measured_series, series_name

if TYPE_CHECKING:
    from zkmark.suites.result import Result

_NANOSECONDS = 1e9


def render(result: Result) -> str:
    """Return one benchmark for each case and backend, its phases as measures."""
    benchmarks: dict[str, dict[str, Any]] = {}
    for series in measured_series(result):
        entry, summary = series.entry, series.summary
        measures = benchmarks.setdefault(series_name(entry["slug"], entry["label"], TOTAL), {})
        name = "latency" if series.phase == TOTAL else f"{series.phase}-nanoseconds"
        measures[name] = _metric(
            *(_scaled(summary[key], _NANOSECONDS) for key in ("median", "low", "high"))
        )
        if series.phase == TOTAL:
            items = entry["counts"]["items"]
            # The longest time is the lowest rate.
            measures["throughput"] = _metric(
                *(_rate(items, summary[key]) for key in ("median", "high", "low"))
            )
    for entry in result.cases:
        found = benchmarks.get(series_name(entry["slug"], entry["label"], TOTAL))
        if found is None:
            continue
        _add(found, "host-peak-bytes", entry["memory"]["host_peak_bytes"]["value"])
        _add(found, "device-peak-bytes", entry["memory"]["device_peak_bytes"]["value"])
        _add(found, "energy-joules", entry["energy_joules"]["value"])
        run = (entry["workload"] or {}).get("run")
        _add(found, "proof-bytes", run["proof"]["bytes"] if run else None)
    return json.dumps(benchmarks, indent=2, ensure_ascii=False) + "\n"


def _metric(value: float | None, low: float | None, high: float | None) -> dict[str, float]:
    limits = {"value": value, "lower_value": low, "upper_value": high}
    return {name: number for name, number in limits.items() if number is not None}


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _rate(items: int, seconds: float | None) -> float | None:
    return items / seconds if seconds else None


def _add(measures: dict[str, Any], name: str, value: float | None) -> None:
    """Add what is known; what is not has no measure, never a zero."""
    if value is not None:
        measures[name] = {"value": value}
