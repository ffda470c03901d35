"""The cycles of the four-step machine, from its design alone.

A pass is a pipeline of blocks: in step i block i is loaded after block i - 2 was stored, while
block i - 1 is transformed and the constants of block i are made. A step takes as long as the
longest of the three, and a few cycles to begin and to end (the states of ntt_four_step.sv).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from zkmark.hardware_profiles.boards import ExternalMemory
from zkmark.kernels.fields.rtl.narrow import MULTIPLIER_LATENCY
from zkmark.kernels.ntt.case import NttCase
from zkmark.kernels.ntt.fpga.layout import Layout, Pass, widths
from zkmark.kernels.ntt.rtl import BUTTERFLY_LATENCY, WORD_BITS

# Between layers: from the reading of the last rows to their writing.
_LAYER_PAUSE = BUTTERFLY_LATENCY + 2
# Between the levels of constants: a memory's and the multiplier's registers.
_LEVEL_PAUSE = MULTIPLIER_LATENCY + 2
# An access that does not follow the one before costs half a word's time more. DDR4 may open four
# rows in some 21 ns (tFAW of DDR4-2400, JEDEC JESD79-4), in which 64 bits at 2400 MT/s move 6.3
# bursts of 64 bytes: 4 of them, each in a row of its own, take as long as 6.
JUMP = 0.5


@dataclass(frozen=True)
class Memory:
    """A channel as a machine sees it: words a cycle, a jump's cost in words, cycles of latency."""

    per_cycle: float = 1.0
    jump: float = 0.0
    latency: int = 64

    def moving(self, words: int, jumps: int) -> int:
        """Return the cycles in which so many words move one way: one a cycle at the most.

        A channel of more than a word a cycle saves up no more than a cycle's share, so that what a
        jump costs comes in whole cycles.
        """
        if self.per_cycle < 1:
            return round((words + jumps * self.jump) / self.per_cycle)
        return words + round(jumps * _waits(min(words // jumps, 8), self.per_cycle, self.jump))


@cache
def _waits(burst: int, per_cycle: float, jump: float) -> float:
    """Return the cycles without a word for each of many bursts, as the bench has them."""
    budget, waits, bursts = per_cycle, 0, 64
    for word in range(bursts * burst):
        while budget < 1:
            budget = min(per_cycle, budget + per_cycle)
            waits += 1
        budget -= 1 if word % burst else 1 + jump
        budget = min(per_cycle, budget + per_cycle)
    return waits / bursts


def channel_of(memory: ExternalMemory, hertz: float) -> Memory:
    """Return a board's channel at a design's clock.

    Where the board's channels are narrower than the machine's port, it has several of them.
    """
    width = max(1, WORD_BITS // memory.word_bits)
    rate = memory.bytes_per_second * memory.efficiency * width / memory.channels
    return Memory(
        per_cycle=rate / (WORD_BITS // 8) / hertz,
        jump=JUMP,
        latency=round(memory.latency_seconds * hertz),
    )


def transform_cycles(one: Pass) -> int:
    """Return the cycles for which the engine has a block under way."""
    if not one.log_rows:
        return 0
    butterflies = 1 << (one.log_rows + one.log_width - 1)
    return one.log_rows * (butterflies + _LAYER_PAUSE) + MULTIPLIER_LATENCY


def _constants_cycles(one: Pass, columns: int) -> int:
    return one.log_rows * (columns + _LEVEL_PAUSE) + 1


def _block_io(layout: Layout, number: int, memory: Memory) -> tuple[int, int]:
    """Return the cycles of loading and of storing a block in pass ``number``."""
    one, case = layout.passes[number], layout.case
    rows = 1 << one.log_rows
    words = rows << one.log_width
    reversed_ = case.order == "bit-reversed" and layout.two_passes
    last = number == len(layout.passes) - 1
    # Rows of 2^log_width words, single words, or tiles; single words and tiles pass a transposer.
    load_jumps = store_jumps = rows
    transposed_load = number == 0 and reversed_ and case.direction == "inverse"
    transposed_store = last and reversed_ and case.direction == "forward"
    if transposed_load:
        load_jumps = words
    if transposed_store:
        store_jumps = words
    row_words = layout.row_words if number == 0 else (1 << layout.log_rows) // layout.lanes
    if row_words == 1 << one.log_width:  # a block is whole rows
        load_jumps, store_jumps = (
            jumps if turned else 1
            for jumps, turned in ((load_jumps, transposed_load), (store_jumps, transposed_store))
        )
    if number == 1:
        load_jumps = 1
    if not last:
        transposed_store, store_jumps = True, max(1, rows // layout.columns)
    load = memory.moving(words, load_jumps) + memory.latency + 1
    store = memory.moving(words, store_jumps) + 2
    return load + layout.lanes * transposed_load, store + layout.lanes * transposed_store


def pass_cycles(layout: Layout, number: int, memory: Memory, machines: int) -> int:
    """Return the cycles of a pass, without those of its parameters, on the busiest machine."""
    one = layout.passes[number]
    blocks = -(-one.blocks * layout.batch // machines)
    load, store = _block_io(layout, number, memory)
    transform = transform_cycles(one)
    constants = _constants_cycles(one, layout.columns)

    def step(i: int) -> int:
        loads, transforms, stores = i < blocks, 1 <= i <= blocks, i >= 2
        return max(
            load * loads + store * stores + 3,
            transform * transforms + 2,
            constants * loads + 2,
        )

    # All steps between the first two and the last two are the same.
    ends = [*range(min(2, blocks + 2)), *range(max(2, blocks), blocks + 2)]
    middle = max(0, blocks - 2)
    return sum(step(i) for i in ends) + middle * (step(2) if middle else 0)


def case_cycles(layout: Layout, memory: Memory, machines: int = 1) -> int:
    """Return all cycles of a case, parameters included, when so many machines share its blocks."""
    passes = len(layout.passes)
    parameters = (1 << layout.log_table) + passes * (1 + layout.columns)
    return parameters + sum(pass_cycles(layout, i, memory, machines) for i in range(passes)) + 1


def best_layout(case: NttCase, memory: Memory) -> Layout:
    """Return the layout of the fewest cycles, the widest blocks among equal ones."""
    found = widths(case)
    return min(reversed(found), key=lambda layout: case_cycles(layout, memory))
