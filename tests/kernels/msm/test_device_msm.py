"""MSM on OpenCL and CUDA: every curve and exceptional addition against the reference."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from zkmark.backends import get_backend
from zkmark.backends.cuda.host import HostSession
from zkmark.backends.device import DeviceMemoryError, Limits, Session
from zkmark.kernels.case import Array
from zkmark.kernels.curves.encoding import points_from_tuples, points_to_tuples
from zkmark.kernels.curves.parameters import CURVES
from zkmark.kernels.curves.reference import negate
from zkmark.kernels.implementation import find_implementation
from zkmark.kernels.msm.case import MsmCase
from zkmark.kernels.msm.device import (
    DeviceMsmPlan,
    Schedule,
    msm_memory,
    plan_memory,
    schedules,
)

# Parts of one entry, buckets reduced one by one; one part for everything; parts that end within
# buckets, and a window that does not divide the half scalars' 127 bits; multiples of the points.
SCHEDULES = [
    Schedule(3, 1, 0),
    Schedule(4, 1 << 16, 3),
    Schedule(5, 7, 2),
    Schedule(16, 7, 6, fixed_base=True),
]


def compute(
    session: Session,
    curve: str,
    points: Array,
    scalars: Array,
    schedule: Schedule | None = None,
) -> Array:
    """Compute twice from one upload, which must survive."""
    plan = DeviceMsmPlan(MsmCase(curve, len(points)), session, schedule)
    uploaded = plan.upload({"points": points, "scalars": scalars})
    first = plan.download(plan.compute(uploaded))
    assert np.array_equal(first, plan.download(plan.compute(uploaded)))
    return first


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("size", [0, 1, 2, 3, 17, 60])
def test_random_points(device_session: Session, curve: str, size: int) -> None:
    case = MsmCase(curve, size)
    inputs = case.make_input(5)
    got = compute(device_session, curve, inputs["points"], inputs["scalars"])
    assert np.array_equal(got, case.reference(inputs))


def edge_inputs(curve: str, kind: str) -> tuple[Array, Array]:
    """Points and scalars whose sums meet equal, opposite or infinite points."""
    case = MsmCase(curve, 24)
    inputs = case.make_input(7)
    points, scalars = inputs["points"].copy(), inputs["scalars"].copy()
    parameters = CURVES[curve]
    if kind == "few distinct points":
        points[:] = points[np.arange(24) % 2]
    elif kind == "one point and one scalar":
        points[:] = points[0]
        scalars[:] = scalars[0]
    elif kind == "few distinct scalars":
        scalars[:] = scalars[np.arange(24) % 3]
    elif kind == "opposites":
        negatives = [negate(t, parameters) for t in points_to_tuples(points[:12], parameters)]
        points[12:] = points_from_tuples(negatives, parameters)
        scalars[12:] = scalars[:12]
    elif kind == "infinities":
        points[::3] = 0
    elif kind == "scalars at the edges":
        edges = [0, 1, 2, parameters.order - 1, parameters.order - 2, 1 << 127, (1 << 128) - 1]
        for i, row in enumerate(scalars):
            edge = edges[i % len(edges)]
            row[:] = [edge >> (64 * j) & (1 << 64) - 1 for j in range(4)]
    elif kind == "nothing but zeros":
        scalars[:] = 0
    return points, scalars


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize(
    "kind",
    [
        "few distinct points",
        "one point and one scalar",
        "few distinct scalars",
        "opposites",
        "infinities",
        "scalars at the edges",
        "nothing but zeros",
    ],
)
def test_exceptional_additions_in_every_schedule(
    device_session: Session, curve: str, kind: str
) -> None:
    points, scalars = edge_inputs(curve, kind)
    want = MsmCase(curve, len(points)).reference({"points": points, "scalars": scalars})
    for schedule in SCHEDULES:
        got = compute(device_session, curve, points, scalars, schedule)
        assert np.array_equal(got, want), schedule
    if kind in ("opposites", "nothing but zeros"):
        assert not want.any()


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("size", [0, 1, 3, 1000])
def test_a_fixed_base_gives_the_same_sums(opencl_session: Session, curve: str, size: int) -> None:
    case = MsmCase(curve, size, fixed_base=True)
    inputs = case.make_input(5)
    plan = DeviceMsmPlan(case, opencl_session)
    uploaded = plan.upload(inputs)
    with opencl_session.recorded() as launches:
        got = plan.download(plan.compute(uploaded))
    assert np.array_equal(got, MsmCase(curve, size).reference(inputs))
    # What is prepared belongs to upload.
    assert not {launch.kernel for launch in launches} & {"prepare_points", "multiply_points"}


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("size", [1000, 4097, 1 << 14])
def test_many_points_agree_with_the_native_kernels(
    opencl_session: Session, curve: str, size: int
) -> None:
    case = MsmCase(curve, size)
    inputs = case.make_input(2)
    cpu = get_backend("cpu")
    native = find_implementation(case, "cpu").plan(case, cpu)
    want = native.download(native.compute(native.upload(inputs)))
    got = compute(opencl_session, curve, inputs["points"], inputs["scalars"])
    assert np.array_equal(got, want)


def test_one_bucket_with_everything_is_shared_by_all_parts(opencl_session: Session) -> None:
    case = MsmCase("bn254-g1", 3000)
    inputs = case.make_input(2)
    inputs["scalars"][:] = [5, 0, 0, 0]
    plan = DeviceMsmPlan(case, opencl_session, Schedule(8, 16, 3))
    assert len(plan.heads) > 3
    got = plan.download(plan.compute(plan.upload(inputs)))
    assert np.array_equal(got, case.reference(inputs))


@pytest.mark.parametrize("size", [1, 100, 5000])
@pytest.mark.parametrize("fixed_base", [False, True])
def test_a_plan_fits_where_there_is_as_much_memory_as_is_counted(
    size: int, fixed_base: bool
) -> None:
    case = MsmCase("bls12-381-g1", size, fixed_base)
    needed = msm_memory(case)[0]
    session = HostSession(limits=Limits(1024, 48 * 1024, needed, needed))
    plan = DeviceMsmPlan(case, session)
    assert 0 < session.held_bytes <= needed
    del plan


def test_little_memory_makes_other_windows_with_the_same_sum() -> None:
    case = MsmCase("bn254-g1", 300)
    inputs = case.make_input(4)
    room = msm_memory(case)[0]
    narrow = DeviceMsmPlan(case, HostSession(limits=Limits(1024, 48 * 1024, room, room)))
    wide = DeviceMsmPlan(case, HostSession())
    assert narrow.schedule.bits != wide.schedule.bits
    for plan in (narrow, wide):
        got = plan.download(plan.compute(plan.upload(inputs)))
        assert np.array_equal(got, case.reference(inputs))


@pytest.mark.parametrize("curve", CURVES)
def test_four_million_points_take_less_than_two_gibibytes(curve: str) -> None:
    case = MsmCase(curve, 1 << 22)
    assert msm_memory(case)[0] < 2 << 30
    # So does the cheapest schedule.
    assert plan_memory(case, schedules(case.size, on_cpu=False)[0])[0] < 2 << 30


def test_a_case_without_room_is_refused_before_it_allocates() -> None:
    case = MsmCase("pallas", 1 << 16)
    session = HostSession(limits=Limits(1024, 48 * 1024, 1 << 19, 1 << 19))
    with pytest.raises(DeviceMemoryError, match=r"needs \d+ bytes"):
        DeviceMsmPlan(case, session)
    assert session.held_bytes == 0


@pytest.mark.parametrize("size", [1, 10, 1 << 10, 1 << 16, (1 << 24) - 1])
def test_schedules_cover_the_half_scalars(size: int) -> None:
    for on_cpu, fixed_base in product((False, True), (False, True)):
        for one in schedules(size, on_cpu, fixed_base):
            assert one.windows * one.bits >= 128
            assert one.parts(size) * one.length >= one.entries(size)
            assert one.entries(size) < 1 << 32
