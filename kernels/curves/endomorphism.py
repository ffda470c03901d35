"""The endomorphism of curves with a = 0, and the splitting of scalars that it allows (GLV).

For a cube root of unity beta of the base field, phi(x, y) = (beta x, y) maps such a curve to itself
and acts on the subgroup of prime order r as multiplication by a cube root of unity lambda modulo r.
A scalar k is split into k = k1 + k2 lambda (mod r) with |k1|, |k2| about sqrt(r), so that k P = k1
P + k2 phi(P) takes half the doublings, and a multi-scalar multiplication half the windows for twice
the points.

Source: Gallant, Lambert, Vanstone, "Faster Point Multiplication on Elliptic Curves with Efficient
Endomorphisms" (2001); the short basis by the extended Euclidean algorithm is algorithm 3.74 of
Hankerson, Menezes, Vanstone, "Guide to Elliptic Curve Cryptography" (2004).

All constants are derived here from a curve's parameters; the native kernels hold the same ones and
a test compares them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import isqrt

from zkmark.kernels.curves.parameters import CurveParameters, curve
from zkmark.kernels.curves.reference import multiply

# Split scalars are below 2^127 in absolute value on all curves: |k1| <= (|a1| + |a2|) / 2 and
# |k2| <= (|b1| + |b2|) / 2, each plus one for rounding. Tested.
SPLIT_BITS = 127


@dataclass(frozen=True)
class Endomorphism:
    """The constants of phi(x, y) = (beta x, y) = lambda (x, y).

    ``basis`` holds two short vectors (a1, b1), (a2, b2) with a + b lambda = 0 (mod r), b1 < 0 < b2
    and determinant r.
    """

    beta: int
    lambda_: int
    order: int
    basis: tuple[tuple[int, int], tuple[int, int]]

    def split(self, scalar: int) -> tuple[int, int]:
        """Return (k1, k2), of either sign, with k1 + k2 lambda = scalar (mod r)."""
        (a1, b1), (a2, b2) = self.basis
        c1 = _round_divide(b2 * scalar, self.order)
        c2 = _round_divide(-b1 * scalar, self.order)
        return scalar - c1 * a1 - c2 * a2, -c1 * b1 - c2 * b2


def _round_divide(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)


def _short_basis(order: int, lambda_: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return two short vectors (a, b) with a + b lambda = 0 (mod order), the one with b < 0 first.

    Both have a >= 0 and their b differ in sign, so their determinant is +order.
    """
    remainders, coefficients = [order, lambda_], [0, 1]
    while remainders[-1]:
        quotient = remainders[-2] // remainders[-1]
        remainders.append(remainders[-2] - quotient * remainders[-1])
        coefficients.append(coefficients[-2] - quotient * coefficients[-1])
    vectors = [(r, -t) for r, t in zip(remainders, coefficients, strict=True)]
    last = max(i for i, r in enumerate(remainders) if r >= isqrt(order))
    first = vectors[last + 1]
    second = min(vectors[last], vectors[last + 2], key=lambda v: v[0] ** 2 + v[1] ** 2)
    return (first, second) if first[1] < 0 else (second, first)


@cache
def endomorphism(curve_id: str) -> Endomorphism:
    """Return a curve's endomorphism: beta is g^((p - 1) / 3) for the base field's generator g.

    Of the two roots lambda, the one with phi(G) = lambda G is taken.
    """
    parameters: CurveParameters = curve(curve_id)
    p, r = parameters.base.modulus, parameters.order
    beta = pow(parameters.base.generator, (p - 1) // 3, p)
    root = pow(parameters.scalar.generator, (r - 1) // 3, r)
    x, y = parameters.generator
    image = (beta * x % p, y)
    for lambda_ in (root, root * root % r):
        if multiply(lambda_, parameters.generator, parameters) == image:
            return Endomorphism(beta, lambda_, r, _short_basis(r, lambda_))
    raise AssertionError(f"{curve_id}: neither root is the endomorphism's eigenvalue")
