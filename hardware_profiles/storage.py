"""The file system that holds the working folder: where scratch files and results go."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zkmark.hardware_profiles.machine import Machine
from zkmark.hardware_profiles.value import NotAvailableError, ask


@dataclass(frozen=True)
class Mount:
    """One line of the mount table."""

    mount_point: str
    kind: str
    device: str
    major_minor: str


def detect(machine: Machine) -> dict[str, Any]:
    """Return kind, device and free space of the working folder's file system as value-fields."""
    source = "/proc/self/mountinfo"
    folder = machine.working_folder

    def rotational() -> bool:
        place = f"/sys/dev/block/{mount_of(machine, folder).major_minor}"
        # A partition has no queue of its own: its disk is the folder above.
        for queue in (f"{place}/queue/rotational", f"{place}/../queue/rotational"):
            if machine.exists(queue):
                return machine.read_integer(queue) == 1
        raise NotAvailableError(f"{place} has no queue: not a block device of this machine")

    return {
        "file_system": ask(lambda: mount_of(machine, folder).kind, source).to_json(),
        "device": ask(lambda: mount_of(machine, folder).device, source).to_json(),
        "rotational": ask(rotational, "/sys/dev/block").to_json(),
        "total": ask(lambda: shutil.disk_usage(folder).total, "statvfs", "bytes").to_json(),
        "free": ask(lambda: shutil.disk_usage(folder).free, "statvfs", "bytes").to_json(),
    }


def mount_of(machine: Machine, folder: Path) -> Mount:
    """Return the mount that holds a folder: the last one of the longest mount point above it.

    Raises ``NotAvailableError`` when the mount table cannot be read.
    """
    best: Mount | None = None
    absolute = folder.resolve()
    for line in machine.read("/proc/self/mountinfo").splitlines():
        before, dash, after = line.partition(" - ")
        fields, kind = before.split(), after.split()
        if not dash or len(fields) < 5 or len(kind) < 2:
            continue
        point = fields[4].replace("\\040", " ")
        if absolute.is_relative_to(point) and (best is None or len(point) >= len(best.mount_point)):
            best = Mount(point, kind[0], kind[1], fields[2])
    if best is None:
        raise NotAvailableError(f"no mount in /proc/self/mountinfo holds {absolute}")
    return best
