"""The kernels of a STARK prover on the host's processors.

A ``Columns`` handle is a NumPy array ``uint64[count / ways, blocks, ways, height]`` of canonical
elements, contiguous, that starts at a cache line.
"""

from __future__ import annotations

from collections.abc import Sequence

from zkmark.kernels.stark import domain
from zkmark.kernels.stark.cpu.memory import empty, values
from zkmark.kernels.stark.cpu.trees import CpuCommitment, grind
from zkmark.kernels.stark.operations import Bytes, Columns, StarkKernels, Words

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

    def grind(self, hash: str, seed: Bytes, bits: int) -> int:
        """Return the least nonce whose hash with the seed has ``bits`` low bits of zero."""
        return grind(hash, seed, bits)


def _shifts(height: int, blocks: int) -> list[int]:
    return [domain.block_shift(height, blocks, block) for block in range(blocks)]
