"""A run of a program: its outputs, and the tables that prove it.

>>> from zkmark.provers.stackvm.assembler import assemble
>>> execute(assemble("begin push.2 add end"), [40]).outputs[0]
42
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from zkmark import _native
from zkmark.provers.stackvm import trace
from zkmark.provers.stackvm.assembler import Program
from zkmark.provers.stackvm.failures import Failure, execution_error
from zkmark.provers.stackvm.machine import MAX_CYCLES, Machine, check_elements, stack_of

Words = NDArray[np.uint64]
Advice = Sequence[int] | Words
BACKENDS = ("cpu", "reference")


class Run(Protocol):
    """A run that has come to its end."""

    outputs: list[int]
    cycles: int

    def tables(self) -> dict[str, Words]:
        """Return its tables."""
        ...


class Execution:
    """A run that has come to its end; ``cycles`` counts its rows."""

    def __init__(self, program: Program, inputs: list[int], run: Run) -> None:
        self.program, self.inputs, self._run = program, inputs, run
        self.outputs, self.cycles = run.outputs, run.cycles

    @property
    def public(self) -> dict[str, list[int]]:
        """The public values: 16 elements of the stack at the start and at the end, top first."""
        return {"inputs": self.inputs, "outputs": self.outputs}

    @cached_property
    def witness(self) -> dict[str, Words]:
        """The main columns ``uint64[columns, height]`` of the tables that the run needs."""
        return self._run.tables()


class ReferenceRun:
    """A run by the definition."""

    def __init__(self, program: Program, inputs: list[int], advice: Advice, limit: int) -> None:
        elements = advice.tolist() if isinstance(advice, np.ndarray) else advice
        self._machine = Machine(program, inputs, elements)
        self._machine.run(limit)
        self.outputs, self.cycles = self._machine.stack, self._machine.clk - 1

    def tables(self) -> dict[str, Words]:
        """Return its tables."""
        return trace.witness(self._machine)


class NativeRun:
    """A run by the native twin."""

    def __init__(self, program: Program, inputs: list[int], advice: Advice, limit: int) -> None:
        self._program = program
        if isinstance(advice, np.ndarray):
            given = np.ascontiguousarray(advice, dtype=np.uint64)
        else:
            given = np.array(check_elements("advice", advice), dtype=np.uint64)
        run = _native.StackvmRun(program.table, np.array(inputs, dtype=np.uint64), given, limit)
        if run.failure:
            raise execution_error(
                program, run.pc, run.cycles + 1, Failure(run.failure), *run.operands
            )
        self._run = run
        self.outputs, self.cycles = run.outputs, run.cycles

    def tables(self) -> dict[str, Words]:
        """Return its tables."""
        run = self._run
        whole = trace.needs_chips(self._program)
        columns = COLUMNS if whole else {**COLUMNS, "processor": PROCESSOR_ALONE}
        rows = {
            "processor": run.cycles + 1,
            "program": len(self._program.rows),
            "memory": run.accesses + 2 if run.accesses else 0,
            "u32": run.u32_rows,
            "product": run.product_rows,
            "bitwise": run.bitwise_rows,
            "bytes": 256 if whole else 0,
        }
        found = {
            name: np.empty((columns[name], trace.height_for(count) if count else 0), np.uint64)
            for name, count in rows.items()
        }
        run.fill(*found.values())
        return {name: columns for name, columns in found.items() if columns.size}


# Main columns of each table, in the order in which the native twin takes them; and those of the
# processor where it has no other tables beside it.
PROCESSOR_ALONE = 61
COLUMNS = {
    "processor": 67,
    "program": 3,
    "memory": 10,
    "u32": 23,
    "product": 30,
    "bitwise": 43,
    "bytes": 3,
}


def execute(
    program: Program,
    inputs: Sequence[int] = (),
    advice: Advice = (),
    max_cycles: int = MAX_CYCLES,
    backend: str = "cpu",
) -> Execution:
    """Run a program; ``inputs`` are the stack at the start, the first one on top.

    ``ExecutionError`` says where a program fails. ``backend`` is ``cpu``, or ``reference``: by the
    definition, in Python.
    """
    if backend not in BACKENDS:
        raise ValueError(f"backend: got {backend!r}, want one of {', '.join(BACKENDS)}")
    if not 0 <= max_cycles <= MAX_CYCLES:
        raise ValueError(f"max_cycles: got {max_cycles}, want 0 to {MAX_CYCLES}")
    kind = NativeRun if backend == "cpu" else ReferenceRun
    stack = stack_of(inputs)
    return Execution(program, stack, kind(program, stack, advice, max_cycles))
