"""NVIDIA GPUs as their driver's management library (NVML) describes them.

The module ``pynvml`` comes from the package nvidia-ml-py. It loads anywhere; without a driver its
first call says so, and that is the reason in the profile.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from zkmark.hardware_profiles.value import (
    NotAvailableError,
    Plain,
    ask,
    reported,
    unavailable,
)

_SOURCE = "NVML"


def load_nvml() -> Any:
    """Return the module ``pynvml``, started; the caller shuts it down.

    Raises ``NotAvailableError`` in one sentence when there is no library or no driver.
    """
    try:
        nvml = import_module("pynvml")
    except ImportError:
        raise NotAvailableError(
            "the Python package nvidia-ml-py is not installed; run `pip install nvidia-ml-py`"
        ) from None
    try:
        nvml.nvmlInit()
    except nvml.NVMLError as error:
        raise NotAvailableError(
            f"no NVIDIA driver answers here (NVML: {nvml_text(error)}); "
            "on a machine with an NVIDIA GPU, install its driver"
        ) from None
    return nvml


def nvml_text(value: object) -> str:
    """Return what NVML says as text."""
    # Old versions return bytes where new ones return text.
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def detect(load: Callable[[], Any] = load_nvml) -> dict[str, Any]:
    """Return the driver and, in the list ``devices``, one tree of value-fields a GPU."""
    try:
        nvml = load()
    except NotAvailableError as error:
        missing = unavailable(str(error), _SOURCE).to_json()
        return {"driver": missing, "cuda_driver": missing, "count": missing, "devices": []}
    try:
        count = _ask(nvml, lambda: int(nvml.nvmlDeviceGetCount()))
        devices = [_device(nvml, index) for index in range(count["value"] or 0)]
        return {
            "driver": _ask(nvml, lambda: nvml_text(nvml.nvmlSystemGetDriverVersion())),
            "cuda_driver": _ask(nvml, lambda: _cuda_version(nvml.nvmlSystemGetCudaDriverVersion())),
            "count": count,
            "devices": devices,
        }
    finally:
        # Whatever shutting down says, the profile is complete.
        ask(lambda: nvml.nvmlShutdown(), _SOURCE)


def _ask(nvml: Any, question: Callable[[], Plain], unit: str | None = None) -> dict[str, Any]:
    """Ask NVML; an error of its own (``Not Supported``) or a missing call becomes the reason."""

    def guarded() -> Plain:
        try:
            return question()
        except nvml.NVMLError as error:
            raise NotAvailableError(f"NVML: {nvml_text(error)}") from None
        except AttributeError as error:
            raise NotAvailableError(
                f"this version of nvidia-ml-py lacks a call ({error})"
            ) from None

    return ask(guarded, _SOURCE, unit).to_json()


def _cuda_version(number: int) -> str:
    return f"{number // 1000}.{number % 1000 // 10}"


def throttle_reasons(nvml: Any, handle: Any) -> list[str]:
    """Name the set bits of the current throttle reasons, by NVML's own constants."""
    mask = int(nvml.nvmlDeviceGetCurrentClocksThrottleReasons(handle))
    prefix = "nvmlClocksThrottleReason"
    names = {
        int(getattr(nvml, name)): name.removeprefix(prefix)
        for name in dir(nvml)
        if name.startswith(prefix) and name not in (f"{prefix}All", f"{prefix}None")
    }
    return [names.get(1 << bit, f"bit {bit}") for bit in range(64) if mask >> bit & 1]


def _device(nvml: Any, index: int) -> dict[str, Any]:
    try:
        handle = nvml.nvmlDeviceGetHandleByIndex(index)
    except nvml.NVMLError as error:
        return {"name": unavailable(f"NVML: {nvml_text(error)}", _SOURCE).to_json()}

    def clock(call: str, kind: str) -> dict[str, Any]:
        # NVML counts in MHz.
        return _ask(nvml, lambda: getattr(nvml, call)(handle, getattr(nvml, kind)) * 10**6, "Hz")

    def simple(call: str, unit: str | None = None) -> dict[str, Any]:
        return _ask(nvml, lambda: getattr(nvml, call)(handle), unit)

    def text(call: str) -> dict[str, Any]:
        return _ask(nvml, lambda: nvml_text(getattr(nvml, call)(handle)))

    def watts(call: str) -> dict[str, Any]:
        return _ask(nvml, lambda: getattr(nvml, call)(handle) / 1000, "W")

    def capability() -> str:
        major, minor = nvml.nvmlDeviceGetCudaComputeCapability(handle)
        return f"{major}.{minor}"

    return {
        "index": reported(index, _SOURCE).to_json(),
        "name": text("nvmlDeviceGetName"),
        "uuid": text("nvmlDeviceGetUUID"),
        "compute_capability": _ask(nvml, capability),
        "cores": simple("nvmlDeviceGetNumGpuCores"),
        "memory_total": _ask(
            nvml, lambda: int(nvml.nvmlDeviceGetMemoryInfo(handle).total), "bytes"
        ),
        "memory_free": _ask(nvml, lambda: int(nvml.nvmlDeviceGetMemoryInfo(handle).free), "bytes"),
        "memory_bus_width": simple("nvmlDeviceGetMemoryBusWidth", "bits"),
        "clock_sm": clock("nvmlDeviceGetClockInfo", "NVML_CLOCK_SM"),
        "clock_sm_maximum": clock("nvmlDeviceGetMaxClockInfo", "NVML_CLOCK_SM"),
        "clock_memory": clock("nvmlDeviceGetClockInfo", "NVML_CLOCK_MEM"),
        "clock_memory_maximum": clock("nvmlDeviceGetMaxClockInfo", "NVML_CLOCK_MEM"),
        "ecc": _ask(nvml, lambda: bool(nvml.nvmlDeviceGetEccMode(handle)[0])),
        "mig": _ask(nvml, lambda: bool(nvml.nvmlDeviceGetMigMode(handle)[0])),
        "power_limit": watts("nvmlDeviceGetEnforcedPowerLimit"),
        "power": watts("nvmlDeviceGetPowerUsage"),
        "temperature": _ask(
            nvml,
            lambda: nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU),
            "degrees Celsius",
        ),
        "throttle_reasons": _ask(nvml, lambda: list(throttle_reasons(nvml, handle))),
        "pcie_generation": simple("nvmlDeviceGetCurrPcieLinkGeneration"),
        "pcie_width": simple("nvmlDeviceGetCurrPcieLinkWidth"),
    }
