"""The rule against what it claims: the bootstrap, the sign test, its errors, its power."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binomtest, bootstrap, wilcoxon

from zkmark.reports.gate.rehearsal import (
    LEAST_POWER,
    MOST_FALSE_ALARMS,
    drawn_logs,
    in_order,
    rates,
    synthetic_logs,
)
from zkmark.reports.gate.rule import (
    ALPHA,
    DEFAULT_TOLERANCE,
    FEWEST_PAIRS,
    Evidence,
    Schedule,
    bootstrap_spread,
    detectable,
    evidence,
    holm,
    median_above,
    ranks_above,
    schedule,
)

# What was measured of a shared virtual machine with two processors (docs/gate.md).
VARIATION, CORRELATION = 0.11, 0.35
COMPARISONS = 4000


def synthetic(effect: float, pairs: int = 201, seed: int = 1) -> np.ndarray:
    return synthetic_logs(COMPARISONS, pairs, effect, VARIATION, CORRELATION, seed)


@pytest.mark.parametrize("n", [11, 21, 41])
def test_the_bootstrap_without_resampling_is_the_one_with(n: int) -> None:
    values = np.random.default_rng(n).normal(0.02, 0.1, n)
    ours = bootstrap_spread(list(values))
    theirs = bootstrap(
        (values,),
        np.median,
        n_resamples=20_000,
        method="percentile",
        rng=np.random.default_rng(1),
        vectorized=True,
    )
    ordered = np.sort(values)
    # Theirs is drawn and may land one value beside.
    for mine, drawn in (
        (ours.low, theirs.confidence_interval.low),
        (ours.high, theirs.confidence_interval.high),
    ):
        apart = abs(np.searchsorted(ordered, mine) - np.searchsorted(ordered, drawn))
        assert apart <= 1
    assert ours.median == np.median(values)


def test_the_quantile_and_the_evidence_say_the_same() -> None:
    values = np.random.default_rng(5).normal(0.1, 0.1, 201)
    low = bootstrap_spread(list(values)).low
    assert low is not None
    just_below = np.sum(values <= low - 1e-9)
    assert median_above(just_below, 201) <= ALPHA
    above = np.sum(values <= np.sort(values)[list(np.sort(values)).index(low) + 3])
    assert median_above(above, 201) > ALPHA


@pytest.mark.parametrize(("count", "n"), [(0, 11), (2, 21), (30, 81), (100, 201)])
def test_never_less_than_the_sign_test(count: int, n: int) -> None:
    sign = binomtest(count, n, 0.5, alternative="less").pvalue
    assert median_above(count, n) >= sign * (1 - 1e-12)
    assert median_above(n, n) == 1.0


@pytest.mark.parametrize("n", [5, 11, 81])
def test_ranks_are_wilcoxons(n: int) -> None:
    rows = np.random.default_rng(n).normal(0.3, 1.0, (4, n))
    expected = [wilcoxon(row, alternative="greater", method="exact").pvalue for row in rows]
    assert ranks_above(rows) == pytest.approx(expected)


def test_ranks_are_exact_when_signs_are_drawn_whatever_the_sizes() -> None:
    """Every pattern of signs once: no level is exceeded, for equal sizes and zeros neither."""
    signs = 1 - 2 * ((np.arange(2**10)[:, None] >> np.arange(10)) & 1)
    for sizes in (np.arange(1.0, 11.0), np.ones(10), [0, 0, 1, 1, 1, 2, 2, 3, 5, 1e9]):
        found = ranks_above(signs * np.asarray(sizes))
        for level in (0.001, 0.01, 0.025, 0.1, 0.5):
            assert np.mean(found <= level) <= level
    assert min(ranks_above(signs * np.ones(10))) == pytest.approx(2**-10)


def test_beyond_the_counted_ranks_errs_on_the_safe_side() -> None:
    values = np.random.default_rng(3).normal(0.03, 0.15, 300)
    exact = wilcoxon(values, alternative="greater", method="exact").pvalue
    assert exact <= ranks_above(values) <= 1.2 * exact


def test_few_values_have_no_quantiles() -> None:
    found = bootstrap_spread([0.1, 0.2, 0.3])
    assert (found.median, found.low, found.high) == (0.2, None, None)


def test_holm_is_that_of_the_paper() -> None:
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx(
        {"a": 0.03, "c": 0.06, "b": 0.06}
    )
    assert holm({"a": 0.9, "b": 0.8}) == {"b": 1.0, "a": 1.0}
    assert holm({}) == {}


@pytest.mark.parametrize("most", [11, 12, 21, 50, 141, 201, 300, 5000])
def test_a_schedule_spends_everything_and_ends_where_it_should(most: int) -> None:
    plan = schedule(most)
    assert plan.max_pairs == most
    assert sum(plan.weights) == pytest.approx(1.0)
    assert list(plan.looks) == sorted(set(plan.looks))
    assert min(plan.weights) > 0
    assert schedule() == Schedule()


def test_too_few_pairs_are_refused() -> None:
    with pytest.raises(ValueError, match=r"max_pairs: got 10, want at least 11"):
        schedule(FEWEST_PAIRS - 1)


def test_evidence_only_grows_and_waits_for_the_looks() -> None:
    logs = list(np.random.default_rng(2).normal(0.3, 0.1, 60))
    plan = schedule()
    assert evidence(logs[:10], 0.05, plan) == Evidence()
    before = 1.0
    for n in (11, 21, 30, 41, 60):
        found = evidence(logs[:n], 0.05, plan)
        assert found.slower <= before
        before = found.slower
    assert before <= ALPHA
    assert evidence([-x for x in logs], 0.05, plan).not_slower <= ALPHA


def test_false_alarms_and_power_at_the_default_cap() -> None:
    plan = schedule()
    same = rates(synthetic(0.0), DEFAULT_TOLERANCE, plan)
    assert same.interval(same.failed)[1] < MOST_FALSE_ALARMS
    assert same.passed > 0.95
    slowed = rates(synthetic(0.10), DEFAULT_TOLERANCE, plan)
    assert slowed.interval(slowed.failed)[0] > LEAST_POWER
    assert slowed.passed < 0.001
    assert slowed.mean_pairs < plan.max_pairs


@pytest.mark.parametrize("cases", [10, 50])
def test_power_holds_among_many_cases(cases: int) -> None:
    """As strictly as Holm may; to adjust the median's evidence instead would not do."""
    plan = schedule()
    logs = synthetic(0.10, seed=3)
    found = rates(logs, DEFAULT_TOLERANCE, plan, cases)
    assert found.interval(found.failed)[0] > LEAST_POWER
    by_median = rates(logs, DEFAULT_TOLERANCE, plan, cases, paired=False)
    assert by_median.interval(by_median.failed)[1] < LEAST_POWER


