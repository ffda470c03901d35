"""msm() on a user's own arrays."""

import numpy as np
import pytest

from zkmark.backends import get_backend
from zkmark.kernels.curves import curve
from zkmark.kernels.curves.encoding import point_to_tuple, points_from_tuples
from zkmark.kernels.curves.reference import multiply
from zkmark.kernels.fields.encoding import from_integers
from zkmark.kernels.msm.api import msm

PALLAS = curve("pallas")
POINTS = points_from_tuples([multiply(k, PALLAS.generator, PALLAS) for k in (1, 2, 0)], PALLAS)
SCALARS = from_integers([5, 7, 9], PALLAS.scalar)
WANT = multiply(19, PALLAS.generator, PALLAS)


@pytest.mark.parametrize("backend", ["cpu", "reference"])
def test_a_backend_by_name(backend: str):
    assert point_to_tuple(msm(POINTS, SCALARS, "pallas", backend=backend), PALLAS) == WANT


def test_a_ready_backend_and_threads():
    assert point_to_tuple(msm(POINTS, SCALARS, "pallas", threads=1), PALLAS) == WANT
    backend = get_backend("cpu", threads=1)
    assert point_to_tuple(msm(POINTS, SCALARS, "pallas", backend=backend), PALLAS) == WANT
    with pytest.raises(ValueError, match=r"^threads: got 1 beside a ready backend"):
        msm(POINTS, SCALARS, "pallas", backend=backend, threads=1)


def test_views_of_larger_arrays_are_taken():
    doubled = np.repeat(POINTS, 2, axis=0)[::2]
    assert not doubled.flags.c_contiguous
    assert point_to_tuple(msm(doubled, SCALARS, "pallas"), PALLAS) == WANT


def test_no_points_give_infinity():
    assert not msm(POINTS[:0], SCALARS[:0], "pallas").any()


def test_bad_arguments_are_told():
    with pytest.raises(ValueError, match=r"^curve: got 'ed25519'"):
        msm(POINTS, SCALARS, "ed25519")
    with pytest.raises(ValueError, match=r"^points: got list, want an array"):
        msm(POINTS.tolist(), SCALARS, "pallas")
    with pytest.raises(ValueError, match=r"^scalars: got uint64\[\], want an array"):
        msm(POINTS, np.array(3, dtype=np.uint64), "pallas")
    with pytest.raises(ValueError, match=r"^scalars: "):
        msm(POINTS, SCALARS[:2], "pallas")
    with pytest.raises(ValueError, match=r"^points: .*want uint64"):
        msm(POINTS, SCALARS, "bls12-381-g1")
    with pytest.raises(ValueError, match=r"^backend: got 'tpu'"):
        msm(POINTS, SCALARS, "pallas", backend="tpu")
    with pytest.raises(ValueError, match=r"^threads: got 0"):
        msm(POINTS, SCALARS, "pallas", threads=0)
