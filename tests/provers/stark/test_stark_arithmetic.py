"""What the verifier computes with, against definitions: scalars, small arrays, points, places."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from zkmark.kernels.fields.parameters import extension_field
from zkmark.kernels.fields.reference import (
    extension_add,
    extension_inverse,
    extension_multiply,
    extension_power,
    extension_subtract,
)
from zkmark.kernels.stark.domain import MODULUS, point, root
from zkmark.kernels.stark.reference import ReferenceStarkKernels
from zkmark.provers.stark import compiler, scalars
from zkmark.provers.stark.batch import batch
from zkmark.provers.stark.examples import lookups_air
from zkmark.provers.stark.heavy import OpenedTerm, heavy
from zkmark.provers.stark.points import (
    block_weights,
    joined,
    periodic_at,
    recombined,
    selectors_at,
    table_points,
)
from zkmark.provers.stark.proof import Places
from zkmark.provers.stark.prover import Prover

Words = NDArray[np.uint64]
EDGES = (0, 1, 2, MODULUS - 1, MODULUS // 2, 1 << 32)


def random_words(seed: int, *shape: int) -> Words:
    return np.random.default_rng(seed).integers(0, MODULUS, shape, dtype=np.uint64)


def some_elements(degree: int) -> list[tuple[int, ...]]:
    rng = np.random.default_rng(degree)
    edges = [tuple(int(x) for x in rng.choice(EDGES, degree)) for _ in range(12)]
    return [*edges, *map(tuple, random_words(degree, 6, degree).tolist())]


@pytest.mark.parametrize("degree", [2, 3])
def test_scalars(degree: int) -> None:
    field = extension_field(f"goldilocks-ext{degree}")
    found = some_elements(degree)
    x = (0, 1, 0)[:degree]
    for a in found:
        for b in found:
            assert scalars.add(a, b) == extension_add(a, b, field)
            assert scalars.subtract(a, b) == extension_subtract(a, b, field)
            assert scalars.multiply(a, b) == extension_multiply(a, b, field)
        if any(a):
            assert scalars.inverse(a) == extension_inverse(a, field)
        assert scalars.by_root(a) == extension_multiply(a, x, field)
        for exponent in (0, 1, 5, 64):
            assert scalars.power(a, exponent) == extension_power(a, exponent, field)
        assert scalars.scale(a, -3) == tuple(-3 * c % MODULUS for c in a)
    with pytest.raises(ZeroDivisionError):
        scalars.inverse((0,) * degree)


@pytest.mark.parametrize("degree", [2, 3])
def test_small_arrays(degree: int) -> None:
    field, arithmetic = extension_field(f"goldilocks-ext{degree}"), batch(degree)
    found = some_elements(degree)
    a = np.array(found, dtype=np.uint64)
    products = arithmetic.multiply(a[:, np.newaxis], a[np.newaxis])
    for i, left in enumerate(found):
        for j, right in enumerate(found):
            assert tuple(products[i, j].tolist()) == extension_multiply(left, right, field)
    powers = arithmetic.powers(a[-1], 11)
    for k in range(11):
        assert tuple(powers[k].tolist()) == extension_power(found[-1], k, field)
    sums = arithmetic.sum(a, 0).tolist()
    assert sums == [sum(x[c] for x in found) % MODULUS for c in range(degree)]
    worst = np.full((1000, 2), MODULUS - 1, dtype=np.uint64)
    assert arithmetic.sum(worst, 0).tolist() == [-1000 % MODULUS] * 2
    rows, weights = random_words(1, 3, 5), random_words(2, 5, degree)
    for row, got in zip(rows.tolist(), arithmetic.dot(rows, weights).tolist(), strict=True):
        for c in range(degree):
            terms = zip(row, weights[:, c].tolist(), strict=True)
            assert got[c] == sum(x * w for x, w in terms) % MODULUS
    inverses = arithmetic.inverse(a[-6:])
    assert arithmetic.multiply(inverses, a[-6:]).tolist() == [[1, *[0] * (degree - 1)]] * 6


@pytest.mark.parametrize("degree", [2, 3])
@pytest.mark.parametrize("height", [1, 2, 16])
def test_selectors_are_those_of_the_prover(degree: int, height: int) -> None:
    """Each at its blocks and off the domain, against the polynomials that expressions.py gives."""
    kernels = ReferenceStarkKernels(degree)
    example = lookups_air()
    prover = Prover.__new__(Prover)
    prover.air, prover.kernels, prover._selectors = example, kernels, {}
    blocks = example.quotient_blocks
    columns = kernels.download(prover._selector_columns(height, on_trace=False))
    for index in range(blocks * height):
        x = scalars.embedded(point(height, blocks, index), degree)
        got = [scalars.embedded(int(c[index // height, index % height]), degree) for c in columns]
        assert got == selectors_at(x, height)
    y = tuple(random_words(height, degree).tolist())
    trace = compiler.trace_selectors(height)
    coefficients = kernels.interpolate(kernels.upload(trace))
    at_y = kernels.evaluate(coefficients, np.array([y], dtype=np.uint64))[0]
    last = pow(root(height), -1, MODULUS)
    want = [*map(tuple, at_y.tolist()), scalars.subtract(y, scalars.embedded(last, degree))]
    assert selectors_at(y, height) == want


def test_periodic_columns_at_a_point() -> None:
    kernels = ReferenceStarkKernels(3)
    periods = [(1, 0, 0, 5), (7,), (3, MODULUS - 1)]
    height = 16
    rows = [[*period] * (height // len(period)) for period in periods]
    trace = np.array(rows, dtype=np.uint64)[:, np.newaxis]
    y = random_words(5, 3)
    want = kernels.evaluate(kernels.interpolate(kernels.upload(trace)), y[np.newaxis])[0]
    got = periodic_at(periods, tuple(y.tolist()), height)
    assert got == list(map(tuple, want.tolist()))


@pytest.mark.parametrize("degree", [2, 3])
@pytest.mark.parametrize("blocks", [1, 2, 4])
def test_a_quotient_from_its_pieces(degree: int, blocks: int) -> None:
    """A polynomial of degree below ``blocks h``, cut into pieces and put together at a point."""
    kernels, height = ReferenceStarkKernels(degree), 4
    whole = random_words(6, degree, 1, blocks * height)
    z = random_words(7, degree)
    values = np.empty((degree, blocks, height), dtype=np.uint64)
    for index in range(blocks * height):
        x = point(height, blocks, index)
        for c in range(degree):
            terms = enumerate(whole[c, 0].tolist())
            value = sum(a * pow(x, i, MODULUS) for i, a in terms) % MODULUS
            values[c, index // height, index % height] = value
    pieces = kernels.interpolate(kernels.upload(values), coset=True)
    at_z = kernels.evaluate(pieces, z[np.newaxis])[0]
    power = scalars.power(tuple(z.tolist()), height)
    want = joined(kernels.evaluate(kernels.upload(whole), z[np.newaxis])[0])
    assert recombined(at_z, block_weights(power, blocks)) == want


def test_points_of_tables_are_powers() -> None:
    z = random_words(8, 2)
    points = table_points(z, 16, {16, 4})
    assert points[16][0].tolist() == z.tolist()
    y = scalars.power(tuple(z.tolist()), 4)
    assert points[4][0].tolist() == list(y)
    # The next row of a lifted column is the next row of its own.
    ahead = scalars.power(scalars.scale(tuple(z.tolist()), root(16)), 4)
    assert points[4][1].tolist() == list(ahead)


@pytest.mark.parametrize("degree", [2, 3])
def test_heavy_steps_natively_and_by_definition(degree: int) -> None:
    native, plain = heavy(degree, "cpu"), heavy(degree, "reference")
    x = random_words(9, 5)
    rows = [random_words(10, 5, 3), random_words(11, 5, 1), random_words(12, 5, 4)]
    terms = [
        OpenedTerm((0, 1, 2), random_words(13, 8, degree), *random_words(14, 3, degree)),
        OpenedTerm((2,), random_words(15, 4, degree), *random_words(16, 3, degree)),
    ]
    assert np.array_equal(native.deep_at(x, rows, terms), plain.deep_at(x, rows, terms))
    for ways in (2, 4, 8, 16):
        values, challenge = random_words(17, 5, ways, degree), random_words(18, degree)
        folded = native.fold_at(x, values, challenge)
        assert np.array_equal(folded, plain.fold_at(x, values, challenge))
    for name in ("user", "squares"):
        program = compiler.quotient(lookups_air(), name, degree).program
        loads = random_words(19, len(program.loads), degree)
        constants, of_block = random_words(20, program.constants), random_words(21, 1)
        results = [h.run_at(program, loads, constants, of_block) for h in (native, plain)]
        assert np.array_equal(results[0], results[1])
    for hash in ("blake3", "rpo-256"):
        seed = random_words(22, 4).view(np.uint8)
        assert native.grinding_word(hash, seed, 5) == plain.grinding_word(hash, seed, 5)


def test_places() -> None:
    rng = np.random.default_rng(24)
    indices = np.sort(rng.choice(4 * 64, 30, replace=False))
    places = Places(indices, 64)
    for height in (64, 16, 2, 1):
        leaves = places.leaves(height)
        want = sorted({i // 64 * height + i % 64 % height for i in indices.tolist()})
        assert leaves.tolist() == want
        for taller in (64, 16):
            if taller < height:
                continue
            upper = places.leaves(taller)
            below = leaves[places.below(taller, height)]
            assert below.tolist() == [i // taller * height + i % taller % height for i in upper]
            above = upper[places.above(taller, height)]
            assert [i // taller * height + i % taller % height for i in above] == want
