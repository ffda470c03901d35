"""Virtual machines and containers: who is between us and the hardware."""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import Any

from zkmark.hardware_profiles.machine import Machine
from zkmark.hardware_profiles.value import NotAvailableError, Plain, ask

_DMI = "/sys/class/dmi/id"


def detect(machine: Machine, architecture: str | None = None) -> dict[str, Any]:
    """Return hypervisor, container and stolen time as a tree of value-fields.

    ``hypervisor`` and ``container`` are ``none`` only when something that can tell says so.
    """
    arch = platform.machine() if architecture is None else architecture

    def dmi(name: str) -> Callable[[], Plain]:
        return lambda: machine.read(f"{_DMI}/{name}") or None

    return {
        "hypervisor": ask(
            lambda: _hypervisor(machine, arch), "systemd-detect-virt --vm, lscpu, /proc/cpuinfo"
        ).to_json(),
        "container": ask(
            lambda: _container(machine), "systemd-detect-virt --container, marker files"
        ).to_json(),
        "system_vendor": ask(dmi("sys_vendor"), f"{_DMI}/sys_vendor").to_json(),
        "product_name": ask(dmi("product_name"), f"{_DMI}/product_name").to_json(),
        "bios_vendor": ask(dmi("bios_vendor"), f"{_DMI}/bios_vendor").to_json(),
        "steal_fraction": ask(lambda: _steal_fraction(machine), "/proc/stat, since boot").to_json(),
    }


def _first_word(text: str) -> str:
    return text.split()[0].lower()


def _hypervisor(machine: Machine, arch: str) -> Plain:
    reasons = []
    try:
        return _first_word(machine.run(["systemd-detect-virt", "--vm"]))
    except NotAvailableError as error:
        reasons.append(str(error))
    if machine.exists("/sys/hypervisor/type"):
        return machine.read("/sys/hypervisor/type").lower()
    try:
        return _first_word(machine.lscpu_field("hypervisor vendor"))
    except NotAvailableError as error:
        reasons.append(str(error))
    if arch.lower() in ("x86_64", "amd64"):
        # CPUID leaf 1 ecx bit 31: set by every hypervisor that does not hide.
        flags = machine.cpuinfo.get("flags", "").split()
        if "hypervisor" in flags:
            return "unnamed"
        if flags:
            return "none"
        reasons.append("/proc/cpuinfo has no flags")
    raise NotAvailableError("; ".join(reasons))


def _container(machine: Machine) -> Plain:
    try:
        return _first_word(machine.run(["systemd-detect-virt", "--container"]))
    except NotAvailableError as error:
        reason = str(error)
    for marker, name in (("/.dockerenv", "docker"), ("/run/.containerenv", "podman")):
        if machine.exists(marker):
            return name
    try:
        own = machine.read("/proc/1/cgroup")
    except NotAvailableError as error:
        raise NotAvailableError(f"{reason}; {error}") from None
    for word in ("kubepods", "docker", "lxc", "containerd", "garden"):
        if word in own:
            return word
    # No marker is no proof: runtimes without one exist.
    raise NotAvailableError(
        f"{reason}; no marker of a container was found, which does not rule one out"
    )


def stolen_and_total(machine: Machine) -> tuple[int, int]:
    """Return stolen and all time since boot, summed over processors, in clock ticks.

    Stolen is time in which this machine wanted to run and its hypervisor ran someone else.
    Raises ``NotAvailableError`` when ``/proc/stat`` cannot be read or lacks the column.
    """
    words = machine.read("/proc/stat").splitlines()[0].split()
    # cpu user nice system idle iowait irq softirq steal guest guest_nice; user includes guest.
    if words[0] != "cpu" or len(words) < 9:
        raise NotAvailableError("/proc/stat has no column of stolen time")
    ticks = [int(w) for w in words[1:9]]
    return ticks[7], sum(ticks)


def _steal_fraction(machine: Machine) -> Plain:
    stolen, total = stolen_and_total(machine)
    if total == 0:
        raise NotAvailableError("/proc/stat counts no time at all")
    return stolen / total
