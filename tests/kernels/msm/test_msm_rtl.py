"""Multi-scalar multiplication in hardware: exact for any input, in the cycles of the formula."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest

from zkmark.backends.fpga.simulation import Run, Simulator, Stalls, integers_of, words_of
from zkmark.kernels.curves.parameters import curve
from zkmark.kernels.curves.reference import Point, multiply, negate
from zkmark.kernels.fields.rtl.wide import wide_field
from zkmark.kernels.msm.fpga import affine
from zkmark.kernels.msm.reference import msm_by_definition, msm_pippenger
from zkmark.kernels.msm.rtl import (
    BUCKETS,
    CURVES,
    MOST_BITS,
    Windows,
    best_windows,
    cycles,
    flight,
    most_cycles,
    msm,
    windows_of,
)

pytestmark = pytest.mark.usefixtures("fpga_tools")

BN254 = curve("bn254-g1")
R = BN254.order


def points_of(count: int, seed: int = 1, curve_id: str = "bn254-g1") -> list[Point]:
    """Different multiples of the generator."""
    parameters = curve(curve_id)
    generator = random.Random(seed)
    return [
        multiply(generator.randrange(1, 1 << 64), parameters.generator, parameters)
        for _ in range(count)
    ]


def scalars_of(count: int, seed: int = 1, curve_id: str = "bn254-g1") -> list[int]:
    """Scalars below the order."""
    generator = random.Random(seed)
    return [generator.randrange(curve(curve_id).order) for _ in range(count)]


def summed(  # type: ignore[no-untyped-def]
    points: Sequence[Point],
    scalars: Sequence[int],
    windows: Windows,
    curve_id: str = "bn254-g1",
    **how,
) -> tuple[Point, Run]:
    """Sum in hardware."""
    width = wide_field(curve(curve_id).base_field).width
    items = [0 if point is None else point[0] | point[1] << width for point in points]
    run = Simulator(msm(curve_id)).run(
        {"point": words_of(items, 2 * width), "scalar": words_of(scalars, 256)},
        {"result": 1},
        settings={
            "point_count": len(points),
            "window_bits": windows.bits,
            "windows": windows.count,
        },
        max_cycles=10_000_000,
        **how,
    )
    return affine(integers_of(run.outputs["result"])[0], curve(curve_id)), run


P, Q = points_of(2, 9)
FIVE = windows_of(BN254, 5)

ANY_INPUT = {
    "nothing": ([], []),
    "a point by 0": ([P], [0]),
    "a point by 1": ([P], [1]),
    "a point by r - 1": ([P], [R - 1]),
    "an odd number": (points_of(3), scalars_of(3)),
    "infinity alone": ([None], [5]),
    "infinity among points": ([P, None, Q, None], [3, R - 1, 4, 0]),
    "the same point": ([P] * 9, scalars_of(9, 2)),
    "P and -P": ([P, negate(P, BN254)], [77, 77]),
    "P and -P by r - 1": ([P, negate(P, BN254), Q], [R - 1, R - 1, 1]),
    "P twice, so that a bucket doubles": ([P, P], [1, 1]),
    "all scalars equal": (points_of(12), [scalars_of(1)[0]] * 12),
    "two scalars": (points_of(12), [R - 1, 1] * 6),
    "all scalars 1": (points_of(15), [1] * 15),
    "digits at their limits": (
        points_of(6),
        [sum(d << 5 * i for i in range(50)) for d in (15, 16, 17, 31, 1, 30)],
    ),
}


@pytest.mark.parametrize("name", list(ANY_INPUT))
def test_any_input_is_summed_exactly(name: str) -> None:
    points, scalars = ANY_INPUT[name]
    got, run = summed(points, scalars, FIVE)
    assert got == msm_by_definition(points, scalars, BN254)
    assert run.counters["points_in"] == len(points)
    assert run.cycles <= most_cycles(BN254, len(points), FIVE)


@pytest.mark.parametrize("bits", [2, 3, 4, 7, 8, 9])
def test_any_window_gives_the_same_sum(bits: int) -> None:
    points, scalars = points_of(20, 4), scalars_of(20, 4)
    windows = windows_of(BN254, bits)
    got, run = summed(points, scalars, windows)
    assert got == msm_pippenger(points, scalars, BN254)
    assert run.cycles == pytest.approx(cycles(BN254, 20, windows).total, rel=0.01)


@pytest.mark.parametrize("curve_id", CURVES)
def test_the_cycles_are_those_of_the_formula(curve_id: str) -> None:
    """What depends on chance, conflicts, is within a percent; all else is exact."""
    parameters = curve(curve_id)
    for size in (0, 1, 2, 150):
        windows = best_windows(curve_id, size)
        points = points_of(size, 5, curve_id)
        scalars = scalars_of(size, 5, curve_id)
        got, run = summed(points, scalars, windows, curve_id)
        assert got == msm_pippenger(points, scalars, parameters)
        found = cycles(parameters, size, windows)
        assert run.cycles == pytest.approx(found.total, rel=0.01)
        assert run.cycles - run.counters["accumulate_cycles"] == found.total - found.accumulate
        # The design's own count ends with the result, the bench's with its taking.
        assert run.counters["cycles"] == run.cycles - 1


def test_no_conflict_means_one_addition_a_cycle() -> None:
    """II = 1: a digit goes in a cycle as long as no bucket is in flight twice."""
    windows = windows_of(BN254, 8)
    bits, count = windows.bits, windows.count
    # Digit d of every window but the highest, another d for each point.
    digits = [1 + 3 * i for i in range(24)]
    scalars = [sum(d << bits * w for w in range(count - 1)) for d in digits]
    points = points_of(24, 6)
    got, run = summed(points, scalars, windows)
    assert got == msm_pippenger(points, scalars, BN254)
    assert run.counters["conflicts"] == 0
    # The very last digit is 0, so that nothing waits for its sum.
    assert run.counters["accumulate_cycles"] == len(points) * count - 1 + flight(BN254) + 3


def test_equal_scalars_wait_for_their_buckets_and_finish() -> None:
    """The worst rate: a point in max(windows, L) cycles, L from an addition to its sum."""
    points, scalar = points_of(40, 7), scalars_of(1, 7)[0]
    got, run = summed(points, [scalar] * 40, FIVE)
    assert got == msm_pippenger(points, [scalar] * 40, BN254)
    assert run.counters["conflicts"] > 0
    latency = flight(BN254) + 1
    slowest = 40 * max(FIVE.count, latency)
    assert run.counters["accumulate_cycles"] <= slowest + latency + 3


@pytest.mark.parametrize(
    ("stalls", "reset_at", "seed"),
    [
        (Stalls(inputs=0.9), 0, 1),
        (Stalls(outputs=0.95), 0, 2),
        (Stalls(inputs=0.5, outputs=0.5), 1500, 3),
        (Stalls(), 9000, 4),
    ],
)
def test_bubbles_pressure_and_resets_change_no_sum(
    stalls: Stalls, reset_at: int, seed: int
) -> None:
    points, scalars = points_of(30, seed), scalars_of(30, seed)
    got, run = summed(points, scalars, FIVE, stalls=stalls, reset_at=reset_at, seed=seed)
    assert got == msm_pippenger(points, scalars, BN254)
    assert run.counters["points_in"] == 30


@pytest.mark.slow
@pytest.mark.parametrize("curve_id", CURVES)
def test_the_widest_windows(curve_id: str) -> None:
    """Those of large sums, 13 bits, whose formula is what large sums are extrapolated by."""
    parameters = curve(curve_id)
    windows = windows_of(parameters, MOST_BITS)
    assert windows.count * windows.buckets <= BUCKETS
    points, scalars = points_of(300, 8, curve_id), scalars_of(300, 8, curve_id)
    got, run = summed(points, scalars, windows, curve_id)
    assert got == msm_pippenger(points, scalars, parameters)
    assert run.cycles == pytest.approx(cycles(parameters, 300, windows).total, rel=0.001)


@pytest.mark.parametrize("curve_id", CURVES)
def test_the_highest_digit_of_no_scalar_carries(curve_id: str) -> None:
    parameters = curve(curve_id)
    for bits in range(2, MOST_BITS + 1):
        windows = windows_of(parameters, bits)
        carry, scalar = 0, parameters.order - 1
        for _ in range(windows.count):
            digit = (scalar & (1 << bits) - 1) + carry
            carry, scalar = int(digit > windows.buckets), scalar >> bits
        assert (carry, scalar) == (0, 0)


def test_large_sums_have_wide_windows() -> None:
    sizes = [1 << k for k in (0, 4, 8, 12, 16, 20, 24)]
    widths = np.array([best_windows("bls12-381-g1", size).bits for size in sizes])
    assert (np.diff(widths) >= 0).all()
    assert widths[-1] == MOST_BITS
