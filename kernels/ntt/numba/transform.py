"""Radix-2 transforms compiled by Numba: the loops of the textbook, one layer at a time.

Elements are 64-bit integers below the modulus while computed on. ``twiddles`` is a heap: those of
the layer that merges halves of h values stand at h .. 2 h - 1, so every layer reads them in order.
Import this module after ``prepare_cache``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Array = NDArray[Any]
# Where elements start, the heap of twiddles, factors before and after; empty ones are left out.
Tables = tuple[Array, Array, Array, Array]

_GOLDILOCKS = np.uint64(0xFFFF_FFFF_0000_0001)
_LOW = np.uint64(0xFFFF_FFFF)
_HALF = np.uint64(32)


@njit(cache=True, error_model="numpy")
def add(a: np.uint64, b: np.uint64, modulus: np.uint64) -> np.uint64:
    """Return a + b; written so that it cannot overflow 64 bits."""
    rest = modulus - b
    return a - rest if a >= rest else a + b


@njit(cache=True, error_model="numpy")
def subtract(a: np.uint64, b: np.uint64, modulus: np.uint64) -> np.uint64:
    """Return a - b."""
    return a - b if a >= b else a + (modulus - b)


@njit(cache=True, error_model="numpy")
def multiply_goldilocks(a: np.uint64, b: np.uint64) -> np.uint64:
    """Return a b: four products of 32-bit halves, reduced by 2^64 = 2^32 - 1 and 2^96 = -1."""
    a_low, a_high = a & _LOW, a >> _HALF
    b_low, b_high = b & _LOW, b >> _HALF
    low_low, low_high, high_low = a_low * b_low, a_low * b_high, a_high * b_low
    middle = (low_low >> _HALF) + (low_high & _LOW) + (high_low & _LOW)
    low = middle << _HALF | low_low & _LOW
    high = a_high * b_high + (low_high >> _HALF) + (high_low >> _HALF) + (middle >> _HALF)
    top = high >> _HALF
    result = low - top
    if low < top:
        result -= _LOW
    middle = (high & _LOW) * _LOW
    result += middle
    if result < middle:
        result += _LOW
    return result - _GOLDILOCKS if result >= _GOLDILOCKS else result


@njit(cache=True, error_model="numpy")
def multiply(a: np.uint64, b: np.uint64, modulus: np.uint64) -> np.uint64:
    """Return a b; a product of 31-bit elements fits a word."""
    if modulus == _GOLDILOCKS:
        return multiply_goldilocks(a, b)
    return a * b % modulus


@njit(cache=True, error_model="numpy")
def progression(first: np.uint64, ratio: np.uint64, count: int, modulus: np.uint64) -> Array:
    """Return first, first * ratio, first * ratio^2, ..."""
    result = np.empty(count, np.uint64)
    for i in range(count):
        result[i] = first
        first = multiply(first, ratio, modulus)
    return result


@njit(cache=True, error_model="numpy")
def butterflies(row: Array, twiddles: Array, modulus: np.uint64, decimate: bool) -> None:
    """Do all layers in place on one thread.

    With ``decimate`` from natural to bit-reversed order (Gentleman and Sande), else from
    bit-reversed to natural order (Cooley and Tukey).
    """
    n = row.size
    half = n // 2 if decimate else 1
    while 0 < half < n:
        for start in range(0, n, 2 * half):
            for j in range(half):
                a, b = np.uint64(row[start + j]), np.uint64(row[start + half + j])
                twiddle = twiddles[half + j]
                if decimate:
                    row[start + j] = add(a, b, modulus)
                    row[start + half + j] = multiply(subtract(a, b, modulus), twiddle, modulus)
                else:
                    b = multiply(b, twiddle, modulus)
                    row[start + j] = add(a, b, modulus)
                    row[start + half + j] = subtract(a, b, modulus)
        half = half // 2 if decimate else half * 2


@njit(cache=True, parallel=True, error_model="numpy")
def butterflies_on_threads(row: Array, twiddles: Array, modulus: np.uint64, decimate: bool) -> None:
    """Do the same with the butterflies of each layer shared among threads."""
    n = row.size
    log_half = 0
    while 2 << log_half < n:
        log_half += 1
    if not decimate:
        log_half = 0
    while log_half >= 0 and 1 << log_half < n:
        half = 1 << log_half
        for unsigned_index in prange(n // 2):
            index = np.int64(unsigned_index)  # mixed with signed integers it would become a float
            j = index & (half - 1)
            place = (index >> log_half << (log_half + 1)) + j
            a, b = np.uint64(row[place]), np.uint64(row[place + half])
            twiddle = twiddles[half + j]
            if decimate:
                row[place] = add(a, b, modulus)
                row[place + half] = multiply(subtract(a, b, modulus), twiddle, modulus)
            else:
                b = multiply(b, twiddle, modulus)
                row[place] = add(a, b, modulus)
                row[place + half] = subtract(a, b, modulus)
        log_half += -1 if decimate else 1


@njit(cache=True, error_model="numpy")
def place(row: Array, out: Array, reversal: Array, factors: Array, modulus: np.uint64) -> None:
    """Copy a row to its starting order (none: as it is), times ``factors`` (none: unchanged)."""
    for i in range(row.size):
        value = np.uint64(row[i])
        if factors.size:
            value = multiply(value, factors[i], modulus)
        out[reversal[i] if reversal.size else i] = value


@njit(cache=True, error_model="numpy")
def scale(out: Array, factors: Array, modulus: np.uint64) -> None:
    """Multiply a row by ``factors`` in place."""
    for i in range(factors.size):
        out[i] = multiply(np.uint64(out[i]), factors[i], modulus)


@njit(cache=True, parallel=True, error_model="numpy")
def transform_rows(
    values: Array,
    out: Array,
    reversal: Array,
    twiddles: Array,
    before: Array,
    after: Array,
    modulus: np.uint64,
    decimate: bool,
) -> None:
    """Transform each row of ``values [batch, n]`` into ``out``, a thread a row."""
    for i in prange(values.shape[0]):
        place(values[i], out[i], reversal, before, modulus)
        butterflies(out[i], twiddles, modulus, decimate)
        scale(out[i], after, modulus)


def transform(
    values: Array,
    out: Array,
    tables: Tables,
    modulus: np.uint64,
    decimate: bool,
    share_rows: bool,
) -> None:
    """Transform rows, with threads sharing the rows, or else the butterflies of each row."""
    reversal, twiddles, before, after = tables
    if share_rows:
        transform_rows(values, out, reversal, twiddles, before, after, modulus, decimate)
        return
    for source, target in zip(values, out, strict=True):
        place(source, target, reversal, before, modulus)
        butterflies_on_threads(target, twiddles, modulus, decimate)
        scale(target, after, modulus)
