"""What every form is made from: the measured times of one case on one backend in one phase.

The replicate is the process: a series has one value a process,
the median of its samples, so that the median of a series is the figure that reports show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zkmark.suites.statistics import process_medians

if TYPE_CHECKING:
    from zkmark.suites.result import Result

# The phase that has no suffix: what a user waits for.
TOTAL = "total"


def series_name(slug: str, label: str, phase: str) -> str:
    """Return how other tools call a case on a backend: ``ntt/goldilocks/2^10/forward[cpu]``.

    Every phase but the total stands behind it: ``ntt/goldilocks/2^10/forward[cpu] compute``.
    """
    name = f"{slug}[{label}]"
    return name if phase == TOTAL else f"{name} {phase}"


def group_name(slug: str, phase: str) -> str:
    """Return what series must share to be set side by side: the case, and the phase."""
    return slug if phase == TOTAL else f"{slug} {phase}"


@dataclass(frozen=True)
class Series:
    """The seconds of one iteration: a value a process, in the order in which they ran."""

    entry: dict[str, Any]
    phase: str
    values: tuple[float, ...]

    @property
    def name(self) -> str:
        """Return the name."""
        return series_name(self.entry["slug"], self.entry["label"], self.phase)

    @property
    def group(self) -> str:
        """Return what it may be compared with."""
        return group_name(self.entry["slug"], self.phase)

    @property
    def summary(self) -> dict[str, Any]:
        """Return the median with its interval, as the result has it."""
        found: dict[str, Any] = self.entry["summary"][self.phase]
        return found

    @property
    def ranked(self) -> bool:
        """Say whether it is the phase that ranks."""
        return bool(self.phase == self.entry["ranked_phase"])

    @property
    def iterations(self) -> int:
        """Return how many iterations one sample had, the fewest of the processes."""
        loops = [one["loops"] for one in self.entry["processes"] if "loops" in one]
        return min(loops, default=1)


def entry_series(entry: dict[str, Any], phase: str) -> Series:
    """Return an entry's series of a phase that it has."""
    groups = entry["phases"][phase]["processes"]
    return Series(entry, phase, tuple(process_medians([one["samples"] for one in groups])))


def measured_series(result: Result) -> list[Series]:
    """Return a series for each phase of each entry that was measured and right."""
    return [
        entry_series(entry, phase)
        for entry in result.cases
        if entry["status"] == "ok" and entry["kind"] == "measured"
        for phase in entry["phases"]
    ]


def left_out(results: Sequence[Result]) -> tuple[str, ...]:
    """Say what the series lack: modelled times, wrong outputs, and what gave no time."""
    entries = [entry for result in results for entry in result.cases]
    modelled = [e for e in entries if e["status"] == "ok" and e["kind"] == "modelled"]
    wrong = [e for e in entries if e["status"] == "incorrect"]
    failed = [e for e in entries if e["status"] in ("crashed", "timeout", "error")]
    missing = [pair for result in results for pair in result.missing]
    found = []
    if modelled:
        found.append(
            f"{_count(modelled)} left out, whose time was modelled and not measured "
            "(csv and parquet have it in columns of its own)"
        )
    if wrong:
        found.append(f"{_count(wrong)} left out, whose output was wrong: {_names(wrong)}")
    if failed:
        found.append(f"{_count(failed)} left out, without a measurement: {_names(failed)}")
    if missing:
        found.append(f"{len(missing)} planned and not measured")
    return tuple(found)


def _count(entries: Sequence[dict[str, Any]]) -> str:
    return "1 entry is" if len(entries) == 1 else f"{len(entries)} entries are"


def _names(entries: Sequence[dict[str, Any]]) -> str:
    names = list(dict.fromkeys(f"{e['slug']} on {e['label']}" for e in entries))
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
