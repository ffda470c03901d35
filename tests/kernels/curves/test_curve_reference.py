"""The group law in Python integers, against its axioms and against py_ecc."""

import py_ecc.bls12_381
import py_ecc.bn128
import pytest

from zkmark.kernels.curves import CURVES, CurveParameters, curve
from zkmark.kernels.curves.reference import (
    JACOBIAN_INFINITY,
    Point,
    add,
    batch_to_affine,
    from_affine,
    is_on_curve,
    jacobian_add,
    jacobian_add_affine,
    jacobian_double,
    multiply,
    multiply_unreduced,
    negate,
    sum_points,
    to_affine,
)

ALL = [pytest.param(c, id=c.id) for c in CURVES.values()]
ORACLES = {"bn254-g1": py_ecc.bn128, "bls12-381-g1": py_ecc.bls12_381}


def _few_points(parameters: CurveParameters) -> list[Point]:
    """Infinity, G, -G, 2 G, 5 G and a point with a large logarithm."""
    g = parameters.generator
    logarithms = (0, 1, -1, 2, 5, 0xF00D << 200)
    return [multiply(k, g, parameters) for k in logarithms]


@pytest.mark.parametrize("parameters", ALL)
def test_the_affine_law_is_that_of_an_abelian_group(parameters: CurveParameters):
    points = _few_points(parameters)
    for p in points:
        assert add(p, None, parameters) == p
        assert add(p, negate(p, parameters), parameters) is None
        for q in points:
            total = add(p, q, parameters)
            assert is_on_curve(total, parameters)
            assert total == add(q, p, parameters)
            for r in points:
                assert add(total, r, parameters) == add(p, add(q, r, parameters), parameters)


@pytest.mark.parametrize("parameters", ALL)
def test_jacobian_coordinates_give_the_affine_law(parameters: CurveParameters):
    points = _few_points(parameters)
    p = parameters.base.modulus
    for left in points:
        for z in (1, 7):
            scaled = (
                (left[0] * z**2 % p, left[1] * z**3 % p, z)
                if left is not None
                else JACOBIAN_INFINITY
            )
            assert to_affine(scaled, parameters) == left
            assert to_affine(jacobian_double(scaled, parameters), parameters) == add(
                left, left, parameters
            )
            for right in points:
                want = add(left, right, parameters)
                mixed = jacobian_add_affine(scaled, right, parameters)
                assert to_affine(mixed, parameters) == want
                doubled_z = jacobian_add(from_affine(right), scaled, parameters)
                assert to_affine(doubled_z, parameters) == want


@pytest.mark.parametrize("curve_id", ORACLES)
def test_py_ecc_agrees(curve_id: str):
    oracle, parameters = ORACLES[curve_id], curve(curve_id)
    assert tuple(c.n for c in oracle.G1) == parameters.generator
    assert oracle.curve_order == parameters.order
    for k in (0, 1, 2, 3, 0xDEADBEEF, parameters.order - 1, parameters.order // 3):
        theirs = oracle.multiply(oracle.G1, k)
        ours = multiply(k, parameters.generator, parameters)
        assert ours == (None if theirs is None else tuple(c.n for c in theirs))
        plus_three = oracle.add(theirs, oracle.multiply(oracle.G1, 3))
        three = multiply(3, parameters.generator, parameters)
        assert add(ours, three, parameters) == (
            None if plus_three is None else tuple(c.n for c in plus_three)
        )


@pytest.mark.parametrize("parameters", ALL)
def test_batch_conversion_skips_infinity(parameters: CurveParameters):
    g = from_affine(parameters.generator)
    points = [JACOBIAN_INFINITY, g, jacobian_double(g, parameters), JACOBIAN_INFINITY]
    assert batch_to_affine(points, parameters) == [to_affine(p, parameters) for p in points]
    assert batch_to_affine([], parameters) == []


def test_a_negative_scalar_multiplies_the_negative_point():
    parameters = curve("vesta")
    g = parameters.generator
    assert multiply_unreduced(-3, g, parameters) == negate(multiply(3, g, parameters), parameters)


def test_sum_points():
    parameters = curve("pallas")
    g = parameters.generator
    assert sum_points([], parameters) is None
    assert sum_points([g, None, g, negate(g, parameters)], parameters) == g


def test_points_off_the_curve_are_told():
    parameters = curve("bn254-g1")
    p = parameters.base.modulus
    assert is_on_curve((1, 2), parameters)
    assert not is_on_curve((1, 3), parameters)
    assert not is_on_curve((1 + p, 2), parameters)
    assert not is_on_curve((0, 0), parameters)
