"""The operations of a STARK prover by their definitions, in Python integers.

What every device's kernels are compared with, and what small proofs in tests are made by. A handle
is the array ``uint64[count / ways, blocks, ways, height]`` that lies in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from zkmark.kernels.fields.parameters import ExtensionFieldParameters
from zkmark.kernels.fields.reference import (
    ExtensionElement,
    extension_add,
    extension_inverse,
    extension_multiply,
    extension_subtract,
)
from zkmark.kernels.hashes import hash_bytes, hash_elements, hash_parameters
from zkmark.kernels.hashes.api import HashBackend
from zkmark.kernels.ntt.reference import bit_reverse, ntt
from zkmark.kernels.stark.domain import (
    GOLDILOCKS,
    MODULUS,
    block_shift,
    log2,
    point,
    root,
)
from zkmark.kernels.stark.openings import combined_root, hash_row, merkle_compress, siblings_missing
from zkmark.kernels.stark.operations import (
    Bytes,
    Columns,
    Commitment,
    DeepTerm,
    Opening,
    StarkKernels,
    Words,
)
from zkmark.kernels.stark.program import Program
from zkmark.kernels.stark.reference_run import run_program

__all__ = ["ReferenceCommitment", "ReferenceStarkKernels", "combined_root", "extension"]


@cache
def extension(degree: int) -> ExtensionFieldParameters:
    """Return the extension ``x^degree - 7`` of Goldilocks; 7, a generator, is no square or cube."""
    return ExtensionFieldParameters(f"goldilocks-ext{degree}", GOLDILOCKS, degree, 7)


def elements(words: Words) -> list[ExtensionElement]:
    """Return the rows of ``[n, D]`` as extension elements."""
    return [tuple(row) for row in words.tolist()]


def _powers(base: int, count: int) -> list[int]:
    powers = [1]
    for _ in range(count - 1):
        powers.append(powers[-1] * base % MODULUS)
    return powers


class ReferenceCommitment(Commitment):
    """A tree with all its layers in lists of digests of 32 bytes."""

    def __init__(self, matrices: Sequence[Words], hash: str, backend: HashBackend) -> None:
        self.matrices = matrices
        blocks, tallest = matrices[0].shape[1], max(matrix.shape[2] for matrix in matrices)
        rows: dict[int, list[bytes]] = {}  # height: hashes of its rows, in the order of places
        for height in {matrix.shape[2] for matrix in matrices}:
            of_height = [matrix for matrix in matrices if matrix.shape[2] == height]
            rows[height] = [
                hash_row(hash, [x for m in of_height for x in m[:, block, row].tolist()], backend)
                for block in range(blocks)
                for row in (bit_reverse(i, log2(height)) for i in range(height))
            ]
        self.layers = [rows[tallest]]
        height = tallest
        while len(self.layers[-1]) > 1:
            below = self.layers[-1]
            layer = [
                merkle_compress(hash, below[i], below[i + 1], backend)
                for i in range(0, len(below), 2)
            ]
            height //= 2
            if height in rows:
                layer = [
                    merkle_compress(hash, *pair, backend)
                    for pair in zip(layer, rows[height], strict=True)
                ]
            self.layers.append(layer)
        self.root = np.frombuffer(self.layers[-1][0], dtype=np.uint8)

    def open(self, indices: NDArray[np.int64]) -> Opening:
        """Open leaves, given as ascending distinct ``block * N + row``."""
        tallest = max(matrix.shape[2] for matrix in self.matrices)
        block, row = np.divmod(np.asarray(indices, dtype=np.int64), tallest)
        rows = tuple(
            np.ascontiguousarray(matrix[:, block, row % matrix.shape[2]].T)
            for matrix in self.matrices
        )
        places = [
            int(b) * tallest + bit_reverse(int(r), log2(tallest))
            for b, r in zip(block, row, strict=True)
        ]
        missing = siblings_missing(places, log2(len(self.layers[0])))
        data = b"".join(self.layers[level][place] for level, place in missing)
        return Opening(rows, np.frombuffer(data, dtype=np.uint8).reshape(-1, 32))


class ReferenceStarkKernels(StarkKernels):
    """All operations in Python integers.

    ``hash_backend`` says whose hashes commitments use: the reference's, or with ``cpu`` the native
    ones, which are the same and hundreds of times faster.
    """

    def __init__(self, degree: int, hash_backend: HashBackend = "reference") -> None:
        super().__init__(degree)
        self.hash_backend: HashBackend = hash_backend
        self.field = extension(degree)

    def upload(self, values: Words) -> Columns:
        """Copy canonical ``uint64[count, blocks, height]``."""
        count, blocks, height = values.shape
        return Columns(
            count, blocks, height, values.astype(np.uint64).reshape(-1, blocks, 1, height)
        )

    def download(self, columns: Columns) -> Words:
        """Return unsplit columns as ``uint64[count, blocks, height]``."""
        return self._values(columns).copy()

    def _values(self, columns: Columns) -> Words:
        """Return columns, split or not, as ``uint64[count, blocks, height]``."""
        shape = (-1, columns.blocks, columns.ways, columns.height)
        array: Words = columns.handle.reshape(shape).transpose(0, 2, 1, 3)
        return array.reshape(columns.count, columns.blocks, columns.height)

    def _columns(self, columns: Iterable[Iterable[Iterable[int]]]) -> Columns:
        """Upload lists of columns of blocks of integers."""
        return self.upload(np.array([[list(b) for b in c] for c in columns], dtype=np.uint64))

    def _extension_columns(
        self, columns: Sequence[Sequence[ExtensionElement]], blocks: int
    ) -> Columns:
        """Upload lists of extension elements, each with its blocks one after another."""
        array = np.array(columns, dtype=np.uint64)  # [columns, blocks height, D]
        shape = (len(columns) * self.degree, blocks, -1)
        return self.upload(array.transpose(0, 2, 1).reshape(shape))

    def _elements(self, columns: Columns, column: int = 0) -> list[ExtensionElement]:
        """Return an extension column's elements, its blocks one after another."""
        start = column * self.degree
        values = self._values(columns)[start : start + self.degree]
        return elements(values.reshape(self.degree, -1).T)

    def interpolate(self, columns: Columns, coset: bool = False) -> Columns:
        """Return coefficients: column ``c * blocks + j`` is that of block j of column c."""
        polynomials = []
        for column in self._values(columns).tolist():
            for block, values in enumerate(column):
                shifted = ntt(values, GOLDILOCKS, "inverse")
                start = block_shift(columns.height, columns.blocks, block) if coset else 1
                scale = _powers(pow(start, -1, MODULUS), columns.height)
                polynomials.append([[x * y % MODULUS for x, y in zip(shifted, scale, strict=True)]])
        return self._columns(polynomials)

    def extend(self, coefficients: Columns, blocks: int) -> Columns:
        """Evaluate polynomials of one block on ``blocks`` cosets."""
        height = coefficients.height
        scales = [_powers(block_shift(height, blocks, block), height) for block in range(blocks)]
        return self._columns(
            [
                ntt([x * y % MODULUS for x, y in zip(polynomial, scale, strict=True)], GOLDILOCKS)
                for scale in scales
            ]
            for polynomial in self._values(coefficients)[:, 0].tolist()
        )

    def commit(self, matrices: Sequence[Columns], hash: str) -> Commitment:
        """Build the tree over matrices of equal ``blocks`` (some may be split)."""
        return ReferenceCommitment([self._values(m) for m in matrices], hash, self.hash_backend)

    def run(
        self,
        program: Program,
        sources: Sequence[Columns],
        constants: Words,
        block_constants: Words | None = None,
        blocks: int | None = None,
        height: int | None = None,
    ) -> Columns:
        """Run a program at every point of ``blocks`` blocks of ``height`` rows."""
        values = [self._values(source) for source in sources]
        return self.upload(run_program(program, values, constants, block_constants, blocks, height))

    def fractions(self, numerators: Columns, denominators: Columns) -> tuple[Columns, Words]:
        """Divide, and sum up; ``ZeroDivisionError`` for a denominator of zero."""
        count, height = numerators.count // self.degree, numerators.height
        quotients = [
            [
                extension_multiply(a, extension_inverse(b, self.field), self.field)
                for a, b in zip(
                    self._elements(numerators, k), self._elements(denominators, k), strict=True
                )
            ]
            for k in range(count)
        ]
        zero = (0,) * self.degree
        rows = []
        for row in range(height):
            total = zero
            for quotient in quotients:
                total = extension_add(total, quotient[row], self.field)
            rows.append(total)
        whole = zero
        for total in rows:
            whole = extension_add(whole, total, self.field)
        share = tuple(x * pow(height, -1, MODULUS) % MODULUS for x in whole)
        running = [zero]
        for total in rows[:-1]:
            step = extension_subtract(total, share, self.field)
            running.append(extension_add(running[-1], step, self.field))
        columns = self._extension_columns([*quotients, running], 1)
        return columns, np.array(whole, dtype=np.uint64)

    def evaluate(self, coefficients: Columns, points: Words) -> Words:
        """Evaluate polynomials at extension points ``[n, D]``; return ``[n, count, D]``."""
        polynomials = self._values(coefficients)[:, 0].tolist()
        out = np.empty((len(points), len(polynomials), self.degree), dtype=np.uint64)
        for n, at in enumerate(elements(points)):
            powers: list[ExtensionElement] = [(1,) + (0,) * (self.degree - 1)]
            for _ in range(coefficients.height - 1):
                powers.append(extension_multiply(powers[-1], at, self.field))
            for k, coordinate in enumerate(zip(*powers, strict=True)):
                for c, polynomial in enumerate(polynomials):
                    terms = zip(polynomial, coordinate, strict=True)
                    out[n, c, k] = sum(x * y for x, y in terms) % MODULUS
        return out

    def combine(self, matrices: Sequence[Columns], weights: Words) -> Columns:
        """Sum up all columns of matrices of one shape with extension weights ``[columns, D]``."""
        shape = (self.degree, matrices[0].blocks, matrices[0].height)
        total = np.zeros(shape, dtype=object)
        columns = [column for matrix in matrices for column in self._values(matrix).astype(object)]
        for column, weight in zip(columns, weights.tolist(), strict=True):
            for k in range(self.degree):
                total[k] = (total[k] + weight[k] * column) % MODULUS
        return self.upload(total.astype(np.uint64))

    def deep(self, terms: Sequence[DeepTerm], blocks: int, height: int) -> Columns:
        """Sum up the terms at every point: the one extension column that FRI takes."""
        field = self.field
        lifted = [
            [(self._elements(column), column.height) for column in term.columns] for term in terms
        ]
        scalars = [elements(np.array([term.point, term.value, term.weight])) for term in terms]
        out = []
        for index in range(blocks * height):
            block, row = divmod(index, height)
            x = (point(height, blocks, index),) + (0,) * (self.degree - 1)
            total: ExtensionElement = (0,) * self.degree
            for columns, (at, value, weight) in zip(lifted, scalars, strict=True):
                top = extension_subtract((0,) * self.degree, value, field)
                for column, rows in columns:
                    top = extension_add(top, column[block * rows + row % rows], field)
                below = extension_inverse(extension_subtract(x, at, field), field)
                step = extension_multiply(extension_multiply(weight, top, field), below, field)
                total = extension_add(total, step, field)
            out.append(total)
        return self._extension_columns([out], blocks)

    def fold(self, columns: Columns, ways: int, challenge: Words) -> Columns:
        """Fold one extension column f, as FRI does: ``ways`` parts, an inverse transform each."""
        height, blocks = columns.height // ways, columns.blocks
        values = self._elements(columns)
        at = elements(challenge[np.newaxis])[0]
        w = root(ways)
        out = []
        for block in range(blocks):
            for row in range(height):
                inverse = pow(
                    point(columns.height, blocks, block * columns.height + row), -1, MODULUS
                )
                parts = [values[block * columns.height + row + k * height] for k in range(ways)]
                total: ExtensionElement = (0,) * self.degree
                for i in reversed(range(ways)):  # Horner in the challenge
                    scale = pow(inverse, i, MODULUS) * pow(ways, -1, MODULUS)
                    factors = [scale * pow(w, -i * k, MODULUS) % MODULUS for k in range(ways)]
                    part = tuple(
                        sum(f * x for f, x in zip(factors, coordinate, strict=True)) % MODULUS
                        for coordinate in zip(*parts, strict=True)
                    )
                    total = extension_multiply(total, at, self.field)
                    total = extension_add(total, part, self.field)
                out.append(total)
        return self._extension_columns([out], blocks)

    def grind(self, hash: str, seed: Bytes, bits: int) -> int:
        """Return the least nonce whose hash with the seed has ``bits`` low bits of zero."""
        nonce = 0
        while grinding_word(hash, seed, nonce, self.hash_backend) & ((1 << bits) - 1):
            nonce += 1
        return nonce


def grinding_word(hash: str, seed: Bytes, nonce: int, backend: HashBackend = "reference") -> int:
    """Return the word of which ``grind`` wants low bits of zero."""
    data = seed.tobytes()
    if hash_parameters(hash).kind == "bytes":
        digest = hash_bytes(hash, data + nonce.to_bytes(8, "little"), backend)
        return int.from_bytes(digest[:8], "little")
    return hash_elements(hash, [*np.frombuffer(data, dtype="<u8").tolist(), nonce], backend)[0]
