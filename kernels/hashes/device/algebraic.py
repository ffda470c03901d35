"""What kernel texts of algebraic hashes define: their constants, in the form they compute in."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from zkmark.kernels.fields.device import Definitions, field_definitions, word_literal
from zkmark.kernels.fields.parameters import FieldParameters, field
from zkmark.kernels.hashes.parameters import (
    Poseidon2Parameters,
    poseidon2_parameters,
    rpo_parameters,
)

_M4 = ((2, 3, 1, 1), (1, 2, 3, 1), (1, 1, 2, 3), (3, 1, 1, 2))
# The text's chain of squares and products is for this power.
_INVERSE_OF_7 = 0x92492491B6DB6DB7
# By this much of 2^32 sums' low halves are lifted above zero (poseidon2_goldilocks.h).
_LIFT = 70


def poseidon2_definitions(hash: str) -> Definitions:
    """Return what ``poseidon2.h`` wants of a set of parameters."""
    p = poseidon2_parameters(hash)
    kind = field(p.field)
    narrow = kind.bytes_per_element == 4
    if p.m4 != _M4:
        raise ValueError(f"{hash}: the text's external layer is for another matrix than {p.m4}")
    form = _montgomery_constants if narrow else _halves
    lift = 0 if narrow else _LIFT
    found: Definitions = {
        "POSEIDON2_WIDTH": p.width,
        "POSEIDON2_RATE": p.rate,
        "POSEIDON2_ALPHA": p.alpha,
        "POSEIDON2_HALF_ROUNDS": p.full_rounds // 2,
        "POSEIDON2_PARTIAL_ROUNDS": p.partial_rounds,
        "POSEIDON2_FIRST_CONSTANTS": form(kind, chain(*p.external_initial), lift),
        # And a zero, where the text looks one round ahead.
        "POSEIDON2_PARTIAL_CONSTANTS": form(kind, (*p.internal, 0), 0),
        "POSEIDON2_LAST_CONSTANTS": form(kind, chain(*p.external_final), lift),
        "POSEIDON2_DIAGONAL": _diagonal(p, kind.two_adicity),
    }
    if not narrow:
        low, high = _lifted(0, _LIFT)
        found |= {"POSEIDON2_ZERO_LOW": _literal(low), "POSEIDON2_ZERO_HIGH": _literal(high)}
    return field_definitions(p.field) | found


def rpo_definitions() -> Definitions:
    """Return what ``rpo256.h`` wants."""
    p = rpo_parameters()
    if (p.width, p.rate, p.inverse_alpha) != (12, 8, _INVERSE_OF_7):
        raise ValueError("rpo-256: the text is for a width of 12, a rate of 8 and x^7")
    return field_definitions("goldilocks") | {
        "RPO_ROUNDS": p.rounds,
        "RPO_MATRIX_ROW": _words(p.mds_first_row),
        "RPO_FIRST_CONSTANTS": _words(chain(*p.ark1)),
        "RPO_SECOND_CONSTANTS": _words(chain(*p.ark2)),
    }


def _literal(value: int) -> str:
    return word_literal(value, 64)


def _words(values: Iterable[int]) -> str:
    return ", ".join(_literal(value) for value in values)


def _montgomery_constants(kind: FieldParameters, values: Iterable[int], lift: int) -> str:
    """Return constants in Montgomery form, less p: what is added to them is in (-p, p) then."""
    p, r = kind.modulus, kind.montgomery_r
    return ", ".join(word_literal((value * r % p - p) % 2**32, 32) for value in values)


def _lifted(value: int, lift: int) -> tuple[int, int]:
    """Return halves of a word and p, with the low half raised by ``lift`` 2^32 from the high one.

    p is 1 + 2^32 (2^32 - 1).
    """
    if lift == 0:
        return value & 0xFFFFFFFF, value >> 32
    return (value & 0xFFFFFFFF) + (lift << 32) + 1, (value >> 32) + 0xFFFFFFFF - lift


def _halves(kind: FieldParameters, values: Iterable[int], lift: int) -> str:
    return _words(chain.from_iterable(_lifted(value, lift) for value in values))


def _diagonal(p: Poseidon2Parameters, two_adicity: int) -> str:
    """Return the internal layer as a list of the text's macros, one a lane."""
    return " ".join(
        f"{macro}({lane}, {number})"
        for lane, entry in enumerate(p.internal_diagonal)
        for macro, number in [_multiple(entry, p.modulus, two_adicity)]
    )


def _multiple(entry: int, modulus: int, two_adicity: int) -> tuple[str, int]:
    """Return how the text multiplies by an entry of the diagonal: by +-1 to +-4 or +-2^-n."""
    for sign, name in ((1, "POSEIDON2_PLUS"), (-1, "POSEIDON2_MINUS")):
        value = sign * entry % modulus
        if 1 <= value <= 4:
            return name, value
        for halvings in range(1, min(two_adicity, 31) + 1):
            if value * 2**halvings % modulus == 1:
                return f"{name}_HALVED", halvings
    raise ValueError(f"the text cannot multiply by {entry}")
