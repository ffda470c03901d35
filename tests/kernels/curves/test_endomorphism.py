"""The endomorphism's derived constants, and the native kernels' copies of them."""

import numpy as np
import pytest

from zkmark import _native
from zkmark.kernels.curves import CURVES, CurveParameters
from zkmark.kernels.curves.endomorphism import SPLIT_BITS, endomorphism
from zkmark.kernels.curves.reference import multiply
from zkmark.kernels.fields.encoding import from_integers, to_integers

ALL = [pytest.param(c, id=c.id) for c in CURVES.values()]


@pytest.mark.parametrize("parameters", ALL)
def test_beta_and_lambda_are_primitive_cube_roots_of_unity(parameters: CurveParameters):
    phi = endomorphism(parameters.id)
    for root, modulus in ((phi.beta, parameters.base.modulus), (phi.lambda_, parameters.order)):
        assert root != 1
        assert pow(root, 3, modulus) == 1


@pytest.mark.parametrize("parameters", ALL)
def test_phi_multiplies_by_lambda(parameters: CurveParameters):
    phi = endomorphism(parameters.id)
    for k in (1, 2, 1 << 100):
        x, y = multiply(k, parameters.generator, parameters)  # type: ignore[misc]
        image = (phi.beta * x % parameters.base.modulus, y)
        assert image == multiply(phi.lambda_, (x, y), parameters)


@pytest.mark.parametrize("parameters", ALL)
def test_the_basis_is_in_the_lattice_and_bounds_the_halves(parameters: CurveParameters):
    phi, r = endomorphism(parameters.id), parameters.order
    (a1, b1), (a2, b2) = phi.basis
    assert (a1 + b1 * phi.lambda_) % r == (a2 + b2 * phi.lambda_) % r == 0
    assert a1 * b2 - a2 * b1 == r
    assert b1 < 0 < b2
    assert max(abs(a1) + abs(a2), abs(b1) + abs(b2)) // 2 + 1 < 1 << SPLIT_BITS


def _edge_scalars(parameters: CurveParameters) -> list[int]:
    phi, r = endomorphism(parameters.id), parameters.order
    rng = np.random.Generator(np.random.PCG64(7))
    near = [v for k in (0, r // 2, r // 3, r, phi.lambda_) for v in range(k - 3, k + 4)]
    # Where rounding is tightest: halves of (b k / r), the corners of the lattice's cell.
    corners = [(2 * i + 1) * r // (2 * b) for i in range(5) for (_, b) in phi.basis]
    random = [int.from_bytes(rng.bytes(40), "little") for _ in range(500)]
    return [v % r for v in near + corners + random]


@pytest.mark.parametrize("parameters", ALL)
def test_split_scalars_are_short_and_put_together_again(parameters: CurveParameters):
    phi = endomorphism(parameters.id)
    for k in _edge_scalars(parameters):
        k1, k2 = phi.split(k)
        assert (k1 + k2 * phi.lambda_ - k) % parameters.order == 0
        assert max(abs(k1), abs(k2)) < 1 << SPLIT_BITS


@pytest.mark.parametrize("parameters", ALL)
def test_natively_split_scalars_are_short_and_put_together_again(parameters: CurveParameters):
    # Not always the same halves as phi.split: next to a half, either rounding is good.
    phi, scalars = endomorphism(parameters.id), _edge_scalars(parameters)
    array = from_integers(scalars, parameters.scalar)
    magnitudes, negative = _native.points_split_scalars(parameters.id, array)
    for k, words, signs in zip(scalars, magnitudes.tolist(), negative.tolist(), strict=True):
        k1, k2 = (
            (low | high << 64) * (-1) ** sign
            for (low, high), sign in zip(words, signs, strict=True)
        )
        assert (k1 + k2 * phi.lambda_ - k) % parameters.order == 0
        assert max(abs(k1), abs(k2)) < 1 << SPLIT_BITS


@pytest.mark.parametrize("parameters", ALL)
def test_the_native_beta_is_the_same(parameters: CurveParameters):
    (beta,) = to_integers(_native.points_beta(parameters.id)[None], parameters.base)
    assert beta == endomorphism(parameters.id).beta
