"""What kernels of a STARK read beside columns: powers of the domains' generators, shared by all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from zkmark.backends.device import Buffer, Session
from zkmark.kernels.stark.domain import MODULUS, block_shift, log2, root
from zkmark.kernels.stark.operations import Words

# The low table of powers has at least a vector of elements.
_LEAST_LOG_LOW = 3
# Tables of a proof's shape that are kept: of one shape there are a few dozen.
_MOST_COPIED = 1024


def words(values: Sequence[int]) -> Words:
    """Return integers as an array of words."""
    return np.array(values, dtype=np.uint64)


def log_low(log_height: int) -> int:
    """Return the logarithm of the size of a low table of powers (``power_at`` in elements.h)."""
    return max(_LEAST_LOG_LOW, (log_height + 1) // 2)


def powers_in_two(base: int, log_height: int) -> list[int]:
    """Return 2^log_low powers of a base, and as many of base^(2^log_low)."""
    count = 1 << log_low(log_height)
    found = []
    for step in (base, pow(base, count, MODULUS)):
        power = 1
        for _ in range(count):
            found.append(power)
            power = power * step % MODULUS
    return found


class Tables:
    """Tables on one device, made when they are first asked for."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._found: dict[tuple[str, int, int], Buffer] = {}
        self._copied: dict[bytes, Buffer] = {}

    def uploaded(self, values: Words) -> Buffer:
        """Return a table of words that others are likely to want again."""
        key = values.tobytes()
        if key not in self._copied:
            if len(self._copied) >= _MOST_COPIED:
                self._copied.clear()
            self._copied[key] = self._session.upload(values)
        return self._copied[key]

    def _table(self, kind: str, height: int, blocks: int, values: Sequence[int]) -> Buffer:
        self._found[kind, height, blocks] = buffer = self._session.upload(words(values))
        return buffer

    def shifts(self, height: int, blocks: int, inverse: bool) -> Buffer:
        """Return powers of each block's shift, or of its inverse, in two tables a block."""
        kind = "inverse shifts" if inverse else "shifts"
        if found := self._found.get((kind, height, blocks)):
            return found
        values: list[int] = []
        for block in range(blocks):
            base = pow(block_shift(height, blocks, block), -1 if inverse else 1, MODULUS)
            values += powers_in_two(base, log2(height))
        return self._table(kind, height, blocks, values)

    def roots(self, height: int, inverse: bool = False) -> Buffer:
        """Return powers of the root of unity of order ``height``, or its inverse, in two tables."""
        kind = "inverse roots" if inverse else "roots"
        if found := self._found.get((kind, height, 1)):
            return found
        base = pow(root(height), -1 if inverse else 1, MODULUS)
        return self._table(kind, height, 1, powers_in_two(base, log2(height)))

    def starts(self, height: int, blocks: int, inverse: bool = False) -> Buffer:
        """Return each block's shift, or its inverse."""
        kind = "inverse starts" if inverse else "starts"
        if found := self._found.get((kind, height, blocks)):
            return found
        exponent = -1 if inverse else 1
        shifts = [
            pow(block_shift(height, blocks, block), exponent, MODULUS) for block in range(blocks)
        ]
        return self._table(kind, height, blocks, shifts)
