"""NTT on OpenCL and CUDA: every field, option and number of passes against the reference."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from zkmark import NttCase
from zkmark.backends import get_backend
from zkmark.backends.cuda.host import HostSession
from zkmark.backends.device import DeviceMemoryError, Limits, Session
from zkmark.kernels.fields.encoding import from_integers
from zkmark.kernels.fields.parameters import FIELDS
from zkmark.kernels.implementation import find_implementation
from zkmark.kernels.ntt.case import DIRECTIONS, ORDERS
from zkmark.kernels.ntt.device import (
    DeviceNttPlan,
    Shape,
    ntt_memory,
    passes_of,
    shape_for,
    transform_source,
)

OPTIONS = list(product(DIRECTIONS, ORDERS, (False, True)))


def shape_on(session: Session, field: str) -> Shape:
    return shape_for(field, session.device.kind == "cpu", session.limits.local_bytes)


def small_shape(session: Session, field: str) -> Shape:
    """A shape of short passes, so that small transforms take several."""
    shape = shape_on(session, field)
    columns = max(shape.log_lanes, 2)
    return Shape(shape.threads, columns + 4, shape.log_lanes, shape.log_radix, columns)


def check(case: NttCase, session: Session, shape: Shape | None = None) -> None:
    """Compute twice from one upload, which must survive, and compare with the reference."""
    inputs = case.make_input(7)
    plan = DeviceNttPlan(case, session, shape)
    uploaded = plan.upload(inputs)
    want = case.reference(inputs)
    for _ in range(2):
        assert np.array_equal(plan.download(plan.compute(uploaded)), want), case.slug


@pytest.mark.parametrize("field", FIELDS)
def test_one_pass_with_every_option(device_session: Session, field: str) -> None:
    for (log_size, batch), options in product(((0, 3), (1, 1), (2, 5), (3, 9), (6, 2)), OPTIONS):
        if log_size <= FIELDS[field].two_adicity:
            check(NttCase(field, log_size, batch, *options), device_session)


@pytest.mark.parametrize("field", [id for id in FIELDS if FIELDS[id].two_adicity >= 9])
def test_several_passes_with_every_option(device_session: Session, field: str) -> None:
    shape = small_shape(device_session, field)
    for (log_size, batch), options in product(((8, 3), (9, 1)), OPTIONS):
        case = NttCase(field, log_size, batch, *options)
        assert len(passes_of(case, shape)) >= 2
        check(case, device_session, shape)


@pytest.mark.parametrize("field", ["goldilocks", "babybear", "bls12-381-fr"])
@pytest.mark.parametrize("options", OPTIONS)
def test_long_transforms_agree_with_the_native_kernels(
    opencl_session: Session, field: str, options: tuple[str, str, bool]
) -> None:
    for log_size, batch in ((13, 3), (17, 1)):
        case = NttCase(field, log_size, batch, *options)
        inputs = case.make_input(3)
        cpu = get_backend("cpu")
        native = find_implementation(case, "cpu").plan(case, cpu)
        plan = DeviceNttPlan(case, opencl_session)
        got = plan.download(plan.compute(plan.upload(inputs)))
        assert np.array_equal(got, native.download(native.compute(native.upload(inputs))))


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_edges_of_the_field(device_session: Session, field: str, direction: str) -> None:
    parameters = FIELDS[field]
    case = NttCase(field, min(8, parameters.two_adicity), 4, direction)
    values = np.zeros(case.shape, dtype=parameters.dtype)
    largest = from_integers([parameters.modulus - 1], parameters)[0]
    values[1] = largest
    values[2, 0] = from_integers([1], parameters)[0]
    values[3, ::2] = largest
    plan = DeviceNttPlan(case, device_session)
    got = plan.download(plan.compute(plan.upload({"values": values})))
    assert np.array_equal(got, case.reference({"values": values}))


def test_a_batch_is_done_in_parts_that_a_cache_holds(opencl_session: Session) -> None:
    case = NttCase("babybear", 11, 5)
    plan = DeviceNttPlan(case, opencl_session)
    plan.transforms.cached_bytes = 2 * 4 << 11
    inputs = case.make_input(1)
    with opencl_session.recorded() as launches:
        got = plan.download(plan.compute(plan.upload(inputs)))
    assert len(launches) == 3 * len(plan.passes)
    assert np.array_equal(got, case.reference(inputs))


def test_passes_do_every_layer_once_and_are_even() -> None:
    for field, log_size in (("goldilocks", 24), ("babybear", 27), ("bls12-381-fr", 22)):
        shape = shape_for(field, on_cpu=False, local_bytes=48 * 1024)
        rows = [one.log_rows for one in passes_of(NttCase(field, log_size), shape)]
        assert sum(rows) == log_size
        assert max(rows) <= shape.most_rows
        assert max(rows) - min(rows) <= 1


@pytest.mark.parametrize("log_size", [0, 1, 5, 9, 12])
@pytest.mark.parametrize("options", OPTIONS)
def test_memory_is_what_is_counted_or_less(
    opencl_session: Session, log_size: int, options: tuple[str, str, bool]
) -> None:
    case = NttCase("goldilocks", log_size, 3, *options)
    before = opencl_session.held_bytes
    plan = DeviceNttPlan(case, opencl_session)
    assert 0 < opencl_session.held_bytes - before <= ntt_memory(case)[0]
    del plan


def test_a_case_without_room_is_refused_before_it_allocates() -> None:
    case = NttCase("babybear", 16)
    session = HostSession(limits=Limits(1024, 48 * 1024, 1 << 19, 1 << 19))
    with pytest.raises(DeviceMemoryError, match=f"needs {ntt_memory(case)[0]} bytes"):
        DeviceNttPlan(case, session)
    assert session.held_bytes == 0


def test_roots_of_goldilocks_are_shifts() -> None:
    p = FIELDS["goldilocks"].modulus
    w = FIELDS["goldilocks"].root_of_order(4)
    shape = shape_for("goldilocks", on_cpu=False, local_bytes=48 * 1024)
    for direction, base in (("forward", w), ("inverse", pow(w, -1, p))):
        found = transform_source("goldilocks", direction, shape).definitions
        for i in range(1, 8):
            sign = -1 if found[f"ROOT16_{i}_NEGATED"] else 1
            assert sign * pow(2, int(found[f"ROOT16_{i}"]), p) % p == pow(base, i, p)
