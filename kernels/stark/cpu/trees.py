"""Commitments to columns on the host's processors, their openings, and proofs of work."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zkmark.kernels.stark.domain import log2
from zkmark.kernels.stark.operations import Bytes, Columns, Commitment, Opened, Opening

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


def verify_openings(hash: str, blocks: int, openings: Sequence[Opened]) -> list[bool]:
    """Return for each opening, all of trees of so many blocks, whether it leads to its root.

    All siblings must be used up, and every word must be canonical.
    """
    from zkmark import _native

    return _native.stark_verify_openings(
        hash,
        blocks,
        [
            (
                list(opened.heights),
                np.ascontiguousarray(opened.indices, np.int64),
                [np.ascontiguousarray(rows, np.uint64) for rows in opened.opening.rows],
                np.ascontiguousarray(opened.opening.siblings, np.uint8).reshape(-1),
                np.ascontiguousarray(opened.root, np.uint8),
            )
            for opened in openings
        ],
    )


def grind(hash: str, seed: Bytes, bits: int) -> int:
    """Return the least nonce whose hash with the seed, 32 bytes, has ``bits`` low bits of zero."""
    from zkmark import _native

    if not 0 <= bits <= MOST_BITS:
        raise ValueError(f"bits: got {bits}, want 0 to {MOST_BITS}")
    if len(seed) != 32:
        raise ValueError(f"seed: got {len(seed)} bytes, want 32")
    return _native.stark_grind(hash, np.ascontiguousarray(seed, np.uint8), bits)
