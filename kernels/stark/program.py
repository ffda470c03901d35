"""Expression programs: straight-line code over Goldilocks that runs on whole columns.

What a prover evaluates at every point (constraints, the fractions of lookups) is compiled once, by
``zkmark.provers.stark``, to one of these; a device interprets it or compiles it further. Extension
fields are lowered to the base field before, so that a device knows one arithmetic only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Operation(IntEnum):
    """What an instruction does to its operands."""

    ADD = 0  # target = a + b
    SUBTRACT = 1  # target = a - b
    MULTIPLY = 2  # target = a * b
    MULTIPLY_ADD = 3  # target = a * b + c
    STORE = 4  # output column `target` = a


class Operand(IntEnum):
    """Where an operand comes from: the upper bits of its code, ``kind << 28 | index``."""

    REGISTER = 0  # written before
    CONSTANT = 1  # index into the constants, the same for all points
    LOAD = 2  # index into the loads: a column at this row or the next
    BLOCK = 3  # index into the block constants: the same for all points of a block


OPERAND_SHIFT = 28
OPERAND_MASK = (1 << OPERAND_SHIFT) - 1


def operand(kind: Operand, index: int) -> int:
    """Return an operand's code."""
    return int(kind) << OPERAND_SHIFT | index


@dataclass(frozen=True, eq=False)
class Program:
    """Straight-line code, in an order in which every register is written before it is read.

    ``code`` is ``uint32[instructions, 5]``: operation, target, a, b, c. The target is a register,
    or an output column for ``STORE``; unused operands are 0. ``loads`` is ``uint32[loads, 3]``:
    index of the source matrix, column, and 0 for the row itself or 1 for the next one (cyclic
    within a block). ``registers``, ``constants``, ``block_constants``, ``outputs`` count what the
    code needs.
    """

    code: NDArray[np.uint32]
    loads: NDArray[np.uint32]
    registers: int
    constants: int
    block_constants: int
    outputs: int

    @property
    def multiplications(self) -> int:
        """Field multiplications a point."""
        operations = self.code[:, 0]
        return int(
            np.count_nonzero(
                (operations == Operation.MULTIPLY) | (operations == Operation.MULTIPLY_ADD)
            )
        )
