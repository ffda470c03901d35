"""Fiat-Shamir: challenges that depend on everything the verifier has been told so far.

The state is one digest. Telling it something makes the next state, asking for something derives
blocks from it, and both are hashes of inputs that no other call could make:

    tell:  state  = H(tell,  label, length, state, data)
    ask:   block i = H(ask, i, 0, state), until something is told

With a byte hash all are little-endian words of 8 bytes, the state 32 bytes. With an algebraic one
they are field elements, the state four of them; bytes that are no elements are told as chunks of
7 bytes. The length comes before the data, so Poseidon2's sponge, which does not pad, is safe here.

A field element is the next word of the blocks that is below the modulus: drawn without bias. Byte
hashes' words are uniform, and 2^-32 of them are rejected; algebraic hashes' are elements already.
Indices are the low bits of the next word (of an element: all values of up to 32 bits are equally
likely, but one, which is more so by less than 2^-31).
"""

from __future__ import annotations

import struct
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from zkmark.kernels.hashes import hash_parameters
from zkmark.kernels.stark.domain import MODULUS
from zkmark.kernels.stark.operations import Bytes, Words

_TELL, _ASK = 1, 2


class Label(IntEnum):
    """What is told: each step of the protocol under a label of its own."""

    AIR = 1
    OPTIONS = 2
    PUBLIC = 3
    HEIGHTS = 4
    PREPROCESSED = 5
    MAIN = 6
    AUXILIARY = 7
    SUMS = 8
    QUOTIENT = 9
    VALUES = 10
    FRI_LAYER = 11
    FRI_FINAL = 12
    NONCE = 13
    GRINDING = 14


def packed(data: bytes) -> Words:
    """Return bytes as words of 7 bytes each, little-endian, the last filled with zeros."""
    chunks = [data[i : i + 7] for i in range(0, len(data), 7)]
    return np.array([int.from_bytes(chunk, "little") for chunk in chunks], dtype=np.uint64)


class Transcript:
    """The conversation so far; both sides hold one."""

    def __init__(self, hash: str) -> None:
        from zkmark import _native

        self._id = hash
        self._hash = _native.hash_message
        self._algebraic = hash_parameters(hash).kind == "algebraic"
        self._state = bytes(32)
        self._drawn: list[int] = []  # words of the last block, the next one last
        self._blocks = 0

    def _digest(self, data: bytes) -> bytes:
        return self._hash(self._id, np.frombuffer(data, dtype=np.uint8)).tobytes()

    def _tell(self, label: Label, data: bytes) -> None:
        header = struct.pack("<3Q", _TELL, label, len(data) // 8)
        self._state = self._digest(header + self._state + data)
        self._drawn, self._blocks = [], 0

    def tell_elements(self, label: Label, elements: Words) -> None:
        """Tell field elements, any shape."""
        self._tell(label, np.asarray(elements, dtype="<u8").tobytes())

    def tell_digest(self, label: Label, digest: Bytes) -> None:
        """Tell 32 bytes that are a digest of this hash."""
        self._tell(label, digest.tobytes())

    def tell_bytes(self, label: Label, data: bytes) -> None:
        """Tell any bytes: their number, and words of 7 of them."""
        self._tell(label, struct.pack("<Q", len(data)) + packed(data).tobytes())

    def tell_integer(self, label: Label, value: int) -> None:
        """Tell an integer below 2^64, as halves, which are elements."""
        self._tell(label, struct.pack("<2Q", value & 0xFFFFFFFF, value >> 32))

    def _word(self) -> int:
        if not self._drawn:
            block = self._digest(struct.pack("<3Q", _ASK, self._blocks, 0) + self._state)
            self._drawn = list(struct.unpack("<4Q", block)[::-1])
            self._blocks += 1
        return self._drawn.pop()

    def element(self, degree: int) -> Words:
        """Draw an extension element: ``uint64[degree]``."""
        coordinates: list[int] = []
        while len(coordinates) < degree:
            word = self._word()
            if word < MODULUS:
                coordinates.append(word)
        return np.array(coordinates, dtype=np.uint64)

    def seed(self) -> Bytes:
        """Return 32 bytes for the proof of work, after which its nonce has to be told."""
        self._tell(Label.GRINDING, b"")
        return np.frombuffer(self._state, dtype=np.uint8)

    def indices(self, count: int, size: int) -> NDArray[np.int64]:
        """Draw ``count`` indices below ``size``, a power of two: ascending, and those twice once.

        So there may be fewer than ``count``: queries are independent, and one that comes twice is
        asked once.
        """
        drawn = {self._word() & (size - 1) for _ in range(count)}
        return np.array(sorted(drawn), dtype=np.int64)
