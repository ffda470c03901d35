"""RPO-256: Rescue Prime Optimized over Goldilocks (eprint 2022/1577), used as in Miden."""

from __future__ import annotations

from collections.abc import Sequence

from zkmark.kernels.hashes.parameters import rpo_parameters

DIGEST_LENGTH = 4


def mds_layer(state: Sequence[int]) -> list[int]:
    """Multiply by the circulant MDS matrix."""
    parameters = rpo_parameters()
    n, row = parameters.width, parameters.mds_first_row
    return [
        sum(state[j] * row[(j - i) % n] for j in range(n)) % parameters.modulus for i in range(n)
    ]


def permute(state: Sequence[int]) -> list[int]:
    """Apply the permutation to 12 canonical integers: 8 of the rate, then 4 of the capacity."""
    parameters = rpo_parameters()
    p = parameters.modulus
    lanes = list(state)
    for first, second in zip(parameters.ark1, parameters.ark2, strict=True):
        lanes = [
            pow(x + c, parameters.alpha, p) for x, c in zip(mds_layer(lanes), first, strict=True)
        ]
        lanes = [
            pow(x + c, parameters.inverse_alpha, p)
            for x, c in zip(mds_layer(lanes), second, strict=True)
        ]
    return lanes


def hash_elements(elements: Sequence[int]) -> list[int]:
    """Hash canonical integers; the first capacity lane starts as the length modulo the rate.

    Blocks of 8 replace the rate; the last one is filled with zeros. The length in the capacity
    keeps a message apart from the same message with zeros appended.
    """
    parameters = rpo_parameters()
    rate = parameters.rate
    state = [0] * parameters.width
    state[rate] = len(elements) % rate
    for start in range(0, len(elements), rate):
        block = list(elements[start : start + rate])
        state[:rate] = block + [0] * (rate - len(block))
        state = permute(state)
    return state[:DIGEST_LENGTH]


def compress(left: Sequence[int], right: Sequence[int]) -> list[int]:
    """Merge two digests: they fill the rate, the capacity is zero."""
    state = [*left, *right, *([0] * (rpo_parameters().width - rpo_parameters().rate))]
    return permute(state)[:DIGEST_LENGTH]
