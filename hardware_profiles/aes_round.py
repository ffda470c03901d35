"""One round of AES in Python integers: what the probe of AES-NI's rounds is compared with.

FIPS 197: bytes are replaced by the S-box, rows of the 4 x 4 matrix rotated, columns multiplied by a
matrix over GF(2^8), and the round key is added. Written from the definition, not for speed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache


def _times(a: int, b: int) -> int:
    """Multiply in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1."""
    product = 0
    while b:
        product ^= a * (b & 1)
        a = a << 1 ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return product


@cache
def s_box() -> tuple[int, ...]:
    """Return the S-box: the inverse in the field (0 for 0), then an affine map over bits."""
    inverse = {a: b for a in range(1, 256) for b in range(1, 256) if _times(a, b) == 1}
    found = []
    for a in range(256):
        b = inverse.get(a, 0)
        turned = [(b << n | b >> (8 - n)) & 0xFF for n in range(5)]
        found.append(0x63 ^ turned[0] ^ turned[1] ^ turned[2] ^ turned[3] ^ turned[4])
    return tuple(found)


def aes_round(block: bytes, key: bytes) -> bytes:
    """Return a block of 16 bytes, column after column, one round on (not the last one)."""
    box = s_box()
    # Row r moves r columns to the left.
    moved = [box[block[(4 * (column + row) + row) % 16]] for column in range(4) for row in range(4)]
    mixed = []
    for at in range(0, 16, 4):
        a, b, c, d = moved[at : at + 4]
        for w, x, y, z in ((a, b, c, d), (b, c, d, a), (c, d, a, b), (d, a, b, c)):
            mixed.append(_times(w, 2) ^ _times(x, 3) ^ y ^ z)
    return bytes(m ^ k for m, k in zip(mixed, key, strict=True))


def aes_words(state: Sequence[int], key: Sequence[int]) -> list[int]:
    """Take every two words of 64 bits, the lower one first, one round on."""
    flat = b"".join(word.to_bytes(8, "little") for word in key)
    result = []
    for at in range(0, len(state), 2):
        block = b"".join(word.to_bytes(8, "little") for word in state[at : at + 2])
        out = aes_round(block, flat)
        result += [int.from_bytes(out[i : i + 8], "little") for i in (0, 8)]
    return result
