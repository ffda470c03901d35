"""Multipliers, adders and subtractors of one word as hardware, against integers."""

from __future__ import annotations

import random

import pytest

from zkmark.backends.fpga.design import Design
from zkmark.backends.fpga.simulation import Run, Simulator, Stalls, integers_of, words_of
from zkmark.kernels.fields.parameters import field
from zkmark.kernels.fields.rtl import narrow

pytestmark = pytest.mark.usefixtures("fpga_tools")
Pairs = list[tuple[int, int]]


def edges(field_id: str) -> list[int]:
    """Values at the ends of the field, of the tiles that operands are cut into, and of words."""
    parameters = field(field_id)
    near = [1 << cut for cut in (16, 17, 24, 26, 27, 32, 34, 51, 52) if cut < parameters.bits]
    values = [0, 1, 2, parameters.modulus >> 1, *near, *(n - 1 for n in near)]
    return sorted({v % parameters.modulus for v in (*values, *(-v for v in values))})


def edge_pairs(field_id: str) -> Pairs:
    """All pairs of edges, and pairs whose products are edges: where reductions carry and borrow."""
    parameters, random_ = field(field_id), random.Random(field_id)
    p, found = parameters.modulus, edges(field_id)
    pairs = [(a, b) for a in found for b in found]
    for product in found:
        # Around a fold of 2^EXPONENT times a small number, too.
        for shift in (0, 1, 5 << 32, 3 << 27):
            a = random_.randrange(1, p)
            pairs.append((a, (product + shift) * pow(a, -1, p) % p))
    return pairs


def random_pairs(field_id: str, count: int) -> Pairs:
    p, random_ = field(field_id).modulus, random.Random(count)
    return [(random_.randrange(p), random_.randrange(p)) for _ in range(count)]


def outcome(design: Design, bits: int, pairs: Pairs, **how: object) -> tuple[list[int], Run]:
    operands = words_of((b << bits | a for a, b in pairs), 2 * bits)
    name = design.outputs[0].name
    run = Simulator(design).run({"operands": operands}, {name: len(pairs)}, **how)  # type: ignore[arg-type]
    return integers_of(run.outputs[name]), run


def check(field_id: str, unit: str, pairs: Pairs, **how: object) -> Run:
    p, bits = field(field_id).modulus, field(field_id).bits
    if unit == "multiplier":
        want = [a * b % p for a, b in pairs]
        got, run = outcome(narrow.multiplier_unit(field_id), bits, pairs, **how)
    else:
        want = [((a - b) % p) << bits | (a + b) % p for a, b in pairs]
        got, run = outcome(narrow.sum_unit(field_id), bits, pairs, **how)
    wrong = [i for i, (g, w) in enumerate(zip(got, want, strict=True)) if g != w]
    assert not wrong, f"{len(wrong)} wrong, the first of {[hex(v) for v in pairs[wrong[0]]]}"
    return run


LATENCIES = {"multiplier": narrow.MULTIPLIER_LATENCY, "adder": narrow.ADDER_LATENCY}
each_unit = pytest.mark.parametrize("unit", LATENCIES)
each_field = pytest.mark.parametrize("field_id", narrow.FIELD_IDS)


@each_field
@each_unit
def test_edges(field_id: str, unit: str) -> None:
    check(field_id, unit, edge_pairs(field_id))


@each_field
@each_unit
@pytest.mark.parametrize("count", [1000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_random_operands_and_one_result_each_cycle(field_id: str, unit: str, count: int) -> None:
    run = check(field_id, unit, random_pairs(field_id, count))
    assert run.cycles == count + LATENCIES[unit]
    assert run.counters == {"count_in": count, "count_out": count, "count_waiting": 0}


@each_field
@each_unit
def test_bubbles_back_pressure_and_a_reset(field_id: str, unit: str) -> None:
    pairs = random_pairs(field_id, 1000)
    for seed, stalls in enumerate((Stalls(inputs=0.6), Stalls(outputs=0.6), Stalls(0.4, 0.4))):
        run = check(field_id, unit, pairs, stalls=stalls, seed=seed, reset_at=100 * seed)
        assert run.counters["count_in"] == run.counters["count_out"] == len(pairs)
        output = "products" if unit == "multiplier" else "sums"
        assert run.counters["count_waiting"] == run.transfers[output].refused


def test_only_moduli_of_the_form_that_the_hardware_reduces_by() -> None:
    assert dict(narrow.shape(field("babybear"))) == {"BITS": 31, "EXPONENT": 27}
    with pytest.raises(ValueError, match="field: got 'bn254-fr'"):
        narrow.shape(field("bn254-fr"))
