"""The kernels of a STARK prover on the host's processors.

A ``Columns`` handle is a NumPy array ``uint64[count / ways, blocks, ways, height]`` of canonical
elements, contiguous, that starts at a cache line.
"""

from __future__ import annotations

from collections.abc import Sequence

from zkmark.kernels.stark import domain
from zkmark.kernels.stark.cpu import vectors
from zkmark.kernels.stark.cpu.memory import empty, values
from zkmark.kernels.stark.cpu.trees import CpuCommitment, grind
from zkmark.kernels.stark.operations import Bytes, Columns, DeepTerm, StarkKernels, Words
from zkmark.kernels.stark.program import Program

__all__ = ["CpuStarkKernels", "empty", "values"]


class CpuStarkKernels(StarkKernels):
    """Native code at the instruction set allowed, on as many threads as are set."""

    def upload(self, values: Words) -> Columns:
        """Copy canonical ``uint64[count, blocks, height]``."""
        count, blocks, height = values.shape
        columns = empty(count, blocks, height)
        columns.handle[:, :, 0, :] = values
        return columns

    def download(self, columns: Columns) -> Words:
        """Return unsplit columns as ``uint64[count, blocks, height]``, the memory itself."""
        return values(columns)

    def interpolate(self, columns: Columns, coset: bool = False) -> Columns:
        """Return coefficients, a column for each block of each column."""
        from zkmark import _native

        blocks, height = columns.blocks, columns.height
        out = empty(columns.count * blocks, 1, height)
        shifts = _shifts(height, blocks) if coset else []
        _native.stark_interpolate(values(columns), out.handle, blocks, height, shifts)
        return out

    def extend(self, coefficients: Columns, blocks: int) -> Columns:
        """Evaluate polynomials of one block on ``blocks`` cosets."""
        from zkmark import _native

        if coefficients.blocks != 1:
            raise ValueError(f"coefficients: got {coefficients.blocks} blocks, want one")
        height = coefficients.height
        out = empty(coefficients.count, blocks, height)
        _native.stark_extend(coefficients.handle, out.handle, height, _shifts(height, blocks))
        return out

    def commit(self, matrices: Sequence[Columns], hash: str) -> CpuCommitment:
        """Build the tree over matrices of equal ``blocks`` (some may be split)."""
        return CpuCommitment(matrices, hash)

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
        return vectors.run(program, sources, constants, block_constants, blocks, height)

    def fractions(self, numerators: Columns, denominators: Columns) -> tuple[Columns, Words]:
        """Divide, and sum up; ``ZeroDivisionError`` for a denominator of zero."""
        return vectors.fractions(self.degree, numerators, denominators)

    def evaluate(self, coefficients: Columns, points: Words) -> Words:
        """Evaluate polynomials at extension points ``[n, D]``; return ``[n, count, D]``."""
        return vectors.evaluate(self.degree, coefficients, points)

    def combine(self, matrices: Sequence[Columns], weights: Words) -> Columns:
        """Sum up all columns of matrices of one shape with extension weights ``[columns, D]``."""
        return vectors.combine(self.degree, matrices, weights)

    def deep(self, terms: Sequence[DeepTerm], blocks: int, height: int) -> Columns:
        """Sum up the terms at every point; ``ZeroDivisionError`` for one that is theirs."""
        return vectors.deep(self.degree, terms, blocks, height)

    def fold(self, columns: Columns, ways: int, challenge: Words) -> Columns:
        """Fold one extension column, as FRI does; ``ways`` is a power of two."""
        return vectors.fold(self.degree, columns, ways, challenge)

    def grind(self, hash: str, seed: Bytes, bits: int) -> int:
        """Return the least nonce whose hash with the seed has ``bits`` low bits of zero."""
        return grind(hash, seed, bits)


def _shifts(height: int, blocks: int) -> list[int]:
    return [domain.block_shift(height, blocks, block) for block in range(blocks)]
