"""BLAKE3, unkeyed, 32 bytes out, for messages of any length.

Written from the specification ("BLAKE3: one function, fast everywhere", 2020): section 2.2 for the
compression function, 2.4 for chunks, 2.5 for parents, 2.6 for the output.
"""

from __future__ import annotations

import struct

BLOCK_BYTES = 64
CHUNK_BYTES = 1024

CHUNK_START = 1
CHUNK_END = 2
PARENT = 4
ROOT = 8

# The first eight words are those of SHA-256's initial state.
INITIAL_VALUE = (
    *(0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A),
    *(0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19),
)
MESSAGE_PERMUTATION = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
ROUNDS = 7

# The state's columns, then its diagonals.
QUARTERS = (
    *((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15)),
    *((0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)),
)

_MASK = 0xFFFFFFFF


def _rotate_right(word: int, bits: int) -> int:
    return (word >> bits | word << (32 - bits)) & _MASK


def _mix(v: list[int], a: int, b: int, c: int, d: int, x: int, y: int) -> None:
    """G: mix two message words into four words of the state."""
    v[a] = (v[a] + v[b] + x) & _MASK
    v[d] = _rotate_right(v[d] ^ v[a], 16)
    v[c] = (v[c] + v[d]) & _MASK
    v[b] = _rotate_right(v[b] ^ v[c], 12)
    v[a] = (v[a] + v[b] + y) & _MASK
    v[d] = _rotate_right(v[d] ^ v[a], 8)
    v[c] = (v[c] + v[d]) & _MASK
    v[b] = _rotate_right(v[b] ^ v[c], 7)


def compress(chaining: tuple[int, ...], block: bytes, counter: int, flags: int) -> tuple[int, ...]:
    """Compress a block of up to 64 bytes into a chaining value; return the new one (8 words)."""
    message = list(struct.unpack("<16I", block.ljust(BLOCK_BYTES, b"\0")))
    v = [
        *chaining,
        *INITIAL_VALUE[:4],
        counter & _MASK,
        counter >> 32,
        len(block),
        flags,
    ]
    for round in range(ROUNDS):
        for i, (a, b, c, d) in enumerate(QUARTERS):
            _mix(v, a, b, c, d, message[2 * i], message[2 * i + 1])
        if round < ROUNDS - 1:
            message = [message[i] for i in MESSAGE_PERMUTATION]
    return tuple(v[i] ^ v[i + 8] for i in range(8))


def _subtree(data: bytes, first_chunk: int, root: int) -> tuple[int, ...]:
    """Return the chaining value of the subtree over ``data``; ``root`` is ROOT at the top or 0."""
    if len(data) <= CHUNK_BYTES:
        blocks = [data[i : i + BLOCK_BYTES] for i in range(0, len(data), BLOCK_BYTES)] or [b""]
        value: tuple[int, ...] = INITIAL_VALUE
        for i, block in enumerate(blocks):
            flags = CHUNK_START if i == 0 else 0
            if i == len(blocks) - 1:
                flags |= CHUNK_END | root
            value = compress(value, block, first_chunk, flags)
        return value
    # The left subtree is complete and as large as can be while the right one is not empty.
    chunks = (len(data) + CHUNK_BYTES - 1) // CHUNK_BYTES
    left_chunks = 1 << ((chunks - 1).bit_length() - 1)
    middle = left_chunks * CHUNK_BYTES
    left = _subtree(data[:middle], first_chunk, 0)
    right = _subtree(data[middle:], first_chunk + left_chunks, 0)
    return compress(INITIAL_VALUE, struct.pack("<16I", *left, *right), 0, PARENT | root)


def blake3(data: bytes) -> bytes:
    """Return the 32-byte digest of ``data``."""
    return struct.pack("<8I", *_subtree(data, 0, ROOT))
