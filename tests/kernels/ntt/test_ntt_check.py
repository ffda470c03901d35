"""The judge of transforms: right outputs pass, any wrong one is told."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from zkmark.backends import get_backend
from zkmark.kernels.fields.encoding import from_integers, to_integers
from zkmark.kernels.fields.parameters import FIELDS
from zkmark.kernels.implementation import run_case
from zkmark.kernels.ntt.case import NttCase
from zkmark.kernels.ntt.identity import check_identity, points_needed
from zkmark.kernels.ntt.vector_arithmetic import vector_arithmetic
from zkmark.kernels.seeded import SeededStream

OPTIONS = list(
    itertools.product(("forward", "inverse"), ("natural", "bit-reversed"), (False, True))
)
THREE = ("koalabear", "goldilocks", "vesta-fp")


def corrupted(output, place, field):
    """Add one to the element at ``place``."""
    wrong = output.copy()
    [value] = to_integers(wrong[place], field)
    wrong[place] = from_integers([(value + 1) % field.modulus], field)[0]
    return wrong


@pytest.mark.parametrize("field", THREE)
@pytest.mark.parametrize(("direction", "order", "coset"), OPTIONS)
def test_the_identity_accepts_the_reference_and_nothing_near_it(field, direction, order, coset):
    case = NttCase(field, 5, 2, direction, order, coset)
    values = case.make_input(3)["values"]
    right = case.reference({"values": values})
    assert check_identity(case, values, right).ok
    for place in itertools.product(range(2), range(32)):
        wrong = corrupted(right, place, case.field_parameters)
        verdict = check_identity(case, values, wrong)
        assert not verdict.ok and verdict.detail == f"transform {place[0]} fails the identity"
    for a, b in [(0, 1), (0, 31), (1, 16), (15, 16)]:
        swapped = right.copy()
        swapped[1, [a, b]] = right[1, [b, a]]
        assert not check_identity(case, values, swapped).ok
    for other in OPTIONS:
        if other != (direction, order, coset):
            assert not check_identity(NttCase(field, 5, 2, *other), values, right).ok


@pytest.mark.parametrize("field", FIELDS)
def test_the_identity_works_for_the_shortest_transforms(field):
    for log_size in range(min(2, FIELDS[field].two_adicity) + 1):
        case = NttCase(field, log_size, coset=True)
        values = case.make_input(4)["values"]
        right = case.reference({"values": values})
        assert check_identity(case, values, right).ok
        assert not check_identity(case, values, corrupted(right, (0, 0), FIELDS[field])).ok


def test_small_fields_take_enough_points_for_one_error_in_2_to_the_40():
    for field in FIELDS.values():
        for log_size in range(1, min(28, field.two_adicity) + 1):
            points = points_needed(log_size, field.modulus)
            assert log_size**points << 40 <= field.modulus**points
    assert points_needed(20, FIELDS["babybear"].modulus) == 2
    assert points_needed(20, FIELDS["goldilocks"].modulus) == 1


@pytest.mark.parametrize(
    ("field", "log_size"), [("babybear", 17), ("goldilocks", 16), ("bn254-fr", 16)]
)
def test_a_large_output_is_checked_and_one_wrong_element_found(field, log_size):
    case = NttCase(field, log_size)
    inputs = case.make_input(5)
    output = run_case(case, inputs, get_backend("cpu"))
    verdict = case.check(inputs, output, 5)
    assert verdict.ok and verdict.method.startswith("multilinear identity at ")
    stream = SeededStream(1, "places")
    for place in [0, case.size - 1, *(stream.integer(case.size) for _ in range(3))]:
        assert not case.check(inputs, corrupted(output, (0, place), FIELDS[field]), 5).ok


def test_a_small_output_is_compared_with_the_reference():
    case = NttCase("bn254-fr", 3, batch=2)
    inputs = case.make_input(6)
    output = case.reference(inputs)
    assert case.check(inputs, output, 6).method == "reference"
    verdict = case.check(inputs, corrupted(output, (1, 6), FIELDS["bn254-fr"]), 6)
    assert not verdict.ok and verdict.detail == "element 6 of transform 1 is wrong"


def test_an_output_that_is_not_canonical_is_wrong():
    case = NttCase("babybear", 4)
    inputs = case.make_input(7)
    output = case.reference(inputs)
    plus_p = output.copy()
    plus_p[0, 2] += np.uint32(FIELDS["babybear"].modulus)
    for wrong in (plus_p, output[0], output.astype(np.uint64), output[:, :8]):
        verdict = case.check(inputs, wrong, 7)
        assert not verdict.ok and verdict.detail.startswith("output: got ")


@pytest.mark.parametrize("size", [1, 1 << 20])
@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_the_arithmetic_of_the_check_is_that_of_integers(field, size):
    p = field.modulus
    stream = SeededStream(2, "arithmetic")
    edges = [0, 1, 2, p - 1, p - 2, p // 2, (1 << 32) % p, ((1 << 32) - 1) % p]
    a, b = zip(*itertools.product(edges, edges), strict=True)
    a += tuple(stream.integer(p) for _ in range(100))
    b += tuple(stream.integer(p) for _ in range(100))
    arithmetic = vector_arithmetic(field, size)
    x, y = (arithmetic.load(from_integers(v, field)) for v in (a, b))

    def integers(residues):
        return residues.tolist() if residues.ndim == 1 else to_integers(residues, field)

    products = [i * j % p for i, j in zip(a, b, strict=True)]
    assert integers(arithmetic.multiply(x, y)) == products
    assert integers(arithmetic.plus_one(x)) == [(i + 1) % p for i in a]
    assert integers(arithmetic.negate(x)) == [-i % p for i in a]
    assert arithmetic.sum(x) == sum(a) % p
    assert arithmetic.dot(x, y) == sum(products) % p
    assert integers(arithmetic.powers(3, 8)) == [pow(3, i, p) for i in range(8)]
