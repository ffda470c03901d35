"""A run of a program: its outputs, and the tables that prove it.

>>> from zkmark.provers.stackvm.assembler import assemble
>>> execute(assemble("begin push.2 add end"), [40]).outputs[0]
42
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zkmark.provers.stackvm.assembler import Program
from zkmark.provers.stackvm.machine import MAX_CYCLES, Machine, stack_of


@dataclass(frozen=True, eq=False)
class Execution:
    """``cycles`` counts the rows that ran, up to the end."""

    program: Program
    inputs: list[int]
    outputs: list[int]
    cycles: int

    @property
    def public(self) -> dict[str, list[int]]:
        """The public values: 16 elements of the stack at the start and at the end, top first."""
        return {"inputs": self.inputs, "outputs": self.outputs}


def execute(
    program: Program,
    inputs: Sequence[int] = (),
    advice: Sequence[int] = (),
    max_cycles: int = MAX_CYCLES,
) -> Execution:
    """Run a program; ``inputs`` are the stack at the start, the first one on top.

    ``ExecutionError`` says where a program fails.
    """
    machine = Machine(program, inputs, advice)
    machine.run(max_cycles)
    return Execution(program, stack_of(inputs), machine.stack, machine.clk - 1)
