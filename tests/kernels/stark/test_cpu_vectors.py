"""Sums, quotients and folds of columns, natively as by the definition, at every level."""

from __future__ import annotations

import numpy as np
import pytest

from zkmark import _native
from zkmark.backends.cpu import CpuBackend
from zkmark.kernels.stark.cpu import CpuStarkKernels
from zkmark.kernels.stark.cpu.vectors import deep_at, fold_at
from zkmark.kernels.stark.domain import MODULUS, point, root
from zkmark.kernels.stark.operations import DeepTerm
from zkmark.kernels.stark.reference import ReferenceStarkKernels

LEVELS = _native.isa_levels()
EDGES = np.array(
    [0, 1, MODULUS - 1, (1 << 32) - 1, 1 << 32, MODULUS - (1 << 32), MODULUS // 2], np.uint64
)

at_every_level = pytest.mark.parametrize("isa", LEVELS)
of_both_degrees = pytest.mark.parametrize("degree", [2, 3])


@pytest.fixture(autouse=True)
def _restore():
    yield
    CpuBackend().activate()


def words(rng, *shape):
    """Random elements, a third of them where carries and borrows are decided."""
    random = rng.integers(0, MODULUS, shape, dtype=np.uint64)
    return np.where(rng.random(shape) < 1 / 3, rng.choice(EDGES, shape), random)


def both(degree):
    return CpuStarkKernels(degree), ReferenceStarkKernels(degree)


def check(native, reference, got, want):
    assert (got.count, got.blocks, got.height, got.ways) == (
        want.count,
        want.blocks,
        want.height,
        want.ways,
    )
    np.testing.assert_array_equal(native.download(got), reference.download(want))


@at_every_level
@of_both_degrees
@pytest.mark.parametrize("height", [1, 2, 4, 8, 64, 1024])
def test_evaluate(isa, degree, height):
    CpuBackend(isa=isa).activate()
    rng = np.random.default_rng(height)
    native, reference = both(degree)
    values, points = words(rng, 3, 1, height), words(rng, 2, degree)
    values[0] = MODULUS - 1
    points[1, 0] = MODULUS - 1
    got = native.evaluate(native.upload(values), points)
    np.testing.assert_array_equal(got, reference.evaluate(reference.upload(values), points))


@at_every_level
@of_both_degrees
@pytest.mark.parametrize("threads", [1, 2])
def test_evaluate_joins_parts(isa, degree, threads):
    """Polynomials of several parts: p(z) for p = (1 + X^2048)^4 times a short one."""
    CpuBackend(isa=isa, threads=threads).activate()
    rng = np.random.default_rng(3)
    native, reference = both(degree)
    short, at = words(rng, 2, 1, 2048), words(rng, 1, degree)
    power = np.zeros((1, 1, 8192), np.uint64)
    binomials = (1, 3, 3, 1)
    long = np.concatenate([short.astype(object) * b % MODULUS for b in binomials], axis=2)
    power[0, 0, ::2048] = binomials
    got = native.evaluate(native.upload(long.astype(np.uint64)), at)
    factor = native.evaluate(native.upload(power), at)[0, 0]
    assert np.array_equal(factor, reference.evaluate(reference.upload(power), at)[0, 0])
    want = native.evaluate(native.upload(short), at)
    e = reference.field
    from zkmark.kernels.fields.reference import extension_multiply

    for column in range(2):
        product = extension_multiply(tuple(factor.tolist()), tuple(want[0, column].tolist()), e)
        assert got[0, column].tolist() == list(product)


@at_every_level
@of_both_degrees
@pytest.mark.parametrize(("height", "blocks"), [(1, 1), (2, 4), (4, 2), (8, 1), (256, 2), (512, 1)])
def test_combine(isa, degree, height, blocks):
    CpuBackend(isa=isa).activate()
    rng = np.random.default_rng(height)
    native, reference = both(degree)
    for counts in ((1,), (4,), (3, 9, 2)):
        arrays = [words(rng, count, blocks, height) for count in counts]
        weights = words(rng, sum(counts), degree)
        got = native.combine([native.upload(a) for a in arrays], weights)
        check(
            native,
            reference,
            got,
            reference.combine([reference.upload(a) for a in arrays], weights),
        )


@at_every_level
@of_both_degrees
def test_sums_of_a_thousand_largest_products(isa, degree):
    """Sums that are reduced at the end only: all factors p - 1, or all halves 2^32 - 1."""
    CpuBackend(isa=isa).activate()
    native, reference = both(degree)
    for word in (MODULUS - 1, (1 << 32) - 1, (1 << 64) - (1 << 33)):
        values = np.full((1001, 1, 8), word, np.uint64)
        weights = np.full((1001, degree), word, np.uint64)
        got = native.combine([native.upload(values)], weights)
        check(native, reference, got, reference.combine([reference.upload(values)], weights))


@at_every_level
@of_both_degrees
@pytest.mark.parametrize("height", [1, 2, 4, 8, 32, 256])
@pytest.mark.parametrize("count", [1, 5])
def test_fractions(isa, degree, height, count):
    CpuBackend(isa=isa).activate()
    rng = np.random.default_rng(height)
    native, reference = both(degree)
    above, below = (words(rng, count * degree, 1, height) for _ in range(2))
    below[0] |= np.uint64(1)  # no zeros
    below[::degree] %= np.uint64(MODULUS)
    below[::degree][below[::degree] == 0] = MODULUS - 1
    got, total = native.fractions(native.upload(above), native.upload(below))
    want, whole = reference.fractions(reference.upload(above), reference.upload(below))
    check(native, reference, got, want)
    np.testing.assert_array_equal(total, whole)


@at_every_level
@of_both_degrees
def test_fractions_of_many_tiles(isa, degree):
    """What defines them holds over blocks of several tiles: the running sum is cyclic, too."""
    CpuBackend(isa=isa).activate()
    rng = np.random.default_rng(1)
    native, _reference = both(degree)
    height = 4096
    quotients = words(rng, degree, 1, height)
    below = words(rng, degree, 1, height)
    below[0] |= np.uint64(1)
    below[0] %= np.uint64(MODULUS)
    below[0][below[0] == 0] = 1
    from zkmark.kernels.fields.arithmetic import multiply

    name = f"goldilocks-ext{degree}"
    product = multiply(
        name, np.ascontiguousarray(quotients[:, 0].T), np.ascontiguousarray(below[:, 0].T)
    )
    above = np.ascontiguousarray(product.T)[:, np.newaxis]
    columns, total = native.fractions(native.upload(above), native.upload(below))
    out = native.download(columns)[:, 0].astype(object)
    np.testing.assert_array_equal(out[:degree].astype(np.uint64), quotients[:, 0])
    assert total.tolist() == [int(sum(row)) % MODULUS for row in quotients[:, 0].astype(object)]
    share = total.astype(object) * pow(height, -1, MODULUS) % MODULUS
    steps = (np.roll(out[degree:], -1, axis=1) - out[degree:]) % MODULUS
    np.testing.assert_array_equal(steps, (out[:degree] - share[:, np.newaxis]) % MODULUS)
    assert out[degree:, 0].tolist() == [0] * degree


@at_every_level
@of_both_degrees
@pytest.mark.parametrize("row", [0, 5, 63, 2047])
def test_a_denominator_of_zero(isa, degree, row):
    CpuBackend(isa=isa).activate()
    native = CpuStarkKernels(degree)
    rng = np.random.default_rng(row)
    above = rng.integers(1, MODULUS, (2 * degree, 1, 2048), dtype=np.uint64)
    below = rng.integers(1, MODULUS, (2 * degree, 1, 2048), dtype=np.uint64)
    below[degree:, 0, row] = 0
    with pytest.raises(ZeroDivisionError, match=r"^denominators: got zero at some row$"):
        native.fractions(native.upload(above), native.upload(below))


def deep_terms(rng, device, arrays, degree, points):
    return [
        DeepTerm(
            tuple(device.upload(a) for a in arrays[i]),
            points[i],
            *(np.random.default_rng(i).integers(0, MODULUS, (2, degree), dtype=np.uint64)),
        )
        for i in range(len(arrays))
    ]


@at_every_level
@of_both_degrees
@pytest.mark.parametrize(("height", "blocks"), [(1, 1), (2, 2), (4, 1), (8, 2), (64, 2), (512, 1)])
def test_deep(isa, degree, height, blocks):
    CpuBackend(isa=isa).activate()
    rng = np.random.default_rng(height)
    native, reference = both(degree)
    heights = sorted({height, max(1, height // 2), max(1, height // 16), 1})
    arrays = [
        [words(rng, degree, blocks, h) for h in heights],
        [words(rng, degree, blocks, heights[0])],
        [words(rng, degree, blocks, heights[-1])],
    ]
    first, second = words(rng, 2, degree)
    first[1] = second[1] = 1
    for points in ((first, second, first), (first, second, second[::-1].copy())):
        some = deep_terms(rng, native, arrays, degree, points)
        same = deep_terms(rng, reference, arrays, degree, points)
        check(
            native,
            reference,
            native.deep(some, blocks, height),
            reference.deep(same, blocks, height),
        )
        check(
            native,
            reference,
            native.deep(some[:1], blocks, height),
            reference.deep(same[:1], blocks, height),
        )


@at_every_level
@of_both_degrees
def test_deep_over_tiles(isa, degree):
    """A height of several tiles, by the values at opened rows."""
    CpuBackend(isa=isa).activate()
    rng = np.random.default_rng(2)
    native = CpuStarkKernels(degree)
    height, blocks, short = 4096, 2, 2048
    arrays = [words(rng, degree, blocks, height), words(rng, degree, blocks, short)]
    at, value, weight = words(rng, 3, degree)
    at[1] = 1
    term = DeepTerm(tuple(native.upload(a) for a in arrays), at, value, weight)
    out = native.download(native.deep([term], blocks, height))
    for index in (0, 1, 1023, 1024, 4095, 4096, 8191):
        block, row = divmod(index, height)
        rows = [arrays[0][:, block, row][np.newaxis], arrays[1][:, block, row % short][np.newaxis]]
        identity = np.tile(np.eye(degree, dtype=np.uint64), (2, 1))
        x = np.array([point(height, blocks, index)], np.uint64)
        want = deep_at(degree, x, rows, [((0, 1), identity, at, value, weight)])
        assert out[:, block, row].tolist() == want[0].tolist()


@of_both_degrees
def test_a_point_in_the_domain(degree):
    native = CpuStarkKernels(degree)
    column = native.upload(np.ones((degree, 2, 16), np.uint64))
    at = np.zeros(degree, np.uint64)
    at[0] = point(16, 2, 21)
    one = np.ones(degree, np.uint64)
    with pytest.raises(ZeroDivisionError, match=r"^terms: got a point that lies in the domain$"):
        native.deep([DeepTerm((column,), at, one, one)], 2, 16)
    x = np.array([3, at[0]], np.uint64)
    with pytest.raises(ZeroDivisionError, match=r"^terms: got a point that is queried$"):
        deep_at(degree, x, [np.ones((2, 1), np.uint64)], [((0,), one[np.newaxis], at, one, one)])


@at_every_level
@of_both_degrees
@pytest.mark.parametrize("ways", [2, 4, 8, 16])
def test_fold(isa, degree, ways):
    CpuBackend(isa=isa).activate()
    rng = np.random.default_rng(ways)
    native, reference = both(degree)
    for height, blocks in ((ways, 1), (ways, 4), (4 * ways, 2), (16 * ways, 1), (512, 1)):
        values, challenge = words(rng, degree, blocks, height), words(rng, degree)
        got = native.fold(native.upload(values), ways, challenge)
        check(native, reference, got, reference.fold(reference.upload(values), ways, challenge))


@at_every_level
@of_both_degrees
@pytest.mark.parametrize("ways", [2, 8])
def test_folding_is_of_the_polynomial(isa, degree, ways):
    """The result of a low degree stays one: column c is its coefficients' sum, over many tiles."""
    CpuBackend(isa=isa).activate()
    rng = np.random.default_rng(ways)
    native = CpuStarkKernels(degree)
    height, blocks = 8192, 2
    coefficients = native.upload(words(rng, degree, 1, height))
    challenge = words(rng, degree)
    folded = native.fold(native.extend(coefficients, blocks), ways, challenge)
    back = native.download(native.interpolate(folded, coset=True))
    parts = native.download(coefficients)[:, 0].reshape(degree, height // ways, ways)
    field = ReferenceStarkKernels(degree).field
    from zkmark.kernels.fields.reference import extension_add, extension_multiply

    for i in (0, 1, 255, 256, height // ways - 1):
        want = (0,) * degree
        for k in reversed(range(ways)):
            want = extension_multiply(want, tuple(challenge.tolist()), field)
            want = extension_add(want, tuple(parts[:, i, k].tolist()), field)
        for block in range(blocks):
            assert back[block::blocks, 0, i].tolist() == list(want)


@of_both_degrees
@pytest.mark.parametrize("ways", [1, 2, 8])
def test_fold_at_rows(degree, ways):
    rng = np.random.default_rng(ways)
    native = CpuStarkKernels(degree)
    height, blocks = 64 * ways, 2
    values, challenge = words(rng, degree, blocks, height), words(rng, degree)
    if ways == 1:
        folded = values
    else:
        folded = native.download(native.fold(native.upload(values), ways, challenge))
    queries = [(0, 0), (0, 63), (1, 0), (1, 17)]
    x = np.array([point(height, blocks, b * height + r) for b, r in queries], np.uint64)
    assert point(height, blocks, 64 % height) == int(x[0]) * root(ways) % MODULUS or ways == 1
    rows = np.stack([values[:, b, r::64].T for b, r in queries])
    got = fold_at(degree, x, np.ascontiguousarray(rows), challenge)
    np.testing.assert_array_equal(got, np.stack([folded[:, b, r] for b, r in queries]))


def test_deep_at_is_its_definition():
    from zkmark.kernels.fields.reference import (
        extension_add,
        extension_inverse,
        extension_multiply,
        extension_subtract,
    )

    for degree in (2, 3):
        rng = np.random.default_rng(degree)
        field = ReferenceStarkKernels(degree).field
        x = words(rng, 3)
        rows = [words(rng, 3, 4), words(rng, 3, 2), words(rng, 3, 1)]
        terms = [
            ((0, 2), words(rng, 5, degree), *words(rng, 3, degree)),
            ((1,), words(rng, 2, degree), *words(rng, 3, degree)),
            ((), words(rng, 0, degree), *words(rng, 3, degree)),
        ]
        got = deep_at(degree, x, rows, terms)
        for q in range(3):
            total = (0,) * degree
            for matrices, weights, *elements in terms:
                at, value, weight = (tuple(e.tolist()) for e in elements)
                row = [int(v) for m in matrices for v in rows[m][q]]
                top = extension_subtract((0,) * degree, value, field)
                for v, w in zip(row, weights.tolist(), strict=True):
                    top = extension_add(top, tuple(v * c % MODULUS for c in w), field)
                below = extension_subtract((int(x[q]), *(0,) * (degree - 1)), at, field)
                part = extension_multiply(top, extension_inverse(below, field), field)
                total = extension_add(total, extension_multiply(weight, part, field), field)
            assert got[q].tolist() == list(total)


def refused(call):
    with pytest.raises(ValueError) as error:
        call()
    return str(error.value)


def test_bad_arguments_are_refused():
    native = CpuStarkKernels(2)
    two, four = (native.upload(np.ones((n, 2, 8), np.uint64)) for n in (2, 4))
    flat = native.upload(np.ones((4, 1, 8), np.uint64))
    one = np.ones(2, np.uint64)
    assert refused(lambda: native.combine([], one)) == "matrices: got none, want at least one"
    assert refused(lambda: native.combine([two], np.ones((3, 2), np.uint64))) == (
        "weights: got shape (3, 2), want (2, 2)"
    )
    assert refused(lambda: native.combine([two, flat], np.ones((6, 2), np.uint64))) == (
        "matrices: want all of one shape"
    )
    assert refused(lambda: native.evaluate(two, np.ones((1, 2), np.uint64))) == (
        "coefficients: want one block"
    )
    assert refused(lambda: native.evaluate(flat, np.ones((1, 3), np.uint64))) == (
        "points: got shape (1, 3), want (1, 2)"
    )
    assert refused(lambda: native.fractions(two, two)) == (
        "numerators and denominators: want one block"
    )
    assert refused(
        lambda: native.fractions(flat, native.upload(np.ones((2, 1, 8), np.uint64)))
    ) == ("numerators: want as many extension columns as denominators, at least one")
    assert refused(
        lambda: native.fractions(flat, native.upload(np.ones((4, 1, 4), np.uint64)))
    ) == ("numerators and denominators: want equal heights")
    for ways in (1, 3, 16):
        assert refused(lambda ways=ways: native.fold(two, ways, one)) == (
            f"ways: got {ways}, want a power of two from 2 to the height"
        )
    assert refused(lambda: native.fold(four, 2, one)) == "columns: want one extension column"
    assert refused(lambda: native.fold(two, 2, one * MODULUS)) == (
        "challenge: got an element that is not below the modulus"
    )
    assert refused(lambda: native.deep([], 2, 8)) == "terms: got none, want at least one"
    for columns in (four, flat):
        assert refused(lambda c=columns: native.deep([DeepTerm((c,), one, one, one)], 2, 8)) == (
            "terms: want extension columns of as many blocks, and no more rows"
        )
    assert refused(lambda: native.deep([DeepTerm((two,), one, one, one)], 2, 4)) == (
        "terms: want extension columns of as many blocks, and no more rows"
    )
    rows = np.ones((3, 2), np.uint64)
    x = np.ones(3, np.uint64)
    assert refused(lambda: deep_at(2, x[:2], [rows], [])) == (
        "rows: want one of each matrix for each query"
    )
    for matrices, weights, message in (
        ((1,), rows[:2], "terms: want indices of matrices"),
        ((0,), rows, "terms: want a weight for each column"),
    ):
        term = (matrices, weights, one, one, one)
        assert refused(lambda term=term: deep_at(2, x, [rows], [term])) == message
    assert refused(lambda: fold_at(2, x, np.ones((3, 3, 2), np.uint64), one)) == (
        "ways: want a power of two of at most 2^16"
    )
    assert refused(lambda: fold_at(2, x, np.ones((2, 4, 2), np.uint64), one)) == (
        "values: want [queries, ways, degree]"
    )
