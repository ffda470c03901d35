"""Merkle trees over the rows of matrices of several heights, on a device."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from zkmark.backends.device import Buffer, Kernel
from zkmark.kernels.ntt.reference import bit_reverse
from zkmark.kernels.stark.device.programs import (
    PLACE_BITS,
    Form,
    Programs,
    gather_source,
    layers_source,
    room_for,
    rows_source,
)
from zkmark.kernels.stark.device.tables import Tables, words
from zkmark.kernels.stark.domain import log2
from zkmark.kernels.stark.openings import siblings_missing
from zkmark.kernels.stark.operations import Bytes, Columns, Commitment, Opening, Words

DIGEST_BYTES = 32
# One group makes the layers above so many pairs.
_TOP_PAIRS = 256
# Lanes that a processor's vectors have at the least; where there are more, some items are idle.
_LEAST_LANES = 2
# Vectors of rows that a processor's work item hashes.
_ITEMS = 8


def hash_form(form: Form) -> Form:
    """Return how hashing is cut where column kernels are cut like ``form``."""
    return Form(form.threads, form.lanes, 1 if form.threads > 1 else _ITEMS, form.strip)


def places_of(matrices: Sequence[Columns]) -> Words:
    """Return two words a column: where it begins and how far apart its blocks are (matrices.h)."""
    found = []
    for number, matrix in enumerate(matrices):
        for column in range(matrix.count):
            whole, part = divmod(column, matrix.ways)
            start = (whole * matrix.blocks * matrix.ways + part) * matrix.height
            apart = matrix.ways * matrix.height
            found += [number << PLACE_BITS | start, log2(matrix.height) << PLACE_BITS | apart]
    return words(found)


def block_places_of(matrices: Sequence[Columns]) -> Words:
    """Return a word a block and column, ``[blocks, columns]``: where that block begins."""
    places = places_of(matrices).reshape(-1, 2)
    apart = places[:, 1] & np.uint64((1 << PLACE_BITS) - 1)
    blocks = np.arange(matrices[0].blocks, dtype=np.uint64)[:, np.newaxis]
    found: Words = places[:, 0] + blocks * apart
    return found


def _buffers(matrices: Sequence[Columns]) -> list[Buffer]:
    """Return the matrices' buffers, the last one again for what the program takes more."""
    found = [matrix.handle for matrix in matrices]
    return found + found[-1:] * (room_for(len(found)) - len(found))


