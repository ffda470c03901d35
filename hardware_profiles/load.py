"""What else the machine was doing: taken before and after each measured case."""

from __future__ import annotations

import os
from typing import Any

from zkmark.hardware_profiles.machine import Machine
from zkmark.hardware_profiles.value import Plain, ask
from zkmark.hardware_profiles.virtualization import stolen_and_total


def detect(machine: Machine, busy_interval: float = 0.1) -> dict[str, Any]:
    """Return load averages, processes and the busy share of the processors as value-fields.

    Watches the processors for ``busy_interval`` seconds; with 0 it does not, and says so.
    """
    return {**snapshot(machine), "busy_fraction": _busy(busy_interval)}


def snapshot(machine: Machine | None = None) -> dict[str, Any]:
    """Return what can be had without waiting: load averages and stolen time since boot.

    The difference of ``stolen_seconds`` over a case is what the hypervisor took from it.
    """
    here = machine or Machine()

    def average(index: int) -> Plain:
        return float(here.read("/proc/loadavg").split()[index])

    def stolen() -> Plain:
        return stolen_and_total(here)[0] / os.sysconf("SC_CLK_TCK")

    return {
        "average_1": ask(lambda: average(0), "/proc/loadavg").to_json(),
        "average_5": ask(lambda: average(1), "/proc/loadavg").to_json(),
        "average_15": ask(lambda: average(2), "/proc/loadavg").to_json(),
        "running": ask(
            lambda: int(here.read("/proc/loadavg").split()[3].partition("/")[0]), "/proc/loadavg"
        ).to_json(),
        "stolen_seconds": ask(stolen, "/proc/stat, since boot", "s").to_json(),
    }


def _busy(interval: float) -> dict[str, Any]:
    from zkmark.hardware_profiles.value import NotAvailableError

    def question() -> Plain:
        if interval <= 0:
            raise NotAvailableError("not watched: no interval was given")
        try:
            import psutil
        except ImportError as error:
            raise NotAvailableError(f"psutil is not installed ({error})") from None
        return float(psutil.cpu_percent(interval=interval)) / 100

    return ask(question, f"psutil, over {interval:g} s").to_json()
