"""Commitments to columns on the host's processors, their openings, and proofs of work."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zkmark.kernels.stark.domain import log2
from zkmark.kernels.stark.operations import Bytes, Columns, Commitment, Opening, Words

# More would take a machine years.
MOST_BITS = 60


class CpuCommitment(Commitment):
    """A native tree. It reads the columns again when it is opened, so they must not change."""

    def __init__(self, matrices: Sequence[Columns], hash: str) -> None:
        from zkmark import _native

        if not matrices:
            raise ValueError("matrices: got none, want one at least")
        blocks = matrices[0].blocks
        for matrix in matrices:
            if matrix.blocks != blocks:
                raise ValueError(f"matrices: got {matrix.blocks} and {blocks} blocks, want equal")
            log2(matrix.height)
        log2(blocks)
        self._tree = _native.StarkTree(
            hash,
            [matrix.handle for matrix in matrices],
            [matrix.count for matrix in matrices],
            [matrix.ways for matrix in matrices],
            [matrix.height for matrix in matrices],
            blocks,
        )
        self.root = self._tree.root()

    def open(self, indices: NDArray[np.int64]) -> Opening:
        """Open leaves, given as ascending distinct ``block * N + row``."""
        rows, siblings = self._tree.open(np.ascontiguousarray(indices, np.int64))
        return Opening(tuple(rows), siblings.reshape(-1, 32))


def verify_opening(
    hash: str,
    heights: Sequence[int],
    blocks: int,
    indices: NDArray[np.int64],
    rows: Sequence[Words],
    siblings: Bytes,
    root: Bytes,
) -> bool:
    """Return whether opened rows (``uint64[indices, columns]`` of each matrix) make the root.

    ``heights`` are the matrices' own. ``siblings`` is ``uint8[count, 32]``; all must be used up,
    and every word must be canonical.
    """
    from zkmark import _native

    return _native.stark_verify_opening(
        hash,
        list(heights),
        blocks,
        np.ascontiguousarray(indices, np.int64),
        [np.ascontiguousarray(matrix, np.uint64) for matrix in rows],
        np.ascontiguousarray(siblings, np.uint8).reshape(-1),
        np.ascontiguousarray(root, np.uint8),
    )


def grind(hash: str, seed: Bytes, bits: int) -> int:
    """Return the least nonce whose hash with the seed, 32 bytes, has ``bits`` low bits of zero."""
    from zkmark import _native

    if not 0 <= bits <= MOST_BITS:
        raise ValueError(f"bits: got {bits}, want 0 to {MOST_BITS}")
    if len(seed) != 32:
        raise ValueError(f"seed: got {len(seed)} bytes, want 32")
    return _native.stark_grind(hash, np.ascontiguousarray(seed, np.uint8), bits)
