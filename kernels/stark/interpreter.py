"""An expression program by its definition: one point after another, in Python integers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from zkmark.kernels.stark.domain import MODULUS
from zkmark.kernels.stark.operations import Words
from zkmark.kernels.stark.program import OPERAND_MASK, OPERAND_SHIFT, Operand, Operation, Program


def run_program(
    program: Program,
    sources: Sequence[Words],
    constants: Words,
    block_constants: Words | None,
    blocks: int,
    height: int,
) -> Words:
    """Return ``uint64[outputs, blocks, height]``; ``StarkKernels.run`` says of what.

    ``sources`` are ``uint64[columns, blocks, height]``, with blocks and heights of their own.
    """
    out = np.zeros((program.outputs, blocks, height), dtype=np.uint64)
    columns = [source.tolist() for source in sources]
    loads, code = program.loads.tolist(), program.code.tolist()
    scalars = [int(x) for x in constants]
    for block in range(blocks):
        of_block = [] if block_constants is None else block_constants[:, block].tolist()
        for row in range(height):
            loaded = []
            for source, column, ahead in loads:
                matrix = columns[source][column]
                own = matrix[block * (len(matrix) // blocks)]
                loaded.append(own[(row + ahead) % len(own)])
            registers = [0] * program.registers
            pools = {
                Operand.REGISTER: registers,
                Operand.CONSTANT: scalars,
                Operand.LOAD: loaded,
                Operand.BLOCK: of_block,
            }

            def value(operand: int, pools: dict[Operand, list[int]] = pools) -> int:
                return pools[Operand(operand >> OPERAND_SHIFT)][operand & OPERAND_MASK]

            for operation, target, a, b, c in code:
                if operation == Operation.STORE:
                    out[target, block, row] = value(a)
                elif operation == Operation.ADD:
                    registers[target] = (value(a) + value(b)) % MODULUS
                elif operation == Operation.SUBTRACT:
                    registers[target] = (value(a) - value(b)) % MODULUS
                else:
                    last = value(c) if operation == Operation.MULTIPLY_ADD else 0
                    registers[target] = (value(a) * value(b) + last) % MODULUS
    return out
