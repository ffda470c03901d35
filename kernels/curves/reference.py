"""The group of a curve in Python integers: the definition that everything faster is held to.

A point is a pair of integers below the base field's modulus, or ``None`` for infinity. The affine
law is the textbook's chord and tangent. Jacobian coordinates (x = X / Z^2, y = Y / Z^3; infinity
has Z = 0) save its inversions; their formulas are those of Cohen, Miyaji and Ono, "Efficient
Elliptic Curve Exponentiation Using Mixed Coordinates" (1998).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from zkmark.kernels.curves.parameters import CurveParameters

Point = tuple[int, int] | None
JacobianPoint = tuple[int, int, int]

JACOBIAN_INFINITY: JacobianPoint = (1, 1, 0)


def is_on_curve(point: Point, curve: CurveParameters) -> bool:
    """Say whether a point satisfies the curve's equation; infinity does."""
    if point is None:
        return True
    x, y = point
    p = curve.base.modulus
    return 0 <= x < p and 0 <= y < p and (y * y - (x * x * x + curve.a * x + curve.b)) % p == 0


def is_in_subgroup(point: Point, curve: CurveParameters) -> bool:
    """Say whether a point lies on the curve and in the subgroup of prime order."""
    return is_on_curve(point, curve) and multiply_unreduced(curve.order, point, curve) is None


def negate(point: Point, curve: CurveParameters) -> Point:
    """Return -P."""
    return None if point is None else (point[0], -point[1] % curve.base.modulus)


def add(left: Point, right: Point, curve: CurveParameters) -> Point:
    """Return P + Q by chord and tangent."""
    if left is None:
        return right
    if right is None:
        return left
    p = curve.base.modulus
    (x1, y1), (x2, y2) = left, right
    if x1 == x2:
        if (y1 + y2) % p == 0:
            return None
        slope = (3 * x1 * x1 + curve.a) * pow(2 * y1, -1, p) % p
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, p) % p
    x3 = (slope * slope - x1 - x2) % p
    return x3, (slope * (x1 - x3) - y1) % p


def multiply(scalar: int, point: Point, curve: CurveParameters) -> Point:
    """Return scalar * P for a P of the subgroup of prime order (which the scalar is reduced by)."""
    return multiply_unreduced(scalar % curve.order, point, curve)


def multiply_unreduced(scalar: int, point: Point, curve: CurveParameters) -> Point:
    """Return scalar * P for any point of the curve and any integer."""
    if scalar < 0:
        return multiply_unreduced(-scalar, negate(point, curve), curve)
    result = JACOBIAN_INFINITY
    for bit in bin(scalar)[2:]:
        result = jacobian_double(result, curve)
        if bit == "1":
            result = jacobian_add_affine(result, point, curve)
    return to_affine(result, curve)


def from_affine(point: Point) -> JacobianPoint:
    """Return a point in Jacobian coordinates."""
    return JACOBIAN_INFINITY if point is None else (*point, 1)


def to_affine(point: JacobianPoint, curve: CurveParameters) -> Point:
    """Return a Jacobian point in affine coordinates."""
    return batch_to_affine([point], curve)[0]


def batch_to_affine(points: Sequence[JacobianPoint], curve: CurveParameters) -> list[Point]:
    """Return Jacobian points in affine coordinates with a single inversion (Montgomery's trick)."""
    p = curve.base.modulus
    prefixes, product = [], 1
    for _, _, z in points:
        prefixes.append(product)
        if z:
            product = product * z % p
    inverse = pow(product, -1, p)
    result: list[Point] = [None] * len(points)
    for i in reversed(range(len(points))):
        x, y, z = points[i]
        if z:
            z_inverse = inverse * prefixes[i] % p
            inverse = inverse * z % p
            squared = z_inverse * z_inverse % p
            result[i] = (x * squared % p, y * squared * z_inverse % p)
    return result


def jacobian_double(point: JacobianPoint, curve: CurveParameters) -> JacobianPoint:
    """Return 2 P."""
    x, y, z = point
    p = curve.base.modulus
    if z == 0 or y == 0:
        return JACOBIAN_INFINITY
    yy = y * y % p
    s = 4 * x * yy % p
    m = (3 * x * x + (curve.a * pow(z, 4, p) if curve.a else 0)) % p
    x3 = (m * m - 2 * s) % p
    return x3, (m * (s - x3) - 8 * yy * yy) % p, 2 * y * z % p


def jacobian_add(
    left: JacobianPoint, right: JacobianPoint, curve: CurveParameters
) -> JacobianPoint:
    """Return P + Q."""
    x1, y1, z1 = left
    x2, y2, z2 = right
    if z1 == 0:
        return right
    if z2 == 0:
        return left
    p = curve.base.modulus
    z1z1, z2z2 = z1 * z1 % p, z2 * z2 % p
    return _jacobian_chord(
        left,
        (x1 * z2z2 % p, y1 * z2z2 * z2 % p, x2 * z1z1 % p, y2 * z1z1 * z1 % p, z1 * z2 % p),
        curve,
    )


def jacobian_add_affine(left: JacobianPoint, right: Point, curve: CurveParameters) -> JacobianPoint:
    """Return P + Q for an affine Q (a mixed addition)."""
    x1, y1, z1 = left
    if right is None:
        return left
    if z1 == 0:
        return from_affine(right)
    x2, y2 = right
    p = curve.base.modulus
    zz = z1 * z1 % p
    return _jacobian_chord(left, (x1, y1, x2 * zz % p, y2 * zz * z1 % p, z1), curve)


def _jacobian_chord(
    left: JacobianPoint, scaled: tuple[int, int, int, int, int], curve: CurveParameters
) -> JacobianPoint:
    """Finish an addition from both points scaled to the denominators of z: (u1, s1, u2, s2, z)."""
    u1, s1, u2, s2, z = scaled
    p = curve.base.modulus
    h, r = (u2 - u1) % p, (s2 - s1) % p
    if h == 0:
        return jacobian_double(left, curve) if r == 0 else JACOBIAN_INFINITY
    hh = h * h % p
    hhh = h * hh % p
    v = u1 * hh % p
    x3 = (r * r - hhh - 2 * v) % p
    return x3, (r * (v - x3) - s1 * hhh) % p, z * h % p


def sum_points(points: Iterable[Point], curve: CurveParameters) -> Point:
    """Return the sum of points."""
    total = JACOBIAN_INFINITY
    for point in points:
        total = jacobian_add_affine(total, point, curve)
    return to_affine(total, curve)
