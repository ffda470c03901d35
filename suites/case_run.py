"""Measuring one case on its contenders: rounds of fresh processes until the interval is narrow.

Contenders whose time is modelled take no part in the rounds: each is simulated once, after them.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zkmark.hardware_profiles.ceilings import not_measured
from zkmark.suites.entries import ContenderRun, Entry, GroupFacts, ProcessRecord, make_entries
from zkmark.suites.jobs import case_to_json
from zkmark.suites.oracle import Expected, Oracle
from zkmark.suites.schedule import round_order
from zkmark.suites.settings import Settings
from zkmark.suites.stopping import StopReason, StopRule
from zkmark.suites.suite import CaseGroup, Contender
from zkmark.suites.worker_process import run_job

_ALONE = "ceilings are measured at the start of a run, and this case was measured alone"

OnProcess = Callable[[str, ProcessRecord], None]
# Hears what a process that takes long is about to do: label and stage.
OnStage = Callable[[str, str], None]


def too_slow(group: CaseGroup, contender: Contender, settings: Settings) -> str | None:
    """Say why the reference is not measured on a case that would take it too long."""
    if contender.backend != "reference":
        return None
    seconds = group.case.reference_seconds
    # Every process runs it twice: to warm up and to measure.
    least = 2 * settings.min_processes * seconds
    if least <= settings.time_budget:
        return None
    return (
        f"skipped: the reference takes about {seconds:.2g} s a time here, so that "
        f"{settings.min_processes} processes would take {least:.2g} s "
        f"and the suite allows {settings.time_budget:g} s"
    )


class CaseRun:
    """One case on its way; ``run`` measures it and gives its entries."""

    def __init__(
        self,
        group: CaseGroup,
        settings: Settings,
        seed: int,
        *,
        plugins: Sequence[str] = (),
        unsupported: dict[str, str] | None = None,
        profile: Mapping[str, Any] | None = None,
        on_process: OnProcess | None = None,
        on_stage: OnStage | None = None,
    ) -> None:
        self.group = group
        self.settings = settings
        self.seed = seed
        self.plugins = plugins
        self.profile = profile or {"ceilings": not_measured(_ALONE)}
        self.on_process = on_process
        self.on_stage = on_stage
        self.runs = {c.label: ContenderRun(c) for c in group.contenders}
        self.rounds = 0
        self.stop: StopReason | None = None
        self.seconds = 0.0
        for contender in group.contenders:
            reason = (unsupported or {}).get(contender.label)
            reason = reason or too_slow(group, contender, settings)
            if reason is not None:
                self.runs[contender.label].fail("unsupported", reason)

    @property
    def active(self) -> list[str]:
        """Return the labels of measured contenders that are still in."""
        return self._active("measured")

    def _active(self, kind: str) -> list[str]:
        return [label for label, r in self.runs.items() if r.status == "ok" and r.kind == kind]

    def run(self) -> list[Entry]:
        """Measure and return one entry a contender, whatever happened to it."""
        before = _Load()
        with tempfile.TemporaryDirectory(prefix="zkmark-") as folder:
            oracle = Oracle(self.settings, self.seed, Path(folder), self.plugins)
            expected = Expected()
            if self.active:
                expected = oracle.expect(self.group)
                self._apply(expected)
                self._rounds(expected, oracle)
            # Last: building a design would disturb what is measured.
            for label in self._active("modelled"):
                expected = self._model(label, expected, oracle)
        facts = GroupFacts(
            self.group.case,
            self.group.target,
            self.settings,
            expected.digest,
            expected.method,
            before.until_now(),
            self.profile,
        )
        stops = {label: self._stopping(run) for label, run in self.runs.items()}
        return make_entries(facts, list(self.runs.values()), stops)

    def _apply(self, expected: Expected) -> None:
        for label in (*self.active, *self._active("modelled")):
            if expected.input_problem is not None:
                self.runs[label].fail("error", expected.input_problem)
            elif label in expected.wrong:
                detail = expected.wrong[label]
                self.runs[label].fail("incorrect", f"the output is wrong: {detail}", detail)

    def _rounds(self, expected: Expected, oracle: Oracle) -> None:
        began = time.monotonic()
        rule = StopRule(self.settings, len(self.active))
        while self.active and self.stop is None:
            round_began = time.monotonic()
            order = round_order(self.seed, self.group.case.slug, self.rounds, self.active)
            for position, label in enumerate(order):
                record = self._process(label, position, expected, oracle)
                if self.on_process is not None:
                    self.on_process(label, record)
            self.rounds += 1
            now = time.monotonic()
            self.seconds = now - began
            widths = [self.runs[label].relative_width() for label in self.active]
            self.stop = rule.reason(widths, self.rounds, self.seconds, now - round_began)

    def _process(
        self, label: str, position: int, expected: Expected, oracle: Oracle
    ) -> ProcessRecord:
        run = self.runs[label]
        outcome = run_job(
            {
                "job": "measure",
                "case": case_to_json(self.group.case),
                "seed": self.seed,
                "contender": run.contender.to_json(),
                "threads": self.settings.threads,
                "input": expected.input,
                "settings": self.settings.to_json(),
            },
            self.settings.timeout,
            self.plugins,
        )
        record = ProcessRecord(
            self.rounds, position, outcome.status, outcome.reason, outcome.seconds, outcome.answer
        )
        run.records.append(record)
        if outcome.answer is None:
            wrong = outcome.reason if outcome.status == "incorrect" else None
            run.fail(outcome.status, outcome.reason or outcome.status, wrong)
        elif (fault := _fault(outcome.answer, expected)) is not None:
            record.status, record.reason = fault
            detail = record.reason
            if record.status == "incorrect":
                judged = oracle.judge(self.group, run.contender, expected.input).answer
                if judged is not None and not judged["ok"] and judged["detail"]:
                    detail = judged["detail"]
            run.fail(record.status, f"{record.reason}", detail)
        return record

    def _model(self, label: str, expected: Expected, oracle: Oracle) -> Expected:
        """Simulate on one contender, in one process: another would give the very same cycles.

        Returns what is expected of the output, which nobody may have asked before.
        """
        run = self.runs[label]
        outcome = run_job(
            {
                "job": "model",
                "case": case_to_json(self.group.case),
                "seed": self.seed,
                "contender": run.contender.to_json(),
                "input": expected.input,
            },
            self.settings.timeout,
            self.plugins,
            lambda stage: self._tell_stage(label, stage),
        )
        answer = outcome.answer
        record = ProcessRecord(0, 0, outcome.status, outcome.reason, outcome.seconds, answer)
        run.records.append(record)
        detail = None
        if answer is not None and answer["wrong"] is not None:
            record.status, record.reason = "incorrect", answer["wrong"]
            detail = record.reason
        elif answer is not None and (digest := answer["output_digest"]) is not None:
            if expected == Expected():
                self._tell_stage(label, "checking the output")
                expected = oracle.expect(self.group)
            if (fault := _misfit(digest, expected)) is not None:
                record.status, record.reason = fault
                detail = expected.wrong.get(label, record.reason)
        if record.status != "ok":
            run.fail(record.status, record.reason or record.status, detail)
        if self.on_process is not None:
            self.on_process(label, record)
        return expected

    def _tell_stage(self, label: str, stage: str) -> None:
        if self.on_stage is not None:
            self.on_stage(label, stage)

    def _stopping(self, run: ContenderRun) -> dict[str, Any]:
        width = run.relative_width() if run.status == "ok" else None
        rule = StopRule(self.settings, 1)
        ok = run.status == "ok" and self.stop is not None
        return {
            "reason": rule.own_reason(width, self.stop) if ok and self.stop else None,
            "target_relative_width": self.settings.relative_width,
            "achieved_relative_width": width,
            "rounds": len(run.records),
            "seconds": round(sum(record.seconds for record in run.records), 4),
        }


def _fault(answer: dict[str, Any], expected: Expected) -> tuple[str, str] | None:
    """Judge a process's output by its digests; return status and reason when it is not right."""
    first, last = answer["first_digest"], answer["last_digest"]
    if first != last:
        return "incorrect", "the output of the last iteration differs from that of the first"
    return _misfit(last, expected)


