"""An identity that every correct transform satisfies and a wrong one fails, in linear time.

For coefficients x and values X[j] = sum_i x[i] (s w^j)^i, n = 2^k, bits j = sum_b j_b 2^b, and any
a_0 .. a_(k-1):

    sum_j X[j] prod_b a_b^(j_b)  =  sum_i x[i] s^i prod_b (1 + a_b w^(i 2^b))

because w^(i j) is the product of the w^(i 2^b) with j_b = 1. The left side minus that of the
correct values is a polynomial in the a_b of total degree k at most, and not zero if any value is
wrong; at a uniformly random point it vanishes with probability at most k / p (Schwartz and Zippel).
The barycentric identity at one random point would need an inversion an element and be fooled with
probability n / p. The points are drawn after the output was made, from the operating system, so
nothing can be fitted to them. No part of a transform is used: both products are made by doubling,
in about 8 n multiplications.
"""

from __future__ import annotations

from secrets import randbelow
from typing import TYPE_CHECKING

import numpy as np

from zkmark.kernels.case import Array, Check
from zkmark.kernels.ntt.vector_arithmetic import VectorArithmetic, vector_arithmetic

if TYPE_CHECKING:
    from zkmark.kernels.ntt.case import NttCase

# A wrong output passes with probability below 2^-40.
ERROR_BITS = 40


def points_needed(log_size: int, modulus: int) -> int:
    """Return how many random points push the error below 2^-ERROR_BITS: (k / p)^points."""
    if log_size == 0:
        return 1
    points, bound, error = 1, log_size, modulus
    while bound << ERROR_BITS > error:
        points, bound, error = points + 1, bound * log_size, error * modulus
    return points


def check_identity(case: NttCase, values: Array, output: Array) -> Check:
    """Judge the canonical output of a case for its canonical input, each transform of the batch."""
    forward = case.direction == "forward"
    coefficients, evaluations = (values, output) if forward else (output, values)
    field = case.field_parameters
    arithmetic = vector_arithmetic(field, case.size)
    points = points_needed(case.log_size, field.modulus)
    plural = "s" if points > 1 else ""
    method = f"multilinear identity at {points} random point{plural}"
    if case.batch > 1:
        method += f", each of {case.batch} transforms"
    roots = arithmetic.powers(field.root_of_order(case.log_size), max(1, case.size // 2))
    shifts = arithmetic.powers(field.generator, case.size) if case.coset else None
    for _ in range(points):
        factors = [randbelow(field.modulus) for _ in range(case.log_size)]
        natural = case.order == "natural"
        value_weights = arithmetic.subset_products(factors if natural else factors[::-1])
        coefficient_weights = _root_products(arithmetic, factors, roots)
        if shifts is not None:
            coefficient_weights = arithmetic.multiply(coefficient_weights, shifts)
        for row in range(case.batch):
            of_values = arithmetic.dot(arithmetic.load(evaluations[row]), value_weights)
            of_coefficients = arithmetic.dot(
                arithmetic.load(coefficients[row]), coefficient_weights
            )
            if of_values != of_coefficients:
                return Check(False, method, f"transform {row} fails the identity")
    return Check(True, method)


def _root_products(arithmetic: VectorArithmetic, factors: list[int], roots: Array) -> Array:
    """Return at index i the product over b of 1 + a_b w^(i 2^b), given w^0 .. w^(n/2 - 1).

    The factor of b depends on i modulo n / 2^b alone, so the product is made for i below 2, then
    4, 8 and so on: each step takes in one more factor, and w^(i 2^b) changes its sign from one half
    to the other.
    """
    products = arithmetic.constant(1)
    for b in reversed(range(len(factors))):
        terms = arithmetic.multiply(roots[:: 1 << b], arithmetic.constant(factors[b]))
        low = arithmetic.multiply(products, arithmetic.plus_one(terms))
        high = arithmetic.multiply(products, arithmetic.plus_one(arithmetic.negate(terms)))
        products = np.concatenate([low, high])
    return products
