"""Random input from a seed, the same on every machine and with every version of NumPy.

NumPy fixes the raw stream of a bit generator for ever, but not what its distributions make of it
(NEP 19), so everything here is made from raw words.
"""

from __future__ import annotations

from hashlib import sha256

import numpy as np
from numpy.typing import NDArray


class SeededStream:
    """A stream of 64-bit words that depends on a seed and a label only."""

    def __init__(self, seed: int, label: str) -> None:
        key = sha256(f"zkmark/{seed}/{label}".encode()).digest()
        self._bits = np.random.PCG64(int.from_bytes(key, "little"))

    def words(self, count: int) -> NDArray[np.uint64]:
        """Return ``count`` uniform 64-bit words."""
        return np.asarray(self._bits.random_raw(count), dtype=np.uint64)

    def bytes(self, count: int) -> NDArray[np.uint8]:
        """Return ``count`` uniform bytes."""
        words = self.words((count + 7) // 8).astype("<u8", copy=False)
        return words.view(np.uint8)[:count].copy()

    def integer(self, bound: int) -> int:
        """Return one integer below ``bound``, uniform to within 2^-128."""
        width = (bound.bit_length() + 128 + 7) // 8
        return int.from_bytes(self.bytes(width).tobytes(), "little") % bound

    def integers_below(self, bound: int, count: int, limbs: int) -> NDArray[np.uint64]:
        """Return ``count`` uniform integers below ``bound`` as limbs, shape (count, limbs).

        Rejection sampling: words above the bound's bit length are masked, rows not below it drawn
        again.
        """
        bits = bound.bit_length()
        out = np.empty((count, limbs), dtype=np.uint64)
        bound_limbs = [(bound >> (64 * i)) & 0xFFFF_FFFF_FFFF_FFFF for i in range(limbs)]
        missing = np.arange(count)
        while missing.size:
            rows = self.words(missing.size * limbs).reshape(missing.size, limbs)
            for i in range(limbs):
                keep = min(64, max(0, bits - 64 * i))
                rows[:, i] &= np.uint64((1 << keep) - 1)
            out[missing] = rows
            below = np.zeros(missing.size, dtype=bool)
            equal = np.ones(missing.size, dtype=bool)
            for i in reversed(range(limbs)):
                limb = np.uint64(bound_limbs[i])
                below |= equal & (rows[:, i] < limb)
                equal &= rows[:, i] == limb
            missing = missing[~below]
        return out
