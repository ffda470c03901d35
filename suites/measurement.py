"""Measuring one case from Python, or modelling it where the backend only models."""

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
    """One case on one backend, checked; ``entry`` is its part of a result document.

    ``kind`` is ``measured``, or ``modelled`` on the backend ``fpga``: such a one has no samples and
    no ``seconds``, but ``modelled_seconds``, ``cycles`` and the section ``modelled``.
    """

    def __init__(self, case: Case, entry: dict[str, Any]) -> None:
        self.case = case
        self.entry = entry

    @property
    def kind(self) -> str:
        """Return ``measured`` or ``modelled``."""
        kind: str = self.entry["kind"]
        return kind

    @property
    def ok(self) -> bool:
        """Say whether it ended well and no output was wrong; only then are there seconds."""
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
        ``ValueError`` for a phase that it lacks, when it is not ``ok``, or when it was modelled.
        """
        if not self.ok:
            raise ValueError(f"{self.case.slug} was not {self.kind}: {self.reason}")
        if self.kind == "modelled":
            raise ValueError(
                f"{self.case.slug} on {self.entry['label']} was modelled and not measured; "
                "modelled_seconds and modelled have what there is"
            )
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
        """Return elements, points or hashes a second; ``ValueError`` unless measured and ok."""
        self.interval()
        rate: float = self.entry["throughput"]["items_per_second"]
        return rate

    @property
    def modelled(self) -> dict[str, Any]:
        """Return the section ``modelled``: cycles, clock, board, terms; ``ValueError`` if none."""
        if not self.ok:
            raise ValueError(f"{self.case.slug} was not {self.kind}: {self.reason}")
        section: dict[str, Any] | None = self.entry["modelled"]
        if section is None:
            raise ValueError(
                f"{self.case.slug} on {self.entry['label']} was measured and not modelled"
            )
        return section

    @property
    def modelled_seconds(self) -> float:
        """Return the modelled time in seconds; ``ValueError`` for what was measured."""
        return float(self.modelled["seconds"]["value"])

    @property
    def cycles(self) -> int:
        """Return the design's cycles, simulated or extrapolated; ``ValueError`` if measured."""
        return int(self.modelled["cycles"]["value"])

    def __str__(self) -> str:
        name = f"{self.case.slug} on {self.entry['label']}"
        if not self.ok:
            return f"{name}: {self.status}: {self.reason}"
        if self.kind == "modelled":
            section = self.modelled
            instances = section["instances"]["value"]
            return (
                f"{name}: modelled {self.modelled_seconds:.6g} s ({self.cycles} "
                f"{section['cycles']['status']} cycles at {section['clock']['value'] / 1e6:g} MHz, "
                f"{instances} instance{'' if instances == 1 else 's'} on {section['board_name']}, "
                f"bound by {section['bound']})"
            )
        found = self.interval()
        if found.low is None or found.high is None:
            plural = "process" if found.count == 1 else "processes"
            return f"{name}: {found.median:.6g} s ({found.count} {plural}, no interval)"
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

    ``options`` are the backend's own (``threads``, ``isa``, ``device``, ``board``). Takes up to
    ``settings.time_budget`` seconds (20 unless set). What goes wrong there does not raise: see
    ``Measurement.status``. The backend ``fpga`` is not measured but simulated, once, and its time
    modelled: see ``Measurement.modelled``.
    """
    if not isinstance(case, Case):
        raise ValueError(f"case: got {type(case).__name__}, want a case such as NttCase")
    if not isinstance(backend, str):
        # The workers make their own, in their own processes.
        raise ValueError(f"backend: got {type(backend).__name__}, want a backend's name")
    contender = Contender(backend, implementation, tuple(sorted(options.items())))
    group = CaseGroup(case, (contender,))
    (entry,) = CaseRun(group, settings or Settings(), seed, plugins=plugins).run()
    return Measurement(case, entry)
