"""The NTT's case: its names, its limits, its input, its counts."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from zkmark.kernels.case import case_from_parameters
from zkmark.kernels.fields.parameters import FIELDS
from zkmark.kernels.ntt.case import NttCase


def test_the_slug_names_what_is_not_usual():
    assert NttCase("goldilocks", 20).slug == "ntt/goldilocks/2^20/forward"
    full = NttCase("bn254-fr", 3, batch=64, direction="inverse", order="bit-reversed", coset=True)
    assert full.slug == "ntt/bn254-fr/2^3/inverse/batch-64/bit-reversed/coset"


def test_a_case_is_hashable_and_survives_its_parameters():
    case = NttCase("babybear", 10, batch=3, direction="inverse", order="bit-reversed", coset=True)
    assert case_from_parameters("ntt", case.parameters()) == case
    assert len({case, NttCase(**case.parameters())}) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"field": "goldylocks"}, "field: got 'goldylocks', want one of goldilocks, babybear"),
        (
            {"log_size": 33},
            "log_size: got 33, want a whole number from 0 to 32 for the field goldilocks",
        ),
        ({"log_size": -1}, "log_size: got -1, want"),
        ({"log_size": 2.0}, "log_size: got 2.0, want"),
        ({"log_size": True}, "log_size: got True, want"),
        (
            {"field": "bn254-fq", "log_size": 2},
            "log_size: got 2, want a whole number from 0 to 1 for",
        ),
        ({"batch": 0}, "batch: got 0, want a whole number from 1"),
        ({"batch": "4"}, "batch: got '4', want a whole number from 1"),
        ({"direction": "backward"}, "direction: got 'backward', want one of forward, inverse"),
        ({"order": "random"}, "order: got 'random', want one of natural, bit-reversed"),
        ({"coset": 1}, "coset: got 1, want True or False"),
    ],
)
def test_bad_parameters_are_refused_in_one_sentence(arguments, message):
    with pytest.raises(ValueError) as error:
        NttCase(**{"field": "goldilocks", "log_size": 4} | arguments)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_missing_and_unknown_parameters_are_named():
    with pytest.raises(
        ValueError, match=r"^log_size: got nothing, want it among the parameters of ntt"
    ):
        case_from_parameters("ntt", {"field": "babybear"})
    with pytest.raises(ValueError, match=r"^size: not a parameter of ntt"):
        case_from_parameters("ntt", {"field": "babybear", "log_size": 3, "size": 8})


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_input_is_canonical_and_depends_on_the_seed_alone(field):
    case = NttCase(field.id, min(8, field.two_adicity), batch=2)
    values = case.make_input(1)["values"]
    assert values.shape == case.shape and values.dtype == field.dtype
    case.validate({"values": values})
    assert np.array_equal(values, case.make_input(1)["values"])
    assert not np.array_equal(values, case.make_input(2)["values"])
    inverse = dataclasses.replace(case, direction="inverse", order="bit-reversed", coset=True)
    assert np.array_equal(values, inverse.make_input(1)["values"])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (None, r"^values: got nothing"),
        ([[1, 2], [3, 4]], r"^values: got list, want a NumPy array"),
        (np.zeros((2, 4), np.int64), r"^values: got dtype int64, want uint32"),
        (np.zeros((1, 4), np.uint32), r"^values: got shape \(1, 4\), want \(2, 4\)"),
        (np.zeros(8, np.uint32), r"^values: got shape \(8,\), want \(2, 4\)"),
        (np.full((2, 4), 15 * 2**27 + 1, np.uint32), r"^values: got 2013265921 at index \[0, 0\]"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(values, message):
    inputs = {} if values is None else {"values": values}
    with pytest.raises(ValueError, match=message):
        NttCase("babybear", 2, batch=2).validate(inputs)


def test_counts_are_those_of_the_formula():
    counts = NttCase("goldilocks", 10).counts()
    assert (counts.items, counts.item_unit) == (1024, "elements")
    assert counts.field_multiplications == counts.word_multiplications == 5 * 1024
    assert counts.bytes_moved == 2 * 8 * 1024
    assert counts.formula.startswith("(n/2) log2 n field multiplications of 1 word")
    inverse = NttCase("bls12-381-fr", 4, batch=3, direction="inverse", coset=True).counts()
    assert inverse.field_multiplications == 3 * (8 * 4 + 16)
    assert inverse.word_multiplications == 36 * inverse.field_multiplications
    assert inverse.bytes_moved == 2 * 3 * 16 * 32
    assert inverse.formula.startswith("batch ((n/2) log2 n + n)")
    assert NttCase("babybear", 1).counts().word_multiplications == 3
    assert NttCase("bls12-381-fq", 1).counts().word_multiplications == 78


def test_the_estimate_for_the_reference_grows_with_the_work():
    small, large = NttCase("babybear", 4), NttCase("babybear", 14, batch=2)
    assert 0 < small.reference_seconds < 1e-3 < large.reference_seconds
    assert large.reference_seconds < NttCase("bls12-381-fr", 14, batch=2).reference_seconds
