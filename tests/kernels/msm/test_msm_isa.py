"""Every instruction set sums as the portable code does, exceptional additions included."""

import numpy as np
import pytest

from zkmark import _native
from zkmark.backends.cpu import CpuBackend
from zkmark.kernels.curves.encoding import points_from_tuples, points_to_tuples
from zkmark.kernels.curves.parameters import CURVES
from zkmark.kernels.curves.reference import negate
from zkmark.kernels.msm.case import MsmCase

LEVELS = _native.isa_levels()
# Pairwise affine sums in narrow and in wide windows, whole and cut into chunks of a few points and
# pieces of the input.
SCHEDULES = [(4, True, 3, 16384, 700), (9, True, 2, 64, 350), (13, True, 4, 16384, 700)]


@pytest.fixture(autouse=True)
def _restore():
    yield
    CpuBackend().activate()


def _sum(curve, inputs, isa, schedule):
    CpuBackend(threads=2 if _native.thread_count() > 1 else 1, isa=isa).activate()
    assert _native.msm_isa(curve) == isa
    sum_ = _native.msm_compute(curve, inputs["points"], inputs["scalars"], schedule)
    return _native.msm_download(sum_)


def _inputs(curve, kind):
    """Make points and scalars whose sums meet equal, opposite or infinite points."""
    case = MsmCase(curve, 700)
    inputs = case.make_input(7)
    points, scalars = inputs["points"].copy(), inputs["scalars"].copy()
    if kind == "few distinct points":
        points[:] = points[np.arange(700) % 3]
    elif kind == "one point":
        points[:] = points[0]
    elif kind == "opposites":
        p = CURVES[curve]
        negatives = [negate(t, p) for t in points_to_tuples(points[:350], p)]
        points[350:] = points_from_tuples(negatives, p)
        scalars[350:] = scalars[:350]
    elif kind == "infinities":
        points[::3] = 0
    elif kind == "one scalar":
        scalars[:] = scalars[0]
    return {"points": points, "scalars": scalars}


@pytest.mark.parametrize("isa", LEVELS[1:])
@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize(
    "kind", ["random", "few distinct points", "one point", "opposites", "infinities", "one scalar"]
)
def test_sums_as_the_portable_code(curve, kind, isa):
    inputs = _inputs(curve, kind)
    expected = _sum(curve, inputs, "portable", SCHEDULES[0])
    for schedule in SCHEDULES:
        np.testing.assert_array_equal(_sum(curve, inputs, isa, schedule), expected)


@pytest.mark.parametrize("isa", LEVELS[1:])
@pytest.mark.parametrize("curve", CURVES)
def test_opposite_points_sum_to_infinity(curve, isa):
    assert not _sum(curve, _inputs(curve, "opposites"), isa, SCHEDULES[1]).any()