@pytest.mark.parametrize("cases", [5, 20])
def test_several_cases_at_once_err_no_more_often_than_one(cases: int) -> None:
    plan = schedule()
    same = rates(synthetic(0.0), DEFAULT_TOLERANCE, plan, cases)
    assert same.any_failed < MOST_FALSE_ALARMS
    assert same.all_passed == pytest.approx(same.passed**cases, abs=0.1)
    worst = rates(synthetic(DEFAULT_TOLERANCE, seed=9), DEFAULT_TOLERANCE, plan, cases)
    families = COMPARISONS // cases
    low = binomtest(round(worst.any_failed * families), families).proportion_ci(0.95).low
    assert worst.failed <= worst.any_failed and low <= ALPHA


def test_values_that_are_no_pairs_are_not_ranked() -> None:
    """A long tail above and a median below: ranks would see a rise that the median is not."""
    logs = [-0.01] * 101 + [0.5] * 100
    assert float(ranks_above(np.asarray(logs))) < 1e-6
    for paired in (True, False):
        assert evidence(logs, 0.0, schedule(), paired=paired).slower > ALPHA
    steady = list(np.random.default_rng(4).normal(0.2, 0.1, 201))
    unpaired = evidence(steady, 0.0, schedule(), paired=False)
    assert unpaired.slower == unpaired.slower_alone <= ALPHA


@pytest.mark.parametrize("correlation", [0.0, 0.35, 0.9])
def test_errors_at_the_tolerance_itself_stay_below_alpha(correlation: float) -> None:
    """The worst case of both errors, whatever the machine's memory of itself."""
    logs = synthetic_logs(COMPARISONS, 201, DEFAULT_TOLERANCE, VARIATION, correlation, 7)
    found = rates(logs, DEFAULT_TOLERANCE, schedule())
    for share in (found.failed, found.passed):
        assert found.interval(share)[0] <= ALPHA


