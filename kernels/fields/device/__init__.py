"""Field arithmetic on devices: the definitions that make ``field.h`` a certain field."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from zkmark.backends.device import Session, Source
from zkmark.kernels.case import Array
from zkmark.kernels.fields.encoding import dense
from zkmark.kernels.fields.parameters import FIELDS, FieldParameters, field

Definitions = dict[str, str | int]

# What ``pairwise.cl`` computes of two arrays, in the order of its output.
OPERATIONS = ("add", "sub", "neg", "mul", "sqr", "inv", "pow5")


def word_literal(value: int, bits: int) -> str:
    """Return a word as kernel texts write it."""
    return f"{value:#x}u" if bits == 32 else f"U64({value:#x})"


def word_list(value: int, bits: int, count: int) -> str:
    """Return an integer's words, the least first, as the content of an array."""
    mask = (1 << bits) - 1
    return ", ".join(word_literal(value >> (bits * i) & mask, bits) for i in range(count))


def field_definitions(id: str) -> Definitions:
    """Return what a kernel text defines to have the field ``id`` in ``field.h``."""
    parameters = field(id)
    p = parameters.modulus
    words = parameters.bytes_per_element // 4
    common: Definitions = {
        "FE_WORDS": words,
        "FE_INVERSION_EXPONENT": word_list(p - 2, 32, words),
    }
    if words == 1:
        return common | {
            "FE_31": 1,
            "FE_P": word_literal(p, 32),
            "FE_INVERSE": word_literal(pow(p, -1, 1 << 32), 32),
            "FE_ONE": word_literal(parameters.montgomery_r, 32),
            "FE_R_SQUARED": word_literal(parameters.montgomery_r_squared, 32),
        }
    if id == "goldilocks":
        return common | {"FE_GOLDILOCKS": 1, "FE_P": word_literal(p, 64)}
    # Three times the modulus and a word's worth more, in as many limbs.
    fits = (3 * p >> (parameters.montgomery_bits - 32)) + 1 < 1 << 32
    return common | {"FE_THREE_FIT": int(fits)} | dict(_wide(parameters, words))


def _wide(parameters: FieldParameters, words: int) -> Iterator[tuple[str, str]]:
    """Yield the constants of a wide field in limbs of 32 and of 64 bits."""
    values = {
        "FE_MODULUS": parameters.modulus,
        "FE_ONE": parameters.montgomery_r,
        "FE_R_SQUARED": parameters.montgomery_r_squared,
    }
    for bits in (32, 64):
        for name, value in values.items():
            yield f"{name}_{bits}", word_list(value, bits, words * 32 // bits)
        inverse = parameters.negated_inverse(bits)
        yield f"FE_NEGATED_INVERSE_{bits}", word_literal(inverse, bits)


def pairwise_source(id: str, **more: str | int) -> Source:
    """Return the program that tries every operation of a field on pairs of elements."""
    return Source("kernels/fields/device/pairwise.cl", field_definitions(id) | more)


def pairwise(session: Session, id: str, a: Array, b: Array, **more: str | int) -> dict[str, Array]:
    """Compute all ``OPERATIONS`` on two arrays of canonical elements, on a device.

    The arrays have one axis of elements; so has each result. ``more`` are definitions of the text.
    """
    program = session.build(pairwise_source(id, **more))
    count = len(a)
    size = field(id).bytes_per_element * count
    output = session.allocate(len(OPERATIONS) * size, a.dtype)
    inputs = session.upload(dense(a)), session.upload(dense(b))
    program.kernel("pairwise").over(count, *inputs, output, np.uint32(count))
    whole = output.read().reshape(len(OPERATIONS), *a.shape)
    return dict(zip(OPERATIONS, whole, strict=True))


def sources() -> dict[str, Source]:
    """Return the programs of this family by a name, for the compilers' tests: one a form of text.

    Fields of one form differ in their constants alone.
    """
    forms: dict[int, str] = {}
    for id, parameters in FIELDS.items():
        forms.setdefault(parameters.bytes_per_element, id)
    return {f"fields/{id}": pairwise_source(id) for id in forms.values()}
