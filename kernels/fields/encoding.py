"""Field elements at the border: little-endian words in NumPy arrays, and Python integers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zkmark.kernels.fields.parameters import FieldParameters

Array = NDArray[Any]


def dense(array: Array) -> Array:
    """Return an array as native code reads it, a copy only where it must be.

    In C's order without gaps, and at an address that fits its words: a view into a buffer of bytes
    may start anywhere, which C++ does not allow.
    """
    return np.require(array, requirements=["C_CONTIGUOUS", "ALIGNED"])


def to_integers(array: Array, field: FieldParameters) -> list[int]:
    """Return the elements of an array, any shape, as a flat list of Python integers.

    ``array`` has the field's words and, for a field of several words, a last axis of that length.
    The values are not checked against the modulus.
    """
    if field.limbs == 1:
        flat: list[int] = array.reshape(-1).tolist()
        return flat
    width = field.bytes_per_element
    little = field.dtype.newbyteorder("<")
    data = np.ascontiguousarray(array).astype(little, copy=False).tobytes()
    return [int.from_bytes(data[i : i + width], "little") for i in range(0, len(data), width)]


def from_integers(
    integers: Iterable[int], field: FieldParameters, shape: Sequence[int] | None = None
) -> Array:
    """Return an array of the given integers, shape ``(*shape, *field.element_shape)``.

    ``shape`` counts elements; ``None`` means one axis. Raises ``ValueError`` for an integer that is
    negative or not below the modulus, naming its index.
    """
    values = list(integers)
    for index, value in enumerate(values):
        if not 0 <= value < field.modulus:
            raise ValueError(
                f"integers: got {value} at index {index}, want 0 to {field.modulus - 1} "
                f"for the field {field.id}"
            )
    elements = (len(values),) if shape is None else tuple(shape)
    if int(np.prod(elements, dtype=np.int64)) != len(values):
        raise ValueError(f"shape: got {elements}, want room for {len(values)} elements")
    if field.limbs == 1:
        return np.array(values, dtype=field.dtype).reshape(elements)
    width = field.bytes_per_element
    data = b"".join(value.to_bytes(width, "little") for value in values)
    words = np.frombuffer(data, dtype=field.dtype.newbyteorder("<")).astype(field.dtype)
    return words.reshape(*elements, field.limbs)


def _first_not_canonical_numpy(array: Array, field: FieldParameters) -> int:
    words = array.reshape(-1, field.limbs)
    below = np.zeros(len(words), dtype=bool)
    equal = np.ones(len(words), dtype=bool)
    mask = (1 << field.word_bits) - 1
    for i in reversed(range(field.limbs)):
        limb = field.dtype.type((field.modulus >> (field.word_bits * i)) & mask)
        below |= equal & (words[:, i] < limb)
        equal &= words[:, i] == limb
    return -1 if below.all() else int(np.argmin(below))


def first_not_canonical(array: Array, field: FieldParameters) -> int:
    """Return the flat index of the first element not below the modulus, -1 if there is none.

    ``array`` has the field's dtype and last axis. Uses the native extension where it is installed.
    """
    try:
        from zkmark._native import field_first_not_canonical
    except ImportError:
        return _first_not_canonical_numpy(array, field)
    return field_first_not_canonical(field.id, dense(array))


def _wanted_shape(shape: Sequence[int | None], field: FieldParameters) -> str:
    axes = ["any" if n is None else str(n) for n in shape] + [str(n) for n in field.element_shape]
    return f"({', '.join(axes)}{',' if len(axes) == 1 else ''})"


def check_elements(
    name: str,
    array: Any,
    field: FieldParameters,
    shape: Sequence[int | None] | None = None,
    ndim: int | None = None,
) -> None:
    """Raise ``ValueError`` unless ``array`` holds canonical elements of ``field``.

    ``name`` is the argument's name in the sentence. ``shape`` is the wanted shape counted in
    elements (without the axis of limbs), ``None`` for an axis of any length; ``ndim`` asks only for
    a number of axes, also counted in elements. Without either any shape that ends in the field's
    limbs will do.
    """
    if not isinstance(array, np.ndarray):
        raise ValueError(
            f"{name}: got {type(array).__name__}, "
            f"want a NumPy array of {field.dtype.name} for the field {field.id}"
        )
    if array.dtype != field.dtype:
        raise ValueError(
            f"{name}: got dtype {array.dtype}, want {field.dtype.name} for the field {field.id}"
        )
    tail = len(field.element_shape)
    got = array.shape
    if tail and (array.ndim < 1 or got[-1] != field.limbs):
        raise ValueError(
            f"{name}: got shape {got}, "
            f"want a last axis of {field.limbs} limbs for the field {field.id}"
        )
    elements = got[: len(got) - tail]
    if ndim is not None and len(elements) != ndim:
        wanted = _wanted_shape([None] * ndim, field)
        raise ValueError(f"{name}: got shape {got}, want {wanted} for the field {field.id}")
    if shape is not None and (
        len(elements) != len(shape)
        or any(
            want is not None and have != want for have, want in zip(elements, shape, strict=True)
        )
    ):
        wanted = _wanted_shape(shape, field)
        raise ValueError(f"{name}: got shape {got}, want {wanted} for the field {field.id}")
    first = first_not_canonical(array, field)
    if first >= 0:
        place = [int(i) for i in np.unravel_index(first, elements)] if elements else []
        value = to_integers(array.reshape(-1, *field.element_shape)[first : first + 1], field)[0]
        raise ValueError(
            f"{name}: got {value} at index {place}, "
            f"want elements below the modulus of {field.id}, {field.modulus}"
        )
