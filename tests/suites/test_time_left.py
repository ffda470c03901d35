"""The guess of the time left follows what processes really took."""

from __future__ import annotations

import pytest

from zkmark.suites.settings import Settings
from zkmark.suites.time_left import Part, TimeLeft

# As the suite quick has them.
SETTINGS = Settings(min_processes=6, max_processes=8, time_budget=2, process_seconds=0.1)
FAST, SLOW = Part("ntt", "cpu", 0.6), Part("ntt", "numba", 0.6)
CASES = [{"cpu": FAST, "numba": SLOW}] * 16


def run(left: TimeLeft, took: dict[str, float], beside: float, rounds: int = 6) -> float:
    """Let the next case run, and return what it took."""
    seconds = beside
    for _ in range(rounds):
        for label, one in took.items():
            left.process(label, one)
            seconds += one
            left.advance(seconds)
    left.finish_case(seconds)
    return seconds


def test_before_anything_ran_the_settings_say() -> None:
    left = TimeLeft(CASES, SETTINGS)
    assert left.seconds_left == pytest.approx(16 * (1 + 6 * 1.2))
    assert left.fraction == 0
    assert TimeLeft([], SETTINGS).seconds_left == 0
    assert TimeLeft([], SETTINGS).fraction == 1


def test_after_one_case_it_is_what_such_cases_take_here() -> None:
    left = TimeLeft(CASES, SETTINGS)
    took = {"cpu": 0.9, "numba": 5.0}
    before, guesses = left.seconds_left, []
    for done in range(1, 17):
        case = run(left, took, beside=2.0)
        guesses.append(left.seconds_left)
        assert guesses[-1] == pytest.approx((16 - done) * case)
    assert guesses[0] > 3 * before
    assert guesses[-1] == 0 and left.fraction == 1


def test_within_a_case_that_takes_long_it_says_so_at_once() -> None:
    left = TimeLeft(CASES[:2], SETTINGS)
    left.process("cpu", 1.0)
    left.process("numba", 9.0)
    left.advance(11.0)
    # Five more rounds here, and six in the other case.
    assert left.seconds_left == pytest.approx(5 * 10 + 1 + 6 * 10)


def test_a_backend_is_known_by_what_it_took_and_new_ones_by_how_slow_all_are() -> None:
    other = Part("msm", "numba", 0.6)
    left = TimeLeft([{"numba": SLOW}, {"numba": other}, {"new": Part("msm", "new", 0.5)}], SETTINGS)
    run(left, {"numba": 3.0}, beside=0.0)
    assert left.seconds_left == pytest.approx(6 * 3.0 + 6 * 0.5 * (3.0 / 0.6))
    run(left, {"numba": 1.0}, beside=0.0)
    assert left.seconds_left == pytest.approx(6 * 0.5 * (4.0 / 1.2))


def test_what_is_modelled_has_one_process_and_quick_ones_fill_the_budget() -> None:
    left = TimeLeft([{"fpga": Part("ntt", "fpga", 10.0, once=True)}], SETTINGS)
    assert left.seconds_left == pytest.approx(11)
    left.process("fpga", 4.0)
    left.advance(4.5)
    assert left.seconds_left == pytest.approx(0.5)
    left = TimeLeft([{"cpu": FAST}] * 2, SETTINGS)
    run(left, {"cpu": 0.28}, beside=0.0, rounds=7)
    assert left.seconds_left == pytest.approx(7 * 0.28)


def test_where_no_contender_runs_a_case_takes_next_to_nothing() -> None:
    left = TimeLeft([{}, {}], SETTINGS)
    left.process("unheard-of", 9.0)
    left.finish_case(0.0)
    assert left.seconds_left == 0
