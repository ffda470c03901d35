"""Arithmetic on arrays of points, by the native extension: add, multiply, is_on_curve.

For everyday use and for tests; a sum of many products is ``zkmark.kernels.msm.api.msm``. Points are
``uint64[n, 2, limbs]``, affine, canonical, infinity all zeros. Bad input raises ``ValueError``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zkmark.kernels.case import Array
from zkmark.kernels.curves.encoding import check_points, check_shape
from zkmark.kernels.curves.parameters import curve as curve_parameters
from zkmark.kernels.fields.encoding import check_elements


def add(left: Array, right: Array, curve: str) -> Array:
    """Return left[i] + right[i] for any points of the curve, ``uint64[n, 2, limbs]``."""
    from zkmark import _native

    parameters = curve_parameters(curve)
    left = check_points("left", left, parameters)
    right = check_points("right", right, parameters, len(left))
    return _native.points_add(curve, left, right)


def multiply(scalars: Array, points: Array, curve: str) -> Array:
    """Return scalars[i] * points[i], ``uint64[n, 2, limbs]``.

    Any points of the curve; scalars ``uint64[n, 4]`` below the order.
    """
    from zkmark import _native

    parameters = curve_parameters(curve)
    points = check_points("points", points, parameters)
    check_elements("scalars", scalars, parameters.scalar, (len(points),))
    return _native.points_multiply(curve, points, np.ascontiguousarray(scalars))


def is_on_curve(points: Array, curve: str, *, subgroup: bool = False) -> NDArray[np.bool_]:
    """Say of each point whether it is on the curve, with coordinates below the modulus.

    Infinity is. With ``subgroup``, also whether it is in the subgroup of prime order. Returns
    ``bool[n]``.
    """
    from zkmark import _native

    parameters = curve_parameters(curve)
    points = check_shape("points", points, parameters)
    result: NDArray[np.bool_] = _native.points_on_curve(curve, points, subgroup)
    return result
