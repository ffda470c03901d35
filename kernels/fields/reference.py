"""Field arithmetic by its definition, in Python integers.

Elements of a prime field are integers in [0, p); elements of an extension are tuples of ``degree``
such integers, the constant coordinate first. Inverting zero raises ``ZeroDivisionError``.
"""

from __future__ import annotations

from collections.abc import Sequence

from zkmark.kernels.fields.parameters import ExtensionFieldParameters, FieldParameters

ExtensionElement = tuple[int, ...]


def add(a: int, b: int, field: FieldParameters) -> int:
    """Return a + b."""
    return (a + b) % field.modulus


def subtract(a: int, b: int, field: FieldParameters) -> int:
    """Return a - b."""
    return (a - b) % field.modulus


def negate(a: int, field: FieldParameters) -> int:
    """Return -a."""
    return -a % field.modulus


def multiply(a: int, b: int, field: FieldParameters) -> int:
    """Return a b."""
    return a * b % field.modulus


def power(a: int, exponent: int, field: FieldParameters) -> int:
    """Return a^exponent, exponent >= 0."""
    return pow(a, exponent, field.modulus)


def inverse(a: int, field: FieldParameters) -> int:
    """Return 1 / a; ``ZeroDivisionError`` for zero."""
    if a % field.modulus == 0:
        raise ZeroDivisionError(f"zero has no inverse in the field {field.id}")
    return pow(a, -1, field.modulus)


def batch_inverse(values: Sequence[int], field: FieldParameters) -> list[int]:
    """Return the inverses of all values by one inversion and 3 (n - 1) multiplications.

    Montgomery's trick: invert the product of all, then peel off one factor at a time.
    ``ZeroDivisionError`` if any value is zero.
    """
    p = field.modulus
    before = []  # before[i] = values[0] ... values[i - 1]
    product = 1
    for value in values:
        before.append(product)
        product = product * value % p
    rest = inverse(product, field)  # 1 / (values[0] ... values[i])
    inverses = [0] * len(before)
    for i in reversed(range(len(before))):
        inverses[i] = rest * before[i] % p
        rest = rest * values[i] % p
    return inverses


def extension_add(
    a: ExtensionElement, b: ExtensionElement, field: ExtensionFieldParameters
) -> ExtensionElement:
    """Return a + b."""
    return tuple((x + y) % field.base.modulus for x, y in zip(a, b, strict=True))


def extension_subtract(
    a: ExtensionElement, b: ExtensionElement, field: ExtensionFieldParameters
) -> ExtensionElement:
    """Return a - b."""
    return tuple((x - y) % field.base.modulus for x, y in zip(a, b, strict=True))


def extension_multiply(
    a: ExtensionElement, b: ExtensionElement, field: ExtensionFieldParameters
) -> ExtensionElement:
    """Return a b: the product of polynomials, with ``x^degree`` replaced by ``non_residue``."""
    d = field.degree
    product = [0] * (2 * d - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            product[i + j] += x * y
    high = [*product[d:], 0]
    return tuple(
        (low + field.non_residue * top) % field.base.modulus
        for low, top in zip(product[:d], high, strict=True)
    )


def extension_power(
    a: ExtensionElement, exponent: int, field: ExtensionFieldParameters
) -> ExtensionElement:
    """Return a^exponent, exponent >= 0, by squaring and multiplying."""
    result: ExtensionElement = (1,) + (0,) * (field.degree - 1)
    for bit in bin(exponent)[2:]:
        result = extension_multiply(result, result, field)
        if bit == "1":
            result = extension_multiply(result, a, field)
    return result


def frobenius(
    a: ExtensionElement, field: ExtensionFieldParameters, times: int = 1
) -> ExtensionElement:
    """Return ``a^(p^times)``: coordinate i is scaled by ``frobenius_factor^(i times)``.

    It fixes the base field and maps x to ``x^p = non_residue^((p - 1) / degree) x``.
    """
    p = field.base.modulus
    factor = pow(field.frobenius_factor, times, p)
    return tuple(x * pow(factor, i, p) % p for i, x in enumerate(a))


def extension_inverse(a: ExtensionElement, field: ExtensionFieldParameters) -> ExtensionElement:
    """Return 1 / a by the norm; ``ZeroDivisionError`` for zero.

    The product of all conjugates of a is its norm, which lies in the base field (Itoh and Tsujii
    1988): ``1 / a = (a^p a^(p^2) ...) / norm(a)``.
    """
    others: ExtensionElement = (1,) + (0,) * (field.degree - 1)
    for k in range(1, field.degree):
        others = extension_multiply(others, frobenius(a, field, k), field)
    norm = extension_multiply(a, others, field)[0]
    scale = inverse(norm, field.base)
    return tuple(x * scale % field.base.modulus for x in others)
