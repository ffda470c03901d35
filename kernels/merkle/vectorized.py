"""BLAKE3 and Keccak-256 over many messages at once, in NumPy: a second way to large trees.

Written apart from the native kernels, so that a large tree made by them can be made again without
them. The scalar definitions in ``kernels/hashes/reference`` explain the steps.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from zkmark.kernels.hashes.reference.blake3 import (
    BLOCK_BYTES,
    CHUNK_BYTES,
    CHUNK_END,
    CHUNK_START,
    INITIAL_VALUE,
    MESSAGE_PERMUTATION,
    PARENT,
    QUARTERS,
    ROOT,
)
from zkmark.kernels.hashes.reference.blake3 import ROUNDS as BLAKE3_ROUNDS
from zkmark.kernels.hashes.reference.keccak256 import RATE_BYTES, ROTATIONS, ROUND_CONSTANTS

Bytes = NDArray[np.uint8]
Words = list[NDArray[np.uint32]]
Lanes = list[NDArray[np.uint64]]

# Messages handled together: their words fit a core's cache.
_BATCH = 2048


def _rotate_right(word: NDArray[np.uint32], bits: int) -> NDArray[np.uint32]:
    return (word >> np.uint32(bits)) | (word << np.uint32(32 - bits))


def _blake3_compress(chaining: Words, block: Bytes, length: int, counter: int, flags: int) -> Words:
    """Compress one block of each message: ``block`` is uint8[count, 64], zero-padded."""
    words = np.ascontiguousarray(block).view("<u4").astype(np.uint32, copy=False).T
    message = [np.ascontiguousarray(word) for word in words]
    v = [word.copy() for word in chaining]
    ends = (counter & 0xFFFFFFFF, counter >> 32, length, flags)
    v += [np.full(len(block), word, dtype=np.uint32) for word in (*INITIAL_VALUE[:4], *ends)]
    for round in range(BLAKE3_ROUNDS):
        for i, (a, b, c, d) in enumerate(QUARTERS):
            for word, first, second in ((message[2 * i], 16, 12), (message[2 * i + 1], 8, 7)):
                v[a] = v[a] + v[b] + word
                v[d] = _rotate_right(v[d] ^ v[a], first)
                v[c] = v[c] + v[d]
                v[b] = _rotate_right(v[b] ^ v[c], second)
        if round < BLAKE3_ROUNDS - 1:
            message = [message[i] for i in MESSAGE_PERMUTATION]
    return [v[i] ^ v[i + 8] for i in range(8)]


def _words_to_bytes(words: Words) -> Bytes:
    return np.ascontiguousarray(np.array(words).T).astype("<u4", copy=False).view(np.uint8)


def _blake3_subtree(data: Bytes, first_chunk: int, top: int) -> Words:
    count, length = data.shape
    chaining = [np.full(count, word, dtype=np.uint32) for word in INITIAL_VALUE]
    if length <= CHUNK_BYTES:
        starts = range(0, max(length, 1), BLOCK_BYTES)
        for start in starts:
            flags = CHUNK_START if start == 0 else 0
            if start == starts[-1]:
                flags |= CHUNK_END | top
            used = min(BLOCK_BYTES, length - start)
            block = np.zeros((count, BLOCK_BYTES), dtype=np.uint8)
            block[:, :used] = data[:, start : start + used]
            chaining = _blake3_compress(chaining, block, used, first_chunk, flags)
        return chaining
    chunks = -(-length // CHUNK_BYTES)
    left_chunks = 1 << ((chunks - 1).bit_length() - 1)
    middle = left_chunks * CHUNK_BYTES
    children = [
        _words_to_bytes(_blake3_subtree(data[:, :middle], first_chunk, 0)),
        _words_to_bytes(_blake3_subtree(data[:, middle:], first_chunk + left_chunks, 0)),
    ]
    return _blake3_compress(chaining, np.hstack(children), BLOCK_BYTES, 0, PARENT | top)


def blake3_many(messages: Bytes) -> Bytes:
    """Return the digests uint8[count, 32] of messages uint8[count, length]."""
    return _words_to_bytes(_blake3_subtree(messages, 0, ROOT))


def _rotate_left(lane: NDArray[np.uint64], bits: int) -> NDArray[np.uint64]:
    if bits == 0:
        return lane
    return (lane << np.uint64(bits)) | (lane >> np.uint64(64 - bits))


def _keccak_permute(a: Lanes) -> Lanes:
    for constant in ROUND_CONSTANTS:
        c = [a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20] for x in range(5)]
        d = [c[(x + 4) % 5] ^ _rotate_left(c[(x + 1) % 5], 1) for x in range(5)]
        b = list(a)
        for i in range(25):
            x, y = i % 5, i // 5
            b[y + 5 * ((2 * x + 3 * y) % 5)] = _rotate_left(a[i] ^ d[x], ROTATIONS[i])
        a = [b[i] ^ (~b[i - i % 5 + (i + 1) % 5] & b[i - i % 5 + (i + 2) % 5]) for i in range(25)]
        a[0] = a[0] ^ np.uint64(constant)
    return a


def keccak256_many(messages: Bytes) -> Bytes:
    """Return the digests uint8[count, 32] of messages uint8[count, length]."""
    count, length = messages.shape
    padded = np.zeros((count, (length // RATE_BYTES + 1) * RATE_BYTES), dtype=np.uint8)
    padded[:, :length] = messages
    padded[:, length] |= 0x01
    padded[:, -1] |= 0x80
    lanes = padded.view("<u8").astype(np.uint64, copy=False)
    state = [np.zeros(count, dtype=np.uint64) for _ in range(25)]
    for start in range(0, lanes.shape[1], RATE_BYTES // 8):
        for i in range(RATE_BYTES // 8):
            state[i] = state[i] ^ lanes[:, start + i]
        state = _keccak_permute(state)
    return np.ascontiguousarray(np.array(state[:4]).T).astype("<u8", copy=False).view(np.uint8)


_HASH_MANY: dict[str, Callable[[Bytes], Bytes]] = {
    "blake3": blake3_many,
    "keccak-256": keccak256_many,
}


def merkle_layers(hash: str, leaves: Bytes) -> list[Bytes]:
    """Return all layers over leaves uint8[n, width] by ``blake3`` or ``keccak-256``."""
    hash_many = _HASH_MANY[hash]

    def layer_over(messages: Bytes) -> Bytes:
        parts = [hash_many(messages[i : i + _BATCH]) for i in range(0, len(messages), _BATCH)]
        return np.concatenate(parts)

    layers = [layer_over(leaves)]
    while len(layers[-1]) > 1:
        layers.append(layer_over(layers[-1].reshape(-1, 64)))
    return layers
