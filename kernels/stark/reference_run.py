"""Expression programs by their definition: Python integers, an instruction at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zkmark.kernels.stark.domain import MODULUS
from zkmark.kernels.stark.program import OPERAND_MASK, OPERAND_SHIFT, Operand, Operation, Program

Words = NDArray[np.uint64]


def run_program(
    program: Program,
    sources: Sequence[Words],
    constants: Words,
    block_constants: Words | None = None,
    blocks: int | None = None,
    height: int | None = None,
) -> Words:
    """Run a program at every point; return ``uint64[outputs, blocks, height]``.

    ``sources`` are ``uint64[count, blocks, height]``; the rest is as in ``StarkKernels.run``.
    ``ValueError`` if the arguments do not fit the program.
    """
    if (blocks is None or height is None) and not sources:
        raise ValueError("blocks and height: got neither them nor a source, want them or a source")
    blocks = sources[0].shape[1] if blocks is None else blocks
    height = sources[0].shape[2] if height is None else height
    block_rows = 0 if block_constants is None else block_constants.shape[0]
    if constants.shape != (program.constants,):
        raise ValueError(f"constants: got shape {constants.shape}, want ({program.constants},)")
    if block_rows != program.block_constants or (
        block_constants is not None and block_constants.shape[1:] != (blocks,)
    ):
        shape = None if block_constants is None else block_constants.shape
        raise ValueError(
            f"block_constants: got shape {shape}, want ({program.block_constants}, {blocks})"
        )
    loads = [_loaded(sources, load, blocks, height) for load in program.loads.tolist()]
    fixed = [int(value) for value in constants]
    per_block = [
        np.array([[int(value)] for value in row], dtype=object)
        for row in (() if block_constants is None else block_constants)
    ]
    registers: dict[int, Any] = {}
    outputs = np.zeros((program.outputs, blocks, height), dtype=np.uint64)

    def value(code: int) -> Any:
        index = code & OPERAND_MASK
        match Operand(code >> OPERAND_SHIFT):
            case Operand.REGISTER:
                return registers[index]
            case Operand.CONSTANT:
                return fixed[index]
            case Operand.LOAD:
                return loads[index]
            case Operand.BLOCK:
                return per_block[index]

    for operation, target, a, b, c in program.code.tolist():
        match Operation(operation):
            case Operation.ADD:
                registers[target] = (value(a) + value(b)) % MODULUS
            case Operation.SUBTRACT:
                registers[target] = (value(a) - value(b)) % MODULUS
            case Operation.MULTIPLY:
                registers[target] = value(a) * value(b) % MODULUS
            case Operation.MULTIPLY_ADD:
                registers[target] = (value(a) * value(b) + value(c)) % MODULUS
            case Operation.STORE:
                outputs[target] = np.broadcast_to(
                    np.asarray(value(a), dtype=object), (blocks, height)
                ).astype(np.uint64)
    return outputs


def _loaded(
    sources: Sequence[Words], load: Sequence[int], blocks: int, height: int
) -> NDArray[Any]:
    """Return what a load reads at every point: Python integers ``[blocks, height]``."""
    matrix, column, offset = load
    source = sources[matrix]
    if source.shape[1] % blocks or height % source.shape[2]:
        raise ValueError(
            f"source {matrix}: got {source.shape[1]} blocks of {source.shape[2]} rows, want a "
            f"multiple of {blocks} blocks and a divisor of {height} rows"
        )
    values = source[column, :: source.shape[1] // blocks].astype(object)
    values = np.roll(values, -offset, axis=1)
    return np.tile(values, (1, height // source.shape[2]))
