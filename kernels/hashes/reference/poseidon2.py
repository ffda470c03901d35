"""Poseidon2 (eprint 2023/323) with the sponge and the compression that Plonky3 builds on it."""

from __future__ import annotations

from collections.abc import Sequence

from zkmark.kernels.hashes.parameters import Poseidon2Parameters


def external_layer(state: Sequence[int], parameters: Poseidon2Parameters) -> list[int]:
    """Multiply every 4 lanes by ``m4``, then add to each the sum of the lanes equal to it mod 4."""
    p = parameters.modulus
    mixed = []
    for start in range(0, parameters.width, 4):
        chunk = state[start : start + 4]
        mixed += [sum(m * x for m, x in zip(row, chunk, strict=True)) for row in parameters.m4]
    sums = [sum(mixed[lane::4]) for lane in range(4)]
    return [(x + sums[lane % 4]) % p for lane, x in enumerate(mixed)]


def internal_layer(state: Sequence[int], parameters: Poseidon2Parameters) -> list[int]:
    """Multiply by the internal matrix: all ones plus a diagonal."""
    p = parameters.modulus
    total = sum(state)
    return [(total + d * x) % p for d, x in zip(parameters.internal_diagonal, state, strict=True)]


def permute(state: Sequence[int], parameters: Poseidon2Parameters) -> list[int]:
    """Apply the permutation to ``width`` canonical integers."""
    p, alpha = parameters.modulus, parameters.alpha

    def full_round(lanes: list[int], constants: Sequence[int]) -> list[int]:
        powers = [pow(x + c, alpha, p) for x, c in zip(lanes, constants, strict=True)]
        return external_layer(powers, parameters)

    lanes = external_layer(state, parameters)
    for row in parameters.external_initial:
        lanes = full_round(lanes, row)
    for constant in parameters.internal:
        lanes[0] = pow(lanes[0] + constant, alpha, p)
        lanes = internal_layer(lanes, parameters)
    for row in parameters.external_final:
        lanes = full_round(lanes, row)
    return lanes


def digest_length(parameters: Poseidon2Parameters) -> int:
    """Return the elements of a digest: as many as hold 256 bits, 8 of 31 bits or 4 of 64."""
    return 8 if parameters.modulus < 1 << 32 else 4


def hash_elements(elements: Sequence[int], parameters: Poseidon2Parameters) -> list[int]:
    """Hash canonical integers by the overwriting sponge without padding.

    Each ``rate`` elements replace the first lanes and the state is permuted; what the last, short
    block does not replace stays as the permutation left it. Without padding, messages of different
    lengths can collide: use it where the length is fixed.
    """
    state = [0] * parameters.width
    for start in range(0, len(elements), parameters.rate):
        block = elements[start : start + parameters.rate]
        state[: len(block)] = block
        state = permute(state, parameters)
    return state[: digest_length(parameters)]


def compress(
    left: Sequence[int], right: Sequence[int], parameters: Poseidon2Parameters
) -> list[int]:
    """Compress two digests: permute left, right and zeros; keep the first lanes."""
    used = len(left) + len(right)
    state = [*left, *right, *([0] * (parameters.width - used))]
    return permute(state, parameters)[: digest_length(parameters)]
