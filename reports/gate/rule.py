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

The evidence that the median is below is the same with the sides exchanged. Everything passes only
when every case does, and that errs no more often than its weakest part.

A slowdown among several cases must hold out against there being several. For that the sign test
wastes too much: it uses of each pair only on which side of the threshold it lies. So what is
adjusted for the number of cases, as Holm does ("A simple sequentially rejective multiple test
procedure", Scandinavian Journal of Statistics 6, 1979), is Wilcoxon's signed-rank test
("Individual comparisons by ranking methods", Biometrics Bulletin 1, 1945). It is exact for the same
reason: drawing the order draws the sign of a pair's noise and leaves its size, so that around the
true ratio every pattern of signs is as likely as every other. A case fails when, at one and the
same look, its median is above the threshold by the evidence above, and its ranks are so by Holm.
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


# A value at the threshold speaks for neither side, whatever its last digit says.
_TIE = 1e-12
_TIE_DIGITS = 12
# Up to here the ranks' distribution is counted out; beyond, the normal one is as good as the same.
_MOST_EXACT = 250


def ranks_above(distances: Any) -> Any:
    """Return the evidence that values lie above zero: the signed-rank test's p-value.

    Of the last axis, for each row of an array. Ties are broken, and zeros counted, against the
    claim: that can only make the p-value greater, and the exact distribution holds.
    """
    from scipy import stats

    # The stubs know "asymptotic" with other arguments only.
    wilcoxon: Any = stats.wilcoxon
    values = np.round(np.asarray(distances, dtype=np.float64), _TIE_DIGITS)
    n = values.shape[-1]
    above = values > 0
    # Of equal sizes, those above come first: they get the lower ranks.
    order = np.lexsort((~above, np.abs(values)), axis=-1)
    ranks = np.empty(values.shape)
    np.put_along_axis(ranks, order, np.broadcast_to(np.arange(1.0, n + 1), values.shape), axis=-1)
    method = "exact" if n <= _MOST_EXACT else "asymptotic"
    signed = np.where(above, ranks, -ranks)
    return wilcoxon(signed, alternative="greater", method=method, axis=-1).pvalue


@dataclass(frozen=True)
class Evidence:
    """P-values over the looks so far, comparable with ALPHA as they are.

    ``slower`` is what may be adjusted for several cases; ``slower_alone`` is the median's, which
    holds for its case alone. Where ``slower`` is at most ALPHA, ``slower_alone`` is too.
    """

    slower: float = 1.0
    not_slower: float = 1.0
    slower_alone: float = 1.0


def evidence(
    logs: Sequence[float], threshold: float, plan: Schedule, *, paired: bool = True
) -> Evidence:
    """Return what the looks that ``logs`` reaches say of its median and ``threshold``.

    Each look's p-value is divided by its share, and the smallest counts: comparing that with ALPHA
    is comparing each look with its part of ALPHA. ``paired``: the values are of pairs whose order
    was drawn, so that ranks may be used; otherwise the median's evidence is what is adjusted.
    """
    slower = alone = not_above = 1.0
    values = np.asarray(logs, dtype=np.float64)
    for n, weight in zip(plan.looks, plan.weights, strict=True):
        if n > len(values):
            break
        head = values[:n]
        above = float(median_above(np.sum(head <= threshold + _TIE), n)) / weight
        alone = min(alone, above)
        # A look at which the median itself has not the evidence counts for nothing.
        if paired and above <= ALPHA:
            above = float(ranks_above(head - threshold)) / weight
        slower = min(slower, above)
        below = float(median_above(np.sum(head >= threshold - _TIE), n)) / weight
        not_above = min(not_above, below)
    return Evidence(slower, not_above, alone)


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
    if len(logs) < FEWEST_PAIRS:
        return None
    n, level = plan.max_pairs, ALPHA * plan.weights[-1]
    values = np.asarray(logs, dtype=np.float64)
    noise = np.sort(values - np.median(values))
    by_median = _shift_for_median(noise, n, level)
    by_ranks = _shift_for_ranks(noise, n, level / cases)
    if by_median is None or by_ranks is None:
        return None
    return math.expm1(threshold + max(by_median, by_ranks))


def _shift_for_median(noise: Floats, n: int, level: float) -> float | None:
    """Return how far above the threshold a median must lie to be found with ``POWER``."""
    from scipy.stats import binom

    counts = np.arange(n + 1)
    passing = counts[median_above(counts, n) <= level]
    if len(passing) == 0:
        return None
    # The share of pairs above the threshold that gives so few at most below it, often enough.
    shares = np.linspace(0.5, 1.0, 2001)
    powers = binom.cdf(passing[-1], n, 1.0 - shares)
    share = float(shares[int(np.argmax(powers >= POWER))])
    # A shift by d puts that share above the threshold when noise + d does.
    return -float(np.quantile(noise, 1.0 - share))


def _shift_for_ranks(noise: Floats, n: int, level: float) -> float | None:
    """Return the same for the signed ranks; ``noise`` is sorted.

    The sum of the ranks above is nearly normal. Its mean and variance under a shift follow from how
    often one value of the noise, or the sum of two, lies above zero then (Lehmann,
    "Nonparametrics", 1975, on the power of Wilcoxon's one-sample test).
    """
    from scipy.optimize import brentq
    from scipy.stats import norm

    if 0.5**n > level:
        return None
    pairs = n * (n - 1) / 2
    middle, spread = (n + 2 * pairs) / 4, math.sqrt(n * (n + 1) * (2 * n + 1) / 24)
    needed = middle + float(norm.isf(level)) * spread

    def lacking(shift: float) -> float:
        one = float(np.mean(noise + shift > 0))
        # For each value, how many others have a sum with it above zero.
        sums = 1 - np.searchsorted(noise, -2 * shift - noise, side="right") / len(noise)
        two, three = float(np.mean(sums)), float(np.mean(sums**2))
        mean = n * one + pairs * two
        variance = (
            n * one * (1 - one)
            + pairs * (2 * (one - two) ** 2 + 3 * two * (1 - two))
            + 2 * pairs * (n - 2) * (three - two**2)
        )
        return needed + float(norm.isf(1 - POWER)) * math.sqrt(max(variance, 0.0)) - mean

    most = float(noise[-1] - noise[0]) + _TIE
    return 0.0 if lacking(0.0) <= 0 else float(brentq(lacking, 0.0, most, xtol=1e-6))
