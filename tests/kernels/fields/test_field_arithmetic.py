"""The native arithmetic against Python integers, on edges and at random, for every field."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import product

import numpy as np
import pytest

from zkmark.kernels.fields import (
    EXTENSION_FIELDS,
    FIELDS,
    extension_field,
    field,
    from_integers,
    to_integers,
)
from zkmark.kernels.fields import arithmetic as native
from zkmark.kernels.fields import reference as definition

ALL = pytest.mark.parametrize("id", FIELDS)
EXTENSIONS = pytest.mark.parametrize("id", EXTENSION_FIELDS)

BINARY = {"add": definition.add, "subtract": definition.subtract, "multiply": definition.multiply}


def edges(id: str) -> list[int]:
    """Values where carries hide: the ends, the middle, powers of two, limbs of all ones."""
    f = field(id)
    p, width = f.modulus, f.word_bits
    values = {0, 1, 2, 3, p - 1, p - 2, p - 3, (p - 1) // 2, (p + 1) // 2}
    for k in range(0, f.bits, max(1, f.bits // 16)):
        values |= {1 << k, (1 << k) - 1, p - (1 << k)}
    for i in range(f.limbs):
        ones = ((1 << width) - 1) << (width * i)
        values |= {ones % p, ((1 << (width * (i + 1))) - 1) % p, p - 1 - ones % p}
    values |= {f.montgomery_r, f.montgomery_r_squared, pow(f.montgomery_r, -1, p)}
    if id == "goldilocks":  # every way through its reduction
        values |= {2**32 - 1, 2**32, 2**32 + 1, 2**64 - 2**33, p - 2**32, 2**63}
    return sorted(v % p for v in values)


def randoms(id: str, count: int, label: str = "") -> list[int]:
    rng = random.Random(f"{id}{label}")
    return [rng.randrange(field(id).modulus) for _ in range(count)]


@ALL
@pytest.mark.parametrize("operation", BINARY)
def test_binary_operations_on_all_pairs_of_edges(id: str, operation: str) -> None:
    f = field(id)
    pairs = list(product(edges(id), repeat=2))
    left, right = [a for a, _ in pairs], [b for _, b in pairs]
    found = getattr(native, operation)(id, from_integers(left, f), from_integers(right, f))
    assert to_integers(found, f) == [BINARY[operation](a, b, f) for a, b in pairs]


@ALL
@pytest.mark.parametrize("operation", BINARY)
def test_binary_operations_at_random(id: str, operation: str) -> None:
    f = field(id)
    left, right = randoms(id, 10_000), randoms(id, 10_000, "right")  # enough for several threads
    found = getattr(native, operation)(id, from_integers(left, f), from_integers(right, f))
    assert to_integers(found, f) == [
        BINARY[operation](a, b, f) for a, b in zip(left, right, strict=True)
    ]


@ALL
def test_unary_operations(id: str) -> None:
    f = field(id)
    values = edges(id) + randoms(id, 200)
    array = from_integers(values, f)
    p = f.modulus
    wanted: dict[str, Callable[[int], int]] = {
        "negate": lambda a: -a % p,
        "double": lambda a: 2 * a % p,
        "square": lambda a: a * a % p,
        "inverse": lambda a: pow(a, -1, p) if a else 0,
        "batch_inverse": lambda a: pow(a, -1, p) if a else 0,
    }
    for operation, definition_of in wanted.items():
        found = getattr(native, operation)(id, array)
        assert to_integers(found, f) == [definition_of(a) for a in values], operation


@ALL
@pytest.mark.parametrize("count", [0, 1, 2, 5000, 20_000])
def test_batch_inverse_of_any_length(id: str, count: int) -> None:
    """With zeros among the values, and at lengths that are cut up between threads."""
    f = field(id)
    few = [0, 1, f.modulus - 1, *randoms(id, 30)]
    inverses = {a: pow(a, -1, f.modulus) if a else 0 for a in few}
    rng = random.Random(count)
    values = [rng.choice(few) for _ in range(count)]
    found = native.batch_inverse(id, from_integers(values, f))
    assert to_integers(found, f) == [inverses[a] for a in values]


@ALL
def test_powers(id: str) -> None:
    f = field(id)
    p = f.modulus
    values = [0, 1, 2, p - 1, *randoms(id, 3)]
    exponents = [0, 1, 2, 3, 2**32, 2**64 - 1, 2**64, p - 2, p - 1, p, p * p + 1]
    for exponent in exponents:
        found = native.power(id, from_integers(values, f), exponent)
        assert to_integers(found, f) == [pow(a, exponent, p) for a in values], exponent


@ALL
def test_the_native_constants_are_the_derived_ones(id: str) -> None:
    from zkmark import _native

    f = field(id)

    def integer(words: list[int]) -> int:
        assert len(words) == f.limbs
        return sum(word << (f.word_bits * i) for i, word in enumerate(words))

    constants = _native.field_constants(id)
    assert constants["bits"] == f.bits
    assert constants["two_adicity"] == f.two_adicity
    assert integer(constants["one"]) == 1
    assert integer(constants["minus_one"]) == f.modulus - 1
    assert integer(constants["generator"]) == f.generator
    roots = [integer(words) for words in constants["roots_of_unity"]]
    assert roots == [f.root_of_order(k) for k in range(f.two_adicity + 1)]


@ALL
def test_shapes_are_kept_and_arguments_left_alone(id: str) -> None:
    f = field(id)
    a = from_integers(range(6), f, (2, 3))
    before = a.copy()
    for result in (native.add(id, a, a), native.square(id, a), native.power(id, a, 2)):
        assert result.shape == a.shape
        assert result.dtype == f.dtype
    assert np.array_equal(a, before)
    assert native.square(id, from_integers([3], f, ())).shape == f.element_shape


@ALL
def test_arrays_that_are_not_contiguous_are_computed_right(id: str) -> None:
    f = field(id)
    a = from_integers(range(24), f, (4, 6))[::2, 1::2]
    assert to_integers(native.double(id, a), f) == [2, 6, 10, 26, 30, 34]


def test_a_read_only_array_will_do() -> None:
    f = field("bn254-fq")
    a = from_integers([1, 2], f)
    a.flags.writeable = False
    assert to_integers(native.add("bn254-fq", a, a), f) == [2, 4]


def extension_elements(id: str, count: int) -> list[tuple[int, ...]]:
    """All elements with coordinates among the edges 0, 1, p-1, and random ones."""
    e = extension_field(id)
    p = e.base.modulus
    rng = random.Random(id)
    corners = list(product([0, 1, p - 1], repeat=e.degree))
    return corners + [tuple(rng.randrange(p) for _ in range(e.degree)) for _ in range(count)]


def encode(values: list[tuple[int, ...]], id: str) -> np.ndarray:
    e = extension_field(id)
    flat = [x for a in values for x in a]
    return from_integers(flat, e.base, (len(values), e.degree))


def decode(array: np.ndarray, id: str) -> list[tuple[int, ...]]:
    e = extension_field(id)
    flat = to_integers(array, e.base)
    return [tuple(flat[i : i + e.degree]) for i in range(0, len(flat), e.degree)]


@EXTENSIONS
def test_extension_binary_operations(id: str) -> None:
    e = extension_field(id)
    some = extension_elements(id, 20)
    pairs = list(product(some, repeat=2))
    a, b = encode([x for x, _ in pairs], id), encode([y for _, y in pairs], id)
    assert decode(native.add(id, a, b), id) == [definition.extension_add(x, y, e) for x, y in pairs]
    assert decode(native.subtract(id, a, b), id) == [
        definition.extension_subtract(x, y, e) for x, y in pairs
    ]
    assert decode(native.multiply(id, a, b), id) == [
        definition.extension_multiply(x, y, e) for x, y in pairs
    ]


@EXTENSIONS
def test_extension_unary_operations(id: str) -> None:
    e = extension_field(id)
    values = extension_elements(id, 100)
    array = encode(values, id)
    zero = (0,) * e.degree
    inverses = [a if a == zero else definition.extension_inverse(a, e) for a in values]
    assert decode(native.negate(id, array), id) == [
        definition.extension_subtract(zero, a, e) for a in values
    ]
    assert decode(native.double(id, array), id) == [
        definition.extension_add(a, a, e) for a in values
    ]
    assert decode(native.square(id, array), id) == [
        definition.extension_multiply(a, a, e) for a in values
    ]
    assert decode(native.inverse(id, array), id) == inverses
    assert decode(native.batch_inverse(id, array), id) == inverses
    assert decode(native.frobenius(id, array), id) == [definition.frobenius(a, e) for a in values]
    exponent = e.order - 2
    assert decode(native.power(id, array, exponent), id) == inverses


def sentence(call: Callable[[], object]) -> str:
    with pytest.raises(ValueError) as error:
        call()
    return str(error.value)


def test_bad_arguments_are_refused() -> None:
    ones = np.ones(3, dtype=np.uint32)
    known = ", ".join([*FIELDS, *EXTENSION_FIELDS])
    assert sentence(lambda: native.add("f7", ones, ones)) == f"field: got 'f7', want one of {known}"
    assert sentence(lambda: native.square("f7", ones)) == f"field: got 'f7', want one of {known}"
    assert sentence(lambda: native.add("babybear", ones, ones[:2])) == (
        "b: got shape (2,), want (3,), the shape of a"
    )
    assert sentence(lambda: native.add("babybear", ones, ones.astype(np.uint64))) == (
        "b: got dtype uint64, want uint32 for the field babybear"
    )
    assert sentence(lambda: native.inverse("babybear", ones * np.uint32(2013265921))) == (
        "a: got 2013265921 at index [0], want elements below the modulus of babybear, 2013265921"
    )
    assert sentence(lambda: native.power("babybear", ones, -1)) == (
        "exponent: got -1, want at least 0"
    )
    assert sentence(lambda: native.multiply("babybear-ext4", ones, ones)) == (
        "a: got shape (3,), want a last axis of 4 coordinates for the field babybear-ext4"
    )
    assert sentence(lambda: native.frobenius("babybear", ones)) == (
        "field: got 'babybear', want one of goldilocks-ext2, goldilocks-ext3, babybear-ext4"
    )


def test_the_extension_itself_never_reads_or_writes_past_an_array() -> None:
    """Past the Python side's checks the bindings still refuse what would go out of bounds."""
    from zkmark import _native

    two, three = np.ones(2, dtype=np.uint64), np.ones(3, dtype=np.uint64)
    with pytest.raises(ValueError, match="b: not as many elements as a"):
        _native.field_binary("add", "goldilocks", three, two, three)
    with pytest.raises(ValueError, match="out: not as many elements as a"):
        _native.field_binary("add", "goldilocks", three, three, two)
    with pytest.raises(ValueError, match="out: not as many elements as a"):
        _native.field_unary("square", "goldilocks", three, two)
    with pytest.raises(ValueError, match="words of the wrong width"):
        _native.field_unary("square", "babybear", three, three)
    with pytest.raises(ValueError, match="not a whole number of elements"):
        _native.field_first_not_canonical("bn254-fr", three)
    with pytest.raises(ValueError, match="operation: unknown name cube"):
        _native.field_unary("cube", "goldilocks", three, three)
    with pytest.raises(ValueError, match="field: unknown id f7"):
        _native.field_unary("square", "f7", three, three)
    with pytest.raises(TypeError):
        _native.field_unary("square", "goldilocks", np.ones((4, 4), dtype=np.uint64)[::2], three)
