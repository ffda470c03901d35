"""Over wide fields every instruction set transforms as the portable code and the reference do."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from zkmark import _native
from zkmark.backends.cpu import CpuBackend
from zkmark.backends.threads import available_threads
from zkmark.kernels.fields.encoding import from_integers
from zkmark.kernels.fields.parameters import FIELDS
from zkmark.kernels.implementation import run_case
from zkmark.kernels.ntt.case import NttCase

LEVELS = _native.isa_levels()
FASTER = LEVELS[1:]
WIDE = ("bn254-fr", "bls12-381-fr", "pallas-fp", "vesta-fp")
OPTIONS = list(
    itertools.product(("forward", "inverse"), ("natural", "bit-reversed"), (False, True))
)


@pytest.fixture(autouse=True)
def _restore():
    yield
    CpuBackend().activate()


def transform(case, values, isa, threads=1):
    return run_case(case, {"values": values}, CpuBackend(threads=threads, isa=isa))


def rows_of_edges(field, n):
    """Make values that put every lazy sum at its ends: all zero, all p - 1, and mixtures."""
    p = FIELDS[field].modulus
    rows = [
        [0] * n,
        [1] * n,
        [p - 1] * n,
        [p - 1] + [0] * (n - 1),
        [0] * (n - 1) + [p - 1],
        [0 if i & 1 else p - 1 for i in range(n)],
        [1 if i & (n // 2) else p - 1 for i in range(n)],
        [(1 << 52 * (1 + i % 4)) - 1 for i in range(n)],
        [p // 2 + i % 2 for i in range(n)],
    ]
    return from_integers([x for row in rows for x in row], FIELDS[field], (len(rows), n))


@pytest.mark.parametrize("isa", FASTER)
@pytest.mark.parametrize("field", WIDE)
@pytest.mark.parametrize(("direction", "order", "coset"), OPTIONS)
def test_every_size_up_to_2_to_the_11(field, direction, order, coset, isa):
    for log_size in range(12):
        case = NttCase(field, log_size, 1, direction, order, coset)
        values = case.make_input(11)["values"]
        np.testing.assert_array_equal(
            transform(case, values, isa), transform(case, values, "portable"), err_msg=str(case)
        )


@pytest.mark.parametrize("isa", FASTER)
@pytest.mark.parametrize("field", WIDE)
@pytest.mark.parametrize("log_size", [0, 1, 2, 3, 5, 6, 7])
def test_edges_as_the_reference(field, log_size, isa):
    values = rows_of_edges(field, 1 << log_size)
    for direction, order, coset in OPTIONS:
        case = NttCase(field, log_size, len(values), direction, order, coset)
        expected = case.reference({"values": values})
        np.testing.assert_array_equal(transform(case, values, isa), expected, err_msg=str(case))
        # One by one they take two passes where the batch took one.
        single = NttCase(field, log_size, 1, direction, order, coset)
        for row, want in zip(values, expected, strict=True):
            np.testing.assert_array_equal(transform(single, row[None], isa)[0], want)


@pytest.mark.parametrize("isa", FASTER)
@pytest.mark.parametrize("field", WIDE)
def test_edges_of_long_transforms(field, isa):
    values = rows_of_edges(field, 1 << 11)
    for direction, coset in itertools.product(("forward", "inverse"), (False, True)):
        for batch in (len(values), 1):
            case = NttCase(field, 11, batch, direction, "natural", coset)
            for i in range(0, len(values), batch):
                some = values[i : i + batch]
                np.testing.assert_array_equal(
                    transform(case, some, isa), transform(case, some, "portable"), err_msg=str(case)
                )


@pytest.mark.parametrize("isa", FASTER)
@pytest.mark.parametrize("threads", {1, available_threads()})
@pytest.mark.parametrize(("log_size", "batch"), [(0, 1), (3, 9), (5, 31), (7, 3), (9, 17), (11, 8)])
@pytest.mark.parametrize("direction", ["forward", "inverse"])
def test_batches_that_fill_no_lanes(log_size, batch, direction, threads, isa):
    case = NttCase("bls12-381-fr", log_size, batch, direction, coset=True)
    values = case.make_input(12)["values"]
    np.testing.assert_array_equal(
        transform(case, values, isa, threads), transform(case, values, "portable")
    )


@pytest.mark.parametrize("isa", FASTER)
@pytest.mark.parametrize("threads", {1, available_threads()})
@pytest.mark.parametrize("field", WIDE)
@pytest.mark.parametrize(("direction", "order", "coset"), OPTIONS)
def test_a_size_of_long_passes(field, direction, order, coset, threads, isa):
    case = NttCase(field, 15, 1, direction, order, coset)
    values = case.make_input(13)["values"]
    np.testing.assert_array_equal(
        transform(case, values, isa, threads), transform(case, values, "portable")
    )


@pytest.mark.parametrize("isa", FASTER)
@pytest.mark.parametrize("field", WIDE)
def test_forward_and_inverse_undo_each_other(field, isa):
    for order, coset in itertools.product(("natural", "bit-reversed"), (False, True)):
        forward = NttCase(field, 16, 2, "forward", order, coset)
        inverse = NttCase(field, 16, 2, "inverse", order, coset)
        values = forward.make_input(14)["values"]
        back = transform(inverse, transform(forward, values, isa), isa)
        np.testing.assert_array_equal(back, values)


@pytest.mark.parametrize("field", WIDE)
@pytest.mark.parametrize(("log_size", "batch"), [(11, 64), (18, 1)])
def test_long_sums_carry(field, log_size, batch):
    # The first results are sums of 2^9 rows or more that no product carries for.
    case = NttCase(field, log_size, batch)
    values = case.make_input(3)["values"]
    values[:, : case.size // 2] = from_integers([FIELDS[field].modulus - 1], FIELDS[field])
    portable = transform(case, values, "portable", available_threads())
    for isa in FASTER:
        np.testing.assert_array_equal(transform(case, values, isa), portable)
