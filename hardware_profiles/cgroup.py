"""Limits that a container or a service manager puts on this process (cgroup versions 1 and 2).

A machine of 64 processors on which this process may use two is, for us, a machine of two.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from zkmark.hardware_profiles.machine import Machine
from zkmark.hardware_profiles.memory import meminfo_entry
from zkmark.hardware_profiles.value import NotAvailableError, Plain, ask, unavailable


@dataclass(frozen=True)
class Hierarchy:
    """One mounted cgroup file system: where it is, which part of it, which controllers."""

    version: int
    mount_point: str
    root: str
    controllers: frozenset[str]


def detect(
    machine: Machine,
    affinity: Callable[[], set[int]] = lambda: os.sched_getaffinity(0),
) -> dict[str, Any]:
    """Return limits and what is left to this process as a tree of value-fields.

    ``cpu_quota`` is in processors (1.5: one and a half processors' time), ``none`` when there is no
    limit; ``effective_processors`` is the lower of the quota and the processors of this process's
    affinity; ``effective_memory`` the lower of the limit and the machine's memory.
    """
    source = "/proc/self/mountinfo, /proc/self/cgroup"
    try:
        hierarchies = mounted(machine)
    except NotAvailableError as error:
        reason = str(error)
        missing = unavailable(reason, source).to_json()
        return {
            "version": missing,
            "cpu_quota": missing,
            "memory_limit": unavailable(reason, source, "bytes").to_json(),
            "effective_processors": missing,
            "effective_memory": unavailable(reason, source, "bytes").to_json(),
        }

    def versions() -> Plain:
        return "+".join(f"v{v}" for v in sorted({h.version for h in hierarchies})) or "none"

    def quota() -> float | None:
        return cpu_quota(machine, hierarchies)

    def limit() -> int | None:
        return memory_limit(machine, hierarchies)

    def effective_processors() -> Plain:
        allowed = quota()
        count = len(affinity())
        return count if allowed is None else min(float(count), allowed)

    def effective_memory() -> Plain:
        allowed = limit()
        total = meminfo_entry(machine, "MemTotal")
        return total if allowed is None else min(total, allowed)

    def or_none(found: float | None) -> Plain:
        return "none" if found is None else found

    return {
        "version": ask(versions, source).to_json(),
        "cpu_quota": ask(lambda: or_none(quota()), "cpu.max or cpu.cfs_quota_us").to_json(),
        "memory_limit": _limit_field(limit),
        "effective_processors": ask(effective_processors, "cgroup and sched_getaffinity").to_json(),
        "effective_memory": ask(effective_memory, "cgroup and /proc/meminfo", "bytes").to_json(),
    }


def _limit_field(limit: Callable[[], int | None]) -> dict[str, Any]:
    field = ask(
        lambda: "none" if (found := limit()) is None else found,
        "memory.max or memory.limit_in_bytes",
        "bytes",
    ).to_json()
    if field["value"] == "none":
        del field["unit"]
    return field


def mounted(machine: Machine) -> list[Hierarchy]:
    """List the mounted cgroup hierarchies.

    Raises ``NotAvailableError`` when ``/proc/self/mountinfo`` cannot be read.
    """
    found = []
    for line in machine.read("/proc/self/mountinfo").splitlines():
        # id parent major:minor root mount-point options [optional fields] - type source
        # super-options
        before, dash, after = line.partition(" - ")
        fields, kind = before.split(), after.split()
        if not dash or len(fields) < 5 or not kind or kind[0] not in ("cgroup", "cgroup2"):
            continue
        version = 2 if kind[0] == "cgroup2" else 1
        options = frozenset(kind[2].split(",")) if len(kind) > 2 and version == 1 else frozenset()
        found.append(Hierarchy(version, _unescape(fields[4]), _unescape(fields[3]), options))
    return found


def _unescape(path: str) -> str:
    r"""Undo the octal escapes of mount tables (a blank is ``\040``)."""
    for code, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        path = path.replace(code, character)
    return path


def _own_paths(machine: Machine) -> dict[str, str]:
    """Map each version 1 controller, and ``''`` for version 2, to this process's path."""
    paths: dict[str, str] = {}
    for line in machine.read("/proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            paths[controller] = path
    return paths


def _folders(machine: Machine, hierarchy: Hierarchy, own: str) -> Iterator[str]:
    """Yield this process's folder and those above it: a limit on any of them binds.

    Within a container the path may be the host's, which is not there: then the mount point itself
    is this process's group.
    """
    relative = own.removeprefix(hierarchy.root.rstrip("/")) if hierarchy.root != "/" else own
    parts = [p for p in relative.split("/") if p and p != ".."]
    for depth in range(len(parts), 0, -1):
        folder = "/".join((hierarchy.mount_point.rstrip("/"), *parts[:depth]))
        if machine.exists(folder):
            yield folder
    yield hierarchy.mount_point


def _places(
    machine: Machine, hierarchies: list[Hierarchy], controller: str
) -> Iterator[tuple[int, str]]:
    """Yield version and folder of every group whose ``controller`` binds this process."""
    own = _own_paths(machine)
    for hierarchy in hierarchies:
        if hierarchy.version == 2:
            path = own.get("")
        elif controller in hierarchy.controllers:
            path = own.get(controller)
        else:
            continue
        if path is not None:
            for folder in _folders(machine, hierarchy, path):
                yield hierarchy.version, folder


def cpu_quota(machine: Machine, hierarchies: list[Hierarchy]) -> float | None:
    """Return the processors' time this process may use, ``None`` without a limit.

    Raises ``NotAvailableError`` when ``/proc/self/cgroup`` cannot be read.
    """
    limits = []
    for version, folder in _places(machine, hierarchies, "cpu"):
        try:
            if version == 2:
                quota, period = machine.read(f"{folder}/cpu.max").split()
            else:
                quota = machine.read(f"{folder}/cpu.cfs_quota_us")
                period = machine.read(f"{folder}/cpu.cfs_period_us")
        except NotAvailableError:
            continue  # the root group has no such file, and no limit
        if quota not in ("max", "-1"):
            limits.append(int(quota) / int(period))
    return min(limits, default=None)


# Version 1 writes "no limit" as the largest multiple of the page size below 2^63.
_UNLIMITED = 1 << 62


def memory_limit(machine: Machine, hierarchies: list[Hierarchy]) -> int | None:
    """Return the bytes that this process's group may use, ``None`` without a limit.

    Raises ``NotAvailableError`` when ``/proc/self/cgroup`` cannot be read.
    """
    limits = []
    for version, folder in _places(machine, hierarchies, "memory"):
        name = "memory.max" if version == 2 else "memory.limit_in_bytes"
        try:
            text = machine.read(f"{folder}/{name}")
        except NotAvailableError:
            continue
        if text != "max" and int(text) < _UNLIMITED:
            limits.append(int(text))
    return min(limits, default=None)


def effective_processors(machine: Machine | None = None) -> float:
    """Return how many processors' time this process may use: the lower of affinity and quota.

    For callers that choose a number of threads. Without readable cgroup files it is the affinity.
    """
    here = machine or Machine()
    count = float(len(os.sched_getaffinity(0)))
    try:
        quota = cpu_quota(here, mounted(here))
    except (NotAvailableError, ValueError, ArithmeticError):
        quota = None
    return count if quota is None else min(count, quota)
