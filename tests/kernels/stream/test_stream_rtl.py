"""The queue that designs put between their parts: in order, complete, with no cycle lost."""

from __future__ import annotations

import numpy as np
import pytest

from zkmark.backends.fpga.simulation import Run, Simulator, Stalls, integers_of, words_of
from zkmark.kernels.stream.rtl import QUEUE_BITS, QUEUE_DEPTH, queue

pytestmark = pytest.mark.usefixtures("fpga_tools")
# A queue that is empty passes an item on in two cycles.
LATENCY = 2


def passed(count: int, **how: object) -> tuple[list[int], Run]:
    items = np.random.default_rng(count).integers(0, 1 << QUEUE_BITS, count, dtype=np.uint64)
    sent = [int(item) for item in items]
    run = Simulator(queue()).run({"in": words_of(sent, QUEUE_BITS)}, {"out": count}, **how)  # type: ignore[arg-type]
    assert integers_of(run.outputs["out"]) == sent
    return sent, run


@pytest.mark.parametrize("count", [1, QUEUE_DEPTH, QUEUE_DEPTH + 1, 1000])
def test_a_queue_takes_an_item_and_gives_one_each_cycle(count: int) -> None:
    _, run = passed(count)
    assert run.cycles == count + LATENCY
    assert run.transfers["in"].refused == 0


@pytest.mark.parametrize(
    "stalls", [Stalls(outputs=0.7), Stalls(inputs=0.7), Stalls(inputs=0.5, outputs=0.5)]
)
@pytest.mark.parametrize("seed", [1, 2])
def test_bubbles_and_back_pressure_lose_nothing(stalls: Stalls, seed: int) -> None:
    passed(1000, stalls=stalls, seed=seed)


def test_a_reset_empties_it() -> None:
    _, run = passed(200, stalls=Stalls(outputs=0.9), reset_at=60, seed=3)
    assert run.counters["count"] == 0
