"""Multi-scalar multiplication on a user's own arrays."""

from __future__ import annotations

import numpy as np

from zkmark.backends import Backend, ready_backend
from zkmark.kernels.case import Array
from zkmark.kernels.curves.parameters import curve as curve_parameters
from zkmark.kernels.implementation import run_case
from zkmark.kernels.msm.case import MsmCase


def msm(
    points: Array,
    scalars: Array,
    curve: str,
    *,
    backend: str | Backend = "cpu",
    threads: int | None = None,
) -> Array:
    """Return the sum of scalars[i] * points[i], ``uint64[2, limbs]``, infinity all zeros.

    ``points``: ``uint64[n, 2, limbs]``, affine, canonical, infinity all zeros, on the curve and in
    its subgroup of prime order (which is checked nowhere on the way, see ``MsmCase.validate``).
    ``scalars``: ``uint64[n, 4]`` below the subgroup's order. ``threads``: ``None`` for all; not
    with a ready ``Backend``.

    Raises ``ValueError`` for bad input and ``BackendUnavailableError`` for a backend that cannot
    run here.
    """
    curve_parameters(curve)
    for name, array in (("points", points), ("scalars", scalars)):
        if not isinstance(array, np.ndarray) or array.ndim == 0:
            got = f"{array.dtype}[]" if isinstance(array, np.ndarray) else type(array).__name__
            raise ValueError(f"{name}: got {got}, want an array with a row for each point")
    device = ready_backend(backend, threads)
    case = MsmCase(curve, len(points))
    return run_case(case, {"points": points, "scalars": scalars}, device)
