"""The butterfly as hardware, of both kinds, against integers."""

from __future__ import annotations

import random

import pytest

from zkmark.backends.fpga.simulation import Run, Simulator, Stalls, integers_of, words_of
from zkmark.kernels.fields.parameters import field
from zkmark.kernels.ntt.rtl import BUTTERFLY_LATENCY, butterfly_unit

pytestmark = pytest.mark.usefixtures("fpga_tools")
FIELDS = ("goldilocks", "babybear")
Triples = list[tuple[int, int, int]]


def triples(field_id: str, count: int) -> Triples:
    """All triples of edges, then random ones: a, b, t."""
    p, random_ = field(field_id).modulus, random.Random(count)
    ends = (0, 1, 2, (p + 1) // 2, (p - 1) // 2, p - 2, p - 1)
    found = [(a, b, t) for a in ends for b in ends for t in ends]
    found += [tuple(random_.randrange(p) for _ in range(3)) for _ in range(count)]  # type: ignore[misc]
    return found


def check(field_id: str, inverse: int, items: Triples, **how: object) -> Run:
    bits, p = field(field_id).bits, field(field_id).modulus
    half = (p + 1) // 2
    operands = words_of((t << 2 * bits | b << bits | a for a, b, t in items), 3 * bits)
    run = Simulator(butterfly_unit(field_id)).run(
        {"operands": operands},
        {"results": len(items)},
        settings={"inverse": inverse},
        **how,  # type: ignore[arg-type]
    )
    for (a, b, t), got in zip(items, integers_of(run.outputs["results"]), strict=True):
        if inverse:
            top, bottom = (a + b) * half % p, (a - b) * t % p
        else:
            top, bottom = (a + b * t) % p, (a - b * t) % p
        assert got == bottom << bits | top, (hex(a), hex(b), hex(t))
    return run


@pytest.mark.parametrize("inverse", [0, 1])
@pytest.mark.parametrize("field_id", FIELDS)
@pytest.mark.parametrize("count", [1000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_a_butterfly_each_cycle(field_id: str, inverse: int, count: int) -> None:
    items = triples(field_id, count)
    run = check(field_id, inverse, items)
    assert run.cycles == len(items) + BUTTERFLY_LATENCY
    assert run.counters == {"count_in": len(items), "count_out": len(items), "count_waiting": 0}


@pytest.mark.parametrize("inverse", [0, 1])
@pytest.mark.parametrize("field_id", FIELDS)
def test_bubbles_back_pressure_and_a_reset(field_id: str, inverse: int) -> None:
    items = triples(field_id, 500)
    for seed, stalls in enumerate((Stalls(inputs=0.6), Stalls(outputs=0.6), Stalls(0.4, 0.4))):
        run = check(field_id, inverse, items, stalls=stalls, seed=seed, reset_at=150 * seed)
        assert run.counters["count_waiting"] == run.transfers["results"].refused
