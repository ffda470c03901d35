"""pytest-benchmark's JSON, for ``pytest-benchmark compare`` and ``--benchmark-compare``.

A process is a round, its value the median of its samples: the median there is the median here.
Statistics are computed by pytest-benchmark's own class, so that its columns mean what they say.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from zkmark.reports.exports.libraries import needed
from zkmark.reports.exports.series import Series, measured_series

if TYPE_CHECKING:
    from zkmark.suites.result import Result

# The version of pytest-benchmark whose form this is, for readers that look.
_FORM = "5.1.0"


def render(result: Result) -> str:
    """Return a benchmark for each case, backend and phase; the group is the case and phase."""
    run = result.run
    git = run["zkmark"]["git"]["value"] or {}
    document = {
        "machine_info": machine_info(result.profile, run["machine"], run["python"]),
        "commit_info": {
            # zkmark's own; that of a user's project is not known.
            "project": "zkmark",
            "id": git.get("commit"),
            "dirty": git.get("dirty"),
            "time": None,
            "author_time": None,
            "branch": None,
        },
        "benchmarks": [_benchmark(result, series) for series in measured_series(result)],
        "datetime": run["attempts"][-1]["finished"] or run["attempts"][0]["started"],
        "version": _FORM,
    }
    return json.dumps(document, indent=4, ensure_ascii=True) + "\n"


def machine_info(profile: dict[str, Any], machine: dict[str, Any], python: str) -> dict[str, Any]:
    """Return what pytest-benchmark compares machines by, and in ``zkmark`` what zkmark does."""
    from zkmark.hardware_profiles import profile_key

    implementation, _, version = python.partition(" ")
    return {
        "node": machine.get("hostname"),
        "machine": machine.get("architecture"),
        "python_implementation": implementation,
        "python_version": version,
        "cpu": {"brand_raw": machine.get("cpu"), "count": machine.get("processors")},
        "zkmark": profile_key(profile),
    }


def extra_info(entry: dict[str, Any], phase: str, run: dict[str, Any]) -> dict[str, Any]:
    """Return what pytest-benchmark has no place for; ``run`` has the seed and the version."""
    summary = entry["summary"][phase]
    return {
        "zkmark_version": run["zkmark_version"],
        "seed": run["seed"],
        "slug": entry["slug"],
        "kernel": entry["kernel"],
        "backend": entry["backend"],
        "label": entry["label"],
        "path": entry["path"],
        "clock": entry["clock"],
        "kind": entry["kind"],
        "phase": phase,
        "correctness": entry["correctness"]["method"],
        "median": summary["median"],
        "interval_95": [summary["low"], summary["high"]],
        "processes": summary["processes"],
        "samples": summary["samples"],
        "phases": {name: one["median"] for name, one in entry["summary"].items()},
        "items": entry["counts"]["items"],
        "item_unit": entry["counts"]["item_unit"],
        "items_per_second": (entry["throughput"] or {}).get("items_per_second"),
        "host_peak_bytes": entry["memory"]["host_peak_bytes"]["value"],
        **_proof(entry),
    }


def _proof(entry: dict[str, Any]) -> dict[str, Any]:
    run = (entry["workload"] or {}).get("run")
    if not run:
        return {}
    return {
        "proof_bytes": run["proof"]["bytes"],
        "security_conjectured": run["security"]["conjectured"],
        "program_digest": run["program"]["digest"],
    }


def parameters(entry: dict[str, Any]) -> dict[str, Any]:
    """Return what ``--group-by param:NAME`` can name: the case's parameters, and the backend."""
    return {**entry["parameters"], "label": entry["label"]}


def _benchmark(result: Result, series: Series) -> dict[str, Any]:
    entry, run = series.entry, result.run
    told = {"zkmark_version": run["zkmark"]["version"], "seed": run["seed"]}
    return {
        "group": series.group,
        "name": series.name,
        "fullname": full_name(run["suite"]["name"], series.name),
        "params": parameters(entry),
        "param": entry["label"],
        "extra_info": extra_info(entry, series.phase, told),
        "options": dict(run["suite"]["settings"]),
        "stats": _stats(series),
    }


def full_name(suite: str, name: str) -> str:
    """Return what pytest-benchmark finds a benchmark again by, wherever its suite's file lies."""
    return f"{suite}::{name}"


def _stats(series: Series) -> dict[str, Any]:
    stats = needed("pytest_benchmark.stats", "pytest").Stats()
    for value in series.values:
        stats.update(value)
    figures: dict[str, Any] = stats.as_dict()
    # A value is the seconds of one iteration already.
    return {**figures, "data": list(series.values), "iterations": 1}
