"""Trends over stored results, and where they change.

Each case on each machine is a series, a median a run, in the order in which the runs began. Change
points are found with Apache Otava's algorithm, through its package: E-divisive means with a t-test
in place of permutations (Fleming et al., "Hunter: using change point detection to hunt for
performance regressions", ICPE 2023). It looks at a series of runs where the gate looks at two, so
it finds slow drifts and small steps that no single comparison could; it is no verdict on one
change, and with few runs it finds nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from zkmark.reports.gate.stored import entries, process_values

if TYPE_CHECKING:
    from zkmark.suites.result import Result

P_VALUE = 0.001
LEAST_CHANGE = 0.03
# Below that many runs the test has nothing to compare.
FEWEST_RUNS = 4


class MissingOtavaError(RuntimeError):
    """Apache Otava is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "change points are found by Apache Otava, which is not installed; "
            "pip install 'zkmark[history]'"
        )


@dataclass(frozen=True)
class Run:
    """One run's place in a series: when it began, its commit if known, its median in seconds."""

    started: str
    commit: str | None
    seconds: float
    source: str

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "started": self.started,
            "commit": self.commit,
            "seconds": self.seconds,
            "source": self.source,
        }


@dataclass(frozen=True)
class ChangePoint:
    """From the run ``index`` on the level is another one: ``ratio`` times that before."""

    index: int
    ratio: float
    p_value: float

    def to_json(self, runs: Sequence[Run]) -> dict[str, Any]:
        """Return plain values, with the run from which on it holds."""
        return {
            "index": self.index,
            "ratio": self.ratio,
            "p_value": self.p_value,
            "from": runs[self.index].to_json(),
        }


@dataclass(frozen=True)
class Series:
    """One case on one machine over time; ``changes`` is empty where there were too few runs."""

    case: str
    machine: str
    runs: tuple[Run, ...]
    changes: tuple[ChangePoint, ...] = ()

    @property
    def slower_now(self) -> bool:
        """Say whether the last change was to the worse."""
        return bool(self.changes) and self.changes[-1].ratio > 1

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "case": self.case,
            "machine": self.machine,
            "runs": [run.to_json() for run in self.runs],
            "changes": [change.to_json(self.runs) for change in self.changes],
            "slower_now": self.slower_now,
        }


def machine_id(result: Result) -> str:
    """Return a short name of a machine: the same for runs whose times can be set beside each other.

    A hash of everything decisive about it, behind the processor's name.
    """
    from zkmark.hardware_profiles import profile_key

    key = json.dumps(profile_key(result.profile), sort_keys=True, default=str)
    digest = sha256(key.encode()).hexdigest()[:6]
    return f"{result.run['machine'].get('cpu') or 'unknown'} #{digest}"


def series_of(results: Sequence[Result], phase: str | None = None) -> list[Series]:
    """Return the series of every case and machine, without change points."""
    found: dict[tuple[str, str], list[Run]] = {}
    for result in sorted(results, key=_started):
        machine = machine_id(result)
        commit = (result.run["zkmark"]["git"]["value"] or {}).get("commit")
        source = str(result.path) if result.path is not None else str(result.run["id"])
        for name, entry in entries(result).items():
            values = process_values(entry, phase)
            if values:
                run = Run(_started(result), commit, float(np.median(values)), source)
                found.setdefault((name, machine), []).append(run)
    return [Series(case, machine, tuple(runs)) for (case, machine), runs in found.items()]


def _started(result: Result) -> str:
    started: str = result.run["attempts"][0]["started"]
    return started


def with_changes(
    series: Series, p_value: float = P_VALUE, least_change: float = LEAST_CHANGE
) -> Series:
    """Return a series with its change points. Raises ``MissingOtavaError`` without Otava.

    ``p_value``: how improbable a step must be without a change; ``least_change``: smaller ones, as
    a share, do not count.
    """
    try:
        from otava.analysis import compute_change_points
    except ImportError:
        raise MissingOtavaError from None
    if len(series.runs) < FEWEST_RUNS:
        return series
    values = [run.seconds for run in series.runs]
    points, _ = compute_change_points(values, max_pvalue=p_value, min_magnitude=least_change)
    changes = tuple(
        ChangePoint(
            int(point.index),
            float(point.stats.mean_2 / point.stats.mean_1),
            float(point.stats.pvalue),
        )
        for point in points
    )
    return Series(series.case, series.machine, series.runs, changes)