def _misfit(digest: str, expected: Expected) -> tuple[str, str] | None:
    """Hold a digest to the expected one; return status and reason when it is not the same."""
    if expected.digest is None:
        problem = expected.input_problem or expected.problem
        return "error", problem or "there is no expected output"
    if digest != expected.digest:
        return (
            "incorrect",
            f"the output's digest is {_brief(digest)}, want {_brief(expected.digest)} "
            f"({expected.method})",
        )
    return None


def _brief(digest: str) -> str:
    return digest[:19] + "..."


@dataclass(frozen=True)
class _Moment:
    load: float | None
    stolen: float | None
    time: float


class _Load:
    """The machine's load over a stretch of time."""

    def __init__(self) -> None:
        self._before = self._now()

    @staticmethod
    def _now() -> _Moment:
        from zkmark.hardware_profiles import plain
        from zkmark.hardware_profiles.load import snapshot

        taken = snapshot()
        return _Moment(plain(taken, "average_1"), plain(taken, "stolen_seconds"), time.monotonic())

    def until_now(self) -> dict[str, float | None]:
        import os

        before, now = self._before, self._now()
        steal = None
        if before.stolen is not None and now.stolen is not None and now.time > before.time:
            available = (now.time - before.time) * (os.cpu_count() or 1)
            steal = min(1.0, max(0.0, (now.stolen - before.stolen) / available))
        return {"before": before.load, "after": now.load, "steal_fraction": steal}