class DeviceCommitment(Commitment):
    """A tree with all its layers in one buffer, the leaves first and the root last."""

    def __init__(
        self, programs: Programs, tables: Tables, form: Form, matrices: Sequence[Columns], hash: str
    ) -> None:
        self._programs = programs
        self._tables = tables
        self._session = session = programs.session
        self._form = hash_form(form)
        self.matrices = tuple(matrices)
        self.hash = hash
        blocks = matrices[0].blocks
        if any(matrix.blocks != blocks for matrix in matrices):
            raise ValueError(
                f"matrices: got {sorted({matrix.blocks for matrix in matrices})} blocks, "
                "want as many of each"
            )
        self.tallest = max(matrix.height for matrix in matrices)
        self.leaves = blocks * self.tallest
        self.nodes = session.allocate((2 * self.leaves - 1) * DIGEST_BYTES, np.uint8)
        self._build(blocks)

    @cached_property
    def root(self) -> Bytes:  # type: ignore[override]
        """The root's 32 canonical bytes; waits for the tree."""
        return self.nodes.read(DIGEST_BYTES, np.uint8, (2 * self.leaves - 2) * DIGEST_BYTES)

    def _build(self, blocks: int) -> None:
        program = self._programs.build(layers_source, self.hash, self._form)
        layer_kernel, top_kernel = program.kernel("hash_layer"), program.kernel("hash_top")
        heights = {matrix.height for matrix in self.matrices} - {self.tallest}
        self._hash_rows(self.tallest, self.nodes, 0, 0)
        first, size, height = 0, self.leaves, self.tallest
        while size > 1:
            pairs, height = size // 2, height // 2
            numbers = np.uint64(first), np.uint64(first + size), np.uint32(pairs)
            until_next = self._layers_until(heights, height, pairs)
            if height in heights:
                # Nodes and the rows' hashes take turns, and their pairs make the layer.
                mixed = self._session.allocate(size * DIGEST_BYTES, np.uint8)
                between = (np.uint64(first), np.uint64(0), np.uint32(pairs), np.uint32(1))
                self._over(layer_kernel, pairs, self.nodes, mixed, *between)
                self._hash_rows(height, mixed, 1, 1)
                merged = (np.uint64(0), *numbers[1:], np.uint32(0))
                self._over(layer_kernel, pairs, mixed, self.nodes, *merged)
            elif pairs <= _TOP_PAIRS and until_next > 1:
                layers = np.uint32(until_next)
                top_kernel.launch(1, self.nodes, numbers[0], numbers[2], layers)
                for _ in range(until_next):
                    first, size = first + size, size // 2
                height >>= until_next - 1
                continue
            else:
                self._over(layer_kernel, pairs, self.nodes, self.nodes, *numbers, np.uint32(0))
            first, size = first + size, pairs

    @staticmethod
    def _layers_until(heights: set[int], height: int, pairs: int) -> int:
        """Return how many layers from that of ``pairs`` nodes on have no matrix of their own."""
        layers = 0
        while pairs and height not in heights:
            layers, pairs, height = layers + 1, pairs // 2, height // 2
        return layers

    def _over(self, kernel: Kernel, digests: int, *arguments: object) -> None:
        """Launch a kernel on so many digests."""
        lanes = 1 if self._form.threads > 1 else _LEAST_LANES
        kernel.over(self._form.threads_for(-(-digests // lanes)), *arguments)

    def _hash_rows(self, height: int, digests: Buffer, log_apart: int, offset: int) -> None:
        """Hash the rows of all matrices of a height."""
        matrices = [matrix for matrix in self.matrices if matrix.height == height]
        program = self._programs.build(rows_source, self.hash, self._form, room_for(len(matrices)))
        places = self._tables.uploaded(block_places_of(matrices))
        columns, blocks = sum(matrix.count for matrix in matrices), matrices[0].blocks
        numbers = (columns, blocks, log2(height), log_apart, offset)
        lanes = 1 if self._form.threads > 1 else min(_LEAST_LANES, height)
        items = self._form.threads_for(blocks * height // lanes)
        program.kernel("hash_rows").over(
            items, *_buffers(matrices), places, digests, *map(np.uint32, numbers)
        )

    def open(self, indices: NDArray[np.int64]) -> Opening:
        """Open leaves, given as ascending distinct ``block * N + row``."""
        chosen = np.asarray(indices, dtype=np.int64)
        if chosen.size == 0 or chosen[0] < 0 or chosen[-1] >= self.leaves:
            raise ValueError(f"indices: want some, from 0 to {self.leaves - 1}")
        if np.any(chosen[1:] <= chosen[:-1]):
            raise ValueError("indices: want ascending and distinct ones")
        program = self._programs.build(gather_source, room_for(len(self.matrices)))
        rows = self._rows(program.kernel("gather_rows"), chosen)
        log_tallest = log2(self.tallest)
        places = [
            index // self.tallest * self.tallest + bit_reverse(index % self.tallest, log_tallest)
            for index in chosen.tolist()
        ]
        missing = siblings_missing(places, log2(self.leaves))
        siblings = np.empty((0, DIGEST_BYTES), dtype=np.uint8)
        if missing:
            # Above n leaves lie n/2, n/4, ...: the layers below a level are 2n - 2n / 2^level.
            whole = 2 * self.leaves
            found = [whole - (whole >> level) + place for level, place in missing]
            buffer = self._session.allocate(len(found) * DIGEST_BYTES, np.uint64)
            program.kernel("gather_digests").over(
                4 * len(found),
                *(self.nodes, self._session.upload(words(found)), buffer, np.uint32(len(found))),
            )
            siblings = buffer.read(4 * len(found)).view(np.uint8).reshape(-1, DIGEST_BYTES)
        return Opening(rows, siblings)

    def _rows(self, kernel: Kernel, indices: NDArray[np.int64]) -> tuple[Words, ...]:
        """Return the rows of each matrix at leaves."""
        columns, count = sum(matrix.count for matrix in self.matrices), len(indices)
        buffer = self._session.allocate(8 * columns * count, np.uint64)
        kernel.over(
            columns * count,
            *_buffers(self.matrices),
            self._tables.uploaded(places_of(self.matrices)),
            self._session.upload(indices.astype(np.uint64)),
            buffer,
            *map(np.uint32, (log2(self.tallest), columns, count)),
        )
        values = buffer.read(columns * count).reshape(columns, count)
        ends = np.cumsum([matrix.count for matrix in self.matrices])[:-1]
        return tuple(np.ascontiguousarray(part.T) for part in np.split(values, ends))
