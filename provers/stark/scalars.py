"""Single elements of the extension ``x^D - 7``, as tuples: written out, for a verifier's few.

``kernels/fields/reference.py`` has the definition for any extension, several times slower.
"""

from __future__ import annotations

from zkmark.kernels.stark.domain import MODULUS

Element = tuple[int, ...]

# Written out as a number below, where a look-up would count.
NON_RESIDUE = 7


def embedded(value: int, degree: int) -> Element:
    """Return a base element in the extension."""
    return (value % MODULUS, 0) if degree == 2 else (value % MODULUS, 0, 0)


def add(a: Element, b: Element) -> Element:
    """Return a + b."""
    return tuple([(x + y) % MODULUS for x, y in zip(a, b, strict=True)])


def subtract(a: Element, b: Element) -> Element:
    """Return a - b."""
    return tuple([(x - y) % MODULUS for x, y in zip(a, b, strict=True)])


def scale(a: Element, factor: int) -> Element:
    """Return a times a base element, or any integer."""
    return tuple([x * factor % MODULUS for x in a])


def multiply(a: Element, b: Element) -> Element:
    """Return a b."""
    if len(a) == 2:
        a0, a1 = a
        b0, b1 = b
        return (a0 * b0 + 7 * a1 * b1) % MODULUS, (a0 * b1 + a1 * b0) % MODULUS
    a0, a1, a2 = a
    b0, b1, b2 = b
    return (
        (a0 * b0 + 7 * (a1 * b2 + a2 * b1)) % MODULUS,
        (a0 * b1 + a1 * b0 + 7 * a2 * b2) % MODULUS,
        (a0 * b2 + a1 * b1 + a2 * b0) % MODULUS,
    )


def power(a: Element, exponent: int) -> Element:
    """Return a^exponent, from 0 on."""
    result = embedded(1, len(a))
    for bit in bin(exponent)[2:]:
        result = multiply(result, result)
        if bit == "1":
            result = multiply(result, a)
    return result


def inverse(a: Element) -> Element:
    """Return 1 / a: the other conjugates' product over the norm; ``ZeroDivisionError`` for zero."""
    if not any(a):
        raise ZeroDivisionError("zero has no inverse")
    if len(a) == 2:
        a0, a1 = a
        norm = pow(a0 * a0 - 7 * a1 * a1, -1, MODULUS)
        return a0 * norm % MODULUS, -a1 * norm % MODULUS
    a0, a1, a2 = a
    # The first row of the adjugate of the matrix of multiplication by a.
    c0 = a0 * a0 - 7 * a1 * a2
    c1 = 7 * a2 * a2 - a0 * a1
    c2 = a1 * a1 - a0 * a2
    norm = pow(a0 * c0 + 7 * (a1 * c2 + a2 * c1), -1, MODULUS)
    return c0 * norm % MODULUS, c1 * norm % MODULUS, c2 * norm % MODULUS


def by_root(a: Element) -> Element:
    """Return a times the root x of ``x^D = 7``."""
    return (7 * a[-1] % MODULUS, *a[:-1])
