"""A proof, and its bytes.

Bytes, all integers little-endian; an element is 8 bytes, a digest 32:

====================  ==========================================================================
``ZKST``, version     4 + 1 bytes
options               hash, degree, log2 of blowup, folding, final size (a byte each), queries (2),
                      grinding (1)
tables                their number (1); for each the log2 of its height, 255 if it is absent (1)
roots                 a byte of flags: 1 preprocessed, 2 auxiliary; those of the preprocessed, main,
                      auxiliary and quotient commitments that there are
sums                  number (1), cumulative sums of tables with lookups: D elements each
values                number n of columns (2), n values at z, n at its next row; number m of
                      quotient columns (2), m values at z: D elements each
FRI                   number of layers (1), their roots; number of coefficients (2), D elements each
nonce                 8 bytes
openings              of each commitment in the order above, then of each layer: number of matrices
                      (1); of each its columns (2), rows (2), and elements row by row; number of
                      siblings (4), digests
====================  ==========================================================================

An opening keeps a row of a short table once, although several queries meet it: rows are those of
the distinct ``block * height + row``, ascending. Reading is strict: elements (and the digests of
algebraic hashes, which are elements) must be canonical, numbers within bounds, and nothing may be
left over, so that no two byte strings are one proof. Whatever is wrong raises ``ProofError``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from zkmark.kernels.hashes import hash_parameters
from zkmark.kernels.stark.domain import MODULUS
from zkmark.kernels.stark.operations import Bytes, Opening, Words
from zkmark.provers.stark.options import HASHES, LARGEST_FINAL_SIZE, LARGEST_QUERIES, Options

MAGIC, VERSION = b"ZKST", 1
LARGEST_LOG_HEIGHT = 31
LARGEST_PROOF = 64 << 20
ABSENT = 255
_FLAG_PREPROCESSED, _FLAG_AUXILIARY = 1, 2


class ProofError(ValueError):
    """Bytes that are no proof; the message says in a sentence why."""


class Places:
    """Where queries meet matrices: leaves ``block * height + row`` of each height, each kept once.

    ``indices`` are the queries' own, ascending and distinct, in the tallest height. A row of a
    taller matrix stands over row ``row mod height`` of a shorter one, in trees and in FRI alike.
    """

    def __init__(self, indices: NDArray[np.int64], tallest: int) -> None:
        self.indices, self.tallest = indices, tallest
        every = np.arange(len(indices))
        self._found = {tallest: (indices, every, every)}
        self._block, self._row = np.divmod(indices, tallest)

    def _at(self, height: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        found = self._found.get(height)
        if found is None:
            places = self._block * height + self._row % height
            found = np.unique(places, return_index=True, return_inverse=True)
            self._found[height] = found
        return found

    def leaves(self, height: int) -> NDArray[np.int64]:
        """Return the leaves of a height that queries meet, ascending."""
        return self._at(height)[0]

    def below(self, taller: int, height: int) -> NDArray[np.int64]:
        """Return for each leaf of a taller height the number of the one that it stands over."""
        return self._at(height)[2][self._at(taller)[1]]

    def above(self, taller: int, height: int) -> NDArray[np.int64]:
        """Return for each leaf the number of one of a taller height that stands over it."""
        return self._at(taller)[2][self._at(height)[1]]


@dataclass(frozen=True, eq=False)
class Proof:
    """What a prover sends; provers/stark/verifier.py says what is asked of it.

    ``log_heights`` has None for absent tables. ``here`` and ``ahead`` are ``uint64[columns, D]``:
    the preprocessed, main and auxiliary columns of all tables at z and at its next row, section by
    section and table by table; ``pieces`` the quotient's columns at z. ``openings`` hold distinct
    rows (``Places``).
    """

    options: Options
    log_heights: tuple[int | None, ...]
    preprocessed_root: Bytes | None
    main_root: Bytes
    auxiliary_root: Bytes | None
    quotient_root: Bytes
    sums: Words
    here: Words
    ahead: Words
    pieces: Words
    layers: tuple[Bytes, ...]
    final: Words
    nonce: int
    openings: tuple[Opening, ...]

    @cached_property
    def roots(self) -> list[Bytes]:
        """The roots of the trace's commitments that there are, in order."""
        found = (self.preprocessed_root, self.main_root, self.auxiliary_root, self.quotient_root)
        return [root for root in found if root is not None]

    def _parts(self) -> Iterator[tuple[str, bytes]]:
        """Yield (part, bytes) in the order of the format."""

        def number(value: int, size: int) -> bytes:
            return value.to_bytes(size, "little")

        def words(array: Words) -> bytes:
            return array.astype("<u8", copy=False).tobytes()

        options = self.options
        yield "header", MAGIC + bytes([VERSION, HASHES.index(options.hash), options.degree])
        sizes = (options.blowup, options.folding, options.final_size)
        yield "header", bytes(size.bit_length() - 1 for size in sizes)
        yield "header", number(options.queries, 2) + number(options.grinding, 1)
        yield "header", number(len(self.log_heights), 1)
        yield "header", bytes(ABSENT if log is None else log for log in self.log_heights)
        flags = _FLAG_PREPROCESSED * (self.preprocessed_root is not None)
        flags |= _FLAG_AUXILIARY * (self.auxiliary_root is not None)
        yield "commitments", number(flags, 1)
        for root in self.roots:
            yield "commitments", root.tobytes()
        yield "out-of-domain values", number(len(self.sums), 1) + words(self.sums)
        yield "out-of-domain values", number(len(self.here), 2)
        yield "out-of-domain values", words(self.here) + words(self.ahead)
        yield "out-of-domain values", number(len(self.pieces), 2) + words(self.pieces)
        yield "fri commitments", number(len(self.layers), 1)
        for root in self.layers:
            yield "fri commitments", root.tobytes()
        yield "final polynomial", number(len(self.final), 2) + words(self.final)
        yield "nonce", number(self.nonce, 8)
        for i, opening in enumerate(self.openings):
            prefix = "trace" if i < len(self.roots) else "fri"
            yield f"{prefix} rows", number(len(opening.rows), 1)
            for rows in opening.rows:
                yield f"{prefix} rows", number(rows.shape[1], 2) + number(rows.shape[0], 2)
                yield f"{prefix} rows", words(rows)
            yield f"{prefix} paths", number(len(opening.siblings), 4) + opening.siblings.tobytes()

    def to_bytes(self) -> bytes:
        """Return the proof's bytes."""
        return b"".join(part for _, part in self._parts())

    @cached_property
    def size(self) -> dict[str, int]:
        """Bytes by part; their sum is the proof's length."""
        sizes: dict[str, int] = {}
        for name, part in self._parts():
            sizes[name] = sizes.get(name, 0) + len(part)
        return sizes

    @classmethod
    def from_bytes(cls, data: bytes) -> Proof:
        """Read a proof; ``ProofError`` for anything that is none."""
        if not isinstance(data, bytes | bytearray | memoryview):
            raise ProofError(f"a proof is bytes, not {type(data).__name__}")
        return _Reader(bytes(data)).proof()


