"""Field arithmetic on arrays, elementwise and multi-threaded, through the native extension.

Arrays hold canonical elements: the field's words, and a last axis of limbs (fields of several
words) or of coordinates (extension fields). The shapes of all arguments must agree; there is no
broadcasting.
Every argument is checked: ``ValueError`` says which one, what it is and what it should be.

    >>> import numpy as np
    >>> from zkmark.kernels.fields.arithmetic import multiply
    >>> multiply("babybear", np.uint32([2, 3]), np.uint32([5, 2013265920]))
    array([        10, 2013265918], dtype=uint32)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from zkmark.kernels.fields.encoding import check_elements
from zkmark.kernels.fields.parameters import (
    EXTENSION_FIELDS,
    FIELDS,
    ExtensionFieldParameters,
    FieldParameters,
)

Array = NDArray[Any]
AnyField = FieldParameters | ExtensionFieldParameters


def _any_field(id: str) -> AnyField:
    found: AnyField | None = FIELDS.get(id) or EXTENSION_FIELDS.get(id)
    if found is None:
        known = ", ".join([*FIELDS, *EXTENSION_FIELDS])
        raise ValueError(f"field: got {id!r}, want one of {known}")
    return found


def _checked(name: str, array: Array, field: AnyField) -> Array:
    """Return the argument as a contiguous array once it is known to hold elements of the field."""
    if isinstance(field, FieldParameters):
        check_elements(name, array, field)
    else:
        check_elements(name, array, field.base)
        if array.ndim < 1 or array.shape[-1] != field.degree:
            raise ValueError(
                f"{name}: got shape {array.shape}, "
                f"want a last axis of {field.degree} coordinates for the field {field.id}"
            )
    return array if array.flags.c_contiguous else array.copy()


def _binary(operation: str, id: str, a: Array, b: Array) -> Array:
    field = _any_field(id)
    left, right = _checked("a", a, field), _checked("b", b, field)
    if left.shape != right.shape:
        raise ValueError(f"b: got shape {right.shape}, want {left.shape}, the shape of a")
    from zkmark import _native

    out = np.empty_like(left)
    _native.field_binary(operation, id, left, right, out)
    return out


def _unary(operation: str, id: str, a: Array) -> Array:
    field = _any_field(id)
    checked = _checked("a", a, field)
    from zkmark import _native

    out = np.empty_like(checked)
    _native.field_unary(operation, id, checked, out)
    return out


def add(field: str, a: Array, b: Array) -> Array:
    """Return a + b."""
    return _binary("add", field, a, b)


def subtract(field: str, a: Array, b: Array) -> Array:
    """Return a - b."""
    return _binary("subtract", field, a, b)


def multiply(field: str, a: Array, b: Array) -> Array:
    """Return a b."""
    return _binary("multiply", field, a, b)


def negate(field: str, a: Array) -> Array:
    """Return -a."""
    return _unary("negate", field, a)


def double(field: str, a: Array) -> Array:
    """Return 2 a."""
    return _unary("double", field, a)


def square(field: str, a: Array) -> Array:
    """Return a^2."""
    return _unary("square", field, a)


def inverse(field: str, a: Array) -> Array:
    """Return 1 / a, each element by itself; zeros stay zero."""
    return _unary("inverse", field, a)


def batch_inverse(field: str, a: Array) -> Array:
    """Return 1 / a by Montgomery's trick: 3 multiplications an element; zeros stay zero."""
    checked = _checked("a", a, _any_field(field))
    from zkmark import _native

    out = np.empty_like(checked)
    _native.field_batch_inverse(field, checked, out)
    return out


def power(field: str, a: Array, exponent: int) -> Array:
    """Return a^exponent, ``exponent`` any integer of at least 0; 0^0 is 1."""
    checked = _checked("a", a, _any_field(field))
    if exponent < 0:
        raise ValueError(f"exponent: got {exponent}, want at least 0")
    from zkmark import _native

    words = [(exponent >> shift) & (2**64 - 1) for shift in range(0, exponent.bit_length(), 64)]
    out = np.empty_like(checked)
    _native.field_power(field, checked, words, out)
    return out


def frobenius(field: str, a: Array) -> Array:
    """Return a^p in an extension field of characteristic p."""
    if field not in EXTENSION_FIELDS:
        raise ValueError(f"field: got {field!r}, want one of {', '.join(EXTENSION_FIELDS)}")
    checked = _checked("a", a, EXTENSION_FIELDS[field])
    from zkmark import _native

    out = np.empty_like(checked)
    _native.field_frobenius(field, checked, out)
    return out
