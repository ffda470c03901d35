"""What a device does for a STARK prover: the operations, once for all devices.

Implementations: ``reference.py`` (Python integers), ``cpu`` (native code), ``opencl`` and ``cuda``
(one text for both, in ``device``). A prover calls nothing else, so that it can run on any of them
and columns cross to the host only where a proof needs their values.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zkmark.kernels.stark.program import Program

Words = NDArray[np.uint64]
Bytes = NDArray[np.uint8]


@dataclass
class Columns:
    """Columns on a device: canonical elements ``[count, blocks, height]``; domain.py says of what.

    A trace and a polynomial's coefficients have one block. A column over the extension field of
    degree D is D columns, the constant coordinate first. ``ways`` tells how ``split`` has cut
    columns: in memory lies ``[count / ways, blocks, ways, height]``. ``handle`` is the device's
    own.
    """

    count: int
    blocks: int
    height: int
    handle: Any
    ways: int = 1

    def split(self, ways: int) -> Columns:
        """Return the same memory as ``ways`` columns for each one: its ``ways`` equal parts.

        Column ``c * ways + i`` of the result has, at row r, what column c has at row
        ``r + i * height / ways``.
        """
        if self.ways != 1 or self.height % ways:
            raise ValueError(f"ways: got {ways}, want a divisor of the height of unsplit columns")
        return Columns(self.count * ways, self.blocks, self.height // ways, self.handle, ways)


@dataclass(frozen=True)
class DeepTerm:
    """``weight * (sum of the lifted columns - value) / (X - point)``; extension columns, values."""

    columns: tuple[Columns, ...]
    point: Words
    value: Words
    weight: Words


@dataclass(frozen=True)
class Opening:
    """What a proof says of some leaves: each matrix's rows, and the siblings that are missing.

    ``rows[m]`` is ``uint64[indices, columns of matrix m]``; ``siblings`` is ``uint8[count, 32]``,
    the canonical digests that cannot be computed from the rows, layer by layer from the leaves up
    and in a layer from left to right. ``reference.py`` has the walk that both sides follow.
    """

    rows: tuple[Words, ...]
    siblings: Bytes


@dataclass(frozen=True, eq=False)
class Opened:
    """An opening of a tree over matrices of some ``heights``, and the root that it leads to.

    ``indices`` are the leaves, ascending distinct ``block * N + row``.
    """

    heights: tuple[int, ...]
    indices: NDArray[np.int64]
    opening: Opening
    root: Bytes


class Commitment(ABC):
    """A Merkle tree over the rows of matrices of several heights, kept on its device.

    The tallest matrices (height N) make the leaves: the leaf of block j and row r hashes that row
    of each of them, one after another in the order given, and stands at place ``j * N +
    reverse(r)``, with r's log2(N) bits reversed; so rows that are ``height / 2`` apart are
    siblings. Layers above pair neighbours. Where a layer has as many nodes as a shorter matrix has
    points, the rows of all matrices of that height are hashed likewise, and node i becomes
    ``compress(node i, hash of the rows whose place is i)``.
    """

    root: Bytes
    """The root's 32 canonical bytes."""

    @abstractmethod
    def open(self, indices: NDArray[np.int64]) -> Opening:
        """Open leaves, given as ascending distinct ``block * N + row``."""


class StarkKernels(ABC):
    """The operations of one device. Every array that stays there is a ``Columns``.

    ``degree`` D is that of the extension field: 2 (``goldilocks-ext2``) or 3 (``goldilocks-ext3``).
    """

    def __init__(self, degree: int) -> None:
        if degree not in (2, 3):
            raise ValueError(f"degree: got {degree}, want 2 or 3")
        self.degree = degree

    def synchronize(self) -> None:  # noqa: B027
        """Wait until the device has done all that it was told; nothing where calls do the work."""

    @abstractmethod
    def upload(self, values: Words) -> Columns:
        """Copy canonical ``uint64[count, blocks, height]`` to the device."""

    @abstractmethod
    def download(self, columns: Columns) -> Words:
        """Return unsplit columns as ``uint64[count, blocks, height]``."""

    @abstractmethod
    def interpolate(self, columns: Columns, coset: bool = False) -> Columns:
        """Return coefficients: column ``c * blocks + j`` is the polynomial of block j of column c.

        The values lie on the trace's own domain, or, with ``coset``, on those of domain.py.
        """

    @abstractmethod
    def extend(self, coefficients: Columns, blocks: int) -> Columns:
        """Evaluate polynomials of one block on ``blocks`` cosets."""

    @abstractmethod
    def commit(self, matrices: Sequence[Columns], hash: str) -> Commitment:
        """Build the tree over matrices of equal ``blocks`` (some may be split)."""

    @abstractmethod
    def run(
        self,
        program: Program,
        sources: Sequence[Columns],
        constants: Words,
        block_constants: Words | None = None,
        blocks: int | None = None,
        height: int | None = None,
    ) -> Columns:
        """Run a program at every point of ``blocks`` blocks of ``height`` rows; return its outputs.

        Defaults: blocks and height of the first source. Of a source with more blocks, every
        (its blocks / blocks)-th is read, which are the same points. Of one with fewer rows, row
        ``r mod its height`` is read, and ``(r + 1) mod its height`` for the next. ``constants`` is
        ``uint64[constants]``, ``block_constants`` ``uint64[block_constants, blocks]``.
        """

    @abstractmethod
    def fractions(self, numerators: Columns, denominators: Columns) -> tuple[Columns, Words]:
        """Divide, and sum up: the auxiliary columns of a LogUp argument (Haboeck 2022).

        Both hold k extension columns of one block; no denominator is zero (``ZeroDivisionError``).
        Returns k + 1 extension columns and the sum S of all fractions of all rows: the quotients
        q_1 to q_k, and the running sum s with s[0] = 0 and
        ``s[r + 1] = s[r] + q_1[r] + ... + q_k[r] - S / height``, which is cyclic.
        """

    @abstractmethod
    def evaluate(self, coefficients: Columns, points: Words) -> Words:
        """Evaluate polynomials at extension points ``[n, D]``; return ``[n, count, D]``."""

    @abstractmethod
    def combine(self, matrices: Sequence[Columns], weights: Words) -> Columns:
        """Sum up all columns of matrices of one shape with extension weights ``[columns, D]``."""

    @abstractmethod
    def deep(self, terms: Sequence[DeepTerm], blocks: int, height: int) -> Columns:
        """Sum up the terms at every point: the one extension column that FRI takes."""

    @abstractmethod
    def fold(self, columns: Columns, ways: int, challenge: Words) -> Columns:
        """Fold one extension column f, as FRI does; ``ways`` is a power of two.

        With ``f(X) = sum of X^i f_i(X^ways)`` for ``i < ways``, return ``sum of challenge^i f_i``
        on blocks of ``height / ways`` rows.
        """

    @abstractmethod
    def grind(self, hash: str, seed: Bytes, bits: int) -> int:
        """Return the least nonce whose hash with the seed has ``bits`` low bits of zero.

        The hash of the 32 bytes of ``seed`` and the nonce as 8 bytes, little-endian (byte hashes;
        the digest's first 8 bytes are the word whose low bits count), or of the seed's four
        elements and the nonce as a fifth (algebraic hashes; the digest's first element counts).
        """
