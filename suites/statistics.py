"""Medians with their intervals, over processes.

The replicate is the process: samples within one process share its memory layout, its clock
frequency and its luck, so they are reduced to one median per process, and the process medians are
the data (Georges, Buytaert and Eeckhout, "Statistically rigorous Java performance evaluation",
OOPSLA 2007; Kalibera and Jones, "Rigorous benchmarking in reasonable time", ISMM 2013).

The interval of the median is the exact distribution-free one, between two order statistics found
from the binomial distribution (Conover, "Practical nonparametric statistics"), as ``scipy.stats``
computes it. It assumes nothing about the shape of the noise. It exists from six values on: all of n
values lie on one side of the median with probability 2 * 2^-n, which is first below 5 % at n = 6.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

CONFIDENCE = 0.95
# The fewest values for which the 95 % interval of the median exists (see above).
FEWEST_FOR_INTERVAL = 6


@dataclass(frozen=True)
class Interval:
    """A median and its 95 % interval; ``low`` and ``high`` are ``None`` below six values."""

    median: float
    low: float | None
    high: float | None
    count: int

    @property
    def relative_width(self) -> float | None:
        """Return (high - low) / median; ``None`` without an interval or for a median of zero."""
        if self.low is None or self.high is None or self.median == 0:
            return None
        return (self.high - self.low) / self.median


def median_interval(values: Sequence[float]) -> Interval:
    """Return the median of ``values`` and its exact 95 % interval.

    Raises ``ValueError`` for no values.
    """
    if not values:
        raise ValueError("values: got none, want at least one")
    median = float(np.median(values))
    if len(values) < FEWEST_FOR_INTERVAL:
        return Interval(median, None, None, len(values))
    from scipy.stats import quantile_test

    test: Any = quantile_test(np.asarray(values), q=median, p=0.5)
    found = test.confidence_interval(CONFIDENCE)
    return Interval(median, float(found.low), float(found.high), len(values))


def process_medians(samples: Sequence[Sequence[float]]) -> list[float]:
    """Return each process's median, in the order given."""
    return [float(np.median(one)) for one in samples]


def paired_ratio(other: dict[int, float], this: dict[int, float]) -> Interval | None:
    """Return the median of other / this over the rounds that both have, with its interval.

    The arguments map a round to the process median in it. Pairing by round takes out what changes
    slowly on a machine (frequency, neighbours), which both processes of a round share. ``None``
    when no round has both, or a median of ``this`` is zero.
    """
    rounds = sorted(other.keys() & this.keys())
    if not rounds or any(this[r] == 0 for r in rounds):
        return None
    return median_interval([other[r] / this[r] for r in rounds])
