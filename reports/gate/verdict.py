"""From pairs to verdicts: a case is slower, is not, or the figures cannot tell."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import numpy as np

from zkmark.reports.gate.limits import Limits, Requirement
from zkmark.reports.gate.rule import (
    ALPHA,
    Evidence,
    Schedule,
    bootstrap_spread,
    detectable,
    evidence,
    holm,
)
from zkmark.suites.pair_store import SCHEMA, SCHEMA_VERSION
from zkmark.suites.pairs import Trial


class Verdict(StrEnum):
    """What is said of a case; ``INCORRECT``: an output was wrong, and times say nothing."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    INCORRECT = "incorrect"


@dataclass(frozen=True)
class CaseVerdict:
    """One case judged.

    ``ratio``: head over base, with the bootstrap's 2.5 % and 97.5 % quantiles; above 1 the head is
    slower. ``base`` and ``head`` are medians in ``unit``. ``p_slower`` is adjusted for the looks
    and for the number of cases, ``p_not_slower`` for the looks; each is compared with 0.025.
    ``detectable``: the smallest slowdown that the greatest number of pairs would find nine times
    out of ten. ``reason`` is one sentence.
    """

    case: str
    verdict: Verdict
    reason: str
    requirement: Requirement
    base: float | None = None
    head: float | None = None
    unit: str = "s"
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    pairs: int = 0
    p_slower: float | None = None
    p_not_slower: float | None = None
    detectable: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "case": self.case,
            "verdict": self.verdict.value,
            "reason": self.reason,
            "tolerance": self.requirement.tolerance,
            "limit": self.requirement.limit,
            "unit": self.unit,
            "base": self.base,
            "head": self.head,
            "ratio": self.ratio,
            "low": self.low,
            "high": self.high,
            "pairs": self.pairs,
            "p_slower": self.p_slower,
            "p_not_slower": self.p_not_slower,
            "detectable": self.detectable,
        }


@dataclass(frozen=True)
class GateReport:
    """Everything a comparison has to say; every output format is made from this.

    ``method``: ``pairs``, ``stored`` or ``instructions``. ``notes`` are sentences on how it was
    done, ``warnings`` sentences on what a reader should mistrust. ``data``: every value of every
    case, for who wants to judge again. ``run``: of a comparison by pairs, what it compared by what
    rule, and whether it came to its end.
    """

    method: str
    base: str
    head: str
    cases: tuple[CaseVerdict, ...]
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    run: Mapping[str, Any] | None = None

    def of(self, *verdicts: Verdict) -> list[CaseVerdict]:
        """Return the cases of some verdicts."""
        return [case for case in self.cases if case.verdict in verdicts]

    @property
    def exit_code(self) -> int:
        """Return 6 for a wrong output, 5 when nothing was measured, 1 for a case that is slower.

        Else 3 for one that could not be told, else 0.
        """
        if self.of(Verdict.INCORRECT):
            return 6
        if all(case.ratio is None and case.head is None for case in self.cases):
            return 5
        if self.of(Verdict.FAIL):
            return 1
        return 3 if self.of(Verdict.INCONCLUSIVE) else 0

    @property
    def verdict(self) -> Verdict:
        """Return the verdict on everything: the worst of the cases'."""
        for verdict in (Verdict.INCORRECT, Verdict.FAIL, Verdict.INCONCLUSIVE):
            if self.of(verdict):
                return verdict
        return Verdict.PASS if self.cases else Verdict.INCONCLUSIVE

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "schema": SCHEMA,
            "schema_version": SCHEMA_VERSION,
            "method": self.method,
            "verdict": self.verdict.value,
            "exit_code": self.exit_code,
            "base": self.base,
            "head": self.head,
            "cases": [case.to_json() for case in self.cases],
            "notes": list(self.notes),
            "warnings": list(self.warnings),
            "run": None if self.run is None else dict(self.run),
            "data": dict(self.data),
        }


# The two things a case can be held to, as parts of the names of hypotheses.
_TOLERANCE, _LIMIT = "tolerance", "limit"


