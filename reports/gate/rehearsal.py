"""How often the rule errs: on noise made by a formula, and on pairs that a machine really gave."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from zkmark.reports.gate.rule import (
    ALPHA,
    Schedule,
    evidence,
    median_above,
    ranks_above,
    schedule,
)

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

# What the rule is made for (docs/gate.md): at the default tolerance and cap.
MOST_FALSE_ALARMS = 0.01
LEAST_POWER = 0.90


@dataclass(frozen=True)
class Rates:
    """What became of many comparisons: shares, and the pairs that they took on average.

    ``any_failed`` and ``all_passed`` are of as many cases at once as were asked about.
    """

    comparisons: int
    failed: float
    passed: float
    inconclusive: float
    mean_pairs: float
    any_failed: float
    all_passed: float

    @classmethod
    def of(cls, failed: Flags, passed: Flags, used: Floats, cases: int) -> Self:
        """Return the shares of comparisons that follow each other, ``cases`` at once."""
        share_failed, share_passed = float(np.mean(failed)), float(np.mean(passed))
        whole = len(failed) // cases * cases
        return cls(
            len(failed),
            share_failed,
            share_passed,
            1 - share_failed - share_passed,
            float(np.mean(used)),
            float(np.mean(failed[:whole].reshape(-1, cases).any(axis=1))),
            float(np.mean(passed[:whole].reshape(-1, cases).all(axis=1))),
        )

    def interval(self, share: float) -> tuple[float, float]:
        """Return the exact 95 % interval of one of the shares (Clopper and Pearson)."""
        from scipy.stats import binomtest

        found: Any = binomtest(round(share * self.comparisons), self.comparisons).proportion_ci(
            0.95
        )
        return float(found.low), float(found.high)

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "comparisons": self.comparisons,
            "failed": self.failed,
            "failed_interval": list(self.interval(self.failed)),
            "passed": self.passed,
            "inconclusive": self.inconclusive,
            "mean_pairs": self.mean_pairs,
        }


def rates(
    logs: Floats, tolerance: float, plan: Schedule, cases: int = 1, *, paired: bool = True
) -> Rates:
    """Judge many comparisons, a row of ln(head / base) each, by the rule.

    ``cases``: a failure must hold out against that many cases' adjustment, at its strictest.
    ``paired`` as for ``evidence``.
    """
    threshold = math.log1p(tolerance)
    failed = np.zeros(len(logs), bool)
    passed = np.zeros(len(logs), bool)
    used = np.zeros(len(logs))
    for n, weight in zip(plan.looks, plan.weights, strict=True):
        running = ~(failed | passed)
        used[running] = n
        below = np.sum(logs[:, :n] <= threshold, axis=1)
        above = np.sum(logs[:, :n] >= threshold, axis=1)
        level = ALPHA * weight
        slower = running & (median_above(below, n) <= (level if paired else level / cases))
        if paired and np.any(slower):
            ranks = ranks_above(logs[slower, :n] - threshold)
            slower[slower] = ranks <= level / cases
        passed |= running & ~slower & (median_above(above, n) <= level)
        failed |= slower
    return Rates.of(failed, passed, used, cases)


def synthetic_logs(
    comparisons: int, pairs: int, effect: float, variation: float, correlation: float, seed: int
) -> Floats:
    """Return ln(head / base) of pairs on a machine of a formula, a row a comparison.

    The logarithm of a process's median is a stationary series of first order: ``variation`` is the
    coefficient of variation, ``correlation`` that of one process with the next. Which of a pair
    comes first is drawn. ``effect``: how much slower the head is, as a share.
    """
    random = np.random.default_rng(seed)
    scale = math.sqrt(math.log1p(variation**2))
    fresh = math.sqrt(1 - correlation**2)
    level = random.normal(size=comparisons)
    logs = np.empty((comparisons, pairs))
    for pair in range(pairs):
        first = level
        second = correlation * first + fresh * random.normal(size=comparisons)
        level = correlation * second + fresh * random.normal(size=comparisons)
        sign = random.choice([-1.0, 1.0], size=comparisons)
        logs[:, pair] = sign * scale * (second - first) + math.log1p(effect)
    return logs


# Pairs that are drawn together: what lasts for some minutes on a machine stays in one piece.
_BLOCK = 10


def drawn_logs(
    logs: Sequence[float], comparisons: int, pairs: int, seed: int, *, exchangeable: bool
) -> Floats:
    """Return comparisons drawn from real pairs in blocks, a row each.

    The moving-block bootstrap, ends joined (Politis and Romano, 1992). ``exchangeable``: both sides
    were the same thing, so which of a pair is called the head is drawn anew.
    """
    random = np.random.default_rng(seed)
    values = np.asarray(logs, dtype=np.float64)
    blocks = -(-pairs // _BLOCK)
    starts = random.integers(len(values), size=(comparisons, blocks, 1))
    places = (starts + np.arange(_BLOCK)) % len(values)
    drawn: Floats = values[places.reshape(comparisons, -1)[:, :pairs]]
    if exchangeable:
        drawn = drawn * random.choice([-1.0, 1.0], size=drawn.shape)
    return drawn


def in_order(logs: Sequence[float], tolerance: float, plan: Schedule) -> dict[str, int]:
    """Count the verdicts on real pairs as they came: a comparison begins where the last one ended.

    What is left at the end and decides nothing is not counted.
    """
    counts = {"fail": 0, "pass": 0, "inconclusive": 0}
    threshold = math.log1p(tolerance)
    values = list(logs)
    while values:
        verdict, used = None, 0
        for n in (n for n in plan.looks if n <= len(values)):
            found, used = evidence(values[:n], threshold, plan), n
            if min(found.slower, found.not_slower) <= ALPHA:
                verdict = "fail" if found.slower <= ALPHA else "pass"
                break
        if verdict is None and used < plan.max_pairs:
            break
        counts[verdict or "inconclusive"] += 1
        values = values[used:]
    return counts


@dataclass(frozen=True)
class Rehearsal:
    """What the self-test found.

    ``same`` and ``slowed`` are of comparisons drawn from the rounds, ``same_in_order`` and
    ``slowed_in_order`` of those that the rounds are as they came. ``caps`` maps a greatest number
    of pairs to its power; ``values`` are the process medians.
    """

    case: str
    rounds: int
    slowdown: float
    tolerance: float
    max_pairs: int
    variation: float
    correlation: float
    found_slowdown: float
    seconds: float
    same: Rates
    slowed: Rates
    same_in_order: dict[str, int]
    slowed_in_order: dict[str, int]
    caps: dict[int, float]
    values: dict[str, list[float]]

    @property
    def good(self) -> bool:
        """Say whether false alarms and power are what the rule is made for."""
        return self.same.failed < MOST_FALSE_ALARMS and self.slowed.failed > LEAST_POWER

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "schema": "zkmark-gate-self-test",
            "schema_version": "1.0.0",
            "good": self.good,
            "case": self.case,
            "rounds": self.rounds,
            "slowdown": self.slowdown,
            "found_slowdown": self.found_slowdown,
            "tolerance": self.tolerance,
            "max_pairs": self.max_pairs,
            "process_variation": self.variation,
            "lag_1_correlation": self.correlation,
            "seconds": self.seconds,
            "same": self.same.to_json(),
            "slowed": self.slowed.to_json(),
            "same_in_order": self.same_in_order,
            "slowed_in_order": self.slowed_in_order,
            "power_by_max_pairs": {str(n): power for n, power in self.caps.items()},
            "values": self.values,
        }


_COMPARISONS = 10_000


def rehearse(
    case: str,
    one: Sequence[float],
    other: Sequence[float],
    slow: Sequence[float],
    in_time: Sequence[float],
    *,
    slowdown: float,
    tolerance: float,
    max_pairs: int,
    seconds: float,
    seed: int = 1,
) -> Rehearsal:
    """Try the rule out on a machine's own noise.

    ``one`` and ``other`` are process medians of the same thing and ``slow`` those of the thing
    slowed down, each a round; ``in_time`` those of ``one`` and ``other`` in the order of time.
    """
    a, b, c = (np.log(np.asarray(values)) for values in (one, other, slow))
    plan = schedule(max_pairs)
    random = np.random.default_rng(seed)
    # Either of the two same ones is as good a base.
    against = np.where(random.random(len(a)) < 0.5, a, b)
    same = drawn_logs(b - a, _COMPARISONS, max_pairs, seed, exchangeable=True)
    caps = {}
    for factor in (1, 2, 4):
        longer = schedule(max_pairs * factor)
        drawn = drawn_logs(
            c - against, _COMPARISONS // factor, longer.max_pairs, seed + 1, exchangeable=False
        )
        caps[longer.max_pairs] = rates(drawn, tolerance, longer)
    times = np.asarray(in_time)
    return Rehearsal(
        case,
        len(a),
        slowdown,
        tolerance,
        max_pairs,
        float(np.std(times, ddof=1) / np.mean(times)),
        float(np.corrcoef(times[:-1], times[1:])[0, 1]),
        float(math.expm1(np.median(c - against))),
        seconds,
        rates(same, tolerance, plan),
        caps[max_pairs],
        in_order(b - a, tolerance, plan),
        in_order(c - against, tolerance, plan),
        {n: found.failed for n, found in caps.items()},
        {"one": list(one), "other": list(other), "slow": list(slow)},
    )
