"""Hashes on devices: the definitions that their kernel texts need, made from the parameters."""

from __future__ import annotations

from functools import cache
from itertools import count, islice

from zkmark.kernels.fields.device import Definitions
from zkmark.kernels.hashes.reference.blake3 import (
    CHUNK_END,
    CHUNK_START,
    INITIAL_VALUE,
    MESSAGE_PERMUTATION,
    PARENT,
    ROOT,
)

# The hashes that have a text, by its name in ``kernels/hashes/device``.
DEVICE_HASHES = ("sha-256", "blake3")

_SHA_256_ROUNDS = 64


def hash_definitions(hash: str) -> Definitions:
    """Return what a kernel text defines to have the hash in ``hash.h``."""
    if hash == "sha-256":
        return {
            "HASH_SHA256": 1,
            "SHA256_INITIAL_STATE": _words(_root_fractions(8, 2)),
            "SHA256_ROUND_CONSTANTS": _words(_root_fractions(_SHA_256_ROUNDS, 3)),
        }
    if hash == "blake3":
        moves = " ".join(f"to[{i}] = from[{j}];" for i, j in enumerate(MESSAGE_PERMUTATION))
        return {
            "HASH_BLAKE3": 1,
            "BLAKE3_INITIAL_VALUE": _words(INITIAL_VALUE),
            "BLAKE3_PERMUTE(to, from)": moves,
            "BLAKE3_CHUNK_START": CHUNK_START,
            "BLAKE3_CHUNK_END": CHUNK_END,
            "BLAKE3_PARENT": PARENT,
            "BLAKE3_ROOT": ROOT,
        }
    raise ValueError(f"hash: got {hash!r}, want one of {', '.join(DEVICE_HASHES)}")


def _words(values: tuple[int, ...]) -> str:
    return ", ".join(f"{value:#x}u" for value in values)


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
