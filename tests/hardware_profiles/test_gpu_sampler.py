"""A GPU that is asked while something runs, as a stand-in for NVML answers."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from zkmark.hardware_profiles.gpu_sampler import FIELDS, GpuSampler
from zkmark.hardware_profiles.value import NotAvailableError


class NVMLError(Exception):
    """What the stand-in raises."""


def unsupported(*_: Any) -> Any:
    raise NVMLError("Not Supported")


def stand_in(**changes: Any) -> Any:
    """Return a GPU whose clock falls, whose power cap shows once, and that counts energy."""
    clocks = iter([1980, 1700, *[1500] * 10_000])
    reasons = iter([1, 4 | 2, *[1] * 10_000])
    energy = iter([1_000_000, 1_250_000])
    calls: dict[str, Any] = {
        "NVMLError": NVMLError,
        "NVML_CLOCK_SM": 1,
        "NVML_CLOCK_MEM": 2,
        "NVML_TEMPERATURE_GPU": 0,
        "nvmlClocksThrottleReasonAll": 0xFF,
        "nvmlClocksThrottleReasonGpuIdle": 1,
        "nvmlClocksThrottleReasonApplicationsClocksSetting": 2,
        "nvmlClocksThrottleReasonSwPowerCap": 4,
        "nvmlShutdown": lambda: None,
        "nvmlDeviceGetHandleByPciBusId": lambda address: address,
        "nvmlDeviceGetClockInfo": lambda _, kind: next(clocks) if kind == 1 else 2619,
        "nvmlDeviceGetTemperature": lambda *_: 31,
        "nvmlDeviceGetPowerUsage": lambda _: 70_500,
        "nvmlDeviceGetCurrentClocksThrottleReasons": lambda _: next(reasons),
        "nvmlDeviceGetTotalEnergyConsumption": lambda _: next(energy),
    }
    return SimpleNamespace(**{**calls, **changes})


def sampled(seconds: float = 0.1, **changes: Any) -> dict[str, Any]:
    with GpuSampler("0000:01:00.0", lambda: stand_in(**changes), 0.005) as sampler:
        time.sleep(seconds)
    return sampler.fields()


def test_medians_extremes_and_reasons_are_kept() -> None:
    found = sampled()
    assert tuple(found) == FIELDS
    clock = found["clock_sm"]
    assert (clock["value"], clock["unit"], clock["status"]) == (1.5e9, "Hz", "measured")
    assert (clock["low"], clock["high"]) == (1.5e9, 1.98e9)
    assert clock["samples"][:3] == [1.98e9, 1.7e9, 1.5e9]
    assert found["power"]["value"] == 70.5
    assert found["temperature"]["value"] == 31
    # Idle at the border and clocks that somebody chose are no trouble.
    assert found["throttle_reasons"]["value"] == ["SwPowerCap"]
    assert (found["energy"]["value"], found["energy"]["unit"]) == (250.0, "J")


def test_the_shortest_work_has_a_sample() -> None:
    assert len(sampled(0.0)["clock_memory"]["samples"]) >= 1


def test_what_a_gpu_does_not_support_is_unavailable_with_its_reason() -> None:
    found = sampled(
        nvmlDeviceGetPowerUsage=unsupported,
        nvmlDeviceGetTotalEnergyConsumption=unsupported,
        nvmlDeviceGetCurrentClocksThrottleReasons=unsupported,
    )
    for name in ("power", "energy", "throttle_reasons"):
        assert found[name]["value"] is None
        assert found[name]["reason"] == "NVML: Not Supported"
    assert found["clock_sm"]["value"] == 1.5e9


def test_a_counter_that_stands_still_is_no_zero() -> None:
    found = sampled(nvmlDeviceGetTotalEnergyConsumption=lambda _: 5)
    assert found["energy"]["value"] is None
    assert "did not step" in found["energy"]["reason"]


@pytest.mark.parametrize("reason", ["no NVIDIA driver answers here", "the package is missing"])
def test_without_nvml_everything_is_unavailable(reason: str) -> None:
    def load() -> Any:
        raise NotAvailableError(reason)

    with GpuSampler("0000:01:00.0", load) as sampler:
        pass
    assert {field["reason"] for field in sampler.fields().values()} == {reason}


def test_an_unknown_address_is_said_once_for_all() -> None:
    found = sampled(nvmlDeviceGetHandleByPciBusId=unsupported)
    assert {field["reason"] for field in found.values()} == {"NVML: Not Supported"}
