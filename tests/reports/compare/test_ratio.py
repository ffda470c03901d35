"""The ratio of two results that are no pairs."""

from __future__ import annotations

import numpy as np
import pytest

from zkmark.reports.compare.ratio import unpaired_ratio

BASE = [1.00, 1.02, 0.98, 1.05, 0.97, 1.01, 1.03]
OTHER = [0.50, 0.52, 0.49, 0.51, 0.48, 0.50, 0.53]


def test_it_is_the_ratio_of_medians_with_an_interval_around_it() -> None:
    found = unpaired_ratio(BASE, OTHER)
    assert found is not None and found.low is not None and found.high is not None
    assert found.median == pytest.approx(np.median(BASE) / np.median(OTHER))
    assert found.low < found.median < found.high
    assert found.count == 7


def test_it_agrees_with_a_bootstrap_written_out() -> None:
    random = np.random.default_rng(3)
    draws = [
        np.median(random.choice(BASE, len(BASE))) / np.median(random.choice(OTHER, len(OTHER)))
        for _ in range(4000)
    ]
    low, high = np.quantile(draws, [0.025, 0.975])
    found = unpaired_ratio(BASE, OTHER)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), rel=0.01)


def test_the_order_of_processes_says_nothing() -> None:
    """Pairs would: sorted against one another they would leave hardly any interval."""
    one, two = unpaired_ratio(BASE, OTHER), unpaired_ratio(sorted(BASE), sorted(OTHER))
    assert one is not None and two is not None and one.low and one.high
    assert (two.low, two.high) == pytest.approx((one.low, one.high), rel=0.01)


def test_the_other_way_round_it_is_the_inverse() -> None:
    one, two = unpaired_ratio(BASE, OTHER), unpaired_ratio(OTHER, BASE)
    assert one is not None and two is not None and one.low and one.high and two.low and two.high
    assert two.median == pytest.approx(1 / one.median)
    assert (1 / two.high, 1 / two.low) == pytest.approx((one.low, one.high), rel=0.01)


def test_the_interval_covers_what_is_true_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(5)
    hits = 0
    for _ in range(120):
        base, other = (list(np.exp(random.normal(0, 0.03, 8))) for _ in range(2))
        found = unpaired_ratio(base, other)
        assert found is not None and found.low is not None and found.high is not None
        hits += found.low <= 1 <= found.high
    assert 106 <= hits < 120  # 114 are expected, and never all


def test_equal_values_have_an_interval_without_width() -> None:
    found = unpaired_ratio([2.0] * 6, [1.0] * 6)
    assert found is not None and (found.low, found.median, found.high) == (2.0, 2.0, 2.0)


def test_few_processes_have_no_interval() -> None:
    found = unpaired_ratio(BASE, OTHER[:5])
    assert found is not None and (found.low, found.high, found.count) == (None, None, 5)


@pytest.mark.parametrize(("base", "other"), [([], OTHER), (BASE, []), (BASE, [0.0] * 7)])
def test_nothing_and_zero_have_no_ratio(base: list[float], other: list[float]) -> None:
    assert unpaired_ratio(base, other) is None
