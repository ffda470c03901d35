"""The two references against each other, against py_ecc, and at the edges."""

import py_ecc.bls12_381
import py_ecc.bn128
import pytest

from zkmark.kernels.curves import CURVES, CurveParameters, curve
from zkmark.kernels.curves.reference import Point, multiply, negate
from zkmark.kernels.msm.reference import (
    msm_by_definition,
    msm_pippenger,
    pippenger_cost,
    pippenger_window,
)

ALL = [pytest.param(c, id=c.id) for c in CURVES.values()]
METHODS = [msm_by_definition, msm_pippenger]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("parameters", ALL)
def test_edges(parameters: CurveParameters, method):
    g, r = parameters.generator, parameters.order
    minus_g = negate(g, parameters)
    three: Point = multiply(3, g, parameters)
    cases: list[tuple[list[Point], list[int], Point]] = [
        ([], [], None),
        ([g], [0], None),
        ([g], [1], g),
        ([g], [r - 1], minus_g),
        ([None], [5], None),
        ([None, g, None], [r - 1, 1, 0], g),
        ([g, g, g], [1, 1, 1], three),
        ([g, minus_g], [77, 77], None),
        ([g, minus_g, g], [77, 77, 3], three),
        ([g, g], [r - 1, 1], None),
        ([three, g], [1, r - 2], g),
    ]
    for points, scalars, want in cases:
        assert method(points, scalars, parameters) == want


@pytest.mark.parametrize("window", [1, 2, 3, 5, 8])
def test_any_window_gives_the_definition(window: int):
    parameters = curve("vesta")
    points = [multiply(k, parameters.generator, parameters) for k in (1, 2, 3, 0, -3, 1 << 200)]
    scalars = [parameters.order - 1 - (k << 240) for k in range(6)]
    want = msm_by_definition(points, scalars, parameters)
    assert msm_pippenger(points, scalars, parameters, window) == want


@pytest.mark.parametrize(
    ("curve_id", "oracle"),
    [("bn254-g1", py_ecc.bn128), ("bls12-381-g1", py_ecc.bls12_381)],
)
@pytest.mark.parametrize("method", METHODS)
def test_py_ecc_agrees(curve_id: str, oracle, method):
    parameters = curve(curve_id)
    scalars = [(0x9E3779B97F4A7C15 << (40 * i)) % parameters.order for i in range(6)]
    theirs_points = [oracle.multiply(oracle.G1, 2 * i + 1) for i in range(6)]
    theirs = None
    for point, scalar in zip(theirs_points, scalars, strict=True):
        theirs = oracle.add(theirs, oracle.multiply(point, scalar))
    points: list[Point] = [(p[0].n, p[1].n) for p in theirs_points]
    assert method(points, scalars, parameters) == (theirs[0].n, theirs[1].n)


def test_different_lengths_are_refused():
    parameters = curve("pallas")
    for method in METHODS:
        with pytest.raises(ValueError):
            method([parameters.generator], [1, 2], parameters)


def test_the_window_grows_with_the_size_and_is_the_cheapest():
    windows = [pippenger_window(1 << k, 255) for k in range(0, 25, 4)]
    assert windows == sorted(windows)
    for window in (7, 9, 12, 16):
        best = pippenger_window(1 << 14, 255)
        assert pippenger_cost(1 << 14, best, 255) <= pippenger_cost(1 << 14, window, 255)
