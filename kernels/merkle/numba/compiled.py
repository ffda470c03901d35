"""The compiled functions: permutations, sponge and compression, loops over leaves and pairs.

One function serves every set of a kind, so that there is little to compile: constants, width and
modulus are arguments. Words are 64 bits; every constant in an expression is a ``np.uint64``,
because Numba makes a float of a sum of signed and unsigned.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, prange, types
from numba.extending import intrinsic
from numpy.typing import NDArray

Words = NDArray[np.uint64]

_ZERO = np.uint64(0)
_SHIFT = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_GOLDILOCKS = np.uint64(2**64 - 2**32 + 1)

# Leaves or pairs a thread takes at a time.
_BLOCK = 32


def _generate_multiply_high(typing_context: Any, a: Any, b: Any) -> Any:
    """Return the upper 64 bits of the product of two 64-bit words."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide = ir.IntType(128)
        x, y = (builder.zext(argument, wide) for argument in arguments)
        product = builder.mul(x, y)
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), generate


_multiply_high: Any = intrinsic(_generate_multiply_high)


@njit(cache=True)
def _add(a: np.uint64, b: np.uint64, p: np.uint64) -> np.uint64:
    """Return a + b mod p for a, b < p <= 2^64."""
    rest = p - b
    return a - rest if a >= rest else a + b


@njit(cache=True)
def _multiply_31(a: np.uint64, b: np.uint64, p: np.uint64, inverse: np.uint64) -> np.uint64:
    """Return a b / 2^32 mod p: Montgomery's multiplication with p^-1 mod 2^32."""
    product = a * b
    quotient = (product * inverse) & _LOW
    high, taken = product >> _SHIFT, (quotient * p) >> _SHIFT
    return high - taken if high >= taken else high + p - taken


@njit(cache=True)
def _multiply_goldilocks(a: np.uint64, b: np.uint64) -> np.uint64:
    """Return a b mod p by 2^64 = 2^32 - 1 and 2^96 = -1."""
    low: np.uint64 = a * b
    high: np.uint64 = _multiply_high(a, b)
    top, middle = high >> _SHIFT, high & _LOW
    result = low - top
    if low < top:
        result -= _LOW
    addend = (middle << _SHIFT) - middle
    total = result + addend
    if total < addend:
        total += _LOW
    return total - _GOLDILOCKS if total >= _GOLDILOCKS else total


@njit(cache=True)
def _multiply(a: np.uint64, b: np.uint64, kind: int, p: np.uint64, inverse: np.uint64) -> np.uint64:
    return _multiply_31(a, b, p, inverse) if kind == 0 else _multiply_goldilocks(a, b)


@njit(cache=True)
def _external_layer(state: Words, p: np.uint64) -> None:
    """Circulant (2, 3, 1, 1) on every 4 lanes, then add the sum of the lanes equal modulo 4."""
    width = len(state)
    for i in range(0, width, 4):
        x0, x1, x2, x3 = state[i], state[i + 1], state[i + 2], state[i + 3]
        first, second = _add(x0, x1, p), _add(x2, x3, p)
        total = _add(first, second, p)
        with_x1, with_x3 = _add(total, x1, p), _add(total, x3, p)
        state[i] = _add(with_x1, first, p)
        state[i + 1] = _add(with_x1, _add(x2, x2, p), p)
        state[i + 2] = _add(with_x3, second, p)
        state[i + 3] = _add(with_x3, _add(x0, x0, p), p)
    for lane in range(4):
        total = _ZERO
        for i in range(lane, width, 4):
            total = _add(total, state[i], p)
        for i in range(lane, width, 4):
            state[i] = _add(state[i], total, p)


@njit(cache=True)
def _poseidon2(
    state: Words,
    kind: int,
    p: np.uint64,
    inverse: np.uint64,
    alpha: int,
    rounds: Words,
    internal: Words,
    diagonal: Words,
) -> None:
    width = len(state)
    half = len(rounds) // 2
    _external_layer(state, p)
    for round in range(len(rounds) + len(internal)):
        partial = half <= round < half + len(internal)
        row = round if round < half else round - len(internal)
        for i in range(1 if partial else width):
            x = _add(state[i], internal[round - half] if partial else rounds[row, i], p)
            square = _multiply(x, x, kind, p, inverse)
            power = _multiply(square, x, kind, p, inverse)
            if alpha == 7:
                fourth = _multiply(square, square, kind, p, inverse)
                power = _multiply(fourth, power, kind, p, inverse)
            state[i] = power
        if partial:
            total = _ZERO
            for i in range(width):
                total = _add(total, state[i], p)
            for i in range(width):
                product = _multiply(state[i], diagonal[i], kind, p, inverse)
                state[i] = _add(product, total, p)
        else:
            _external_layer(state, p)


