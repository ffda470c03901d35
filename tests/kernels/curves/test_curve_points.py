"""Arrays of points: encoding, checks and their sentences, native arithmetic."""

import numpy as np
import pytest

from zkmark import _native
from zkmark.backends.cpu import CpuBackend
from zkmark.kernels.curves import CURVES, CurveParameters, curve
from zkmark.kernels.curves.encoding import (
    check_points,
    point_from_tuple,
    point_to_tuple,
    points_from_tuples,
    points_to_tuples,
)
from zkmark.kernels.curves.points import add, is_on_curve, multiply
from zkmark.kernels.curves.reference import Point, negate
from zkmark.kernels.curves.reference import add as add_reference
from zkmark.kernels.curves.reference import multiply as multiply_reference
from zkmark.kernels.fields.encoding import from_integers

ALL = [pytest.param(c, id=c.id) for c in CURVES.values()]
BLS = curve("bls12-381-g1")
# x = 4 has a point on BLS12-381 that is not in the subgroup of prime order.
BLS_Y_OF_4 = int(
    "0a989badd40d6212b33cffc3f3763e9bc760f988c9926b26"
    "da9dd85e928483446346b8ed00e1de5d5ea93e354abe706c",
    16,
)


def _points(parameters: CurveParameters, logarithms: list[int]) -> list[Point]:
    return [multiply_reference(k, parameters.generator, parameters) for k in logarithms]


@pytest.mark.parametrize("parameters", ALL)
def test_encoding_there_and_back(parameters: CurveParameters):
    points = _points(parameters, [1, 0, -1, 1 << 90])
    array = points_from_tuples(points, parameters)
    assert array.dtype == np.uint64
    assert array.shape == (4, *parameters.point_shape)
    assert not array[1].any()
    assert points_to_tuples(array, parameters) == points
    assert [point_to_tuple(row, parameters) for row in array] == points
    assert np.array_equal(point_from_tuple(points[3], parameters), array[3])
    assert points_from_tuples([], parameters).shape == (0, *parameters.point_shape)


@pytest.mark.parametrize("parameters", ALL)
def test_native_addition_is_the_reference_in_all_cases(parameters: CurveParameters):
    points = _points(parameters, [0, 1, -1, 2, 3, 1 << 77])
    pairs = [(p, q) for p in points for q in points]
    left = points_from_tuples([p for p, _ in pairs], parameters)
    right = points_from_tuples([q for _, q in pairs], parameters)
    want = [add_reference(p, q, parameters) for p, q in pairs]
    assert points_to_tuples(add(left, right, parameters.id), parameters) == want


