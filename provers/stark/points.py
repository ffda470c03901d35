"""The out-of-domain point z, and what it is for tables of other heights."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from zkmark.kernels.fields.reference import (
    ExtensionElement,
    extension_add,
    extension_inverse,
    extension_multiply,
    extension_power,
    extension_subtract,
)
from zkmark.kernels.stark.domain import MODULUS, block_power, root
from zkmark.kernels.stark.operations import Words
from zkmark.kernels.stark.reference import extension
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
    field = extension(len(z))
    points = {}
    for height in heights:
        y = extension_power(tuple(z.tolist()), tallest // height, field)
        ahead = tuple(x * root(height) % MODULUS for x in y)
        points[height] = np.array([y, ahead], dtype=np.uint64)
    return points


def embedded(value: int, degree: int) -> ExtensionElement:
    """Return a base element in the extension."""
    return (value % MODULUS, *(0,) * (degree - 1))


def selectors_at(y: ExtensionElement, height: int) -> list[ExtensionElement]:
    """Return is_first, is_last, is_transition at y (expressions.py has the polynomials)."""
    field = extension(len(y))
    degree = field.degree
    last = pow(root(height), -1, MODULUS)
    vanishing = extension_subtract(extension_power(y, height, field), embedded(1, degree), field)
    scaled = tuple(x * pow(height, -1, MODULUS) % MODULUS for x in vanishing)
    from_first = extension_subtract(y, embedded(1, degree), field)
    from_last = extension_subtract(y, embedded(last, degree), field)
    first = extension_multiply(scaled, extension_inverse(from_first, field), field)
    final = extension_multiply(scaled, extension_inverse(from_last, field), field)
    return [first, tuple(x * last % MODULUS for x in final), from_last]


def periodic_at(
    periods: Sequence[Sequence[int]], y: ExtensionElement, height: int
) -> list[ExtensionElement]:
    """Return periodic columns at y: each the value at ``x = y^(h / L)`` of its polynomial.

    By Lagrange on the L-th roots v^k: ``sum of value_k (x^L - 1) v^k / (L (x - v^k))``.
    """
    field = extension(len(y))
    result = []
    for period in periods:
        length = len(period)
        x = extension_power(y, height // length, field)
        vanishing = extension_power(x, length, field)
        vanishing = extension_subtract(vanishing, embedded(1, field.degree), field)
        total = embedded(0, field.degree)
        for k, value in enumerate(period):
            at = pow(root(length), k, MODULUS)
            below = extension_subtract(x, embedded(at, field.degree), field)
            share = value * at * pow(length, -1, MODULUS)
            inverse = extension_inverse(below, field)
            total = extension_add(total, tuple(c * share % MODULUS for c in inverse), field)
        result.append(extension_multiply(total, vanishing, field))
    return result


def recombined(pieces: Words, power: ExtensionElement, blocks: int) -> ExtensionElement:
    """Return a quotient from its pieces ``[D blocks, D]`` at y, with ``power = y^h``.

    ``q = sum of L_j q_j`` with ``L_j`` the polynomial in ``X^h`` that is 1 on block j and 0 on the
    others; column ``c blocks + j`` is coordinate c of block j.
    """
    field = extension(len(power))
    degree = field.degree
    constants = [block_power(blocks, j) for j in range(blocks)]
    total = embedded(0, degree)
    for j in range(blocks):
        weight = embedded(1, degree)
        for k in range(blocks):
            if k != j:
                factor = extension_subtract(power, embedded(constants[k], degree), field)
                scale = pow(constants[j] - constants[k], -1, MODULUS)
                factor = tuple(x * scale % MODULUS for x in factor)
                weight = extension_multiply(weight, factor, field)
        value = joined(pieces[j::blocks])
        total = extension_add(total, extension_multiply(weight, value, field), field)
    return total


def joined(coordinates: Words) -> ExtensionElement:
    """Return ``sum of phi^c v_c`` for extension values ``[D, D]``, with phi the field's root.

    So a column over the extension is had at a point from the values of its D base columns there.
    """
    field = extension(len(coordinates))
    total = embedded(0, field.degree)
    for c, row in enumerate(coordinates.tolist()):
        basis = tuple(int(i == c) for i in range(field.degree))
        total = extension_add(total, extension_multiply(tuple(row), basis, field), field)
    return total
