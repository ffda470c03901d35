"""The operations of a transform, by the algorithm of each backend."""

from __future__ import annotations

from zkmark.kernels.ntt.case import NttCase
from zkmark.kernels.work import Work, field_products, plural


def radix_2_work(case: NttCase, level: str) -> Work:
    """Count radix-2 butterflies whose twiddle is not one, and scaling where there is any.

    (n/2) log2 n butterflies, n - 1 of them by one. A coset's shift leaves no twiddle at one. An
    inverse transform scales every element, a half of them within their last twiddle.
    """
    n = case.size
    each = case.log_size * n // 2
    formula = "(n/2) log2 n"
    if not case.coset:
        each, formula = each - (n - 1), f"{formula} - (n - 1)"
    if case.direction == "inverse" and n > 1:
        each, formula = each + n // 2, f"{formula} + n/2"
    unit, products = _by_twiddle(case, level)
    return Work(
        unit,
        level,
        case.batch * each * products,
        f"{f'batch ({formula})' if case.batch > 1 else formula} field multiplications of "
        f"{products} {plural(unit)}",
    )


def _by_twiddle(case: NttCase, level: str) -> tuple[str, int]:
    """Return what one multiplication by a twiddle takes, and of what.

    Fields of four words in vectors keep the twiddles' products with powers of 2^52
    (cpu/wide_plan.hpp): 30 products of 52-bit limbs, each half a multiply-add of its own. AVX2 has
    these of doubles only, and a low half needs its high one.
    """
    if case.field_parameters.limbs == 4 and level != "portable":
        return ("multiply_52" if level == "avx512" else "fused_64"), 60
    products = field_products(case.field, level)
    return products.unit, products.multiply
