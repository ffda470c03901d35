"""Keccak-256 as Ethereum uses it: the sponge of The Keccak reference 3.0 with its original padding.

It differs from SHA3-256 (FIPS 202) in the padding's first byte alone: 0x01 here, 0x06 there.
"""

from __future__ import annotations

RATE_BYTES = 136
ROUNDS = 24

ROUND_CONSTANTS = (
    *(0x0000000000000001, 0x0000000000008082, 0x800000000000808A, 0x8000000080008000),
    *(0x000000000000808B, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009),
    *(0x000000000000008A, 0x0000000000000088, 0x0000000080008009, 0x000000008000000A),
    *(0x000000008000808B, 0x800000000000008B, 0x8000000000008089, 0x8000000000008003),
    *(0x8000000000008002, 0x8000000000000080, 0x000000000000800A, 0x800000008000000A),
    *(0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008),
)

# Of lane x + 5y.
ROTATIONS = (
    *(0, 1, 62, 28, 27),
    *(36, 44, 6, 55, 20),
    *(3, 10, 43, 25, 39),
    *(41, 45, 15, 21, 8),
    *(18, 2, 61, 56, 14),
)

_MASK = 0xFFFFFFFFFFFFFFFF


def _rotate_left(lane: int, bits: int) -> int:
    return (lane << bits | lane >> (64 - bits)) & _MASK


def permute(state: list[int]) -> list[int]:
    """Apply Keccak-f[1600] to 25 lanes of 64 bits, lane x + 5y first by x."""
    a = list(state)
    for constant in ROUND_CONSTANTS:
        # theta
        c = [a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20] for x in range(5)]
        d = [c[(x - 1) % 5] ^ _rotate_left(c[(x + 1) % 5], 1) for x in range(5)]
        a = [a[i] ^ d[i % 5] for i in range(25)]
        # rho and pi
        b = [0] * 25
        for y in range(5):
            for x in range(5):
                b[y + 5 * ((2 * x + 3 * y) % 5)] = _rotate_left(a[x + 5 * y], ROTATIONS[x + 5 * y])
        # chi
        a = [
            b[x + 5 * y] ^ (~b[(x + 1) % 5 + 5 * y] & b[(x + 2) % 5 + 5 * y])
            for y in range(5)
            for x in range(5)
        ]
        # iota
        a[0] ^= constant
    return a


def keccak256(data: bytes) -> bytes:
    """Return the 32-byte digest of ``data``."""
    padded = bytearray(data)
    padded += bytes(RATE_BYTES - len(data) % RATE_BYTES)
    padded[len(data)] |= 0x01
    padded[-1] |= 0x80
    state = [0] * 25
    for start in range(0, len(padded), RATE_BYTES):
        for lane in range(RATE_BYTES // 8):
            at = start + 8 * lane
            state[lane] ^= int.from_bytes(padded[at : at + 8], "little")
        state = permute(state)
    return b"".join(lane.to_bytes(8, "little") for lane in state[:4])
