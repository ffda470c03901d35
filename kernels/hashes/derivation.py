"""Every constant of every hash, made again from the definition that its authors give.

Tests hold these to the published constants, so that a typing error in either is found. Nothing here
runs when a hash is computed.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import shake_256
from itertools import count, islice
from math import isqrt

from zkmark.kernels.hashes.parameters import Poseidon2Parameters


def primes() -> Iterator[int]:
    """Yield 2, 3, 5, ... by trial division."""
    found: list[int] = []
    for candidate in count(2):
        if all(candidate % prime for prime in found):
            found.append(candidate)
            yield candidate


def integer_cube_root(n: int) -> int:
    """Return the largest r with r^3 <= n, by bisection."""
    low, high = 0, 1 << (n.bit_length() // 3 + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**3 <= n else (low, middle)
    return low


def sha256_initial_state() -> list[int]:
    """Return 32 bits of the fractions of 8 primes' square roots (FIPS 180-4, 5.3.3)."""
    return [isqrt(prime << 64) & 0xFFFFFFFF for prime in islice(primes(), 8)]


def sha256_round_constants() -> list[int]:
    """Return 32 bits of the fractions of 64 primes' cube roots (FIPS 180-4, 4.2.2)."""
    return [integer_cube_root(prime << 96) & 0xFFFFFFFF for prime in islice(primes(), 64)]


def keccak_round_constants() -> list[int]:
    """Return the 24 constants of iota, bit 2^j - 1 of round i being bit 7i + j of an LFSR.

    The LFSR is x^8 + x^6 + x^5 + x^4 + 1 over GF(2) (The Keccak reference 3.0, 1.2).
    """
    constants = []
    register = 1
    for _ in range(24):
        constant = 0
        for j in range(7):
            if register & 1:
                constant |= 1 << ((1 << j) - 1)
            register <<= 1
            if register & 0x100:
                register ^= 0x171
        constants.append(constant)
    return constants


def keccak_rotations() -> list[int]:
    """Return the rotations of rho for lane x + 5y: triangular numbers along a walk of the lanes."""
    rotations = [0] * 25
    x, y = 1, 0
    for t in range(24):
        rotations[x + 5 * y] = (t + 1) * (t + 2) // 2 % 64
        x, y = y, (2 * x + 3 * y) % 5
    return rotations


def grain_elements(
    modulus: int, width: int, full_rounds: int, partial_rounds: int
) -> Iterator[int]:
    """Yield field elements from the Grain LFSR in self-shrinking mode (eprint 2019/458).

    The 80-bit state starts from the instance's own numbers: a prime field (2 bits: 1), a power as
    S-box (4 bits: 0), the modulus' bit length (12), width (12), full and partial rounds (10 each)
    and thirty ones; 160 bits are thrown away. Values not below the modulus are drawn again.
    """
    bits = modulus.bit_length()
    state: list[int] = []
    for value, size in (
        (1, 2),
        (0, 4),
        (bits, 12),
        (width, 12),
        (full_rounds, 10),
        (partial_rounds, 10),
    ):
        state += [(value >> (size - 1 - i)) & 1 for i in range(size)]
    state += [1] * 30

    def clock() -> int:
        bit = state[62] ^ state[51] ^ state[38] ^ state[23] ^ state[13] ^ state[0]
        state.append(bit)
        del state[0]
        return bit

    def kept_bit() -> int:
        # Bits come in pairs: the second counts if the first is one.
        while True:
            keep, bit = clock(), clock()
            if keep:
                return bit

    for _ in range(160):
        clock()
    while True:
        value = 0
        for _ in range(bits):
            value = 2 * value + kept_bit()
        if value < modulus:
            yield value


def poseidon2_round_constants(
    parameters: Poseidon2Parameters,
) -> tuple[tuple[tuple[int, ...], ...], tuple[int, ...], tuple[tuple[int, ...], ...]]:
    """Return external_initial, internal and external_final, drawn from Grain in that order."""
    draw = grain_elements(
        parameters.modulus, parameters.width, parameters.full_rounds, parameters.partial_rounds
    )
    half = parameters.full_rounds // 2

    def full() -> tuple[tuple[int, ...], ...]:
        return tuple(tuple(islice(draw, parameters.width)) for _ in range(half))

    initial = full()
    internal = tuple(islice(draw, parameters.partial_rounds))
    return initial, internal, full()


# Plonky3 chose the diagonals so that multiplying by them needs only additions, halvings and shifts:
# small integers first, then negative powers of two. A pair (sign, k) stands for sign / 2^k.
_DIAGONALS: dict[str, tuple[int | tuple[int, int], ...]] = {
    "poseidon2-babybear-16": (
        *(-2, 1, 2, (1, 1), 3, 4, (-1, 1), -3, -4),
        *((1, 8), (1, 2), (1, 3), (1, 27), (-1, 8), (-1, 4), (-1, 27)),
    ),
    "poseidon2-babybear-24": (
        *(-2, 1, 2, (1, 1), 3, 4, (-1, 1), -3, -4),
        *((1, 8), (1, 2), (1, 3), (1, 4), (1, 7), (1, 9), (1, 27)),
        *((-1, 8), (-1, 2), (-1, 3), (-1, 4), (-1, 5), (-1, 6), (-1, 7), (-1, 27)),
    ),
    "poseidon2-koalabear-16": (
        *(-2, 1, 2, (1, 1), 3, 4, (-1, 1), -3, -4),
        *((1, 8), (1, 3), (1, 24), (-1, 8), (-1, 3), (-1, 4), (-1, 24)),
    ),
    "poseidon2-goldilocks-8": (-2, 1, 2, (1, 1), 3, (-1, 1), -3, -4),
    "poseidon2-goldilocks-12": (
        *(-2, 1, 2, (1, 1), 3, 4, (-1, 1), -3, -4),
        *((1, 2), (-1, 2), (1, 3)),
    ),
}


def poseidon2_internal_diagonal(parameters: Poseidon2Parameters) -> tuple[int, ...]:
    """Return a set's internal diagonal from its description as small integers and powers of two."""
    p = parameters.modulus
    return tuple(
        entry % p if isinstance(entry, int) else entry[0] * pow(2, -entry[1], p) % p
        for entry in _DIAGONALS[parameters.id]
    )


def rpo_round_constants(
    modulus: int, width: int, capacity: int, rounds: int, security: int
) -> tuple[tuple[tuple[int, ...], ...], tuple[tuple[int, ...], ...]]:
    """Return ark1 and ark2: SHAKE-256 of the instance's name, reduced (eprint 2022/1577).

    A constant takes one byte more than the modulus does, which makes its remainder nearly uniform.
    """
    size = (modulus.bit_length() + 7) // 8 + 1
    name = f"RPO({modulus},{width},{capacity},{security})"
    stream = shake_256(name.encode()).digest(size * 2 * width * rounds)
    values = [
        int.from_bytes(stream[i : i + size], "little") % modulus
        for i in range(0, len(stream), size)
    ]
    rows = [tuple(values[i : i + width]) for i in range(0, len(values), width)]
    return tuple(rows[0::2]), tuple(rows[1::2])
