"""google-benchmark's JSON, for its ``tools/compare.py`` and for what reads the same form.

A process is a repetition, so that compare.py's U test is over processes. zkmark reads the wall
clock or a device's, and no processor time; compare.py takes no benchmark without ``cpu_time``. It
repeats ``real_time``, and the context says so.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zkmark.reports.exports.series import Series, measured_series
from zkmark.suites.statistics import CONFIDENCE

if TYPE_CHECKING:
    from zkmark.suites.result import Result

_NANOSECONDS = 1e9
_CPU_TIME = "cpu_time repeats real_time: zkmark measures no processor time"


def render(result: Result) -> str:
    """Return the runs of every series, and their mean, median, deviation and variation."""
    run = result.run
    document = {
        "context": {
            "date": run["attempts"][0]["started"],
            "host_name": run["machine"].get("hostname"),
            "executable": " ".join(run["command_line"]),
            "num_cpus": run["machine"].get("processors"),
            "library_version": f"zkmark {run['zkmark']['version']}",
            "library_build_type": "release",
            "json_schema_version": 1,
            "zkmark_suite": run["suite"]["name"],
            "zkmark_cpu": run["machine"].get("cpu"),
            "zkmark_cpu_time": _CPU_TIME,
        },
        "benchmarks": [
            row
            for index, series in enumerate(measured_series(result))
            for row in _rows(index, series)
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _rows(index: int, series: Series) -> Iterator[dict[str, Any]]:
    entry, values = series.entry, [value * _NANOSECONDS for value in series.values]
    common = {
        "family_index": index,
        "per_family_instance_index": 0,
        "run_name": series.name,
        "repetitions": len(values),
        "threads": entry["settings"].get("threads") or 1,
    }
    for number, value in enumerate(values):
        row = {
            "name": series.name,
            **common,
            "run_type": "iteration",
            "repetition_index": number,
            "iterations": series.iterations,
            "real_time": value,
            "cpu_time": value,
            "time_unit": "ns",
            "label": entry["path"] or entry["label"],
        }
        if series.ranked and value:
            row["items_per_second"] = entry["counts"]["items"] / (value / _NANOSECONDS)
        yield row
    if len(values) < 2:
        return
    mean, deviation = statistics.mean(values), statistics.stdev(values)
    found = {
        "mean": (mean, "time"),
        "median": (statistics.median(values), "time"),
        "stddev": (deviation, "time"),
        "cv": (deviation / mean if mean else 0.0, "percentage"),
    }
    for name, (value, unit) in found.items():
        row = {
            "name": f"{series.name}_{name}",
            **common,
            "run_type": "aggregate",
            "aggregate_name": name,
            "aggregate_unit": unit,
            "iterations": len(values),
            "real_time": value,
            "cpu_time": value,
            "time_unit": "ns",
        }
        if name == "median":
            low, high = series.summary["low"], series.summary["high"]
            if low is not None and high is not None:
                percent = f"{CONFIDENCE:.0%}".rstrip("%")
                row[f"interval_{percent}_low"] = low * _NANOSECONDS
                row[f"interval_{percent}_high"] = high * _NANOSECONDS
        yield row