def test_looking_often_without_correction_would_err_more() -> None:
    """The correction is there for something: each look at the full level errs far too often."""
    logs = synthetic(DEFAULT_TOLERANCE)
    threshold = math.log1p(DEFAULT_TOLERANCE)
    naive = np.zeros(len(logs), bool)
    for n in schedule().looks:
        naive |= median_above(np.sum(logs[:, :n] <= threshold, axis=1), n) <= ALPHA
    assert np.mean(naive) > 2 * ALPHA


def test_a_quiet_machine_is_decided_at_the_first_look() -> None:
    plan = schedule()
    same = rates(synthetic_logs(500, 201, 0.0, 0.01, 0.3, 1), DEFAULT_TOLERANCE, plan)
    slowed = rates(synthetic_logs(500, 201, 0.10, 0.01, 0.3, 1), DEFAULT_TOLERANCE, plan)
    assert (same.passed, slowed.failed) == (1.0, 1.0)
    assert same.mean_pairs == slowed.mean_pairs == 11


def test_rates_agree_with_judging_one_by_one() -> None:
    plan = schedule(81)
    logs = synthetic(0.08, pairs=81)[:200]
    threshold = math.log1p(DEFAULT_TOLERANCE)
    failed = 0
    for row in logs:
        for n in plan.looks:
            found = evidence(list(row[:n]), threshold, plan)
            if found.slower <= ALPHA or found.not_slower <= ALPHA:
                failed += found.slower <= ALPHA
                break
    assert rates(logs, DEFAULT_TOLERANCE, plan).failed == pytest.approx(failed / len(logs))


def test_what_is_said_to_be_detectable_is_detected_nine_times_out_of_ten() -> None:
    plan = schedule()
    logs = synthetic(0.0)
    threshold = math.log1p(DEFAULT_TOLERANCE)
    said = np.median([detectable(list(row), threshold, plan) for row in logs[:200]])
    shifted = logs + math.log1p(float(said))
    last = np.sum(shifted <= threshold, axis=1)
    found = np.mean(median_above(last, plan.max_pairs) <= ALPHA * plan.weights[-1])
    assert 0.87 < found < 0.93
    assert detectable([0.0] * 5, threshold, plan) is None
    # More noise hides more.
    noisier = detectable(list(3 * logs[0]), threshold, plan)
    assert noisier is not None and noisier > said
    # So do more cases, and among them too it is what is found.
    alone, among = (detectable(list(logs[0]), threshold, plan, n) for n in (1, 100))
    assert alone is not None and among is not None and among > alone
    said = np.median([detectable(list(row), threshold, plan, 100) for row in logs[:100]])
    shifted = logs + math.log1p(float(said))
    found = np.mean(ranks_above(shifted - threshold) <= ALPHA * plan.weights[-1] / 100)
    assert 0.87 < found < 0.93
    # Eleven pairs cannot tell one of a hundred cases, however quiet they are.
    assert detectable([0.0] * 11, threshold, schedule(11), 100) is None
    assert detectable([0.0] * 11, threshold, schedule(11), 10) == pytest.approx(DEFAULT_TOLERANCE)


def test_comparisons_as_they_came_begin_where_the_last_ended() -> None:
    plan = schedule(21)
    slow, same = [0.3] * 11, [-0.1] * 11
    undecided = [0.3, -0.3] * 10 + [0.3]
    logs = [*slow, *same, *undecided, *slow, 0.3]
    assert in_order(logs, DEFAULT_TOLERANCE, plan) == {"fail": 2, "pass": 1, "inconclusive": 1}
    assert sum(in_order(slow[:10], DEFAULT_TOLERANCE, plan).values()) == 0


def test_drawn_rows_are_blocks_of_what_was_measured() -> None:
    logs = np.arange(1.0, 51.0)
    drawn = drawn_logs(list(logs), 20, 33, 1, exchangeable=False)
    assert drawn.shape == (20, 33)
    assert set(np.unique(drawn)) <= set(logs)
    steps = np.diff(drawn[:, :10])
    assert set(np.unique(steps)) <= {1.0, -49.0}
    signs = np.sign(drawn_logs(list(logs), 200, 33, 1, exchangeable=True))
    assert abs(signs.mean()) < 0.05
