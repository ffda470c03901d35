"""Energy: the processor's own counters (RAPL) through Linux's powercap tree.

Intel's Running Average Power Limit interface, which AMD's processors since Zen offer too, counts
the microjoules of each package and, on servers, of its memory (Intel SDM volume 3, "Platform
specific power management"; Linux: Documentation/power/powercap). Since CVE-2020-8694 only root may
read it, and virtual machines rarely have it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from zkmark.hardware_profiles.machine import Machine
from zkmark.hardware_profiles.value import NotAvailableError, Value, ask, measured, unavailable

_POWERCAP = "/sys/class/powercap"
# No package and no memory controller draws more than this: a counter whose range is used up faster
# may have gone round more often than once, and then its difference says nothing.
_MOST_WATTS = 2000.0


@dataclass(frozen=True)
class Domain:
    """One counter of the sum: a package, or the memory beside it (packages do not hold it)."""

    name: str
    folder: str
    range_microjoules: int

    def read(self, machine: Machine) -> int:
        """Return the counter in microjoules; raises ``NotAvailableError``."""
        return machine.read_integer(f"{self.folder}/energy_uj")


def domains(machine: Machine) -> list[Domain]:
    """List the counters that can be read.

    Raises ``NotAvailableError`` with the exact reason when there is none or one of them may not be
    read: a sum without one package would be no sum.
    """
    if not machine.exists(_POWERCAP):
        raise NotAvailableError(
            f"{_POWERCAP} is not there: this kernel or virtual machine offers no RAPL"
        )
    found = []
    for zone in machine.children(_POWERCAP, "intel-rapl:"):
        folder = f"{_POWERCAP}/{zone}"
        name = machine.read(f"{folder}/name")
        # "core" and "uncore" are parts of a package, "psys" is a whole that holds it.
        if name.startswith("package") or name == "dram":
            domain = Domain(name, folder, machine.read_integer(f"{folder}/max_energy_range_uj"))
            domain.read(machine)
            found.append(domain)
    if not any(d.name.startswith("package") for d in found):
        raise NotAvailableError(f"{_POWERCAP} holds no RAPL package: this machine counts no energy")
    return found


def detect(machine: Machine) -> dict[str, Any]:
    """Return which energy counters can be read as a tree of value-fields."""
    return {
        "rapl_domains": ask(
            lambda: [f"{d.name} ({d.folder.rpartition('/')[2]})" for d in domains(machine)],
            _POWERCAP,
        ).to_json(),
    }


class EnergyMeter:
    """Counts the joules that all packages and their memory draw between entry and exit.

    The whole machine's, not this process's: it says something on a quiet machine only.

    >>> with EnergyMeter() as meter:
    ...     pass
    >>> meter.joules().status in ("measured", "unavailable")
    True
    """

    def __init__(self, machine: Machine | None = None) -> None:
        self._machine = machine or Machine()
        self._result = unavailable("the meter was not started", _POWERCAP, "J")
        self._start: list[tuple[Domain, int]] = []
        self._began = 0.0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Note the counters; never raises."""
        self._start = []
        try:
            self._start = [(d, d.read(self._machine)) for d in domains(self._machine)]
            self._result = unavailable("the meter was not stopped", _POWERCAP, "J")
        except NotAvailableError as error:
            self._result = unavailable(str(error), _POWERCAP, "J")
        self._began = time.monotonic()

    def stop(self) -> None:
        """Read the counters again; never raises. Without counters it keeps the reason."""
        if not self._start:
            return
        seconds = time.monotonic() - self._began
        microjoules = 0
        try:
            for domain, before in self._start:
                after = domain.read(self._machine)
                if seconds * _MOST_WATTS * 1e6 > domain.range_microjoules:
                    raise NotAvailableError(
                        f"{seconds:.0f} s are too long for the counter of {domain.name}: "
                        "it may have gone round more than once"
                    )
                if after < before:
                    after += domain.range_microjoules
                microjoules += after - before
        except NotAvailableError as error:
            self._result = unavailable(str(error), _POWERCAP, "J")
        else:
            names = ", ".join(d.name for d, _ in self._start)
            # The counters step about every millisecond: what took less gives no figure.
            if microjoules == 0:
                self._result = unavailable(
                    f"the counters did not step in {seconds:.6f} s", _POWERCAP, "J"
                )
            else:
                self._result = measured(
                    [microjoules / 1e6], _POWERCAP, "J", f"all energy of {names} in {seconds:.3f} s"
                )
        self._start = []

    def joules(self) -> Value:
        """Return the joules between start and stop, or why there are none."""
        return self._result
