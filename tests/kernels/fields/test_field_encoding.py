"""Elements at the border: integers to words and back, and what is refused in which words."""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zkmark.kernels.fields import (
    FIELDS,
    check_elements,
    field,
    first_not_canonical,
    from_integers,
    to_integers,
)

ALL = pytest.mark.parametrize("id", FIELDS)


def sentence(call: Callable[[], object]) -> str:
    with pytest.raises(ValueError) as error:
        call()
    return str(error.value)


def words_of(value: int, id: str) -> np.ndarray:
    """Any value that fits the words of one element, below the modulus or not."""
    f = field(id)
    data = value.to_bytes(f.bytes_per_element, "little")
    return np.frombuffer(data, dtype=f.dtype).reshape(1, *f.element_shape)


@ALL
@settings(deadline=None)
@given(data=st.data())
def test_integers_survive_the_way_to_words_and_back(id: str, data: st.DataObject) -> None:
    f = field(id)
    edges = st.sampled_from([0, 1, f.modulus - 1])
    values = data.draw(st.lists(st.integers(0, f.modulus - 1) | edges, max_size=20))
    array = from_integers(values, f)
    assert array.shape == (len(values), *f.element_shape)
    assert array.dtype == f.dtype
    assert to_integers(array, f) == values


@ALL
def test_words_are_little_endian_limbs(id: str) -> None:
    f = field(id)
    value = f.modulus - 1
    row = from_integers([value], f).reshape(-1)
    assert sum(int(word) << (f.word_bits * i) for i, word in enumerate(row)) == value


@ALL
def test_shapes_count_elements(id: str) -> None:
    f = field(id)
    array = from_integers(range(6), f, (2, 3))
    assert array.shape == (2, 3, *f.element_shape)
    assert to_integers(array, f) == [0, 1, 2, 3, 4, 5]
    assert from_integers([5], f, ()).shape == f.element_shape
    assert to_integers(from_integers([5], f, ()), f) == [5]


@ALL
def test_arrays_that_are_not_contiguous_are_read_right(id: str) -> None:
    f = field(id)
    array = from_integers(range(24), f, (4, 6))[::2, 1::2]
    assert not array.flags.c_contiguous
    assert to_integers(array, f) == [1, 3, 5, 13, 15, 17]
    check_elements("values", array, f, (2, 3))


def test_integers_outside_the_field_are_refused() -> None:
    f = field("babybear")
    assert sentence(lambda: from_integers([1, 2013265921], f)) == (
        "integers: got 2013265921 at index 1, want 0 to 2013265920 for the field babybear"
    )
    assert sentence(lambda: from_integers([-1], f)) == (
        "integers: got -1 at index 0, want 0 to 2013265920 for the field babybear"
    )
    assert sentence(lambda: from_integers([1, 2, 3], f, (2, 2))) == (
        "shape: got (2, 2), want room for 3 elements"
    )


@ALL
def test_good_arrays_pass(id: str) -> None:
    f = field(id)
    array = from_integers([0, 1, f.modulus - 1, 2, 3, 4], f, (2, 3))
    check_elements("values", array, f)
    check_elements("values", array, f, ndim=2)
    check_elements("values", array, f, (2, 3))
    check_elements("values", array, f, (None, 3))
    check_elements("values", array[:0], f, (0, 3))


def test_what_is_no_array_is_refused() -> None:
    f = field("goldilocks")
    assert sentence(lambda: check_elements("values", [1, 2], f)) == (
        "values: got list, want a NumPy array of uint64 for the field goldilocks"
    )


@pytest.mark.parametrize("dtype", ["int64", "uint32", "float64", ">u8", "object", "bool"])
def test_the_wrong_dtype_is_refused(dtype: str) -> None:
    array = np.zeros(3, dtype=dtype)
    assert sentence(lambda: check_elements("values", array, field("goldilocks"))) == (
        f"values: got dtype {array.dtype}, want uint64 for the field goldilocks"
    )


