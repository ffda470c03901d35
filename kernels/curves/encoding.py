"""Points between Python integers and the arrays at the border, and the check of a user's points.

An array of points is ``uint64[n, 2, limbs]``: x and y, canonical, little-endian limbs; infinity is
all zeros (which no curve here contains: b is not 0).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zkmark.kernels.curves.parameters import CurveParameters
from zkmark.kernels.curves.reference import Point
from zkmark.kernels.fields.encoding import dense, from_integers, to_integers

PointArray = NDArray[np.uint64]


def points_to_tuples(points: PointArray, curve: CurveParameters) -> list[Point]:
    """Return the points of ``uint64[..., 2, limbs]`` as a list of (x, y), ``None`` for infinity."""
    coordinates = to_integers(points, curve.base)
    pairs = zip(coordinates[::2], coordinates[1::2], strict=True)
    return [None if x == 0 and y == 0 else (x, y) for x, y in pairs]


def points_from_tuples(points: Sequence[Point], curve: CurveParameters) -> PointArray:
    """Return points, (x, y) or ``None`` for infinity, as ``uint64[n, 2, limbs]``."""
    coordinates = [c for point in points for c in (point or (0, 0))]
    return np.asarray(from_integers(coordinates, curve.base, (len(points), 2)))


def point_to_tuple(point: PointArray, curve: CurveParameters) -> Point:
    """Return the point of ``uint64[2, limbs]`` as (x, y), ``None`` for infinity."""
    return points_to_tuples(point[None], curve)[0]


def point_from_tuple(point: Point, curve: CurveParameters) -> PointArray:
    """Return a point, (x, y) or ``None`` for infinity, as ``uint64[2, limbs]``."""
    array: PointArray = points_from_tuples([point], curve)[0]
    return array


def check_shape(
    name: str, array: Any, curve: CurveParameters, count: int | None = None
) -> PointArray:
    """Return an array, contiguous, if it is ``uint64[n, 2, limbs]`` (n = ``count`` if given)."""
    length = "n" if count is None else str(count)
    want = f"uint64[{length}, 2, {curve.base.limbs}]"
    if not isinstance(array, np.ndarray):
        raise ValueError(f"{name}: got {type(array).__name__}, want an array {want}")
    shape = (array.shape[0] if array.ndim and count is None else count, *curve.point_shape)
    if array.dtype != np.uint64 or array.shape != shape:
        raise ValueError(f"{name}: got {array.dtype}{list(array.shape)}, want {want}")
    return dense(array)


def check_points(
    name: str,
    array: Any,
    curve: CurveParameters,
    count: int | None = None,
    *,
    subgroup: bool = False,
) -> PointArray:
    """Check an array of points and return it, contiguous.

    Wants ``uint64[n, 2, limbs]`` (n = ``count`` if given) with coordinates below the modulus of
    points that lie on the curve; with ``subgroup`` also in the subgroup of prime order (for
    BLS12-381 this costs half a scalar multiplication a point; the other curves have no other
    points). Raises ``ValueError`` naming ``name``, what it got and what it wants, with the index of
    the first bad point.
    """
    from zkmark import _native

    points = check_shape(name, array, curve, count)
    fault, index = _native.points_check(curve.id, points, subgroup)
    if fault:
        wants = {
            "modulus": f"want coordinates below the modulus of {curve.base.id}",
            "curve": f"want points on {curve.id}",
            "subgroup": f"want points in the subgroup of prime order of {curve.id}",
        }
        x, y = (int.from_bytes(c.astype("<u8").tobytes(), "little") for c in points[index])
        raise ValueError(f"{name}[{index}]: got ({x:#x}, {y:#x}), {wants[fault]}")
    return points
