"""GPUs as a stand-in for NVML describes them, and machines without any."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from zkmark.hardware_profiles import check_profile, detect_profile, gpu, profile_key, summary_lines
from zkmark.hardware_profiles.value import plain, value_field


class NVMLError(Exception):
    """What the stand-in raises."""


def stand_in(**changes: Any) -> Any:
    """Return a module that answers as NVML does for one H100, some calls not supported."""

    def unsupported(*_: Any) -> Any:
        raise NVMLError("Not Supported")

    calls: dict[str, Any] = {
        "NVMLError": NVMLError,
        "NVML_CLOCK_SM": 1,
        "NVML_CLOCK_MEM": 2,
        "NVML_TEMPERATURE_GPU": 0,
        "nvmlClocksThrottleReasonAll": 0xFF,
        "nvmlClocksThrottleReasonGpuIdle": 1,
        "nvmlClocksThrottleReasonSwPowerCap": 4,
        "nvmlInit": lambda: None,
        "nvmlShutdown": lambda: None,
        "nvmlSystemGetDriverVersion": lambda: b"570.86.10",
        "nvmlSystemGetCudaDriverVersion": lambda: 12080,
        "nvmlDeviceGetCount": lambda: 1,
        "nvmlDeviceGetHandleByIndex": lambda index: index,
        "nvmlDeviceGetName": lambda _: "NVIDIA H100 80GB HBM3",
        "nvmlDeviceGetUUID": lambda _: "GPU-1",
        "nvmlDeviceGetCudaComputeCapability": lambda _: (9, 0),
        "nvmlDeviceGetNumGpuCores": lambda _: 16896,
        "nvmlDeviceGetMemoryInfo": lambda _: SimpleNamespace(total=80 << 30, free=79 << 30),
        "nvmlDeviceGetMemoryBusWidth": lambda _: 5120,
        "nvmlDeviceGetClockInfo": lambda _, kind: 1980 if kind == 1 else 2619,
        "nvmlDeviceGetMaxClockInfo": lambda _, kind: 1980 if kind == 1 else 2619,
        "nvmlDeviceGetEccMode": lambda _: (1, 1),
        "nvmlDeviceGetMigMode": unsupported,
        "nvmlDeviceGetEnforcedPowerLimit": lambda _: 700_000,
        "nvmlDeviceGetPowerUsage": lambda _: 70_500,
        "nvmlDeviceGetTemperature": lambda *_: 31,
        "nvmlDeviceGetCurrentClocksThrottleReasons": lambda _: 5,
        "nvmlDeviceGetCurrPcieLinkGeneration": lambda _: 5,
        "nvmlDeviceGetCurrPcieLinkWidth": lambda _: 16,
    }
    calls.update(changes)
    return SimpleNamespace(**{name: call for name, call in calls.items() if call is not None})


def test_a_gpu_is_described_with_units() -> None:
    found = gpu.detect(stand_in)
    assert plain(found, "driver") == "570.86.10"
    assert plain(found, "cuda_driver") == "12.8"
    (device,) = found["devices"]
    wanted = {
        "name": ("NVIDIA H100 80GB HBM3", None),
        "compute_capability": ("9.0", None),
        "memory_total": (80 << 30, "bytes"),
        "clock_sm": (1_980_000_000, "Hz"),
        "clock_memory_maximum": (2_619_000_000, "Hz"),
        "ecc": (True, None),
        "power_limit": (700.0, "W"),
        "power": (70.5, "W"),
        "throttle_reasons": (["GpuIdle", "SwPowerCap"], None),
    }
    for name, (value, unit) in wanted.items():
        assert device[name]["value"] == value, name
        assert device[name].get("unit") == unit, name


def test_what_a_gpu_does_not_support_is_unavailable_by_itself() -> None:
    (device,) = gpu.detect(stand_in)["devices"]
    assert device["mig"]["reason"] == "NVML: Not Supported"


def test_an_old_library_without_a_call_says_so() -> None:
    (device,) = gpu.detect(lambda: stand_in(nvmlDeviceGetNumGpuCores=None))["devices"]
    assert "lacks a call" in device["cores"]["reason"]


def test_a_gpu_that_is_lost_does_not_hide_the_others() -> None:
    def by_index(index: int) -> int:
        if index == 0:
            raise NVMLError("GPU is lost")
        return index

    found = gpu.detect(
        lambda: stand_in(nvmlDeviceGetCount=lambda: 2, nvmlDeviceGetHandleByIndex=by_index)
    )
    assert found["devices"][0]["name"]["reason"] == "NVML: GPU is lost"
    assert found["devices"][1]["name"]["value"] == "NVIDIA H100 80GB HBM3"


def test_a_profile_with_gpus_holds_to_the_schema_and_names_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", stand_in())
    profile = check_profile(detect_profile())
    assert profile_key(profile)["gpus.devices"] == ["NVIDIA H100 80GB HBM3"]
    lines = dict(summary_lines(profile))
    assert lines["GPU"] == "NVIDIA H100 80GB HBM3, 80 GiB"
    assert "NVIDIA H100 80GB HBM3, 80 GiB" in lines["machine"]


def test_without_a_driver_one_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_driver() -> None:
        raise NVMLError("NVML Shared Library Not Found")

    monkeypatch.setitem(sys.modules, "pynvml", stand_in(nvmlInit=no_driver))
    found = gpu.detect()
    assert found["devices"] == []
    assert value_field(found, "count")["reason"] == (
        "no NVIDIA driver answers here (NVML: NVML Shared Library Not Found); "
        "on a machine with an NVIDIA GPU, install its driver"
    )


def test_without_the_package_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert "run `pip install nvidia-ml-py`" in value_field(gpu.detect(), "driver")["reason"]
