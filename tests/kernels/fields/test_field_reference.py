"""The definitions obey the laws of a field, and agree with galois where it has the same field."""

from __future__ import annotations

import random

import numpy as np
import pytest

from zkmark.kernels.fields import EXTENSION_FIELDS, FIELDS, extension_field, field
from zkmark.kernels.fields import reference as definition

EXTENSIONS = pytest.mark.parametrize("id", EXTENSION_FIELDS)


def elements(id: str, count: int) -> list[tuple[int, ...]]:
    e = extension_field(id)
    rng = random.Random(id)
    p = e.base.modulus
    edges = [tuple(int(i == k) for i in range(e.degree)) for k in range(e.degree)] + [
        (p - 1,) * e.degree,
        (0,) * (e.degree - 1) + (p - 1,),
    ]
    return edges + [tuple(rng.randrange(p) for _ in range(e.degree)) for _ in range(count)]


@pytest.mark.parametrize("id", FIELDS)
def test_prime_fields(id: str) -> None:
    f = field(id)
    p = f.modulus
    rng = random.Random(id)
    for a in (1, 2, p - 1, p - 2, rng.randrange(1, p)):
        assert definition.add(a, p - a, f) == 0
        assert definition.add(a, definition.negate(a, f), f) == 0
        assert definition.subtract(0, a, f) == definition.negate(a, f) == p - a
        assert definition.multiply(a, definition.inverse(a, f), f) == 1
        assert definition.power(a, p - 2, f) == definition.inverse(a, f)
    assert definition.negate(0, f) == 0


@pytest.mark.parametrize("id", FIELDS)
@pytest.mark.parametrize("count", [0, 1, 2, 17])
def test_batch_inverse_is_inverse_of_each(id: str, count: int) -> None:
    f = field(id)
    rng = random.Random(count)
    values = [rng.randrange(1, f.modulus) for _ in range(count)]
    assert definition.batch_inverse(values, f) == [definition.inverse(v, f) for v in values]


def test_zero_has_no_inverse() -> None:
    with pytest.raises(ZeroDivisionError, match="zero has no inverse in the field babybear"):
        definition.inverse(0, field("babybear"))
    with pytest.raises(ZeroDivisionError):
        definition.batch_inverse([1, 0, 2], field("babybear"))
    with pytest.raises(ZeroDivisionError):
        definition.extension_inverse((0, 0), extension_field("goldilocks-ext2"))


@EXTENSIONS
def test_the_root_of_the_binomial_is_one(id: str) -> None:
    e = extension_field(id)
    x = (0, 1) + (0,) * (e.degree - 2)
    assert definition.extension_power(x, e.degree, e) == (e.non_residue,) + (0,) * (e.degree - 1)


@EXTENSIONS
def test_extension_laws(id: str) -> None:
    e = extension_field(id)
    one = (1,) + (0,) * (e.degree - 1)
    zero = (0,) * e.degree
    multiply, add = definition.extension_multiply, definition.extension_add
    some = elements(id, 4)
    for a in some:
        assert multiply(a, one, e) == a
        assert definition.extension_subtract(a, a, e) == zero
        assert multiply(a, definition.extension_inverse(a, e), e) == one
        assert definition.extension_power(a, e.order - 1, e) == one
        for b in some[-3:]:
            assert multiply(a, b, e) == multiply(b, a, e)
            assert multiply(multiply(a, b, e), a, e) == multiply(a, multiply(b, a, e), e)
            assert multiply(a, add(a, b, e), e) == add(multiply(a, a, e), multiply(a, b, e), e)


@EXTENSIONS
def test_frobenius_is_the_power_of_the_characteristic(id: str) -> None:
    e = extension_field(id)
    for a in elements(id, 2):
        assert definition.frobenius(a, e) == definition.extension_power(a, e.base.modulus, e)
        assert definition.frobenius(a, e, 2) == definition.frobenius(definition.frobenius(a, e), e)
        assert definition.frobenius(a, e, e.degree) == a


@EXTENSIONS
def test_products_and_inverses_agree_with_galois(id: str) -> None:
    """galois keeps an element as the integer whose digits to the base p are its coordinates."""
    import galois

    e = extension_field(id)
    p = e.base.modulus
    binomial = galois.Poly.Degrees(
        [e.degree, 0],
        [1, p - e.non_residue],
        field=galois.GF(p, primitive_element=e.base.generator),
    )
    # Naming the primitive element spares galois the search for one; products do not depend on it.
    other = galois.GF(
        p, e.degree, irreducible_poly=binomial, primitive_element=p, verify=False, repr="int"
    )

    def to_galois(values: list[tuple[int, ...]]) -> galois.FieldArray:
        packed = [sum(x * p**i for i, x in enumerate(a)) for a in values]
        return other(np.array(packed, dtype=object))

    a = elements(id, 6)
    b = a[::-1]
    products = [definition.extension_multiply(x, y, e) for x, y in zip(a, b, strict=True)]
    inverses = [definition.extension_inverse(x, e) for x in a]
    assert np.array_equal(to_galois(a) * to_galois(b), to_galois(products))
    assert np.array_equal(to_galois(a) ** -1, to_galois(inverses))
