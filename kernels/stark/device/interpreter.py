"""Expression programs on devices: code packed for the interpreter of ``program.cl``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from zkmark.backends.device import Buffer
from zkmark.kernels.stark.device.programs import (
    PLACE_BITS,
    Form,
    Programs,
    program_source,
    room_for,
)
from zkmark.kernels.stark.device.tables import Tables, words
from zkmark.kernels.stark.domain import log2
from zkmark.kernels.stark.operations import Columns, Words
from zkmark.kernels.stark.program import OPERAND_MASK, OPERAND_SHIFT, Operand, Program

# What the interpreter reads a load of the next row by (IS_LOAD_OF_NEXT).
_LOAD_OF_NEXT = 4
# The fewest groups that should share a multiprocessor's local memory.
_GROUPS_TOGETHER = 2
_FEWEST_THREADS = 32
# Groups of a launch whose registers lie in a buffer, a multiprocessor or core.
_GROUPS_OF_A_UNIT = 8


@dataclass(frozen=True)
class _Packed:
    """A program's code on a device."""

    code: Buffer
    instructions: int


class Interpreter:
    """Runs programs on one device; a program is packed and copied there once."""

    def __init__(self, programs: Programs, tables: Tables) -> None:
        self._programs = programs
        self._tables = tables
        self._session = programs.session
        self._packed: WeakKeyDictionary[Program, _Packed] = WeakKeyDictionary()

    def run(
        self,
        program: Program,
        sources: Sequence[Columns],
        constants: Words,
        block_constants: Words | None,
        output: Columns,
        form: Form,
    ) -> None:
        """Run a program at every point of the output."""
        session, blocks, height = self._session, output.blocks, output.height
        if program not in self._packed:
            code = packed(program)
            self._packed[program] = _Packed(session.upload(code), len(code))
        own = self._packed[program]
        form, in_local = self._cut(form, program.registers)
        text = self._programs.build(program_source, form, room_for(len(sources)), in_local)
        kernel = text.kernel("run")
        vectors = height // form.lanes
        tiles_of_block = -(-vectors // form.items)
        tiles = tiles_of_block * blocks
        groups = -(-tiles // form.threads)
        nbytes = 8 * form.lanes * form.items * form.threads * max(1, program.registers)
        if not in_local:
            groups = min(groups, _GROUPS_OF_A_UNIT * session.device.compute_units)
        scratch = session.allocate(0 if in_local else nbytes * groups, np.uint64)
        none = np.zeros((1, blocks), dtype=np.uint64)
        by_block = none if block_constants is None or not len(block_constants) else block_constants
        # A program may read no source; the kernel wants buffers all the same.
        buffers = [one.handle for one in sources] or [output.handle]
        kernel.launch(
            groups,
            *buffers,
            *buffers[-1:] * (room_for(len(buffers)) - len(buffers)),
            self._tables.uploaded(_places(program, sources, blocks)),
            own.code,
            self._tables.uploaded(np.ascontiguousarray(constants, dtype=np.uint64)),
            self._tables.uploaded(np.ascontiguousarray(by_block.T, dtype=np.uint64)),
            output.handle,
            scratch,
            *map(np.uint32, (own.instructions, program.registers, len(by_block), log2(height))),
            *map(np.uint32, (vectors, tiles_of_block, tiles)),
            local=nbytes if in_local else 0,
        )

    def _cut(self, form: Form, registers: int) -> tuple[Form, bool]:
        """Return a form whose registers fit into local memory, if there is one, and whether."""
        most = self._session.limits.local_bytes
        each = 8 * form.lanes * form.items * max(1, registers)
        if form.threads == 1:
            return form, each <= most
        threads = form.threads
        while threads > _FEWEST_THREADS and threads * each * _GROUPS_TOGETHER > most:
            threads //= 2
        return Form(threads, form.lanes, form.items, form.strip), threads * each <= most


def packed(program: Program) -> NDArray[np.uint32]:
    """Return a program's code as ``uint32[instructions, 4]`` for ``program.cl``.

    What an instruction does stands above its target; loads of the next row are operands of a kind
    of their own.
    """
    code = program.code.astype(np.uint32)
    ahead = program.loads.reshape(-1, 3)[:, 2].astype(bool)
    found = np.empty((len(code), 4), dtype=np.uint32)
    found[:, 0] = code[:, 0] << np.uint32(OPERAND_SHIFT) | code[:, 1]
    operands = code[:, 2:]
    kinds, indices = operands >> np.uint32(OPERAND_SHIFT), operands & np.uint32(OPERAND_MASK)
    if len(ahead):
        is_load = kinds == Operand.LOAD
        of_next = is_load & ahead[np.where(is_load, indices, 0)]
        kinds = np.where(of_next, np.uint32(_LOAD_OF_NEXT), kinds)
    found[:, 1:] = kinds << np.uint32(OPERAND_SHIFT) | indices
    return found


def _places(program: Program, sources: Sequence[Columns], blocks: int) -> Words:
    """Return two words a load, as ``matrices.h`` reads them."""
    found = [0, 0]  # at least something
    for source, column, _ in program.loads.tolist():
        matrix = sources[source]
        start = column * matrix.blocks * matrix.height
        apart = matrix.blocks // blocks * matrix.height
        found += [source << PLACE_BITS | start, log2(matrix.height) << PLACE_BITS | apart]
    return words(found[2:] or found)
