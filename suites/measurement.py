"""Measuring one case from Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zkmark.kernels.case import Case
from zkmark.suites.case_run import CaseRun
from zkmark.suites.engine import DEFAULT_SEED
from zkmark.suites.settings import Settings
from zkmark.suites.statistics import CONFIDENCE, Interval
from zkmark.suites.suite import CaseGroup, Contender


class Measurement:
    """One case on one backend, measured and checked; ``entry`` is its part of a result document."""

    def __init__(self, case: Case, entry: dict[str, Any]) -> None:
        self.case = case
        self.entry = entry

    @property
    def ok(self) -> bool:
        """Say whether it was measured and its output was right; only then are there seconds."""
        return bool(self.entry["status"] == "ok")

    @property
    def status(self) -> str:
        """Return ``ok``, ``incorrect``, ``crashed``, ``timeout``, ``unsupported`` or ``error``."""
        status: str = self.entry["status"]
        return status

    @property
    def reason(self) -> str | None:
        """Return why it is not ``ok``, in one sentence."""
        reason: str | None = self.entry["reason"]
        return reason

    def interval(self, phase: str | None = None) -> Interval:
        """Return the median seconds of a phase with their 95 % interval, over processes.

        ``None``: the phase that ranks, ``total``, or ``compute`` where there is no other. Raises
        ``ValueError`` for a phase that it lacks, or when it is not ``ok``.
        """
        if not self.ok:
            raise ValueError(f"{self.case.slug} was not measured: {self.reason}")
        phase = phase or str(self.entry["ranked_phase"])
        if phase not in self.entry["summary"]:
            known = ", ".join(self.entry["summary"])
            raise ValueError(f"phase: got {phase!r}, want one of {known}")
        found = self.entry["summary"][phase]
        return Interval(found["median"], found["low"], found["high"], found["processes"])

    @property
    def seconds(self) -> float:
        """Return the median of what a user waits for, in seconds; ``ValueError`` if not ``ok``."""
        return self.interval().median

    def samples(self, phase: str | None = None) -> list[list[float]]:
        """Return the raw samples of a phase in seconds, a list a process, without warm-up."""
        self.interval(phase)
        phase = phase or str(self.entry["ranked_phase"])
        return [list(p["samples"]) for p in self.entry["phases"][phase]["processes"]]

    @property
    def items_per_second(self) -> float:
        """Return elements, points or hashes a second; ``ValueError`` if not ``ok``."""
        self.interval()
        rate: float = self.entry["throughput"]["items_per_second"]
        return rate

    def __str__(self) -> str:
        name = f"{self.case.slug} on {self.entry['label']}"
        if not self.ok:
            return f"{name}: {self.status}: {self.reason}"
        found = self.interval()
        if found.low is None or found.high is None:
            return f"{name}: {found.median:.6g} s ({found.count} processes, no interval)"
        return (
            f"{name}: {found.median:.6g} s "
            f"({CONFIDENCE:.0%} interval {found.low:.6g} to {found.high:.6g})"
        )

    __repr__ = __str__


def measure_case(
    case: Case,
    backend: str = "cpu",
    *,
    implementation: str | None = None,
    seed: int = DEFAULT_SEED,
    settings: Settings | None = None,
    plugins: Sequence[str] = (),
    **options: Any,
) -> Measurement:
    """Measure one case on one backend, in fresh worker processes, and check every output.

    ``options`` are the backend's own (``threads``, ``isa``, ``device``). Takes up to
    ``settings.time_budget`` seconds (20 unless set). What goes wrong there does not raise: see
    ``Measurement.status``.
    """
    contender = Contender(backend, implementation, tuple(sorted(options.items())))
    group = CaseGroup(case, (contender,))
    (entry,) = CaseRun(group, settings or Settings(), seed, plugins=plugins).run()
    return Measurement(case, entry)
