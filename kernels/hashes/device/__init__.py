"""Hashes on devices: the definitions that their kernel texts need, made from the parameters."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import count, islice

from zkmark.kernels.fields.device import Definitions, word_literal
from zkmark.kernels.hashes.device.algebraic import poseidon2_definitions, rpo_definitions
from zkmark.kernels.hashes.parameters import hash_parameters
from zkmark.kernels.hashes.reference import blake3, keccak256

_SHA_256_ROUNDS = 64
_SHA_256_BLOCK_BYTES = 64


def hash_definitions(hash: str, leaf_bytes: int) -> Definitions:
    """Return what a kernel text defines to have a hash, over leaves of one size, in ``hash.h``."""
    parameters = hash_parameters(hash)
    leaves: Definitions = {"LEAF_BYTES": leaf_bytes}
    if parameters.id == "sha-256":
        return leaves | _sha_256(leaf_bytes)
    if parameters.id == "blake3":
        return leaves | _blake3()
    if parameters.id == "keccak-256":
        return leaves | _keccak_256()
    if parameters.id == "rpo-256":
        return leaves | rpo_definitions()
    return leaves | poseidon2_definitions(hash)


def _words(values: Iterable[int], bits: int = 32) -> str:
    return ", ".join(word_literal(value, bits) for value in values)


def _blake3() -> Definitions:
    moves = " ".join(f"to[{i}] = from[{j}];" for i, j in enumerate(blake3.MESSAGE_PERMUTATION))
    return {
        "HASH_BLAKE3": 1,
        "BLAKE3_INITIAL_VALUE": _words(blake3.INITIAL_VALUE),
        "BLAKE3_PERMUTE(to, from)": moves,
        "BLAKE3_CHUNK_START": blake3.CHUNK_START,
        "BLAKE3_CHUNK_END": blake3.CHUNK_END,
        "BLAKE3_PARENT": blake3.PARENT,
        "BLAKE3_ROOT": blake3.ROOT,
    }


def _keccak_256() -> Definitions:
    return {
        "HASH_KECCAK256": 1,
        "KECCAK_ROUNDS": keccak256.ROUNDS,
        "KECCAK_ROUND_CONSTANTS": _words(keccak256.ROUND_CONSTANTS, 64),
        "KECCAK_ROWS": " ".join(_keccak_row(row) for row in range(5)),
    }


def _keccak_row(row: int) -> str:
    """Return the lanes that pi brings to a row, each with its rotation.

    Lane (x, y) goes to (y, 2x + 3y).
    """
    lanes = [3 * (row + 2 * y) % 5 + 5 * y for y in range(5)]
    return f"KECCAK_ROW({row}, {', '.join(f'{i}, {keccak256.ROTATIONS[i]}' for i in lanes)})"


def _sha_256(leaf_bytes: int) -> Definitions:
    pair_bytes = 64
    found: Definitions = {
        "HASH_SHA256": 1,
        "SHA256_INITIAL_STATE": _words(_root_fractions(8, 2)),
        "SHA256_ROUND_CONSTANTS": _words(_root_fractions(_SHA_256_ROUNDS, 3)),
        "SHA256_PAIR_SCHEDULE": _words(_padding_schedule(pair_bytes)),
    }
    if leaf_bytes % _SHA_256_BLOCK_BYTES == 0:
        found["SHA256_LEAF_SCHEDULE"] = _words(_padding_schedule(leaf_bytes))
    return found


def _padding_schedule(length: int) -> list[int]:
    """Return the schedule, with the rounds' constants added, of a block that is padding alone."""
    words = [1 << 31, *[0] * 13, *divmod(8 * length, 1 << 32)]
    for i in range(16, _SHA_256_ROUNDS):
        early, late = words[i - 15], words[i - 2]
        sigma0 = _rotated(early, 7) ^ _rotated(early, 18) ^ early >> 3
        sigma1 = _rotated(late, 17) ^ _rotated(late, 19) ^ late >> 10
        words.append(words[i - 16] + sigma0 + words[i - 7] + sigma1 & 0xFFFFFFFF)
    constants = _root_fractions(_SHA_256_ROUNDS, 3)
    return [word + constant & 0xFFFFFFFF for word, constant in zip(words, constants, strict=True)]


def _rotated(word: int, bits: int) -> int:
    return (word >> bits | word << (32 - bits)) & 0xFFFFFFFF


@cache
def _root_fractions(number: int, degree: int) -> tuple[int, ...]:
    """Return 32 bits of the fraction of the first primes' roots, as FIPS 180-4 defines constants.

    That is the largest r with r^degree <= p 2^(32 degree), without its bits above 32.
    """
    primes = (n for n in count(2) if all(n % d for d in range(2, n)))
    return tuple(_root(p << (32 * degree), degree) & 0xFFFFFFFF for p in islice(primes, number))


def _root(value: int, degree: int) -> int:
    root = 0
    for bit in reversed(range(-(-value.bit_length() // degree))):
        trial = root | 1 << bit
        if trial**degree <= value:
            root = trial
    return root
