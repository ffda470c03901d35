"""The operations of a multi-scalar multiplication by the native Pippenger."""

from __future__ import annotations

from math import exp

from zkmark.kernels.msm.case import MsmCase
from zkmark.kernels.work import Work, field_products, plural

# Multiplications of one addition and, among them, squarings: affine with a shared inversion, to an
# XYZZ accumulator from affine, and of two of these.
_AFFINE, _MIXED, _XYZZ = (6, 1), (10, 2), (14, 2)


def pippenger_work(case: MsmCase, level: str, threads: int) -> Work:
    """Count additions of points in the schedule that the native code picks for size and threads.

    Each of n points and its image has a digit a window, few of them zero. Uniform digits fill
    b (1 - e^(-2n/b)) of a window's b buckets. Affine: all but the first point of a bucket are
    added, then each filled bucket twice (to its row and its column), then rows and columns in
    running sums. Inversions, one shared by some thousand additions, are left out.
    """
    from zkmark import _native

    bits, affine, *_ = _native.msm_schedule(case.size, threads)
    windows = -(-128 // bits)
    buckets = 1 << (bits - 1)
    entries = 2 * case.size * (1 - 2.0**-bits)
    filled = buckets * (1 - exp(-entries / buckets))
    if affine:
        low = (bits - 1) // 2
        lines = (1 << low) + (1 << (bits - 1 - low))
        additions = windows * (entries - filled + max(0.0, 2 * filled - lines))
        (multiplications, squares), kind = _AFFINE, "affine"
    else:
        # The way for few points runs in scalar code at every level.
        level = "portable" if level == "portable" else "avx2"
        additions = windows * (entries - filled)
        (multiplications, squares), kind = _MIXED, "mixed"
    products = field_products(case.curve_parameters.base.id, level)
    each = (multiplications - squares) * products.multiply + squares * products.square
    count = max(0, round(additions))
    return Work(
        products.unit,
        level,
        count * each,
        f"{windows} windows of {bits} bits over 2 n half scalars: about {count} {kind} additions "
        f"of {multiplications} multiplications: {each} {plural(products.unit)}",
    )
