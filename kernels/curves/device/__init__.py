"""Points on devices: the definitions that ``xyzz.h`` and the splitting of scalars need."""

from __future__ import annotations

from zkmark.kernels.curves.endomorphism import endomorphism
from zkmark.kernels.curves.parameters import curve
from zkmark.kernels.fields.device import Definitions, field_definitions, word_list


def curve_definitions(id: str) -> Definitions:
    """Return what a kernel text defines to have a curve, its base field and its endomorphism.

    Integers are lists of 32-bit words; those of the lattice's basis in two's complement modulo
    2^192.
    """
    parameters, map = curve(id), endomorphism(id)
    base, order = parameters.base, parameters.order
    (a1, b1), (a2, b2) = map.basis
    beta = map.beta * base.montgomery_r % base.modulus
    bits = {32: "ENDOMORPHISM_BETA_32", 64: "ENDOMORPHISM_BETA_64"}
    return (
        field_definitions(parameters.base_field)
        | {name: word_list(beta, n, base.bytes_per_element * 8 // n) for n, name in bits.items()}
        | {
            "SPLIT_G1": word_list(_rounded(b2 << 320, order), 32, 8),
            "SPLIT_G2": word_list(_rounded(-b1 << 320, order), 32, 8),
            "SPLIT_A1": word_list(a1 % (1 << 192), 32, 6),
            "SPLIT_B1": word_list(b1 % (1 << 192), 32, 6),
            "SPLIT_A2": word_list(a2 % (1 << 192), 32, 6),
            "SPLIT_B2": word_list(b2 % (1 << 192), 32, 6),
        }
    )


def _rounded(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)
