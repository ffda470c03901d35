"""The function for people's own arrays: shapes, options, laws of the transform, errors."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zkmark.kernels.fields.encoding import from_integers, to_integers
from zkmark.kernels.fields.parameters import FIELDS
from zkmark.kernels.ntt import api
from zkmark.kernels.ntt.api import ntt
from zkmark.kernels.ntt.reference import ntt as reference
from zkmark.kernels.seeded import SeededStream

FIELD_IDS = st.sampled_from(sorted(FIELDS))


@st.composite
def vectors(draw, count, most=6):
    """A field and ``count`` lists of its elements of one length, rich in edges."""
    field = FIELDS[draw(FIELD_IDS)]
    size = 1 << draw(st.integers(0, min(most, field.two_adicity)))
    p = field.modulus
    elements = st.sampled_from([0, 1, p - 1]) | st.integers(0, p - 1)
    lists = st.lists(elements, min_size=size, max_size=size)
    return field, [draw(lists) for _ in range(count)]


def transformed(integers, field, **options):
    return to_integers(ntt(from_integers(integers, field), field.id, **options), field)


@settings(max_examples=60, deadline=None)
@given(vectors(1), st.booleans(), st.sampled_from(["natural", "bit-reversed"]))
def test_inverse_undoes_forward(drawn, coset, order):
    field, [values] = drawn
    forward = transformed(values, field, order=order, coset=coset)
    assert forward == reference(values, field, "forward", order, coset)
    assert transformed(forward, field, direction="inverse", order=order, coset=coset) == values


@settings(max_examples=60, deadline=None)
@given(vectors(2), st.integers(0), st.booleans())
def test_it_is_linear(drawn, factor, coset):
    field, [a, b] = drawn
    p = field.modulus
    combined = [(x + factor * y) % p for x, y in zip(a, b, strict=True)]
    expected = [
        (x + factor * y) % p
        for x, y in zip(
            transformed(a, field, coset=coset), transformed(b, field, coset=coset), strict=True
        )
    ]
    assert transformed(combined, field, coset=coset) == expected


@settings(max_examples=60, deadline=None)
@given(vectors(2, most=5))
def test_products_of_values_are_cyclic_convolutions_of_coefficients(drawn):
    field, [a, b] = drawn
    p, n = field.modulus, len(a)
    convolution = [sum(a[j] * b[(i - j) % n] for j in range(n)) % p for i in range(n)]
    values = zip(transformed(a, field), transformed(b, field), strict=True)
    products = [x * y % p for x, y in values]
    assert transformed(products, field, direction="inverse") == convolution


@settings(max_examples=40, deadline=None)
@given(vectors(1), st.integers(0, 63))
def test_rotated_coefficients_turn_the_values(drawn, shift):
    field, [values] = drawn
    n, p = len(values), field.modulus
    w = field.root_of_order(n.bit_length() - 1)
    rotated = [values[(i - shift) % n] for i in range(n)]
    expected = [x * pow(w, k * shift, p) % p for k, x in enumerate(transformed(values, field))]
    assert transformed(rotated, field) == expected


@pytest.mark.parametrize("field", ["koalabear", "bls12-381-fr"])
@pytest.mark.parametrize("axes", [(), (1,), (3,), (2, 3)])
def test_all_axes_before_the_last_are_a_batch(field, axes):
    parameters = FIELDS[field]
    stream = SeededStream(1, "batch")
    count = int(np.prod(axes, dtype=int)) * 8
    integers = [stream.integer(parameters.modulus) for _ in range(count)]
    values = from_integers(integers, parameters, (*axes, 8))
    result = ntt(values, field)
    assert result.shape == values.shape and result.dtype == values.dtype
    expected = [x for i in range(0, count, 8) for x in reference(integers[i : i + 8], parameters)]
    assert to_integers(result, parameters) == expected


@pytest.mark.parametrize("backend", ["reference", "numba", "cpu"])
def test_backends_agree(backend):
    values = np.arange(64, dtype=np.uint64).reshape(2, 32)
    result = ntt(values, "goldilocks", backend=backend, coset=True)
    assert np.array_equal(result, ntt(values, "goldilocks", coset=True, threads=1))


@pytest.mark.parametrize(
    ("values", "field", "options", "message"),
    [
        (np.zeros(4, np.uint32), "babybar", {}, r"^field: got 'babybar', want one of "),
        ([1, 2], "babybear", {}, r"^values: got list, want a NumPy array of uint32"),
        (np.zeros(4, np.int32), "babybear", {}, r"^values: got dtype int32, want uint32"),
        (np.array(3, np.uint32), "babybear", {}, r"^values: got shape \(\), want \(any,\)"),
        (np.zeros(6, np.uint32), "babybear", {}, r"^values: got 6 elements .* want a power of 2"),
        (np.zeros((2, 0), np.uint32), "babybear", {}, r"^values: got 0 elements"),
        (
            np.zeros((0, 4), np.uint32),
            "babybear",
            {},
            r"^values: got shape \(0, 4\), want at least",
        ),
        (
            np.zeros(4, np.uint64),
            "bn254-fr",
            {},
            r"^values: got shape \(4,\), want \(any, 4\)",
        ),
        (
            np.zeros((4, 3), np.uint64),
            "bn254-fr",
            {},
            r"^values: got shape \(4, 3\), want a last axis",
        ),
        (
            np.zeros((4, 4), np.uint64),
            "bn254-fq",
            {},
            r"^values: got 2\^2 elements .* at most 2\^1",
        ),
        (np.full(4, 2**31, np.uint32), "babybear", {}, r"^values: got 2147483648 at index \[0\]"),
        (np.zeros(4, np.uint32), "babybear", {"direction": "up"}, r"^direction: got 'up'"),
        (np.zeros(4, np.uint32), "babybear", {"order": "odd"}, r"^order: got 'odd'"),
        (np.zeros(4, np.uint32), "babybear", {"coset": 3}, r"^coset: got 3, want True or False"),
        (np.zeros(4, np.uint32), "babybear", {"backend": "abacus"}, r"^backend: got 'abacus'"),
        (np.zeros(4, np.uint32), "babybear", {"threads": 0}, r"^threads: got 0"),
    ],
)
def test_bad_arguments_are_refused_in_one_sentence(values, field, options, message):
    with pytest.raises(ValueError, match=message) as error:
        ntt(values, field, **options)
    assert "\n" not in str(error.value)


def test_the_example_of_the_documentation_runs():
    assert doctest.testmod(api).failed == 0
