"""What every plan on a device does: computing from inputs that are not in the cache."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from zkmark import MerkleCase, MsmCase, NttCase
from zkmark.backends.cuda.host import HostSession
from zkmark.backends.device import Limits
from zkmark.kernels.merkle.device import DeviceMerklePlan
from zkmark.kernels.msm.device import DeviceMsmPlan
from zkmark.kernels.ntt.device import DeviceNttPlan, ntt_memory

CASES = [
    (NttCase("babybear", 8), DeviceNttPlan, 1024),
    (MerkleCase("blake3", 3, 64), DeviceMerklePlan, 512),
    (MsmCase("pallas", 8), DeviceMsmPlan, 8 * (64 + 32)),
    (MsmCase("pallas", 4, fixed_base=True), DeviceMsmPlan, None),
]


def host_gpu(cache_bytes: int, memory: int = 1 << 26) -> HostSession:
    session = HostSession(limits=Limits(1024, 48 * 1024, memory, memory))
    session.cache_bytes = cache_bytes
    return session


@pytest.mark.parametrize(("case", "plan_type", "nbytes"), CASES)
def test_a_gpu_computes_from_copies_that_exceed_its_cache(
    case: Any, plan_type: Any, nbytes: int | None
) -> None:
    session = host_gpu(cache_bytes=3000)
    plan = plan_type(case, session)
    inputs = case.make_input(1)
    uploaded = plan.upload(inputs)
    asked: list[Any] = []
    compute = plan.compute
    plan.compute = lambda one: (asked.append(one), compute(one))[1]
    result, _ = plan.timed_compute(uploaded, 7)
    assert np.array_equal(plan.download(result), case.reference(inputs))
    if nbytes is not None:
        # The first, and as many others as fill the cache.
        assert session.inputs == 1 + -(-3000 // nbytes)
    assert len({id(one) for one in asked}) == min(7, session.inputs) > 1
    # Each of them holds the input.
    for one in {id(one): one for one in asked}.values():
        assert np.array_equal(plan.download(compute(one)), case.reference(inputs))


def test_copies_stop_where_memory_ends() -> None:
    case = NttCase("babybear", 8)
    room = ntt_memory(case)[0]
    session = host_gpu(1 << 20, room)
    plan = DeviceNttPlan(case, session)
    plan.timed_compute(plan.upload(case.make_input(1)), 1)
    # A copy has 1,024 bytes; there is room for what the count is too high by.
    assert session.inputs <= 1 + (room >> 10)
    assert session.held_bytes <= room


def test_a_processor_computes_from_the_input_itself(opencl_session: Any) -> None:
    case = NttCase("babybear", 8)
    plan = DeviceNttPlan(case, opencl_session)
    plan.timed_compute(plan.upload(case.make_input(1)), 3)
    assert opencl_session.inputs == 1
