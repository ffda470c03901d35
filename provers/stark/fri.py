"""FRI: that the DEEP column is close to a polynomial of degree below its height.

A round commits to the column f of height h with the ``ways`` points of equal ``X^ways`` in one
leaf, draws a challenge b and goes on with ``sum of b^i f_i`` of height ``h / ways``, where
``f(X) = sum of X^i f_i(X^ways)``. The last column's polynomial is sent as coefficients. (FRI: Ben-
Sasson et al. 2018; folding by more than two: as in Winterfell.)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from zkmark.kernels.stark.operations import Columns, Commitment, StarkKernels, Words
from zkmark.kernels.stark.work import commit_work, fold_work, interpolate_work
from zkmark.provers.stark.batch import batch
from zkmark.provers.stark.options import Options
from zkmark.provers.stark.phases import AnyRecorder
from zkmark.provers.stark.transcript import Label, Transcript


def rounds(height: int, options: Options) -> list[int]:
    """Return by what each round divides the height: until ``final_size`` coefficients are left."""
    ways = []
    while height > options.final_size:
        ways.append(min(options.folding, height))
        height //= ways[-1]
    return ways


@dataclass(frozen=True)
class Layers:
    """What the prover has of FRI before queries: commitments, and the last polynomial [n, D]."""

    commitments: tuple[Commitment, ...]
    final: Words


def commit_layers(
    kernels: StarkKernels,
    column: Columns,
    options: Options,
    transcript: Transcript,
    recorder: AnyRecorder,
) -> Layers:
    """Fold the column down to the last polynomial; the transcript is told each layer."""
    commitments = []
    for ways in rounds(column.height, options):
        layer = column.split(ways)
        with recorder.step("commit to layer", "hash", partial(commit_work, [layer], options.hash)):
            commitment = kernels.commit([layer], options.hash)
            commitments.append(commitment)
            transcript.tell_digest(Label.FRI_LAYER, commitment.root)
        with recorder.step("fold", "fri", partial(fold_work, column, ways)):
            column = kernels.fold(column, ways, transcript.element(options.degree))
    with recorder.step("final polynomial", "fri", partial(interpolate_work, column)):
        blocks = kernels.download(kernels.interpolate(column, coset=True))
        blocks = blocks.reshape(options.degree, column.blocks, column.height)
        if np.any(blocks != blocks[:, :1]):
            raise RuntimeError("FRI's last column is of no low degree: a kernel computes wrongly")
        final = np.ascontiguousarray(blocks[:, 0].T)
        transcript.tell_elements(Label.FRI_FINAL, final)
    return Layers(tuple(commitments), final)


def evaluate_final(final: Words, points: Words) -> Words:
    """Evaluate the last polynomial ``[n, D]`` at base points ``[k]``: ``[k, D]``."""
    arithmetic = batch(final.shape[1])
    powers = np.ones((len(points), 1), dtype=np.uint64)
    step = points[:, np.newaxis]
    while powers.shape[1] < len(final):
        powers = np.concatenate([powers, arithmetic.scale(powers, step)], axis=1)
        step = arithmetic.scale(step, step)
    return arithmetic.dot(powers[:, : len(final)], final)
