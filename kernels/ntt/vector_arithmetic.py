"""Exact arithmetic on long vectors of field elements in NumPy, to check transforms with.

It shares no code with any transform. 31-bit products are reduced by NumPy's remainder, Goldilocks
products by its special form. Wide elements are Python integers in object arrays, or in long vectors
native field elements: their multiplication is tested against Python's elsewhere, and one that was
wrong would not fulfil an identity.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from zkmark.kernels.case import Array
from zkmark.kernels.fields.encoding import from_integers, to_integers
from zkmark.kernels.fields.parameters import FieldParameters

# Wide vectors up to this size are Python integers: below half a second for a whole check.
_INTEGERS_LIMIT = 1 << 15

# Temporaries of this many words stay in a core's second-level cache.
_BLOCK = 1 << 14


class VectorArithmetic(ABC):
    """Elementwise operations on one-dimensional arrays of residues below the modulus."""

    def __init__(self, field: FieldParameters) -> None:
        self.field = field
        self.modulus = np.uint64(field.modulus) if field.limbs == 1 else field.modulus

    def load(self, elements: Array) -> Array:
        """Turn canonical elements ``[n]`` or ``[n, limbs]`` into residues ``[n]``."""
        return elements.astype(np.uint64)

    def constant(self, integer: int) -> Array:
        """Turn one integer into a residue that multiplies whole vectors."""
        return np.array([integer % self.field.modulus], dtype=np.uint64)

    @abstractmethod
    def multiply(self, a: Array, b: Array) -> Array:
        """Multiply; one of the two may have a single element."""

    @abstractmethod
    def sum(self, a: Array) -> int:
        """Sum all residues, reduced."""

    def plus_one(self, a: Array) -> Array:
        """Add one."""
        one = np.uint64(1)
        sums: Array = np.where(a == self.modulus - one, np.uint64(0), a + one)
        return sums

    def negate(self, a: Array) -> Array:
        """Negate."""
        negated: Array = np.where(a == np.uint64(0), a, self.modulus - a)
        return negated

    def dot(self, a: Array, b: Array) -> int:
        """Return the sum of products."""
        return self.sum(self.multiply(a, b))

    def powers(self, base: int, count: int) -> Array:
        """Return base^0, base^1, ... for a power of two ``count``, by doubling."""
        bits = count.bit_length() - 1
        return self.subset_products([pow(base, 1 << b, self.field.modulus) for b in range(bits)])

    def subset_products(self, factors: list[int]) -> Array:
        """Return at index j the product of those factors at whose place j has a one bit."""
        products = self.constant(1)
        for factor in factors:
            products = np.concatenate([products, self.multiply(products, self.constant(factor))])
        return products


class SmallArithmetic(VectorArithmetic):
    """Primes below 2^32: a product fits a 64-bit word."""

    def multiply(self, a: Array, b: Array) -> Array:
        """Multiply and take the remainder."""
        product: Array = a * b % self.modulus
        return product

    def sum(self, a: Array) -> int:
        """Sum in 64 bits, which hold 2^32 such residues."""
        return int(a.sum(dtype=np.uint64)) % self.field.modulus


class GoldilocksArithmetic(VectorArithmetic):
    """The prime 2^64 - 2^32 + 1: 2^64 is 2^32 - 1 and 2^96 is -1."""

    def multiply(self, a: Array, b: Array) -> Array:
        """Multiply blocks that fit the cache."""
        a, b = np.broadcast_arrays(a, b)
        product = np.empty(a.shape, dtype=np.uint64)
        for start in range(0, a.size, _BLOCK):
            block = slice(start, start + _BLOCK)
            product[block] = self._multiply_block(a[block], b[block])
        return product

    def _multiply_block(self, a: Array, b: Array) -> Array:
        shift, mask = np.uint64(32), np.uint64(0xFFFF_FFFF)
        a_low, a_high, b_low, b_high = a & mask, a >> shift, b & mask, b >> shift
        low_low, low_high, high_low = a_low * b_low, a_low * b_high, a_high * b_low
        middle = (low_low >> shift) + (low_high & mask) + (high_low & mask)
        low = middle << shift | low_low & mask
        high = a_high * b_high + (low_high >> shift) + (high_low >> shift) + (middle >> shift)
        # a b = low + 2^64 high = low - (high >> 32) + (2^32 - 1) (high & mask)
        borrowed = low - (high >> shift)
        borrowed -= np.where(borrowed > low, mask, np.uint64(0))
        added = (high & mask) * mask
        total: Array = borrowed + added
        total += np.where(total < added, mask, np.uint64(0))
        total -= np.where(total >= self.modulus, self.modulus, np.uint64(0))
        return total

    def sum(self, a: Array) -> int:
        """Sum the halves, so that nothing overflows."""
        low = int((a & np.uint64(0xFFFF_FFFF)).sum(dtype=np.uint64))
        high = int((a >> np.uint64(32)).sum(dtype=np.uint64))
        return (low + (high << 32)) % self.field.modulus


class WideArithmetic(VectorArithmetic):
    """Any prime: Python integers in object arrays."""

    def load(self, elements: Array) -> Array:
        """Turn limbs into Python integers."""
        residues = np.empty(len(elements), dtype=object)
        residues[:] = to_integers(elements, self.field)
        return residues

    def constant(self, integer: int) -> Array:
        """Turn one integer into a residue."""
        residue = np.empty(1, dtype=object)
        residue[0] = integer % self.field.modulus
        return residue

    def multiply(self, a: Array, b: Array) -> Array:
        """Multiply and take the remainder."""
        product: Array = a * b % self.modulus
        return product

    def plus_one(self, a: Array) -> Array:
        """Add one."""
        sums: Array = (a + 1) % self.modulus
        return sums

    def negate(self, a: Array) -> Array:
        """Negate."""
        negated: Array = -a % self.modulus
        return negated

    def dot(self, a: Array, b: Array) -> int:
        """Return the sum of products, reduced once: the integers are exact."""
        return int(np.dot(a, b)) % self.field.modulus

    def sum(self, a: Array) -> int:
        """Sum and take the remainder."""
        return int(a.sum()) % self.field.modulus


class NativeArithmetic(VectorArithmetic):
    """Any prime: arrays ``[n, limbs]`` through the native field arithmetic."""

    def load(self, elements: Array) -> Array:
        """Return the elements as they are."""
        return elements

    def constant(self, integer: int) -> Array:
        """Turn one integer into a residue."""
        return from_integers([integer % self.field.modulus], self.field)

    def _binary(self, operation: str, a: Array, b: Array) -> Array:
        from zkmark import _native

        a, b = (np.ascontiguousarray(x) for x in np.broadcast_arrays(a, b))
        out = np.empty_like(a)
        _native.field_binary(operation, self.field.id, a, b, out)
        return out

    def multiply(self, a: Array, b: Array) -> Array:
        """Multiply."""
        return self._binary("multiply", a, b)

    def plus_one(self, a: Array) -> Array:
        """Add one."""
        return self._binary("add", a, self.constant(1))

    def negate(self, a: Array) -> Array:
        """Negate."""
        return self._binary("subtract", self.constant(0), a)

    def sum(self, a: Array) -> int:
        """Sum the halves of all limbs, so that nothing overflows, and take the remainder."""
        total = 0
        for i in range(self.field.limbs):
            low = int((a[:, i] & np.uint64(0xFFFF_FFFF)).sum(dtype=np.uint64))
            high = int((a[:, i] >> np.uint64(32)).sum(dtype=np.uint64))
            total += (low + (high << 32)) << (64 * i)
        return total % self.field.modulus


def vector_arithmetic(field: FieldParameters, size: int = 1) -> VectorArithmetic:
    """Return the arithmetic that fits the field and vectors of that size."""
    if field.modulus < 1 << 32:
        return SmallArithmetic(field)
    if field.modulus == (1 << 64) - (1 << 32) + 1:
        return GoldilocksArithmetic(field)
    return WideArithmetic(field) if size <= _INTEGERS_LIMIT else NativeArithmetic(field)