def test_the_wrong_number_of_limbs_is_refused() -> None:
    f = field("bls12-381-fq")
    for shape in ((), (4,), (6, 5)):
        array = np.zeros(shape, dtype=np.uint64)
        assert sentence(lambda array=array: check_elements("points", array, f)) == (
            f"points: got shape {shape}, want a last axis of 6 limbs for the field bls12-381-fq"
        )


def test_the_wrong_shape_is_refused() -> None:
    f = field("babybear")
    array = np.zeros((3, 5), dtype=np.uint32)
    assert sentence(lambda: check_elements("values", array, f, ndim=1)) == (
        "values: got shape (3, 5), want (any,) for the field babybear"
    )
    assert sentence(lambda: check_elements("values", array, f, (None, 4))) == (
        "values: got shape (3, 5), want (any, 4) for the field babybear"
    )
    assert sentence(lambda: check_elements("values", array, f, (5,))) == (
        "values: got shape (3, 5), want (5,) for the field babybear"
    )
    wide = np.zeros((3, 5, 4), dtype=np.uint64)
    assert sentence(lambda: check_elements("values", wide, field("bn254-fr"), (3, 6))) == (
        "values: got shape (3, 5, 4), want (3, 6, 4) for the field bn254-fr"
    )
    assert sentence(lambda: check_elements("values", wide, field("bn254-fr"), ndim=1)) == (
        "values: got shape (3, 5, 4), want (any, 4) for the field bn254-fr"
    )


def test_an_axis_of_length_zero_is_not_any_length() -> None:
    array = np.zeros((0, 5), dtype=np.uint32)
    assert "want (2, 5)" in sentence(
        lambda: check_elements("values", array, field("babybear"), (2, 5))
    )
    array = np.zeros((2, 5), dtype=np.uint32)
    assert "want (0, 5)" in sentence(
        lambda: check_elements("values", array, field("babybear"), (0, 5))
    )


@ALL
@pytest.mark.parametrize("place", [0, 3, 5])
def test_an_element_not_below_the_modulus_is_named(id: str, place: int) -> None:
    f = field(id)
    array = from_integers(range(6), f)
    array[place] = words_of(f.modulus, id)[0]
    array[5] = words_of(f.modulus, id)[0]
    index = [place // 3, place % 3]
    assert sentence(
        lambda: check_elements("scalars", array.reshape(2, 3, *f.element_shape), f, (2, 3))
    ) == (
        f"scalars: got {f.modulus} at index {index}, "
        f"want elements below the modulus of {id}, {f.modulus}"
    )


def test_a_single_element_not_below_the_modulus_is_named() -> None:
    f = field("babybear")
    assert sentence(lambda: check_elements("root", np.array(2**32 - 1, dtype=np.uint32), f)) == (
        "root: got 4294967295 at index [], want elements below the modulus of babybear, 2013265921"
    )


@pytest.fixture(params=["native", "numpy"])
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a test through the native extension, and as if it were not installed."""
    if request.param == "numpy":
        monkeypatch.setitem(sys.modules, "zkmark._native", None)
    return str(request.param)


@ALL
def test_the_check_sees_every_limb(id: str, path: str) -> None:
    """Values just below, at and above the modulus, and with one limb alone too large."""
    f = field(id)
    top = 1 << f.montgomery_bits
    candidates = [0, 1, f.modulus - 1, f.modulus, f.modulus + 1, top - 1, top >> 1]
    for i in range(f.limbs):
        step = 1 << (f.word_bits * i)
        candidates += [f.modulus - step, f.modulus + step, f.modulus ^ step, step, step - 1]
    for value in candidates:
        if 0 <= value < top:
            expected = -1 if value < f.modulus else 0
            assert first_not_canonical(words_of(value, id), f) == expected, hex(value)


@ALL
def test_the_check_finds_the_first_of_many_in_a_large_array(id: str, path: str) -> None:
    f = field(id)
    array = np.zeros((300_000, *f.element_shape), dtype=f.dtype)
    assert first_not_canonical(array, f) == -1
    bad = words_of(f.modulus, id)[0]
    for place in (299_999, 299_000, 170_001, 65_536, 255, 0):
        array[place] = bad
        assert first_not_canonical(array, f) == place
