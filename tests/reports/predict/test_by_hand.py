"""Predictions whose numbers were worked out by hand, and orders that must hold among them."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import pytest
from tests.reports.predict.conftest import leaf, profile_of

from zkmark.hardware_profiles.catalogue import catalogue_profile
from zkmark.reports.predict import Prediction, predict
from zkmark.suites.result import Result

CATALOGUE_CLOCKS = (
    # Cores, their base clock and, on four of them, the milliseconds: 8 * 4 GHz / (4 * clock), and
    # 2 ms of transfers over twice the bandwidth.
    ("epyc-9654", 2.4e9, 3.3333333e-3 + 1e-3),
    ("xeon-6980p", 2.0e9, 4.0e-3 + 1e-3),
    ("epyc-9374f", 3.85e9, 2.0779221e-3 + 1e-3),
)


def timed(result: Result, total: float, compute: float, **settings: Any) -> Result:
    """Let every case take these seconds."""
    for case in result.cases:
        for phase, summary in case["summary"].items():
            seconds = {"total": total, "compute": compute}.get(phase, (total - compute) / 2)
            summary.update(median=seconds, low=seconds, high=seconds)
        case["settings"].update(settings)
    return result


def with_threads(result: Result, cores: int, threads: int) -> Result:
    """Let the machine's cores run two threads each, and cases use all."""
    profile = result.profile
    profile["cpu"]["cores"] = leaf(cores)
    profile["cpu"]["processors"] = leaf(threads)
    for tree in (profile["ceilings"]["triad"], profile["ceilings"]["multiply_64"]["avx2"]):
        tree[f"threads_{threads}"] = tree.pop(f"threads_{cores}")
    return result


def on_gpu(result: Result, multiply_adds: float, copies: float, bound: str) -> Result:
    """Turn a result into one of a GPU with these rates."""
    result.profile["devices"] = {
        "cuda_0": {
            "backend": leaf("cuda"),
            "kind": leaf("gpu"),
            "multiply_add_32": leaf(multiply_adds),
            "copy_within": leaf(copies),
        }
    }
    for case in result.cases:
        case.update(backend="cuda", label="cuda")
        case["settings"] = {"device": "a GPU", "device_index": 0, "device_kind": "gpu"}
        case["ceiling"]["bound"] = bound
    return result


def the_one(case: Any, target: Mapping[str, Any], *results: Result) -> Prediction:
    (one,) = predict([case], target, results).made
    return one


@pytest.mark.parametrize(("id", "clock", "total"), CATALOGUE_CLOCKS)
def test_four_cores_of_a_processor(
    machine: Any, ntt: Any, id: str, clock: float, total: float
) -> None:
    target = catalogue_profile(id)
    assert target["cpu"]["clock_base"]["value"] == clock
    known = timed(machine("known", 4e9), 10e-3, 8e-3)  # two cores of 2 GHz
    one = the_one(ntt(12), target, known)
    assert one.threads == 4
    assert one.total == pytest.approx(total, rel=1e-6)


def test_an_instance_beside_cores_of_two_threads(machine: Any, ntt: Any) -> None:
    """Two cores with four threads at 3 GHz, against four cores with one each at 3.7 GHz."""
    known = with_threads(timed(machine("known", 4e9), 10e-3, 8e-3, threads=4), 2, 4)
    known.profile["cpu"]["clock_maximum"] = leaf(3.0e9)
    one = the_one(ntt(12), catalogue_profile("aws-c7a-xlarge"), known)
    # 4 * 3.7 / (2 * 3.0) = 2.466667 times as fast; its memory is not known, so transfers are too.
    assert one.threads == 4
    assert one.compute == pytest.approx(3.2432432e-3, rel=1e-6)
    assert one.total == pytest.approx(4.0540541e-3, rel=1e-6)


def test_a_gpu_bound_by_memory(machine: Any, ntt: Any) -> None:
    """1.5 TB/s against the 300.1 GB/s of an L4; multiply-adds and transfers have no say."""
    known = on_gpu(timed(machine("known", 4e9), 4e-3, 3e-3), 1e12, 1.5e12, "memory")
    one = the_one(ntt(12), catalogue_profile("l4"), known)
    assert one.compute == pytest.approx(14.9950017e-3, rel=1e-6)
    assert one.total == pytest.approx(15.9950017e-3, rel=1e-6)


def test_no_gpu_outruns_its_memory(machine: Any, ntt: Any) -> None:
    """An RTX 4090 has five times the multiply-adds and half the bandwidth: 65536 bytes take 65 ns.

    The known one takes 40 ns, of which its own memory takes 32.8.
    """
    assert ntt(12).counts().bytes_moved == 65536
    known = on_gpu(timed(machine("known", 4e9), 50e-9, 40e-9), 4e12, 2e12, "operations")
    one = the_one(ntt(12), catalogue_profile("rtx-4090"), known)
    assert one.compute == pytest.approx(65.015873e-9, rel=1e-6)


def test_more_of_anything_is_not_slower(machine: Any, ntt: Any) -> None:
    known = timed(machine("known", 4e9), 10e-3, 8e-3)
    declared = catalogue_profile("epyc-9654")
    for measured in (True, False):
        times = []
        for cores in (1, 2, 3, 4, 5, 8, 96):
            if measured:
                target = profile_of(known.profile, "t", 2e9 * cores, threads=cores)
            else:
                target = copy.deepcopy(declared)
                target["cpu"]["cores"]["value"] = cores
                target["cpu"]["processors"]["value"] = 2 * cores
            times.append(the_one(ntt(12), target, known).total)
        assert times == sorted(times, reverse=True)
        assert times[0] > 2 * times[3]


def test_machines_with_two_threads_a_core_can_be_left_out(machine: Any, ntt: Any) -> None:
    known = [
        with_threads(timed(machine(name, rate), 10e-3, compute, threads=4), 2, 4)
        for name, rate, compute in (("a", 4e9, 8e-3), ("b", 5e9, 7e-3), ("c", 4.5e9, 7.5e-3))
    ]
    one = the_one(ntt(12), catalogue_profile("epyc-9654"), *known)
    assert one.band is not None and one.band.left_out == 3
    assert one.band.low < one.total < one.band.high
