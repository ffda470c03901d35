"""Curves: y^2 = x^3 + b over a prime field, in affine points at the border.

``parameters`` holds the sets, ``reference`` the group law in Python integers, ``encoding`` the way
between integers and arrays, ``points`` fast arithmetic on arrays of points.
"""

from zkmark.kernels.curves.parameters import CURVES, CurveParameters, curve

__all__ = ["CURVES", "CurveParameters", "curve"]
