"""Intervals that cover what they claim, warm-up that is found, orders and rules that hold."""

import math

import numpy as np
import pytest

from zkmark.suites.measure import clock_cost, steady_from
from zkmark.suites.schedule import round_order
from zkmark.suites.settings import Settings
from zkmark.suites.statistics import (
    FEWEST_FOR_INTERVAL,
    median_interval,
    paired_ratio,
    process_medians,
)
from zkmark.suites.stopping import StopRule


def test_interval_exists_from_six_values_on_and_no_sooner():
    # All of n values on one side of the median: 2 * 2^-n. Below 5 % first for n = 6.
    assert min(n for n in range(1, 20) if 2 * 2**-n < 0.05) == FEWEST_FOR_INTERVAL == 6
    five = median_interval([1.0, 2.0, 3.0, 4.0, 5.0])
    assert (five.median, five.low, five.high, five.relative_width) == (3.0, None, None, None)
    six = median_interval([6.0, 1.0, 2.0, 3.0, 4.0, 5.0])
    assert (six.median, six.low, six.high) == (3.5, 1.0, 6.0)
    assert six.relative_width == pytest.approx(5 / 3.5)


@pytest.mark.parametrize("count", [6, 9, 15, 30])
def test_interval_ends_at_the_order_statistics_of_the_binomial_distribution(count):
    # Independent of scipy: the widest tail below 2.5 % on each side.
    tail = [sum(math.comb(count, i) for i in range(k + 1)) / 2**count for k in range(count)]
    rank = max(k for k in range(count) if tail[k] <= 0.025)
    values = [float(v) for v in range(count)]
    found = median_interval(values)
    assert found.low == pytest.approx(rank, abs=1)
    assert found.high == pytest.approx(count - 1 - rank, abs=1)


@pytest.mark.parametrize("count", [6, 10, 20])
def test_interval_covers_the_median_of_skewed_noise(count):
    random = np.random.default_rng(5)
    covered = 0
    rounds = 400
    for _ in range(rounds):
        values = 1.0 + random.exponential(0.1, count)
        found = median_interval(list(values))
        covered += found.low <= 1.0 + 0.1 * math.log(2) <= found.high
    # At least 95 %, less three standard errors of 400 trials.
    assert covered / rounds > 0.95 - 3 * math.sqrt(0.95 * 0.05 / rounds)


def test_pairs_take_out_what_both_processes_of_a_round_share():
    random = np.random.default_rng(6)
    drift = {r: float(random.uniform(1, 3)) for r in range(10)}
    this = {r: d * 1.0 for r, d in drift.items()}
    other = {r: d * 2.0 for r, d in drift.items()}
    found = paired_ratio(other, this)
    assert found.median == found.low == found.high == 2.0
    assert found.count == 10


def test_pairs_need_common_rounds():
    assert paired_ratio({0: 1.0}, {1: 1.0}) is None
    assert paired_ratio({0: 1.0}, {0: 0.0}) is None
    assert paired_ratio({0: 3.0, 1: 9.0}, {0: 1.0}).count == 1


def test_medians_by_process_and_no_values():
    assert process_medians([[1.0, 9.0, 2.0], [4.0]]) == [2.0, 4.0]
    with pytest.raises(ValueError, match="values: got none"):
        median_interval([])


def test_warm_up_is_found_where_it_ends():
    random = np.random.default_rng(7)
    for warm in (0, 3, 10):
        values = 1.0 + random.normal(0, 0.01, 40)
        values[:warm] += np.linspace(2.0, 0.3, warm)
        assert abs(steady_from(list(values)) - warm) <= 3


def test_warm_up_that_goes_on_is_cut_at_half():
    falling = [1.0 / (i + 1) for i in range(20)]
    rising = [float(i) for i in range(20)]
    assert steady_from(falling) == 10
    assert steady_from(rising) == 10


def test_late_disturbance_is_no_warm_up_and_few_samples_tell_nothing():
    values = [1.0, 1.01, 0.99, 1.0, 1.01, 1.0, 0.99, 1.0, 30.0, 1.0]
    assert steady_from(values) == 0
    assert steady_from([9.0, 1.0, 1.0, 1.0]) == 0


def test_clock_is_fine_enough_to_be_used():
    assert 1e-9 <= clock_cost() < 1e-4


def test_order_is_random_but_the_same_for_the_same_seed():
    labels = ["a", "b", "c"]
    orders = [tuple(round_order(1, "slug", r, labels)) for r in range(60)]
    assert orders == [tuple(round_order(1, "slug", r, ["c", "a", "b"])) for r in range(60)]
    assert len(set(orders)) == 6
    assert orders != [tuple(round_order(2, "slug", r, labels)) for r in range(60)]
    assert orders != [tuple(round_order(1, "other", r, labels)) for r in range(60)]


def test_rounds_stop_for_the_reason_that_comes_first():
    rule = StopRule(Settings(min_processes=6, max_processes=10, time_budget=5.0), contenders=2)
    assert rule.budget == 10.0
    narrow, wide = [0.01, 0.02], [0.01, 0.05]
    assert rule.reason(narrow, 5, 100.0, 20.0) is None, "the least number is always measured"
    assert rule.reason(narrow, 6, 100.0, 20.0) == "interval"
    assert rule.reason(wide, 6, 5.0, 1.0) is None
    assert rule.reason(wide, 6, 9.5, 1.0) == "budget"
    assert rule.reason(wide, 10, 5.0, 1.0) == "processes"
    assert rule.reason([None, 0.01], 6, 5.0, 1.0) is None
    assert rule.own_reason(0.01, "budget") == "interval"
    assert rule.own_reason(None, "budget") == "budget"


@pytest.mark.parametrize(
    ("name", "value", "want"),
    [
        ("min_processes", 0, "a whole number from 1 to 1000"),
        ("min_processes", 2.5, "a whole number from 1 to 1000"),
        ("min_processes", True, "a whole number from 1 to 1000"),
        ("time_budget", -1, "a number from 0.1 to 86400"),
        ("time_budget", "5", "a number from 0.1 to 86400"),
        ("time_budget", float("nan"), "a number from 0.1 to 86400"),
        ("threads", 0, "a whole number from 1 to 65536"),
    ],
)
def test_settings_out_of_range_are_refused(name, value, want):
    with pytest.raises(ValueError, match=f"^{name}: got .*, want {want}"):
        Settings(**{name: value})


def test_settings_that_contradict_or_do_not_exist_are_refused():
    with pytest.raises(ValueError, match="max_processes: got 3, want at least min_processes"):
        Settings(max_processes=3)
    with pytest.raises(ValueError, match="colour: unknown setting, want one of min_processes"):
        Settings.from_mapping({"colour": 1})
    assert Settings().with_changes(threads=None, time_budget=1).time_budget == 1.0
