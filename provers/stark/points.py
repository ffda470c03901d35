"""The out-of-domain point z, what it is for tables of other heights, and what is known there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from zkmark.kernels.stark.domain import MODULUS, block_power, root
from zkmark.kernels.stark.operations import Words
from zkmark.provers.stark.scalars import (
    Element,
    add,
    by_root,
    embedded,
    inverse,
    multiply,
    power,
    scale,
    subtract,
)
from zkmark.provers.stark.transcript import Transcript


def out_of_domain_point(transcript: Transcript, degree: int) -> Words:
    """Draw z outside the base field.

    All points of traces and cosets lie in it, and all roots of unity whose order divides p - 1: so
    ``z^N - 1`` and the denominators of DEEP are not zero.
    """
    while True:
        z = transcript.element(degree)
        if z[1:].any():
            return z


def table_points(z: Words, tallest: int, heights: Iterable[int]) -> dict[int, Words]:
    """Return for each height h the points ``y = z^(N / h)`` and ``y w_h``, as ``[2, D]``."""
    at = tuple(z.tolist())
    points = {}
    for height in heights:
        y = power(at, tallest // height)
        points[height] = np.array([y, scale(y, root(height))], dtype=np.uint64)
    return points


def selectors_at(y: Element, height: int) -> list[Element]:
    """Return is_first, is_last, is_transition at y (expressions.py has the polynomials)."""
    degree = len(y)
    last = pow(root(height), -1, MODULUS)
    vanishing = subtract(power(y, height), embedded(1, degree))
    scaled = scale(vanishing, pow(height, -1, MODULUS))
    from_first = subtract(y, embedded(1, degree))
    from_last = subtract(y, embedded(last, degree))
    if height == 1:  # both are 1, and y may be
        return [embedded(1, degree), embedded(1, degree), from_last]
    first = multiply(scaled, inverse(from_first))
    return [first, multiply(scale(scaled, last), inverse(from_last)), from_last]


def periodic_at(periods: Sequence[Sequence[int]], y: Element, height: int) -> list[Element]:
    """Return periodic columns at y: each the value at ``x = y^(h / L)`` of its polynomial.

    By Lagrange on the L-th roots v^k: ``sum of value_k (x^L - 1) v^k / (L (x - v^k))``.
    """
    degree = len(y)
    shares: dict[int, list[Element]] = {}  # Lagrange's polynomials at x, by L
    result = []
    for period in periods:
        length = len(period)
        if length not in shares:
            x = power(y, height // length)
            vanishing = subtract(power(x, length), embedded(1, degree))
            vanishing = scale(vanishing, pow(length, -1, MODULUS))
            roots = [pow(root(length), k, MODULUS) for k in range(length)]
            shares[length] = [
                scale(multiply(vanishing, inverse(subtract(x, embedded(at, degree)))), at)
                for at in roots
            ]
        total = embedded(0, degree)
        for value, share in zip(period, shares[length], strict=True):
            if value:
                total = add(total, scale(share, value))
        result.append(total)
    return result


def block_weights(power_of_z: Element, blocks: int) -> list[Element]:
    """Return ``L_j`` at z, with ``power_of_z = z^N``, which is ``y^h`` for every table.

    ``L_j`` is the polynomial in ``X^h`` that is 1 on block j and 0 on the other blocks.
    """
    degree = len(power_of_z)
    constants = [block_power(blocks, j) for j in range(blocks)]
    weights = []
    for j in range(blocks):
        weight = embedded(1, degree)
        for k in range(blocks):
            if k != j:
                factor = subtract(power_of_z, embedded(constants[k], degree))
                weight = multiply(
                    weight, scale(factor, pow(constants[j] - constants[k], -1, MODULUS))
                )
        weights.append(weight)
    return weights


def recombined(pieces: Words, weights: Sequence[Element]) -> Element:
    """Return a quotient at y from its pieces there, ``[D blocks, D]``, and ``block_weights``.

    ``q = sum of L_j q_j``; column ``c blocks + j`` is coordinate c of block j.
    """
    total = embedded(0, pieces.shape[1])
    for j, weight in enumerate(weights):
        total = add(total, multiply(weight, joined(pieces[j :: len(weights)])))
    return total


def joined(coordinates: Words) -> Element:
    """Return ``sum of x^c v_c`` for extension values ``[D, D]``, with x the extension's root.

    So a column over the extension is had at a point from the values of its D base columns there.
    """
    *lower, total = map(tuple, coordinates.tolist())
    for value in reversed(lower):
        total = add(by_root(total), value)
    return total
