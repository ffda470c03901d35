"""Montgomery multipliers of wide fields in hardware, against Python integers."""

from __future__ import annotations

import random
from itertools import product

import pytest

from zkmark.backends.fpga.simulation import Run, Simulator, Stalls, integers_of, words_of
from zkmark.kernels.fields.rtl import wide

pytestmark = pytest.mark.usefixtures("fpga_tools")

FIELDS = ("bn254-fq", "bls12-381-fq")


def factors(field_id: str, count: int, seed: int = 1) -> list[tuple[int, int]]:
    """Pairs of every edge with every other, and random ones: so many in all."""
    one = wide.wide_field(field_id)
    p, bits = one.modulus, one.field.bits
    edges = [0, 1, 2, p - 1, p - 2, p // 2, p // 2 + 1, (1 << one.radix_bits) % p]
    edges += [(1 << shift) - 1 for shift in one.shifts] + [(1 << (bits - 1)) - 1]
    generator = random.Random(seed)
    pairs = list(product(edges, edges))
    while len(pairs) < count:
        pairs.append((generator.randrange(p), generator.randrange(p)))
    return pairs


def multiplied(simulator: Simulator, field_id: str, pairs: list[tuple[int, int]], **how) -> Run:  # type: ignore[no-untyped-def]
    """Run pairs through a multiplier."""
    bits = wide.wide_field(field_id).field.bits
    items = words_of((a | b << bits for a, b in pairs), 2 * bits)
    return simulator.run({"in": items}, {"out": len(pairs)}, **how)


def expected(field_id: str, pairs: list[tuple[int, int]], radix_bits: int) -> list[int]:
    """What Montgomery's multiplication is: a b / R mod p."""
    p = wide.wide_field(field_id).modulus
    inverse = pow(1 << radix_bits, -1, p)
    return [a * b * inverse % p for a, b in pairs]


@pytest.mark.parametrize("field_id", FIELDS)
def test_the_pipeline_multiplies_one_pair_a_cycle(field_id: str) -> None:
    one = wide.wide_field(field_id)
    pairs = factors(field_id, 1000)
    run = multiplied(Simulator(wide.multiplier(field_id)), field_id, pairs)
    assert integers_of(run.outputs["out"]) == expected(field_id, pairs, one.radix_bits)
    # The last item comes in cycle n; the multiplier's latency and the queue's of 2 follow.
    assert run.cycles == len(pairs) + one.multiplier_latency + 2
    assert run.transfers["in"].refused == 0
    assert run.counters == {"items_in": len(pairs), "items_out": len(pairs)}


@pytest.mark.parametrize("field_id", FIELDS)
@pytest.mark.parametrize(
    ("stalls", "reset_at", "seed"),
    [
        (Stalls(inputs=0.4), 0, 1),
        (Stalls(outputs=0.6), 0, 2),
        (Stalls(inputs=0.2, outputs=0.9), 0, 3),
        (Stalls(inputs=0.1, outputs=0.2), 137, 4),
    ],
)
def test_bubbles_pressure_and_resets_change_no_product(
    field_id: str, stalls: Stalls, reset_at: int, seed: int
) -> None:
    pairs = factors(field_id, 400, seed)[-300:]
    simulator = Simulator(wide.multiplier(field_id))
    run = multiplied(simulator, field_id, pairs, stalls=stalls, reset_at=reset_at, seed=seed)
    radix_bits = wide.wide_field(field_id).radix_bits
    assert integers_of(run.outputs["out"]) == expected(field_id, pairs, radix_bits)
    assert run.counters == {"items_in": len(pairs), "items_out": len(pairs)}


@pytest.mark.parametrize("field_id", FIELDS)
def test_the_folded_multiplier_takes_four_cycles_a_digit(field_id: str) -> None:
    digits, latency = wide.folded_digits(field_id), wide.folded_latency(field_id)
    simulator = Simulator(wide.folded_multiplier(field_id))
    pairs = factors(field_id, 1000)
    run = multiplied(simulator, field_id, pairs)
    assert integers_of(run.outputs["out"]) == expected(field_id, pairs, 17 * digits)
    assert run.cycles == len(pairs) * (latency + 1)
    some = pairs[-100:]
    stalls = Stalls(inputs=0.3, outputs=0.5)
    run = multiplied(simulator, field_id, some, stalls=stalls, reset_at=331, seed=7)
    assert integers_of(run.outputs["out"]) == expected(field_id, some, 17 * digits)
    assert run.counters == {"items_in": len(some), "items_out": len(some)}


@pytest.mark.slow
@pytest.mark.parametrize("field_id", FIELDS)
def test_a_hundred_thousand_products(field_id: str) -> None:
    pairs = factors(field_id, 100_000, 5)
    run = multiplied(Simulator(wide.multiplier(field_id)), field_id, pairs)
    radix_bits = wide.wide_field(field_id).radix_bits
    assert integers_of(run.outputs["out"]) == expected(field_id, pairs, radix_bits)
    run = multiplied(Simulator(wide.folded_multiplier(field_id)), field_id, pairs)
    folded = 17 * wide.folded_digits(field_id)
    assert integers_of(run.outputs["out"]) == expected(field_id, pairs, folded)


@pytest.mark.parametrize("field_id", [*FIELDS, "pallas-fp", "vesta-fp"])
def test_the_steps_of_the_reduction_stay_below_their_bound(field_id: str) -> None:
    one = wide.wide_field(field_id)
    assert sum(one.shifts) == one.radix_bits
    generator = random.Random(3)
    most = 1 << (2 * one.width + one.growth)
    for below in (one.modulus, one.modulus**2, most):
        for t in [0, 1, below - 1, *(generator.randrange(below) for _ in range(200))]:
            reduced = one.reduced(t)
            assert (reduced << one.radix_bits) % one.modulus == t % one.modulus
            assert reduced < one.bound(below)
    # One subtraction makes the product of canonical factors canonical.
    assert one.bound(one.modulus**2) <= 2 * one.modulus


def test_a_narrow_field_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="field: got 'goldilocks', want one of"):
        wide.wide_field("goldilocks")
