"""The sequential rule: when pairs of processes say that something is slower, or that it is not.

Each pair gives r = ln(head / base) of its two process medians. The question is whether the median
of r lies above a threshold, ln(1 + tolerance). Pairs are looked at a few times, at numbers that are
fixed in advance (`schedule`); each look may spend its part of the error that is allowed in all, so
that looking often does not make errors more frequent (Bonferroni's inequality over the looks).

At a look of n pairs, c of which have r <= threshold, the evidence that the median is above is

    max( P[bootstrap median <= threshold],  P[Binomial(n, 1/2) <= c] )

The first is the bootstrap of the median, which needs no resampling: a resample's median is at most
the threshold when at least half of its n draws are among those c (Efron, "Bootstrap methods:
another look at the jackknife", Annals of Statistics 7, 1979). It is small exactly when the
bootstrap's quantile of that order lies above the threshold. For few pairs it is smaller than it
should be; the second, the sign test (Conover, "Practical nonparametric statistics"), is exact:
within a pair the order is drawn at random, so that whatever the machine does, a pair is above a
true median as often as below. Both must agree.

The evidence that the median is below is the same with the sides exchanged. Over several cases the
evidence of a slowdown is adjusted as Holm does ("A simple sequentially rejective multiple test
procedure", Scandinavian Journal of Statistics 6, 1979). The evidence of none is not: everything
passes only when every case does, and that errs no more often than its weakest part.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# The error allowed on each side: the quantiles 2.5 % and 97.5 % of the bootstrap.
ALPHA = 0.025
DEFAULT_TOLERANCE = 0.05
# Looks and the share of ALPHA that each may spend: little while there is little to see, so that the
# last look, which most needs it, keeps half. Chosen by simulation (docs/gate.md).
_LOOKS = (11, 21, 41, 81, 141, 201)
_WEIGHTS = (0.02, 0.03, 0.10, 0.15, 0.20, 0.50)
DEFAULT_MAX_PAIRS = _LOOKS[-1]
FEWEST_PAIRS = _LOOKS[0]
# A slowdown counts as detectable when it would be found with this probability.
POWER = 0.9


@dataclass(frozen=True)
class Schedule:
    """The numbers of pairs at which to look, and what share of the allowed error each may spend."""

    looks: tuple[int, ...] = _LOOKS
    weights: tuple[float, ...] = _WEIGHTS

    @property
    def max_pairs(self) -> int:
        """Return the number of pairs at the last look."""
        return self.looks[-1]


def schedule(max_pairs: int = DEFAULT_MAX_PAIRS) -> Schedule:
    """Return the looks up to a number of pairs; the last one spends what is left.

    Raises ``ValueError`` for fewer pairs than the first look has.
    """
    if max_pairs < FEWEST_PAIRS:
        raise ValueError(f"max_pairs: got {max_pairs}, want at least {FEWEST_PAIRS}")
    before = zip(_LOOKS[:-1], _WEIGHTS[:-1], strict=True)
    kept = [(n, w) for n, w in before if n < max_pairs]
    # Beyond the default, a look at every doubling, each for a quarter of what is left.
    further = 2 * _LOOKS[-2]
    while further < max_pairs:
        kept.append((further, (1.0 - sum(w for _, w in kept)) / 4))
        further *= 2
    looks = (*(n for n, _ in kept), max_pairs)
    return Schedule(looks, (*(w for _, w in kept), 1.0 - sum(w for _, w in kept)))


def median_above(count_at_most: Any, pairs: int) -> Any:
    """Return the evidence that a median is above a threshold: a p-value, small when it is.

    ``count_at_most`` of ``pairs`` values are not above it; an array of counts gives an array.
    """
    from scipy.stats import binom

    c = np.asarray(count_at_most)
    bootstrap = binom.sf(math.ceil(pairs / 2) - 1, pairs, c / pairs)
    sign = binom.cdf(c, pairs, 0.5)
    return np.maximum(bootstrap, sign)


@dataclass(frozen=True)
class Evidence:
    """P-values over the looks so far, comparable with ALPHA as they are."""

    slower: float = 1.0
    not_slower: float = 1.0


def evidence(logs: Sequence[float], threshold: float, plan: Schedule) -> Evidence:
    """Return what the looks that ``logs`` reaches say of its median and ``threshold``.

    Each look's p-value is divided by its share, and the smallest counts: comparing that with ALPHA
    is comparing each look with its part of ALPHA.
    """
    # A value at the threshold speaks for neither side, whatever its last digit says.
    tie = 1e-12
    above = not_above = 1.0
    values = np.asarray(logs, dtype=np.float64)
    for n, weight in zip(plan.looks, plan.weights, strict=True):
        if n > len(values):
            break
        head = values[:n]
        above = min(above, float(median_above(np.sum(head <= threshold + tie), n)) / weight)
        not_above = min(not_above, float(median_above(np.sum(head >= threshold - tie), n)) / weight)
    return Evidence(above, not_above)


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Return p-values adjusted for there being several, by Holm's step-down procedure."""
    adjusted: dict[str, float] = {}
    highest = 0.0
    for index, name in enumerate(sorted(p_values, key=lambda key: p_values[key])):
        highest = max(highest, min(1.0, (len(p_values) - index) * p_values[name]))
        adjusted[name] = highest
    return adjusted


@dataclass(frozen=True)
class Spread:
    """A median with its bootstrap quantiles 2.5 % and 97.5 %; none below six values."""

    median: float
    low: float | None
    high: float | None


_FEWEST_FOR_QUANTILES = 6


def bootstrap_spread(values: Sequence[float]) -> Spread:
    """Return the median and the exact bootstrap quantiles of it, which are two of the values."""
    from scipy.stats import binom

    ordered = np.sort(np.asarray(values, dtype=np.float64))
    n = len(ordered)
    median = float(np.median(ordered))
    if n < _FEWEST_FOR_QUANTILES:
        return Spread(median, None, None)
    # P[bootstrap median <= k-th value], from the first value on.
    below = binom.sf(math.ceil(n / 2) - 1, n, np.arange(1, n + 1) / n)
    low = int(np.searchsorted(below, ALPHA))
    # From the other side the values count down.
    return Spread(median, float(ordered[low]), float(ordered[n - 1 - low]))


def detectable(
    logs: Sequence[float], threshold: float, plan: Schedule, cases: int = 1
) -> float | None:
    """Return the smallest slowdown that the last look would find nine times out of ten.

    As a share (0.08 for 8 %), from the noise that ``logs`` shows, and adjusted for the number of
    cases at its strictest; ``None`` when there is too little noise to go by, or when no number of
    such pairs would do.
    """
    from scipy.stats import binom

    if len(logs) < FEWEST_PAIRS:
        return None
    n, level = plan.max_pairs, ALPHA * plan.weights[-1] / cases
    counts = np.arange(n + 1)
    passing = counts[median_above(counts, n) <= level]
    if len(passing) == 0:
        return None
    # The share of pairs above the threshold that gives so few at most below it, often enough.
    shares = np.linspace(0.5, 1.0, 2001)
    powers = binom.cdf(passing[-1], n, 1.0 - shares)
    share = float(shares[int(np.argmax(powers >= POWER))])
    values = np.asarray(logs, dtype=np.float64)
    noise = values - np.median(values)
    # A shift by d puts that share above the threshold when noise + d does.
    shift = threshold - float(np.quantile(noise, 1.0 - share))
    return math.expm1(shift)