class _Reader:
    """Reads a proof's bytes from front to back."""

    def __init__(self, data: bytes) -> None:
        if len(data) > LARGEST_PROOF:
            raise ProofError(f"the proof has {len(data)} bytes, more than {LARGEST_PROOF}")
        self.data = data
        self.at = 0
        self.algebraic = False

    def take(self, count: int, what: str) -> int:
        """Move on by ``count`` bytes; return where they start."""
        start = self.at
        if count > len(self.data) - start:
            raise ProofError(f"the proof ends within {what}")
        self.at = start + count
        return start

    def number(self, size: int, what: str, least: int = 0, most: int | None = None) -> int:
        start = self.take(size, what)
        value = int.from_bytes(self.data[start : self.at], "little")
        if value < least or (most is not None and value > most):
            raise ProofError(f"{what} is {value}, not {least} to {most}")
        return value

    def words(self, shape: tuple[int, int], what: str) -> Words:
        """Read canonical elements."""
        count = shape[0] * shape[1]
        start = self.take(8 * count, what)
        words = np.frombuffer(self.data, dtype="<u8", count=count, offset=start).astype(np.uint64)
        if count and int(words.max()) >= MODULUS:
            raise ProofError(f"{what}: an element is not below the modulus")
        return words.reshape(shape)

    def digests(self, count: int, what: str) -> Bytes:
        """Read digests, ``uint8[count, 32]``."""
        start = self.take(32 * count, what)
        digests = np.frombuffer(self.data, dtype=np.uint8, count=32 * count, offset=start)
        if self.algebraic and count:
            words = np.frombuffer(self.data, dtype="<u8", count=4 * count, offset=start)
            if int(words.max()) >= MODULUS:
                raise ProofError(f"{what}: an element of a digest is not below the modulus")
        return digests.reshape(count, 32)

    def options(self) -> Options:
        def power() -> int:
            return 1 << self.number(1, "an option", 0, 16)

        hash_number = self.number(1, "the number of the hash", 0, len(HASHES) - 1)
        degree, blowup, folding, final_size = (
            self.number(1, "the degree"),
            power(),
            power(),
            power(),
        )
        queries, grinding = self.number(2, "the number of queries"), self.number(1, "grinding")
        try:
            return Options(
                HASHES[hash_number], degree, blowup, folding, final_size, queries, grinding
            )
        except ValueError as error:
            raise ProofError(f"the proof's options are no options: {error}") from None

    def proof(self) -> Proof:
        start = self.take(5, "its first five bytes")
        if self.data[start : start + 4] != MAGIC:
            raise ProofError("the proof does not begin as a proof does")
        if self.data[4] != VERSION:
            raise ProofError(f"the proof has version {self.data[4]}, not {VERSION}")
        options = self.options()
        self.algebraic = hash_parameters(options.hash).kind == "algebraic"
        degree = options.degree
        log_heights = tuple(self.log_height() for _ in range(self.number(1, "number of tables", 1)))
        flags = self.number(1, "the flags of the commitments", 0, 3)
        roots = self.digests(2 + (flags & 1) + (flags >> 1), "a root")
        rest = iter(roots)
        preprocessed = next(rest) if flags & _FLAG_PREPROCESSED else None
        main = next(rest)
        auxiliary = next(rest) if flags & _FLAG_AUXILIARY else None
        quotient = next(rest)
        sums = self.words((self.number(1, "the number of sums"), degree), "a cumulative sum")
        columns = self.number(2, "the number of columns")
        here = self.words((columns, degree), "a value at z")
        ahead = self.words((columns, degree), "a value at the row after z")
        pieces = self.words((self.number(2, "the number of pieces"), degree), "a quotient's value")
        layers = self.digests(self.number(1, "the number of FRI's layers", 0, 32), "a layer's root")
        final_size = self.number(2, "the number of coefficients", 1, LARGEST_FINAL_SIZE)
        final = self.words((final_size, degree), "a coefficient")
        nonce = self.number(8, "the nonce")
        openings = tuple(self.opening() for _ in range(len(roots) + len(layers)))
        if self.at != len(self.data):
            extra = len(self.data) - self.at
            raise ProofError(f"the proof has {extra} byte{'s' * (extra > 1)} too many at its end")
        return Proof(
            options,
            log_heights,
            preprocessed,
            main,
            auxiliary,
            quotient,
            sums,
            here,
            ahead,
            pieces,
            tuple(layers),
            final,
            nonce,
            openings,
        )

    def log_height(self) -> int | None:
        value = self.number(1, "a table's height")
        if value == ABSENT:
            return None
        if value > LARGEST_LOG_HEIGHT:
            raise ProofError(f"a table has 2^{value} rows, more than 2^{LARGEST_LOG_HEIGHT}")
        return value

    def opening(self) -> Opening:
        matrices = []
        for _ in range(self.number(1, "the number of matrices", 1)):
            columns = self.number(2, "the number of columns of an opening", 1)
            rows = self.number(2, "the number of rows of an opening", 1, LARGEST_QUERIES)
            matrices.append(self.words((rows, columns), "an opened row"))
        siblings = self.digests(self.number(4, "the number of siblings"), "a sibling")
        return Opening(tuple(matrices), siblings)