def judge_pairs(trials: Sequence[Trial], limits: Limits, plan: Schedule) -> list[CaseVerdict]:
    """Judge every case by its pairs so far.

    Every case counts towards Holm's adjustment from the start, those without pairs too, so that a
    verdict once given stays.
    """
    found: dict[tuple[str, str], Evidence] = {}
    for trial in trials:
        needed = limits.of(trial.case)
        found[trial.case, _TOLERANCE] = evidence(trial.logs, math.log1p(needed.tolerance), plan)
        if needed.limit is not None:
            heads = [math.log(pair.head) for pair in trial.pairs]
            # Not pairs: what a machine does to the head alone is not drawn, so no ranks.
            threshold = math.log(needed.limit)
            found[trial.case, _LIMIT] = evidence(heads, threshold, plan, paired=False)
    adjusted = holm({"\n".join(key): one.slower for key, one in found.items()})
    return [
        _judge(
            trial,
            limits.of(trial.case),
            plan,
            {
                what: replace(one, slower=adjusted[f"{case}\n{what}"])
                for (case, what), one in found.items()
                if case == trial.case
            },
            len(found),
        )
        for trial in trials
    ]


def undecided(verdicts: Sequence[CaseVerdict]) -> list[str]:
    """Return the cases that more pairs may decide."""
    return [one.case for one in verdicts if one.verdict is Verdict.INCONCLUSIVE]


def _judge(
    trial: Trial,
    needed: Requirement,
    plan: Schedule,
    found: Mapping[str, Evidence],
    hypotheses: int,
) -> CaseVerdict:
    slower = {what: one.slower for what, one in found.items()}
    p_not = max(one.not_slower for one in found.values())
    verdict, reason = _decide(trial, needed, plan, slower, p_not)
    if not trial.pairs:
        return CaseVerdict(trial.case, verdict, reason, needed)
    spread = bootstrap_spread(trial.logs)
    return CaseVerdict(
        trial.case,
        verdict,
        reason,
        needed,
        base=float(np.median([pair.base for pair in trial.pairs])),
        head=float(np.median([pair.head for pair in trial.pairs])),
        ratio=math.exp(spread.median),
        low=None if spread.low is None else math.exp(spread.low),
        high=None if spread.high is None else math.exp(spread.high),
        pairs=len(trial.pairs),
        p_slower=min(1.0, *(max(one.slower, one.slower_alone) for one in found.values())),
        p_not_slower=min(1.0, p_not),
        detectable=detectable(trial.logs, math.log1p(needed.tolerance), plan, hypotheses),
    )


def _decide(
    trial: Trial,
    needed: Requirement,
    plan: Schedule,
    slower: Mapping[str, float],
    p_not: float,
) -> tuple[Verdict, str]:
    if trial.status == "incorrect":
        return Verdict.INCORRECT, f"{trial.failed_side}: {trial.reason}"
    if slower[_TOLERANCE] <= ALPHA:
        return Verdict.FAIL, f"slower by more than {percent(needed.tolerance)}"
    if _LIMIT in slower and slower[_LIMIT] <= ALPHA:
        return Verdict.FAIL, f"takes more than its limit, {needed.limit:g} s"
    if trial.status != "ok":
        return Verdict.INCONCLUSIVE, f"{trial.failed_side} {trial.status}: {trial.reason}"
    if p_not <= ALPHA:
        within = " and within its limit" if _LIMIT in slower else ""
        return Verdict.PASS, f"not slower by more than {percent(needed.tolerance)}{within}"
    if len(trial.pairs) >= plan.max_pairs:
        return Verdict.INCONCLUSIVE, f"{plan.max_pairs} pairs could not tell"
    return Verdict.INCONCLUSIVE, f"{len(trial.pairs)} pairs could not tell yet"


def percent(share: float) -> str:
    """Write a share as a percentage with no more digits than it has: ``5 %``, ``2.5 %``."""
    return f"{100 * share:.3g} %"
