"""What a verifier spends its time on, natively where it can be: each has its twin in Python."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zkmark.kernels.fields.reference import ExtensionElement
from zkmark.kernels.stark.reference_run import run_program
from zkmark.kernels.stark.openings import combined_root
from zkmark.kernels.stark.operations import Bytes, Opening, Words
from zkmark.kernels.stark.program import Program
from zkmark.kernels.stark.reference import grinding_word as reference_grinding_word


def opened_root(
    hash: str,
    blocks: int,
    heights: Sequence[int],
    indices: NDArray[np.int64],
    opening: Opening,
) -> bytes | None:
    """Return the root to which an opening leads, None if it fits no tree."""
    return combined_root(hash, blocks, heights, indices, opening, "cpu")


def run_at_point(program: Program, sources: Sequence[Words], constants: Words) -> ExtensionElement:
    """Run ``compiler.at_point``'s program; sources are ``[columns, 2, D]``: a row and the next."""
    bases = [
        np.ascontiguousarray(source.transpose(0, 2, 1)).reshape(-1, 1, 2) for source in sources
    ]
    out = run_program(program, bases, constants, None, 1, 2)
    return tuple(out[:, 0, 0].tolist())


def grinding_word(hash: str, seed: Bytes, nonce: int) -> int:
    """Return the word of which a proof of work has low bits of zero."""
    return reference_grinding_word(hash, seed, nonce, "cpu")
