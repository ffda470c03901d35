"""Over small fields every instruction set transforms as the portable code and the reference do."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from zkmark import _native
from zkmark.backends.cpu import CpuBackend
from zkmark.backends.threads import available_threads
from zkmark.kernels.fields.parameters import FIELDS
from zkmark.kernels.implementation import run_case
from zkmark.kernels.ntt.case import NttCase

LEVELS = _native.isa_levels()
FASTER = LEVELS[1:]
SMALL = ("babybear", "koalabear", "goldilocks")
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
    i = np.arange(n)
    rows = [
        np.full(n, 0),
        np.full(n, 1),
        np.full(n, p - 1, dtype=np.uint64),
        np.where(i == 0, np.uint64(p - 1), np.uint64(0)),
        np.where(i == n - 1, np.uint64(p - 1), np.uint64(0)),
        np.where(i & 1, np.uint64(0), np.uint64(p - 1)),
        np.where(i & (n // 2), np.uint64(1), np.uint64(p - 1)),
        np.where(i & 2, np.uint64(p // 2), np.uint64(p // 2 + 1)),
        # Goldilocks: 2^32 - 1 and words whose low halves are zero, where corrections are decided.
        np.where(i & 1, np.uint64((1 << 32) - 1) % np.uint64(p), np.uint64(p - 1)),
    ]
    return np.stack([row.astype(FIELDS[field].dtype) for row in rows])


@pytest.mark.parametrize("isa", FASTER)
@pytest.mark.parametrize("field", SMALL)
def test_level_has_a_path(field, isa):
    CpuBackend(isa=isa).activate()
    assert _native.ntt_isa(field) == isa


@pytest.mark.parametrize("isa", FASTER)
@pytest.mark.parametrize("field", SMALL)
@pytest.mark.parametrize(("direction", "order", "coset"), OPTIONS)
def test_every_size_up_to_2_to_the_12(field, direction, order, coset, isa):
    for log_size in range(13):
        case = NttCase(field, log_size, 1, direction, order, coset)
        values = case.make_input(11)["values"]
        np.testing.assert_array_equal(
            transform(case, values, isa), transform(case, values, "portable"), err_msg=str(case)
        )


@pytest.mark.parametrize("isa", FASTER)
@pytest.mark.parametrize("field", SMALL)
@pytest.mark.parametrize("log_size", [0, 1, 2, 3, 4, 7, 8])
def test_edges_as_the_reference(field, log_size, isa):
    values = rows_of_edges(field, 1 << log_size)
    for direction, order, coset in OPTIONS:
        case = NttCase(field, log_size, len(values), direction, order, coset)
        expected = case.reference({"values": values})
        np.testing.assert_array_equal(transform(case, values, isa), expected, err_msg=str(case))


@pytest.mark.parametrize("isa", FASTER)
@pytest.mark.parametrize("field", SMALL)
@pytest.mark.parametrize("log_size", [9, 12, 15])
def test_edges_of_long_transforms(field, log_size, isa):
    values = rows_of_edges(field, 1 << log_size)
    for direction, order, coset in OPTIONS:
        case = NttCase(field, log_size, len(values), direction, order, coset)
        np.testing.assert_array_equal(
            transform(case, values, isa), transform(case, values, "portable"), err_msg=str(case)
        )


@pytest.mark.parametrize("isa", FASTER)
@pytest.mark.parametrize("threads", sorted({1, available_threads()}))
@pytest.mark.parametrize("field", SMALL)
@pytest.mark.parametrize(
    ("log_size", "batch"), [(0, 1), (0, 17), (3, 9), (4, 33), (5, 31), (7, 47), (8, 3), (11, 35)]
)
def test_batches_that_fill_no_lanes(field, log_size, batch, threads, isa):
    for direction, order, coset in OPTIONS:
        case = NttCase(field, log_size, batch, direction, order, coset)
        values = case.make_input(12)["values"]
        np.testing.assert_array_equal(
            transform(case, values, isa, threads),
            transform(case, values, "portable"),
            err_msg=str(case),
        )


@pytest.mark.parametrize("isa", FASTER)
@pytest.mark.parametrize("threads", sorted({1, available_threads()}))
@pytest.mark.parametrize("field", SMALL)
@pytest.mark.parametrize(("direction", "order", "coset"), OPTIONS)
def test_a_size_beyond_the_caches(field, direction, order, coset, threads, isa):
    case = NttCase(field, 19, 1, direction, order, coset)
    values = case.make_input(13)["values"]
    np.testing.assert_array_equal(
        transform(case, values, isa, threads), transform(case, values, "portable")
    )


@pytest.mark.parametrize("isa", FASTER)
@pytest.mark.parametrize("field", SMALL)
@pytest.mark.parametrize(("direction", "order", "coset"), OPTIONS)
def test_batches_by_way_of_an_array_between(field, direction, order, coset, isa):
    # From six transforms for each thread on.
    for log_size in (9, 13, 14):
        case = NttCase(field, log_size, 6 * available_threads() + 1, direction, order, coset)
        values = case.make_input(15)["values"]
        np.testing.assert_array_equal(
            transform(case, values, isa, available_threads()),
            transform(case, values, "portable"),
            err_msg=str(case),
        )


@pytest.mark.parametrize("isa", FASTER)
@pytest.mark.parametrize("field", SMALL)
@pytest.mark.parametrize(("direction", "order"), [("forward", "natural"), ("inverse", "natural")])
def test_batches_whose_results_go_past_the_caches(field, direction, order, isa):
    batch = (17 << 20) // (FIELDS[field].dtype.itemsize << 14)
    case = NttCase(field, 14, batch, direction, order)
    values = case.make_input(16)["values"]
    np.testing.assert_array_equal(transform(case, values, isa), transform(case, values, "portable"))


@pytest.mark.parametrize("isa", FASTER)
@pytest.mark.parametrize("field", SMALL)
def test_forward_and_inverse_undo_each_other(field, isa):
    for order, coset in itertools.product(("natural", "bit-reversed"), (False, True)):
        forward = NttCase(field, 17, 3, "forward", order, coset)
        inverse = NttCase(field, 17, 3, "inverse", order, coset)
        values = forward.make_input(14)["values"]
        back = transform(inverse, transform(forward, values, isa), isa)
        np.testing.assert_array_equal(back, values)