@pytest.mark.parametrize("parameters", ALL)
def test_native_multiplication_is_the_reference(parameters: CurveParameters):
    r = parameters.order
    scalars = [0, 1, 2, 3, r - 1, r // 2, 0x1234567 << 150]
    points = _points(parameters, [0, 1, 5])
    pairs = [(k, p) for k in scalars for p in points]
    got = multiply(
        from_integers([k for k, _ in pairs], parameters.scalar),
        points_from_tuples([p for _, p in pairs], parameters),
        parameters.id,
    )
    want = [multiply_reference(k, p, parameters) for k, p in pairs]
    assert points_to_tuples(got, parameters) == want


@pytest.mark.parametrize("count", [0, 1, 5, 300])
@pytest.mark.parametrize("parameters", ALL)
def test_multiples_of_a_base(parameters: CurveParameters, count: int):
    rng = np.random.Generator(np.random.PCG64(count))
    multiples = rng.integers(0, 1 << 64, count, dtype=np.uint64)
    multiples[: min(count, 4)] = [0, 1, (1 << 64) - 1, 1 << 63][: min(count, 4)]
    base = multiply_reference(12345, parameters.generator, parameters)
    got = _native.points_of_base(parameters.id, point_from_tuple(base, parameters), multiples)
    assert got.shape == (count, *parameters.point_shape)
    sample = range(0, count, max(1, count // 20))
    for i in sample:
        want = multiply_reference(int(multiples[i]), base, parameters)
        assert point_to_tuple(got[i], parameters) == want


@pytest.mark.parametrize("parameters", ALL)
def test_good_points_pass(parameters: CurveParameters):
    points = points_from_tuples(_points(parameters, [0, 1, 2]), parameters)
    assert check_points("points", points, parameters, subgroup=True) is points
    assert is_on_curve(points, parameters.id, subgroup=True).tolist() == [True] * 3
    assert check_points("points", points[:0], parameters).shape == (0, *parameters.point_shape)


@pytest.mark.parametrize("parameters", ALL)
def test_a_point_off_the_curve_is_named(parameters: CurveParameters):
    points = np.repeat(points_from_tuples(_points(parameters, [1]), parameters), 200, axis=0)
    points[150, 1, 0] ^= np.uint64(1)
    points[170, 1, 0] ^= np.uint64(1)
    with pytest.raises(
        ValueError, match=rf"^points\[150\]: got .*, want points on {parameters.id}$"
    ):
        check_points("points", points, parameters)
    good = is_on_curve(points, parameters.id)
    assert np.flatnonzero(~good).tolist() == [150, 170]


@pytest.mark.parametrize("parameters", ALL)
def test_a_coordinate_not_below_the_modulus_is_named(parameters: CurveParameters):
    x, y = parameters.generator
    points = points_from_tuples([None, (x, y)], parameters)
    width = 8 * parameters.base.limbs
    for bad in (parameters.base.modulus, (1 << (8 * width)) - 1):
        words = np.frombuffer(bad.to_bytes(width, "little"), dtype="<u8")
        for coordinate in (0, 1):
            spoiled = points.copy()
            spoiled[1, coordinate] = words
            with pytest.raises(
                ValueError,
                match=rf"^P\[1\]: .*, want coordinates below the modulus of {parameters.base.id}$",
            ):
                check_points("P", spoiled, parameters)


def test_a_point_outside_the_subgroup_is_named_when_asked():
    outside = (4, BLS_Y_OF_4)
    points = points_from_tuples([BLS.generator, outside, negate(outside, BLS)], BLS)
    check_points("points", points, BLS)
    with pytest.raises(
        ValueError, match=r"^points\[1\]: got \(0x4, .*want points in the subgroup of prime"
    ):
        check_points("points", points, BLS, subgroup=True)
    assert is_on_curve(points, BLS.id).tolist() == [True, True, True]
    assert is_on_curve(points, BLS.id, subgroup=True).tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("array", "got"),
    [
        ([[1, 2]], "got list"),
        (np.zeros((3, 2, 4), dtype=np.int64), r"got int64\[3, 2, 4\]"),
        (np.zeros((3, 2, 6), dtype=np.uint64), r"got uint64\[3, 2, 6\]"),
        (np.zeros((2, 4), dtype=np.uint64), r"got uint64\[2, 4\]"),
        (np.uint64(3) * np.ones((), dtype=np.uint64), "got uint64"),
    ],
)
def test_a_wrong_type_or_shape_is_told(array: object, got: str):
    with pytest.raises(ValueError, match=rf"^points: {got}.*, want (an array )?uint64\[n, 2, 4\]$"):
        check_points("points", array, curve("pallas"))


def test_lengths_must_agree():
    g = points_from_tuples([BLS.generator] * 2, BLS)
    with pytest.raises(ValueError, match=r"^right: got uint64\[1, 2, 6\], want uint64\[2, 2, 6\]$"):
        add(g, g[:1], BLS.id)
    with pytest.raises(ValueError, match=r"^scalars: "):
        multiply(from_integers([1], BLS.scalar), g, BLS.id)
    with pytest.raises(ValueError, match=r"^scalars: "):
        multiply(np.full((2, 4), (1 << 64) - 1, dtype=np.uint64), g, BLS.id)


@pytest.mark.parametrize("isa", _native.isa_levels())
@pytest.mark.parametrize("parameters", ALL)
def test_every_instruction_set_finds_the_first_bad_point(parameters: CurveParameters, isa: str):
    p, width = parameters.base.modulus, 8 * parameters.base.limbs
    good = points_from_tuples(_points(parameters, [*range(1, 19), 0]), parameters)
    CpuBackend(threads=1, isa=isa).activate()
    try:
        assert check_points("points", good, parameters) is good
        for i in range(len(good)):
            x, y = (int.from_bytes(c.tobytes(), "little") for c in good[i])
            # Off the curve; half of infinity; right modulo p, but not below it.
            for bad in ((x, (y + 1) % p), (x, 0), (0, y), (x + p, y), (x, y + p)):
                if bad == (x, y):
                    continue
                points = good.copy()
                points[-1, 1] = 1  # a later fault is not the one that is named
                for coordinate in (0, 1):
                    words = bad[coordinate].to_bytes(width, "little")
                    points[i, coordinate] = np.frombuffer(words, dtype="<u8")
                with pytest.raises(ValueError, match=rf"^points\[{i}\]: "):
                    check_points("points", points, parameters)
    finally:
        CpuBackend().activate()
