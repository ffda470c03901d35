"""The kernels of a STARK prover on the host's processors.

A ``Columns`` handle is a NumPy array ``uint64[count / ways, blocks, ways, height]`` of canonical
elements, contiguous, that starts at a cache line.
"""

from __future__ import annotations

from zkmark.kernels.stark.cpu.memory import empty, unsplit
from zkmark.kernels.stark.operations import Columns, StarkKernels, Words

__all__ = ["CpuStarkKernels", "empty", "unsplit"]


class CpuStarkKernels(StarkKernels):
    """Native code at the instruction set allowed, on as many threads as are set."""

    def upload(self, values: Words) -> Columns:
        """Take canonical ``uint64[count, blocks, height]``; copies what does not lie as it must."""
        count, blocks, height = values.shape
        columns = empty(count, blocks, height)
        columns.handle[:, :, 0, :] = values
        return columns

    def download(self, columns: Columns) -> Words:
        """Return unsplit columns as ``uint64[count, blocks, height]``, the memory itself."""
        return unsplit(columns)
