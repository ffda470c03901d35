"""What an NVIDIA GPU does while something runs on it, asked of its driver ten times a second."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from zkmark.hardware_profiles.gpu import load_nvml, nvml_text, throttle_reasons
from zkmark.hardware_profiles.value import (
    NotAvailableError,
    Value,
    ValueField,
    measured,
    reported,
    unavailable,
)

_SOURCE = "NVML"
_PERIOD = 0.1
# Reasons of clocks below the highest that say nothing of trouble: nothing to do, or asked for.
_HARMLESS = {"GpuIdle", "ApplicationsClocksSetting", "UserDefinedClocks"}

# What is sampled: the call, how it is scaled, its unit.
_FIGURES: dict[str, tuple[Callable[[Any, Any], float], str]] = {
    "clock_sm": (
        lambda nvml, gpu: nvml.nvmlDeviceGetClockInfo(gpu, nvml.NVML_CLOCK_SM) * 1e6,
        "Hz",
    ),
    "clock_memory": (
        lambda nvml, gpu: nvml.nvmlDeviceGetClockInfo(gpu, nvml.NVML_CLOCK_MEM) * 1e6,
        "Hz",
    ),
    "temperature": (
        lambda nvml, gpu: nvml.nvmlDeviceGetTemperature(gpu, nvml.NVML_TEMPERATURE_GPU),
        "degrees Celsius",
    ),
    "power": (lambda nvml, gpu: nvml.nvmlDeviceGetPowerUsage(gpu) / 1e3, "W"),
}
FIELDS = (*_FIGURES, "throttle_reasons", "energy")


class GpuSampler:
    """Asks a GPU, by its PCI address, between entry and exit; never raises.

    >>> with GpuSampler("0000:01:00.0") as sampler:
    ...     pass
    >>> sorted(sampler.fields()) == sorted(FIELDS)
    True
    """

    def __init__(
        self, address: str, load: Callable[[], Any] = load_nvml, period: float = _PERIOD
    ) -> None:
        self._address, self._load, self._period = address, load, period
        self._samples: dict[str, list[float]] = {name: [] for name in _FIGURES}
        self._reasons: dict[str, str] = {}  # why a field cannot be had
        self._throttled: set[str] = set()
        self._joules: float | None = None
        self._nvml: Any = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample_until_ended, daemon=True)

    def __enter__(self) -> Self:
        try:
            self._nvml = self._load()
        except NotAvailableError as error:
            self._reasons = dict.fromkeys(FIELDS, str(error))
            return self
        self._gpu = self._asked("all", lambda: self._handle())
        if "all" in self._reasons:
            self._reasons = dict.fromkeys(FIELDS, self._reasons["all"])
            return self
        self._joules = self._energy()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._nvml is None:
            return
        if self._thread.is_alive():
            self._ended.set()
            self._thread.join()
            self._sample()  # however short the work was, there is one
            before, after = self._joules, self._energy()
            self._joules = None if before is None or after is None else after - before
        self._asked("all", self._nvml.nvmlShutdown)

    def fields(self) -> dict[str, ValueField]:
        """Return what was found as value-fields: medians with all samples, reasons in words."""
        found = {name: self._figure(name, unit) for name, (_, unit) in _FIGURES.items()}
        found["throttle_reasons"] = self._or_reason(
            "throttle_reasons", lambda: reported(sorted(self._throttled), _SOURCE)
        )
        found["energy"] = self._or_reason("energy", self._drawn)
        return {name: value.to_json() for name, value in found.items()}

    def _handle(self) -> Any:
        return self._nvml.nvmlDeviceGetHandleByPciBusId(self._address.encode())

    def _energy(self) -> float | None:
        joules: float | None = self._asked(
            "energy", lambda: self._nvml.nvmlDeviceGetTotalEnergyConsumption(self._gpu) / 1e3
        )
        return joules

    def _drawn(self) -> Value:
        if not self._joules:
            return unavailable("the GPU's energy counter did not step", _SOURCE, "J")
        return measured([self._joules], _SOURCE, "J", "all energy that the GPU drew meanwhile")

    def _figure(self, name: str, unit: str) -> Value:
        samples = self._samples[name]
        return self._or_reason(name, lambda: measured(samples, _SOURCE, unit))

    def _or_reason(self, name: str, make: Callable[[], Value]) -> Value:
        reason = self._reasons.get(name)
        return make() if reason is None else unavailable(reason, _SOURCE)

    def _sample_until_ended(self) -> None:
        while not self._ended.wait(self._period):
            self._sample()

    def _sample(self) -> None:
        for name, (question, _) in _FIGURES.items():
            value = self._asked(name, lambda ask=question: float(ask(self._nvml, self._gpu)))  # type: ignore[misc]
            if value is not None:
                self._samples[name].append(value)
        reasons = self._asked("throttle_reasons", lambda: throttle_reasons(self._nvml, self._gpu))
        self._throttled |= set(reasons or ()) - _HARMLESS

    def _asked(self, name: str, question: Callable[[], Any]) -> Any:
        """Ask once more unless it was refused before; note the reason of a refusal."""
        if name in self._reasons:
            return None
        try:
            return question()
        except self._nvml.NVMLError as error:
            self._reasons[name] = f"NVML: {nvml_text(error)}"
        except AttributeError as error:
            self._reasons[name] = f"this version of nvidia-ml-py lacks a call ({error})"
        return None
