"""The domains of a STARK whose tables have heights of their own, proven together by lifting.

A trace of height ``h`` (a power of two) lies on the subgroup of order h. Its columns are extended
to ``blocks`` cosets of that subgroup; block j holds the values at ``shift(h) * w^j * v^r`` for r
from 0 to h - 1, with w the root of unity of order ``blocks * h`` and v that of order h.

Lifting: a polynomial p of a table of height h takes part in a proof of height N as ``p(X^(N/h))``,
whose value at block j and row r is p's own at block j and row ``r mod h``. For that to hold, shifts
must satisfy ``shift(N)^(N/h) = shift(h)``. An element of odd order has a 2^k-th root for every k, a
power of itself, so all shifts are roots of one element of odd order, ``SHIFT_POWER = shift(h)^h``.
Its order is not a power of two, so no block meets a trace's own domain.

On block j, ``X^h`` is the constant ``SHIFT_POWER * u^j`` with u the root of order ``blocks``,
whatever the height. Lifting of tables is described in Miden's ``lifted-stark`` (0xMiden/crypto).
"""

from __future__ import annotations

from functools import cache

from zkmark.kernels.fields.parameters import field

GOLDILOCKS = field("goldilocks")
MODULUS = GOLDILOCKS.modulus
# The odd part of the multiplicative group's order: 2^32 - 1.
_ODD_ORDER = (MODULUS - 1) >> GOLDILOCKS.two_adicity
# Generates the group of that order.
SHIFT_POWER = pow(GOLDILOCKS.generator, 1 << GOLDILOCKS.two_adicity, MODULUS)


@cache
def shift(height: int) -> int:
    """Return the shift of cosets of a height: the ``height``-th root of SHIFT_POWER."""
    return pow(SHIFT_POWER, pow(height, -1, _ODD_ORDER), MODULUS)


def log2(size: int) -> int:
    """Return the logarithm of a power of two; ``ValueError`` for any other number."""
    if size < 1 or size & (size - 1):
        raise ValueError(f"size: got {size}, want a power of two")
    return size.bit_length() - 1


@cache
def root(order: int) -> int:
    """Return the root of unity of order ``order``, a power of two."""
    return GOLDILOCKS.root_of_order(log2(order))


@cache
def block_shift(height: int, blocks: int, block: int) -> int:
    """Return what the subgroup of order ``height`` is multiplied by in a block."""
    return shift(height) * pow(root(height * blocks), block, MODULUS) % MODULUS


@cache
def block_power(blocks: int, block: int) -> int:
    """Return the constant ``X^h`` on a block, the same for every height h."""
    return SHIFT_POWER * pow(root(blocks), block, MODULUS) % MODULUS


def point(height: int, blocks: int, index: int) -> int:
    """Return the point at ``index = block * height + row``."""
    block, row = divmod(index, height)
    return block_shift(height, blocks, block) * pow(root(height), row, MODULUS) % MODULUS
