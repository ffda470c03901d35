"""Multi-scalar multiplication in Python integers: the plain sum, and Pippenger's algorithm.

Points are pairs of integers or ``None`` for infinity, scalars integers from 0 below the curve's
order.
"""

from __future__ import annotations

from collections.abc import Sequence

from zkmark.kernels.curves.parameters import CurveParameters
from zkmark.kernels.curves.reference import (
    JACOBIAN_INFINITY,
    JacobianPoint,
    Point,
    add,
    jacobian_add,
    jacobian_add_affine,
    jacobian_double,
    multiply_unreduced,
    to_affine,
)
from zkmark.kernels.implementation import ReferenceImplementation


def msm_by_definition(
    points: Sequence[Point], scalars: Sequence[int], curve: CurveParameters
) -> Point:
    """Return the sum of scalars[i] * points[i], each product on its own."""
    total: Point = None
    for point, scalar in zip(points, scalars, strict=True):
        total = add(total, multiply_unreduced(scalar, point, curve), curve)
    return total


def pippenger_cost(size: int, window: int, scalar_bits: int) -> int:
    """Count the base-field multiplications of ``msm_pippenger`` at most, squarings included.

    A window of c bits takes a mixed addition (11 multiplications) a point, two full additions (16)
    a bucket and c doublings (7).
    """
    windows = -(-scalar_bits // window)
    buckets = (1 << window) - 1
    return windows * (11 * size + 16 * 2 * buckets + 7 * window)


def pippenger_window(size: int, scalar_bits: int) -> int:
    """Return the window, in bits, that makes ``pippenger_cost`` least."""
    return min(range(1, 25), key=lambda window: pippenger_cost(size, window, scalar_bits))


def msm_pippenger(
    points: Sequence[Point],
    scalars: Sequence[int],
    curve: CurveParameters,
    window: int | None = None,
) -> Point:
    """Return the same sum by buckets, in windows of ``window`` bits (by default the cheapest).

    For each window of the scalars, points with the same digit are summed in one bucket, and the
    buckets' sum weighted by their digits is had by adding up running sums. Source: Pippenger, "On
    the Evaluation of Powers and Related Problems" (1976), in the form of Bernstein, Doumen, Lange
    and Oosterwijk, "Faster Batch Forgery Identification" (2012).
    """
    bits = curve.order.bit_length()
    if window is None:
        window = pippenger_window(len(points), bits)
    total = JACOBIAN_INFINITY
    for shift in reversed(range(0, bits, window)):
        for _ in range(window):
            total = jacobian_double(total, curve)
        total = jacobian_add(total, _window_sum(points, scalars, shift, window, curve), curve)
    return to_affine(total, curve)


def _window_sum(
    points: Sequence[Point],
    scalars: Sequence[int],
    shift: int,
    window: int,
    curve: CurveParameters,
) -> JacobianPoint:
    """Return the sum of digit_i * points[i] for the digits of one window."""
    mask = (1 << window) - 1
    buckets: list[JacobianPoint] = [JACOBIAN_INFINITY] * (mask + 1)
    for point, scalar in zip(points, scalars, strict=True):
        digit = (scalar >> shift) & mask
        if digit:
            buckets[digit] = jacobian_add_affine(buckets[digit], point, curve)
    running = weighted = JACOBIAN_INFINITY
    for bucket in reversed(buckets[1:]):
        running = jacobian_add(running, bucket, curve)
        weighted = jacobian_add(weighted, running, curve)
    return weighted


IMPLEMENTATIONS = [ReferenceImplementation("msm")]
