"""The curves' constants: what follows from a curve's equation is checked, not believed."""

from math import isqrt

import pytest

from zkmark.kernels.curves import CURVES, CurveParameters, curve
from zkmark.kernels.curves.reference import is_in_subgroup, is_on_curve, multiply_unreduced

ALL = [pytest.param(c, id=c.id) for c in CURVES.values()]


def test_the_four_curves():
    assert list(CURVES) == ["bn254-g1", "bls12-381-g1", "pallas", "vesta"]
    assert all(curve(name).id == name for name in CURVES)


@pytest.mark.parametrize("parameters", ALL)
def test_the_generator_is_on_the_curve(parameters: CurveParameters):
    assert is_on_curve(parameters.generator, parameters)


@pytest.mark.parametrize("parameters", ALL)
def test_the_generator_has_the_order_of_the_scalar_field(parameters: CurveParameters):
    # The order is prime, so a point that it takes to infinity has exactly that order.
    assert multiply_unreduced(parameters.order, parameters.generator, parameters) is None
    assert multiply_unreduced(parameters.order - 1, parameters.generator, parameters) is not None


@pytest.mark.parametrize("parameters", ALL)
def test_cofactor_times_order_is_the_only_count_that_hasse_allows(parameters: CurveParameters):
    p, n = parameters.base.modulus, parameters.cofactor * parameters.order
    assert abs(n - (p + 1)) <= isqrt(4 * p)
    # The next multiples of the order lie outside of Hasse's interval: the cofactor is determined.
    assert n - parameters.order < p + 1 - isqrt(4 * p)
    assert n + parameters.order > p + 1 + isqrt(4 * p)


@pytest.mark.parametrize("parameters", ALL)
def test_cofactor_times_order_takes_any_point_to_infinity(parameters: CurveParameters):
    p = parameters.base.modulus
    found = 0
    for x in range(2, 20):
        y = _square_root((x**3 + parameters.a * x + parameters.b) % p, p)
        if y is not None:
            point = (x, y)
            assert is_on_curve(point, parameters)
            count = parameters.cofactor * parameters.order
            assert multiply_unreduced(count, point, parameters) is None
            assert is_in_subgroup(point, parameters) == (parameters.cofactor == 1)
            found += 1
        if found == 2:
            return
    raise AssertionError("no point with a small x")


def test_pallas_and_vesta_are_a_cycle():
    pallas, vesta = curve("pallas"), curve("vesta")
    assert pallas.order == vesta.base.modulus
    assert vesta.order == pallas.base.modulus


def test_an_unknown_curve_is_refused_with_the_known_ones():
    with pytest.raises(
        ValueError, match="curve: got 'p-256', want one of bn254-g1, bls12-381-g1, pallas"
    ):
        curve("p-256")


def _square_root(square: int, p: int) -> int | None:
    """Return a square root modulo p (Tonelli and Shanks), None if there is none."""
    if pow(square, (p - 1) // 2, p) != 1:
        return None
    q, s = p - 1, 0
    while q % 2 == 0:
        q, s = q // 2, s + 1
    z = next(z for z in range(2, 100) if pow(z, (p - 1) // 2, p) == p - 1)
    m, c, t, r = s, pow(z, q, p), pow(square, q, p), pow(square, (q + 1) // 2, p)
    while t != 1:
        i = next(i for i in range(1, m) if pow(t, 1 << i, p) == 1)
        b = pow(c, 1 << (m - i - 1), p)
        m, c, t, r = i, b * b % p, t * b * b % p, r * b % p
    return r
