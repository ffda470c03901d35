"""Multi-scalar multiplications on the backend ``fpga``: every backend's cases, and the model."""

from __future__ import annotations

import numpy as np
import pytest

from zkmark.backends import get_backend
from zkmark.kernels.case import Check
from zkmark.kernels.implementation import find_implementation
from zkmark.kernels.msm.case import MsmCase
from zkmark.kernels.msm.fpga import IMPLEMENTATIONS, FpgaMsm

pytestmark = pytest.mark.usefixtures("fpga_tools")


def check_case(case: MsmCase, seed: int) -> Check:
    """Run a case as the suites do."""
    backend = get_backend("fpga")
    plan = find_implementation(case, "fpga").plan(case, backend)
    inputs = case.make_input(seed)
    output = plan.download(plan.compute(plan.upload(inputs)))
    np.testing.assert_array_equal(output, case.reference(inputs))
    return case.check(inputs, output, seed)


@pytest.mark.parametrize("curve_id", ["bn254-g1", "bls12-381-g1"])
@pytest.mark.parametrize("size", [0, 1, 17, 64])
def test_a_case_is_computed_as_by_the_reference(curve_id: str, size: int) -> None:
    assert check_case(MsmCase(curve_id, size), seed=size).ok


def test_a_large_case_is_extrapolated_from_small_ones() -> None:
    case = MsmCase("bn254-g1", 1 << 22)
    one = find_implementation(case, "fpga")
    assert isinstance(one, FpgaMsm)
    backend = get_backend("fpga")
    found = one.model(case, None, backend, seed=1)
    assert found.cycles_are == "extrapolated"
    assert [comparison.slug for comparison in found.compared] == [
        "msm/bn254-g1/2^6",
        "msm/bn254-g1/2^8",
        "msm/bn254-g1/2^10",
    ]
    assert all(abs(comparison.deviation) < 0.01 for comparison in found.compared)
    # 20 windows a point, and little else.
    assert 20 << 22 < found.cycles < 1.01 * (20 << 22)
    assert found.bytes_in == (64 + 32) << 22
    with pytest.raises(ValueError, match="too long to simulate"):
        one.plan(case, backend)


def test_what_it_does_not_compute_is_said() -> None:
    by_id = {one.id: one for one in IMPLEMENTATIONS}
    bn254 = by_id["fpga/msm-bn254-g1"]
    assert bn254.unsupported(MsmCase("bn254-g1", 5)) is None
    assert "has the curve bn254-g1, not pallas" in str(bn254.unsupported(MsmCase("pallas", 5)))
    assert "fixed" in str(bn254.unsupported(MsmCase("bn254-g1", 5, fixed_base=True)))


def test_instances_share_a_sum_only_where_their_reductions_do_not_count() -> None:
    one = find_implementation(MsmCase("bls12-381-g1", 8), "fpga")
    assert isinstance(one, FpgaMsm)
    assert one.most_instances(MsmCase("bls12-381-g1", 1 << 10)) == 1
    assert one.most_instances(MsmCase("bls12-381-g1", 1 << 22)) == 2
