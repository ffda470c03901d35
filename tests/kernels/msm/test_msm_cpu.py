"""The native multi-scalar multiplication: sizes, edges, schedules, threads, against known sums.

Points are known multiples of the generator, so the right sum costs one multiplication; that this
knowledge agrees with the definition is part of the test.
"""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zkmark import _native
from zkmark.kernels.curves import CURVES, CurveParameters, curve
from zkmark.kernels.curves.encoding import point_from_tuple, point_to_tuple, points_from_tuples
from zkmark.kernels.curves.endomorphism import endomorphism
from zkmark.kernels.curves.reference import Point, multiply, negate
from zkmark.kernels.fields.encoding import from_integers
from zkmark.kernels.msm.case import MsmCase
from zkmark.kernels.msm.reference import msm_by_definition, msm_pippenger

ALL = [pytest.param(c, id=c.id) for c in CURVES.values()]

# Every way of cutting a sum, far from the best ones: chunks that cut buckets, one window at a time,
# no buckets to speak of, more buckets than points.
SCHEDULES = [  # bits, affine, group, chunk, piece
    (2, True, 64, 5, 1000),
    (2, False, 1, 1, 1000),
    (3, True, 1, 3, 7),
    (5, True, 7, 16, 1000),
    (5, False, 1, 1, 1000),
    (7, True, 2, 9, 40),
    (10, True, 13, 64, 1000),
    (13, False, 1, 1, 1000),
]


@pytest.fixture(autouse=True)
def _threads_as_before() -> Iterator[None]:
    before = _native.thread_count()
    yield
    _native.set_thread_count(before)


def _compute(
    points: np.ndarray, scalars: list[int], parameters: CurveParameters, schedule=None
) -> Point:
    words = from_integers(scalars, parameters.scalar, (len(scalars),))
    result = _native.msm_download(_native.msm_compute(parameters.id, points, words, schedule))
    assert result.shape == parameters.point_shape
    return point_to_tuple(result, parameters)


def _known_points(parameters: CurveParameters, count: int) -> tuple[np.ndarray, list[int]]:
    rng = np.random.Generator(np.random.PCG64(count))
    multiples = rng.integers(1, 1 << 64, count, dtype=np.uint64)
    base = point_from_tuple(parameters.generator, parameters)
    return _native.points_of_base(parameters.id, base, multiples), multiples.tolist()


def _random_scalars(parameters: CurveParameters, count: int) -> list[int]:
    rng = np.random.Generator(np.random.PCG64(count + 1))
    return [int.from_bytes(rng.bytes(48), "little") % parameters.order for _ in range(count)]


@pytest.mark.parametrize("parameters", ALL)
def test_definition_and_both_algorithms_agree(parameters: CurveParameters):
    for size in (0, 1, 2, 3, 7):
        array, logarithms = _known_points(parameters, size)
        points = [multiply(k, parameters.generator, parameters) for k in logarithms]
        assert np.array_equal(array, points_from_tuples(points, parameters))
        scalars = _random_scalars(parameters, size)
        want = msm_by_definition(points, scalars, parameters)
        assert msm_pippenger(points, scalars, parameters) == want
        assert _compute(array, scalars, parameters) == want


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("parameters", ALL)
def test_sizes_up_to_300(parameters: CurveParameters, threads: int):
    _native.set_thread_count(threads)
    sizes = [*range(0, 36), 47, 63, 64, 65, 100, 127, 128, 129, 199, 255, 256, 257, 299, 300]
    for size in sizes[threads - 1 :: threads]:
        points, logarithms = _known_points(parameters, size)
        scalars = _random_scalars(parameters, size)
        logarithm = sum(a * s for a, s in zip(logarithms, scalars, strict=True))
        want = multiply(logarithm, parameters.generator, parameters)
        assert _compute(points, scalars, parameters) == want, size


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("parameters", ALL)
def test_any_schedule_gives_the_same_sum(parameters: CurveParameters, schedule):
    for size, threads in ((1, 1), (50, 3), (211, 1)):
        _native.set_thread_count(threads)
        points, logarithms = _known_points(parameters, size)
        scalars = _random_scalars(parameters, size)
        logarithm = sum(a * s for a, s in zip(logarithms, scalars, strict=True))
        want = multiply(logarithm, parameters.generator, parameters)
        assert _compute(points, scalars, parameters, schedule) == want


