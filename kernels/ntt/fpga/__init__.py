"""Transforms on the four-step machine (kernels/ntt/rtl), simulated and modelled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from zkmark.backends.base import Backend
from zkmark.backends.fpga import FpgaBackend
from zkmark.backends.fpga.design import Design
from zkmark.backends.fpga.simulation import Channel, words_of
from zkmark.hardware_profiles.boards import Board, board
from zkmark.kernels.case import Array, Case, Inputs
from zkmark.kernels.fields.rtl.narrow import CLOCK
from zkmark.kernels.fpga import FpgaImplementation, FpgaPlan, Simulated
from zkmark.kernels.implementation import Implementation
from zkmark.kernels.ntt.case import NttCase
from zkmark.kernels.ntt.fpga.cycles import Memory, best_layout, case_cycles, channel_of
from zkmark.kernels.ntt.fpga.layout import Layout
from zkmark.kernels.ntt.rtl import WORD_BITS, four_step

# Two passes of 2^12 rows.
MOST_LOG_SIZE = 24
# What is simulated whole: a second or two.
_SIMULATED_LOG_SIZES = (14, 16, 18)
_SIMULATED_ELEMENTS = 1 << _SIMULATED_LOG_SIZES[-1]


def memory_of(on: Board) -> Memory:
    """Return the channel of a board's memory that one machine has."""
    assert on.memory is not None
    return channel_of(on.memory, CLOCK.hertz)


def _bytes_in(layout: Layout) -> int:
    parameters = len(layout.parameters()) * layout.case.field_parameters.bytes_per_element
    return _bytes_out(layout) + parameters


def _bytes_out(layout: Layout) -> int:
    return layout.data_words * WORD_BITS // 8


class NttPlan(FpgaPlan):
    """A case on one machine."""

    def __init__(self, case: NttCase, on: Board) -> None:
        super().__init__(case, four_step(case.field), on)
        self.memory = memory_of(on)
        self.layout = best_layout(case, self.memory)

    def upload(self, inputs: Inputs) -> Any:
        """Lay the input out in memory, and make the parameters."""
        bits = self.design.inputs[0].bits
        return self.layout.to_memory(inputs["values"]), words_of(self.layout.parameters(), bits)

    def compute(self, uploaded: Any) -> Simulated:
        """Simulate the machine on it."""
        data, parameters = uploaded
        memory = Channel(
            np.copy(data),
            latency=self.memory.latency,
            per_cycle=self.memory.per_cycle,
            jump=self.memory.jump,
        )
        run = self.simulator.run(
            {"parameters": parameters},
            {"done": 1},
            settings=self.layout.settings,
            memories={"memory": memory},
        )
        return Simulated(
            result=memory.data,
            cycles=run.cycles,
            bytes_in=_bytes_in(self.layout),
            bytes_out=_bytes_out(self.layout),
            external_bytes=(memory.read + memory.written) * WORD_BITS // 8,
            counters=run.counters,
            seconds=run.seconds,
        )

    def download(self, result: Simulated) -> Array:
        """Take the output from memory."""
        return self.layout.from_memory(result.result)


class NttMachine(FpgaImplementation):
    """Transforms over one field, of every size that two passes do."""

    kernel = "ntt"
    field_id: ClassVar[str]

    def unsupported(self, case: Case) -> str | None:
        """Say whether it is a transform of this field, and not too long."""
        if not isinstance(case, NttCase) or case.field != self.field_id:
            return f"{self.id} transforms over {self.field_id} only"
        if case.log_size > MOST_LOG_SIZE:
            return f"log_size: got {case.log_size}, want at most {MOST_LOG_SIZE} for two passes"
        return None

    def unsupported_on(self, case: Case, backend: Backend) -> str | None:
        """Say whether the board is known and has memory that holds the case."""
        reason = super().unsupported_on(case, backend)
        if reason is not None:
            return reason
        assert isinstance(case, NttCase)
        assert isinstance(backend, FpgaBackend)
        on = board(backend.board)
        if on.memory is None:
            return f"the board {on.id} has no external memory, which {self.id} works in"
        layout = best_layout(case, memory_of(on))
        needed = layout.memory_words * WORD_BITS // 8
        if needed > on.memory.capacity_bytes:
            return f"{case.slug} takes {needed} bytes; {on.id} has {on.memory.capacity_bytes}"
        return None

    def design(self, case: Any) -> Design:
        """Return the machine."""
        return four_step(self.field_id)

    def make(self, case: Any, on: Board) -> FpgaPlan:
        """Build it, unless it is in the cache."""
        return NttPlan(case, on)

    def simulated_instead(self, case: Any) -> list[Any]:
        """Return transforms of the same kind with fewer elements, for those above 2^18 elements."""
        elements = case.batch * case.size
        if elements <= _SIMULATED_ELEMENTS:
            return []
        if case.log_size > _SIMULATED_LOG_SIZES[-1] or case.batch == 1:
            return [replace(case, log_size=log, batch=1) for log in _SIMULATED_LOG_SIZES]
        most = _SIMULATED_ELEMENTS // case.size
        return [replace(case, batch=batch) for batch in sorted({1, max(1, most // 4), most})]

    def formula(self, case: Any, on: Board) -> Simulated:
        """Return the cycles by the design (cycles.py), and the bytes."""
        memory = memory_of(on)
        layout = best_layout(case, memory)
        return Simulated(
            result=None,
            cycles=case_cycles(layout, memory),
            bytes_in=_bytes_in(layout),
            bytes_out=_bytes_out(layout),
            # Each pass reads and writes all of it.
            external_bytes=2 * _bytes_out(layout) * len(layout.passes),
        )

    def most_instances(self, case: Any) -> int:
        """Return the blocks of a pass: machines share them out, and wait between the passes."""
        layout = best_layout(case, Memory())
        return min(one.blocks for one in layout.passes) * layout.batch

    def shared(self, case: Any, on: Board, found: Simulated, instances: int) -> float:
        """Return the cycles of the machine with the most blocks, each pass's ends included."""
        memory = memory_of(on)
        return case_cycles(best_layout(case, memory), memory, instances)


class GoldilocksMachine(NttMachine):
    """Eight lanes of 64 bits."""

    id = "fpga/ntt-goldilocks"
    field_id = "goldilocks"


class BabyBearMachine(NttMachine):
    """Sixteen lanes of 31 bits."""

    id = "fpga/ntt-babybear"
    field_id = "babybear"


class KoalaBearMachine(NttMachine):
    """Sixteen lanes of 31 bits."""

    id = "fpga/ntt-koalabear"
    field_id = "koalabear"


IMPLEMENTATIONS: list[Implementation] = [
    GoldilocksMachine(),
    BabyBearMachine(),
    KoalaBearMachine(),
]
