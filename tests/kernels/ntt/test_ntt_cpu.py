"""The native transform: equal to the reference for every field, size and option, on any threads."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from zkmark.backends import get_backend
from zkmark.backends.threads import available_threads
from zkmark.kernels.fields.encoding import from_integers
from zkmark.kernels.fields.parameters import FIELDS
from zkmark.kernels.implementation import find_implementation, run_case
from zkmark.kernels.ntt.case import NttCase

OPTIONS = list(
    itertools.product(("forward", "inverse"), ("natural", "bit-reversed"), (False, True))
)
# One of each width and representation; the others share all of their code but the modulus.
ONE_OF_EACH = ("babybear", "goldilocks", "bls12-381-fr")


def assert_equals_reference(case, seed=1, threads=1):
    inputs = case.make_input(seed)
    output = run_case(case, inputs, get_backend("cpu", threads=threads))
    assert output.dtype == case.field_parameters.dtype
    assert np.array_equal(output, case.reference(inputs)), f"{case} on {threads} threads"


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(("direction", "order", "coset"), OPTIONS)
def test_every_field_and_option(field, direction, order, coset):
    for log_size in range(min(7, FIELDS[field].two_adicity) + 1):
        assert_equals_reference(NttCase(field, log_size, 1, direction, order, coset))


@pytest.mark.parametrize("field", ONE_OF_EACH)
def test_every_size_up_to_2_to_the_12(field):
    for log_size in range(8, 13):
        assert_equals_reference(NttCase(field, log_size))


@pytest.mark.parametrize("threads", {1, available_threads()})
@pytest.mark.parametrize("field", ONE_OF_EACH)
@pytest.mark.parametrize(("direction", "order", "coset"), OPTIONS)
def test_two_passes_on_any_number_of_threads(field, threads, direction, order, coset):
    """2^13: two passes with a table of twiddles, except where one block on one thread is better."""
    case = NttCase(field, 13, 1, direction, order, coset)
    inputs = case.make_input(2)
    output = run_case(case, inputs, get_backend("cpu", threads=threads))
    assert case.check(inputs, output, 2).ok


@pytest.mark.parametrize(
    ("field", "log_size"), [("koalabear", 18), ("goldilocks", 17), ("pallas-fp", 15)]
)
@pytest.mark.parametrize(
    ("direction", "order"),
    list(itertools.product(("forward", "inverse"), ("natural", "bit-reversed"))),
)
def test_long_transforms_make_their_twiddles_as_they_go(field, log_size, direction, order):
    case = NttCase(field, log_size, 1, direction, order, coset=True)
    inputs = case.make_input(3)
    output = run_case(case, inputs, get_backend("cpu"))
    verdict = case.check(inputs, output, 3)
    assert verdict.ok and "identity" in verdict.method


@pytest.mark.parametrize("field", ONE_OF_EACH)
@pytest.mark.parametrize(("log_size", "batch"), [(0, 5), (1, 3), (4, 7), (8, 2), (9, 5)])
@pytest.mark.parametrize("direction", ["forward", "inverse"])
def test_batches(field, log_size, batch, direction):
    for threads in {1, available_threads()}:
        assert_equals_reference(NttCase(field, log_size, batch, direction), threads=threads)


@pytest.mark.parametrize(
    ("field", "log_size"), [("babybear", 16), ("goldilocks", 17), ("vesta-fp", 13)]
)
@pytest.mark.parametrize("direction", ["forward", "inverse"])
def test_batches_of_long_transforms(field, log_size, direction):
    case = NttCase(field, log_size, 3, direction)
    inputs = case.make_input(4)
    assert case.check(inputs, run_case(case, inputs, get_backend("cpu")), 4).ok


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
@pytest.mark.parametrize("direction", ["forward", "inverse"])
def test_edges(field, direction):
    log_size = min(6, field.two_adicity)
    n, p = 1 << log_size, field.modulus
    rows = [
        [0] * n,
        [1] * n,
        [p - 1] * n,
        [1] + [0] * (n - 1),
        [0] * (n - 1) + [p - 1],
        [0, p - 1] * (n // 2),
        [1, p - 1] * (n // 2),
    ]
    for coset in (False, True):
        case = NttCase(field.id, log_size, len(rows), direction, coset=coset)
        values = from_integers([x for row in rows for x in row], field, (len(rows), n))
        output = run_case(case, {"values": values}, get_backend("cpu"))
        assert np.array_equal(output, case.reference({"values": values}))


def test_an_impulse_becomes_the_powers_of_a_root():
    field = FIELDS["goldilocks"]
    case = NttCase("goldilocks", 15)
    values = np.zeros((1, case.size), np.uint64)
    values[0, 1] = 1
    output = run_case(case, {"values": values}, get_backend("cpu"))
    root = field.root_of_order(15)
    assert output[0, :4].tolist() == [pow(root, i, field.modulus) for i in range(4)]
    assert output[0, -1] == pow(root, -1, field.modulus)


@pytest.mark.parametrize("field", ONE_OF_EACH)
def test_computing_twice_on_one_upload_gives_the_same_and_leaves_the_input(field):
    case = NttCase(field, 13)
    inputs = case.make_input(5)
    before = inputs["values"].copy()
    backend = get_backend("cpu")
    plan = find_implementation(case, "cpu").plan(case, backend)
    uploaded = plan.upload(inputs)
    first = plan.download(plan.compute(uploaded))
    kept = first.copy()
    assert np.array_equal(plan.download(plan.compute(uploaded)), kept)
    assert np.array_equal(first, kept) and np.array_equal(inputs["values"], before)


def test_an_array_that_is_not_contiguous_is_taken():
    case = NttCase("babybear", 6, 2)
    inputs = case.make_input(6)
    spread = np.zeros((2, 128), np.uint32)[:, ::2]
    spread[:] = inputs["values"]
    assert np.array_equal(
        run_case(case, {"values": spread}, get_backend("cpu")), case.reference(inputs)
    )


def test_an_array_of_another_size_never_reaches_memory():
    from zkmark import _native

    plan = _native.ntt_plan("babybear", 4, 1, False, False, False)
    right, wrong = np.zeros(16, np.uint32), np.zeros(15, np.uint32)
    for arguments in [(wrong, right), (right, wrong), (right.view(np.uint64), right)]:
        with pytest.raises(ValueError, match="size and type"):
            plan.transform(*arguments)


def test_the_path_names_an_instruction_set_that_the_backend_allows():
    implementation = find_implementation(NttCase("goldilocks", 4), "cpu")
    from zkmark import _native

    for isa in _native.isa_levels():
        backend = get_backend("cpu", isa=isa)
        for field in FIELDS:
            name, level = implementation.path(NttCase(field, 1), backend).split("/")
            assert (
                name == "cpu"
                and level in _native.isa_levels()[: _native.isa_levels().index(isa) + 1]
            )
    get_backend("cpu").activate()


@pytest.mark.parametrize(
    ("field", "log_size"), [("babybear", 22), ("goldilocks", 21), ("pallas-fp", 20)]
)
def test_tables_are_small_beside_the_data_of_long_transforms(field, log_size):
    from zkmark import _native

    plan = _native.ntt_plan(field, log_size, 1, False, False, False)
    assert plan.table_bytes < 0.02 * (FIELDS[field].bytes_per_element << log_size)


def test_an_output_that_somebody_holds_is_not_written_again():
    case = NttCase("goldilocks", 8)
    plan = find_implementation(case, "cpu").plan(case, get_backend("cpu"))
    first_input, second_input = (plan.upload(case.make_input(seed)) for seed in (1, 2))
    first = plan.compute(first_input)
    kept, part = first.copy(), first[0, :4]
    second = plan.compute(second_input)
    assert np.array_equal(first, kept)
    del first
    third = plan.compute(second_input)  # a view holds the first still
    assert np.array_equal(part, kept[0, :4])
    assert np.array_equal(second, third)
    address = third.ctypes.data
    del third
    assert plan.compute(first_input).ctypes.data == address