@njit(cache=True)
def _shift_and_multiply(base: Words, squarings: int, tail: Words, out: Words) -> None:
    """Set out = base^(2^squarings) tail, lane by lane; out may be base."""
    for i in range(len(base)):
        x = base[i]
        for _ in range(squarings):
            x = _multiply_goldilocks(x, x)
        out[i] = _multiply_goldilocks(x, tail[i])


@njit(cache=True)
def _rpo(state: Words, rounds: Words, first_row: Words, scratch: Words) -> None:
    """RPO's rounds; ``scratch`` is [4, 12]. The exponent 1/7 is 0x92492491b6db6db7."""
    width = len(state)
    mixed, t3, t6, run = scratch[0], scratch[1], scratch[2], scratch[3]
    for step in range(len(rounds)):
        for i in range(width):
            # Sums of 32-bit halves times small integers stay below 2^40.
            low, high = _ZERO, _ZERO
            for j in range(width):
                factor = first_row[(j - i) % width]
                low += (state[j] & _LOW) * factor
                high += (state[j] >> _SHIFT) * factor
            over = (high >> _SHIFT) * _LOW + low
            total = (high << _SHIFT) + over
            if total < over:
                total += _LOW
            if total >= _GOLDILOCKS:
                total -= _GOLDILOCKS
            mixed[i] = _add(total, rounds[step, i], _GOLDILOCKS)
        if step % 2 == 0:
            for i in range(width):
                x = mixed[i]
                square = _multiply_goldilocks(x, x)
                fourth = _multiply_goldilocks(square, square)
                state[i] = _multiply_goldilocks(fourth, _multiply_goldilocks(square, x))
        else:
            for i in range(width):
                square = _multiply_goldilocks(mixed[i], mixed[i])
                run[i] = _multiply_goldilocks(square, square)
                state[i] = _multiply_goldilocks(_multiply_goldilocks(square, run[i]), mixed[i])
            _shift_and_multiply(run, 3, run, t3)
            _shift_and_multiply(t3, 6, t3, t6)
            _shift_and_multiply(t6, 12, t6, run)
            _shift_and_multiply(run, 6, t3, run)
            _shift_and_multiply(run, 31, run, t6)
            for i in range(width):
                x = _multiply_goldilocks(t6[i], t6[i])
                x = _multiply_goldilocks(x, run[i])
                x = _multiply_goldilocks(x, x)
                x = _multiply_goldilocks(x, x)
                state[i] = _multiply_goldilocks(x, state[i])


@njit(cache=True)
def _permute(
    state: Words,
    kind: int,
    p: np.uint64,
    inverse: np.uint64,
    alpha: int,
    rounds: Words,
    internal: Words,
    diagonal: Words,
    scratch: Words,
) -> None:
    if kind == 0:
        _poseidon2(state, 0, p, inverse, alpha, rounds, internal, diagonal)
    elif kind == 1:
        _poseidon2(state, 1, p, inverse, alpha, rounds, internal, diagonal)
    else:
        _rpo(state, rounds, diagonal, scratch)


@njit(cache=True)
def _hash_block(
    messages: Words,
    digests: Words,
    begin: int,
    end: int,
    convert: bool,
    kind: int,
    p: np.uint64,
    inverse: np.uint64,
    r_squared: np.uint64,
    rate: int,
    alpha: int,
    rounds: Words,
    internal: Words,
    diagonal: Words,
) -> None:
    length = messages.shape[1]
    state = np.empty(rounds.shape[1], dtype=np.uint64)
    scratch = np.empty((4, len(state)), dtype=np.uint64)
    for message in range(begin, end):
        for i in range(len(state)):
            state[i] = _ZERO
        if kind == 2:
            state[rate] = np.uint64(length % rate)
        for start in range(0, length, rate):
            used = min(rate, length - start)
            for i in range(used):
                word = messages[message, start + i]
                state[i] = _multiply_31(word, r_squared, p, inverse) if convert else word
            if kind == 2:
                for i in range(used, rate):
                    state[i] = _ZERO
            _permute(state, kind, p, inverse, alpha, rounds, internal, diagonal, scratch)
        for i in range(digests.shape[1]):
            digests[message, i] = state[i]


@njit(cache=True, parallel=True, nogil=True)
def hash_many(
    messages: Words,
    digests: Words,
    convert: bool,
    kind: int,
    p: np.uint64,
    inverse: np.uint64,
    r_squared: np.uint64,
    rate: int,
    alpha: int,
    rounds: Words,
    internal: Words,
    diagonal: Words,
) -> None:
    """Hash messages [n, length] into digests [n, digest length].

    ``convert`` brings canonical elements into Montgomery form as they are absorbed. Compression is
    the same function: pairs of digests as messages, with their length as the rate.
    """
    count = len(messages)
    for block in prange((count + _BLOCK - 1) // _BLOCK):
        begin = block * _BLOCK
        end = min(count, begin + _BLOCK)
        _hash_block(
            messages,
            digests,
            begin,
            end,
            convert,
            kind,
            p,
            inverse,
            r_squared,
            rate,
            alpha,
            rounds,
            internal,
            diagonal,
        )
