"""The operations of a multi-scalar multiplication by the native Pippenger."""

from __future__ import annotations

from math import exp

from zkmark.kernels.msm.case import MsmCase
from zkmark.kernels.work import Work, field_products, plural

# Multiplications of one addition and, among them, squarings: affine with a shared inversion, and to
# an XYZZ accumulator.
_AFFINE, _MIXED = (6, 1), (10, 2)


def pippenger_work(case: MsmCase, level: str, threads: int) -> Work:
    """Count additions of points in the schedule that the native code picks for size and threads.

    Each half of a point's scalar has a digit a window, few of them zero. Uniform digits fill
    f = b (1 - e^(-n/b)) of a window's b buckets of either half, and e = b (1 - e^(-2n/b)) of both
    together. Affine: all but the first point of a bucket are added, then the halves' buckets, one
    of them through the endomorphism (a multiplication each), then each bucket twice (to its row and
    its column). What is left out: running sums over rows and columns, and inversions, one shared by
    some thousand additions.
    """
    from zkmark import _native

    bits, affine, _, _, piece = _native.msm_schedule(case.size, threads)
    windows, buckets = -(-128 // bits), 1 << (bits - 1)
    additions = images = 0.0
    for length in [piece] * (case.size // piece) + [case.size % piece]:
        digits = length * (1 - 2.0**-bits)
        half = buckets * (1 - exp(-digits / buckets))
        both = buckets * (1 - exp(-2 * digits / buckets))
        if affine:
            low = (bits - 1) // 2
            lines = (1 << low) + (1 << (bits - 1 - low))
            lined = max(0.0, 2 * both - lines)
            additions += windows * (2 * (digits - half) + (2 * half - both) + lined)
            images += windows * half
        else:
            additions += windows * (2 * digits - both)
    if affine:
        (multiplications, squares), kind = _AFFINE, "affine"
    else:
        # The way for few points runs in scalar code at every level.
        level = "portable" if level == "portable" else "avx2"
        (multiplications, squares), kind = _MIXED, "mixed"
    products = field_products(case.curve_parameters.base.id, level)
    each = (multiplications - squares) * products.multiply + squares * products.square
    count = max(0, round(additions))
    return Work(
        products.unit,
        level,
        count * each + round(images) * products.multiply,
        f"{windows} windows of {bits} bits over 2 n half scalars: about {count} {kind} additions "
        f"of {multiplications} multiplications: {each} {plural(products.unit)}",
    )