def _edge_inputs(parameters: CurveParameters) -> dict[str, tuple[list[int], list[int]]]:
    """Name sums by the logarithms of their points (0 is infinity) and their scalars."""
    r = parameters.order
    phi = endomorphism(parameters.id)
    few = [0, 1, 2, r - 1, phi.lambda_, r - phi.lambda_, 1 + phi.lambda_, 1 << 127]
    many = 150
    return {
        "all points infinity": ([0] * 40, [r - 1 - i for i in range(40)]),
        "half of the points infinity": ([0, 3] * 60, [r // (i + 2) for i in range(120)]),
        "scalars 0": ([5, 6, 7] * 20, [0] * 60),
        "scalars 1": (list(range(many)), [1] * many),
        "scalars r - 1": (list(range(many)), [r - 1] * many),
        "all scalars equal": ([7 * i + 1 for i in range(many)], [r // 3] * many),
        "one point again and again": ([9] * many, [r // (i + 1) - 1 for i in range(many)]),
        "one point, one scalar": ([9] * many, [r // 5] * many),
        "P and -P with one scalar": ([4, r - 4] * 75, [r // 7] * many),
        "P and -P with opposite scalars": ([4, r - 4] * 75, [r // 7, r - r // 7] * 75),
        "P, P and -P, one scalar": ([4, 4, r - 4] * 50, [r // 7] * many),
        "few distinct scalars": (
            [i % 3 + 1 for i in range(many)],
            [few[i % 8] for i in range(many)],
        ),
        "powers of two": ([1] * 254, [1 << i for i in range(254)]),
        "points that are images of each other": (
            [pow(phi.lambda_, i, r) for i in range(60)],
            [few[i % 8] for i in range(60)],
        ),
        "sums that meet on the way": ([1, 2, 3, 4, 5, 6, 7, 8] * 10, [r // 2] * 80),
    }


@pytest.mark.parametrize("name", _edge_inputs(curve("pallas")))
@pytest.mark.parametrize("parameters", ALL)
def test_edges(parameters: CurveParameters, name: str):
    logarithms, scalars = _edge_inputs(parameters)[name]
    known = {k: multiply(k, parameters.generator, parameters) for k in set(logarithms)}
    points = points_from_tuples([known[k] for k in logarithms], parameters)
    total = sum(a * s for a, s in zip(logarithms, scalars, strict=True))
    want = multiply(total, parameters.generator, parameters)
    assert _compute(points, scalars, parameters) == want
    for threads, schedule in enumerate(SCHEDULES[3:7], 1):
        _native.set_thread_count(threads)
        assert _compute(points, scalars, parameters, schedule) == want


def _pool(parameters: CurveParameters) -> dict[int, Point]:
    lambda_ = endomorphism(parameters.id).lambda_
    logarithms = [0, 1, 2, 3, 4, parameters.order - 1, parameters.order - 2, lambda_, 1 << 99]
    return {k: multiply(k, parameters.generator, parameters) for k in logarithms}


POOLS = {name: _pool(parameters) for name, parameters in CURVES.items()}


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_few_points_and_few_scalars_in_any_mixture(data: st.DataObject):
    """Buckets full of equal and opposite points and infinity: the affine law's exceptions."""
    parameters = curve(data.draw(st.sampled_from(sorted(CURVES))))
    r, pool = parameters.order, POOLS[parameters.id]
    lambda_ = endomorphism(parameters.id).lambda_
    one_scalar = st.sampled_from([0, 1, 2, 3, r - 1, r - 2, lambda_, r - lambda_]) | st.integers(
        0, r - 1
    )
    scalar_pool = data.draw(st.lists(one_scalar, min_size=1, max_size=3))
    point_pool = data.draw(st.lists(st.sampled_from(sorted(pool)), min_size=1, max_size=4))
    terms = data.draw(
        st.lists(st.tuples(st.sampled_from(point_pool), st.sampled_from(scalar_pool)), max_size=40)
    )
    schedule = data.draw(st.sampled_from([None, *SCHEDULES]))
    points = points_from_tuples([pool[k] for k, _ in terms], parameters)
    want = multiply(sum(k * s for k, s in terms), parameters.generator, parameters)
    assert _compute(points, [s for _, s in terms], parameters, schedule) == want


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("parameters", ALL)
def test_4096_points_by_discrete_logarithms(parameters: CurveParameters, threads: int):
    _native.set_thread_count(threads)
    case = MsmCase(parameters.id, 4096)
    inputs = case.make_input(threads)
    uploaded = (parameters.id, inputs["points"], inputs["scalars"])
    first = _native.msm_download(_native.msm_compute(*uploaded))
    assert case.check(inputs, first, threads).ok
    # The same arrays may be computed again, with the same result.
    again = _native.msm_download(_native.msm_compute(*uploaded))
    assert np.array_equal(again, first)


@pytest.mark.parametrize("parameters", ALL)
def test_all_scalars_equal_at_a_size_with_many_chunks(parameters: CurveParameters):
    size = 5000
    points, logarithms = _known_points(parameters, size)
    scalar = parameters.order // 3
    want = multiply(sum(logarithms) * scalar, parameters.generator, parameters)
    for threads in (1, 3):
        _native.set_thread_count(threads)
        assert _compute(points, [scalar] * size, parameters) == want


def test_windows_grow_with_the_size():
    bits = []
    for log_size in range(0, 27):
        for threads in (1, 2, 64):
            window, affine, group, chunk, piece = _native.msm_schedule(1 << log_size, threads)
            assert 2 <= window <= 22
            assert 1 <= group <= -(-128 // window)
            assert chunk >= 1
            # A long input is worked off in two pieces, so that little is held beside it.
            assert piece == (1 << log_size) // (2 if log_size >= 18 else 1)
        bits.append(window)
        assert affine or log_size < 6
    assert bits == sorted(bits)
    assert not _native.msm_schedule(1, 1)[1]


@pytest.mark.parametrize(
    "schedule",
    [
        (1, True, 1, 1, 1),
        (23, True, 1, 1, 1),
        (5, True, 0, 1, 1),
        (5, True, 1, 0, 1),
        (5, True, 1, 1, 0),
    ],
)
def test_a_schedule_out_of_range_is_refused(schedule):
    points, _ = _known_points(curve("pallas"), 3)
    with pytest.raises(ValueError, match=r"^schedule: out of range$"):
        _compute(points, [1, 2, 3], curve("pallas"), schedule)


def test_negated_inputs_negate_the_sum():
    parameters = curve("bn254-g1")
    points, _ = _known_points(parameters, 77)
    scalars = _random_scalars(parameters, 77)
    total = _compute(points, scalars, parameters)
    opposite = [-s % parameters.order for s in scalars]
    assert _compute(points, opposite, parameters) == negate(total, parameters)
