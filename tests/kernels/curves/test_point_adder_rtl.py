"""Complete point addition in hardware, against the textbook's law."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from zkmark.backends.fpga.simulation import Run, Simulator, Stalls, integers_of, words_of
from zkmark.kernels.curves.parameters import CURVES, CurveParameters, curve
from zkmark.kernels.curves.reference import Point, add, multiply, negate
from zkmark.kernels.curves.rtl import adder_latency, adder_ranges, packages, point_adder
from zkmark.kernels.fields.rtl.wide import wide_field

pytestmark = pytest.mark.usefixtures("fpga_tools")

Pairs = list[tuple[Point, Point]]


def pairs_of(parameters: CurveParameters, count: int, seed: int = 1) -> Pairs:
    """P + Q, P + P, P + (-P), P + O, O + P, O + O for so many points P and Q."""
    generator = random.Random(seed)
    point = multiply(generator.randrange(1, parameters.order), parameters.generator, parameters)
    other = multiply(generator.randrange(1, parameters.order), parameters.generator, parameters)
    pairs: Pairs = [(None, None)]
    for _ in range(count):
        inverse = negate(point, parameters)
        pairs += [(point, other), (point, point), (point, inverse), (point, None), (None, point)]
        point, other = add(point, other, parameters), point
    return pairs


def projective(point: Point, parameters: CurveParameters, scale: int, lift: int) -> int:
    """{Z, Y, X} of a point with Z = scale, and coordinates up to 2 p where ``lift`` says so."""
    p, width = parameters.base.modulus, wide_field(parameters.base_field).width
    x, y, z = (0, scale, 0) if point is None else (point[0] * scale, point[1] * scale, scale)
    numbers = [one % p + (p if lift >> i & 1 else 0) for i, one in enumerate((x, y, z))]
    return sum(one << width * i for i, one in enumerate(numbers))


def run_pairs(simulator: Simulator, parameters: CurveParameters, pairs: Pairs, **how) -> Run:  # type: ignore[no-untyped-def]
    """Add pairs in random projective coordinates; the tag is the index."""
    width = wide_field(parameters.base_field).width
    generator = random.Random(2)

    def item(point: Point) -> int:
        scale = generator.randrange(1, parameters.base.modulus)
        return projective(point, parameters, scale, generator.randrange(8))

    items = [item(p) | item(q) << 3 * width | i << 6 * width for i, (p, q) in enumerate(pairs)]
    bits = simulator.design.inputs[0].bits
    return simulator.run({"in": words_of(items, bits)}, {"out": len(pairs)}, **how)


def check(run: Run, parameters: CurveParameters, pairs: Pairs) -> None:
    """Every sum is the textbook's, in coordinates below 2 p, under its own tag."""
    p, width = parameters.base.modulus, wide_field(parameters.base_field).width
    for i, item in enumerate(integers_of(run.outputs["out"])):
        x, y, z = (item >> width * j & (1 << width) - 1 for j in range(3))
        assert item >> 3 * width == i
        assert max(x, y, z) < 2 * p
        want = add(*pairs[i], parameters)
        if want is None:
            assert (x % p, z % p) == (0, 0)
            assert y % p != 0
        else:
            assert z % p != 0
            assert (x - want[0] * z) % p == 0
            assert (y - want[1] * z) % p == 0


@pytest.mark.parametrize("curve_id", ["bn254-g1", "bls12-381-g1"])
def test_every_sum_of_points_one_a_cycle(curve_id: str) -> None:
    parameters = curve(curve_id)
    pairs = pairs_of(parameters, 200)
    run = run_pairs(Simulator(point_adder(curve_id)), parameters, pairs)
    check(run, parameters, pairs)
    assert len(pairs) >= 1000
    # The last item comes in cycle n; the adder's latency and the queue's of 2 follow.
    assert run.cycles == len(pairs) + adder_latency(parameters) + 2
    assert run.transfers["in"].refused == 0
    assert run.counters == {"items_in": len(pairs), "items_out": len(pairs)}


@pytest.mark.parametrize(
    ("stalls", "reset_at", "seed"),
    [
        (Stalls(inputs=0.5), 0, 1),
        (Stalls(outputs=0.7), 0, 2),
        (Stalls(inputs=0.3, outputs=0.3), 170, 3),
    ],
)
def test_bubbles_pressure_and_resets_change_no_sum(
    stalls: Stalls, reset_at: int, seed: int
) -> None:
    parameters = curve("bn254-g1")
    pairs = pairs_of(parameters, 40, seed)
    simulator = Simulator(point_adder("bn254-g1"))
    run = run_pairs(simulator, parameters, pairs, stalls=stalls, reset_at=reset_at, seed=seed)
    check(run, parameters, pairs)
    assert run.counters == {"items_in": len(pairs), "items_out": len(pairs)}


@pytest.mark.slow
@pytest.mark.parametrize("curve_id", list(CURVES))
def test_a_hundred_thousand_sums(curve_id: str) -> None:
    parameters = curve(curve_id)
    pairs = pairs_of(parameters, 20_000, 3)
    check(run_pairs(Simulator(point_adder(curve_id)), parameters, pairs), parameters, pairs)


@pytest.mark.parametrize("curve_id", list(CURVES))
def test_the_ranges_close(curve_id: str) -> None:
    """Sums of coordinates below 2 p are below 2 p, by the bounds of each step."""
    parameters = curve(curve_id)
    one, ranges = wide_field(parameters.base_field), adder_ranges(parameters)
    assert ranges.coordinate == 2 * parameters.base.modulus
    assert ranges.single <= 1 << one.width
    assert ranges.double <= 1 << (2 * one.width + one.growth)


def test_curves_that_the_formulas_are_not_for_are_refused() -> None:
    with pytest.raises(ValueError, match="got a = 1, want a curve with a = 0"):
        packages(replace(curve("bn254-g1"), a=1))
    with pytest.raises(ValueError, match="3 b: got 21, want a sum or a difference of two powers"):
        packages(replace(curve("bn254-g1"), b=7))
