"""Arithmetic on small arrays of extension elements, ``uint64[..., D]``, for the verifier.

Native where the extension module is; canonical elements are taken for granted.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from zkmark.kernels.stark.domain import MODULUS
from zkmark.kernels.stark.operations import Words


class Batch:
    """The arithmetic of one extension; operands are broadcast against one another."""

    def __init__(self, degree: int) -> None:
        from zkmark import _native

        self.degree = degree
        self.id = f"goldilocks-ext{degree}"
        self._binary = _native.field_binary
        self._batch_inverse = _native.field_batch_inverse

    def _apply(self, operation: str, field: str, a: Words, b: Words) -> Words:
        shape = a.shape if a.shape == b.shape else np.broadcast(a, b).shape
        out: Words = np.empty(shape, dtype=np.uint64)
        self._binary(operation, field, _spread(a, shape), _spread(b, shape), out)
        return out

    def add(self, a: Words, b: Words) -> Words:
        """Return a + b."""
        return self._apply("add", "goldilocks", a, b)

    def subtract(self, a: Words, b: Words) -> Words:
        """Return a - b."""
        return self._apply("subtract", "goldilocks", a, b)

    def scale(self, a: Words, b: Words) -> Words:
        """Multiply coordinates by base elements: ``b`` has the shape of a, but one coordinate."""
        return self._apply("multiply", "goldilocks", a, b)

    def multiply(self, a: Words, b: Words) -> Words:
        """Return the products of extension elements."""
        return self._apply("multiply", self.id, a, b)

    def inverse(self, a: Words) -> Words:
        """Return 1 / a, one inversion for all; zeros stay zero."""
        a = np.ascontiguousarray(a)
        out = np.empty_like(a)
        self._batch_inverse(self.id, a, out)
        return out

    def embed(self, values: Words) -> Words:
        """Return base elements ``[...]`` as extension elements ``[..., D]``."""
        out = np.zeros((*values.shape, self.degree), dtype=np.uint64)
        out[..., 0] = values
        return out

    def powers(self, base: Words, count: int) -> Words:
        """Return ``base^0`` to ``base^(count - 1)`` as ``[count, D]``, by doubling."""
        powers = self.embed(np.ones(1, dtype=np.uint64))
        step = base[np.newaxis]
        while len(powers) < count:
            powers = np.concatenate([powers, self.multiply(powers, step)])
            step = self.multiply(step, step)
        return powers[:count]

    def sum(self, values: Words, axis: int) -> Words:
        """Sum up along an axis, of at most 2^31 elements."""
        low = (values & np.uint64(0xFFFFFFFF)).sum(axis=axis, dtype=np.uint64)
        high = (values >> np.uint64(32)).sum(axis=axis, dtype=np.uint64)
        modulus = np.uint64(MODULUS)
        # Both are below 2^63; high 2^32 is a product of two elements.
        shifted = self.scale(high % modulus, np.full((1,) * high.ndim, 1 << 32, dtype=np.uint64))
        return self.add(shifted, low % modulus)

    def dot(self, rows: Words, weights: Words) -> Words:
        """Return ``[n, D]``: sums of base rows ``[n, k]`` times extension weights ``[k, D]``."""
        return self.sum(self.scale(rows[:, :, np.newaxis], weights[np.newaxis]), 1)


def _spread(a: Words, shape: tuple[int, ...]) -> Words:
    """Return an array in a shape and without gaps, as native code takes it."""
    if a.shape == shape:
        return np.ascontiguousarray(a)
    full: Words = np.empty(shape, dtype=np.uint64)
    full[...] = a  # several times faster than through NumPy's broadcast_to
    return full


@cache
def batch(degree: int) -> Batch:
    """Return the arithmetic of an extension."""
    return Batch(degree)
