"""Main memory: how much, how paged, which modules."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from zkmark.hardware_profiles.machine import Machine
from zkmark.hardware_profiles.value import NotAvailableError, Plain, ask


def detect(machine: Machine) -> dict[str, Any]:
    """Return everything about main memory as a tree of value-fields."""

    def entry(name: str) -> Callable[[], Plain]:
        return lambda: meminfo_entry(machine, name)

    source = "/proc/meminfo"
    transparent = "/sys/kernel/mm/transparent_hugepage/enabled"
    return {
        "total": ask(entry("MemTotal"), source, "bytes").to_json(),
        "available": ask(entry("MemAvailable"), source, "bytes").to_json(),
        "swap_total": ask(entry("SwapTotal"), source, "bytes").to_json(),
        "swap_free": ask(entry("SwapFree"), source, "bytes").to_json(),
        "huge_pages": {
            "size": ask(entry("Hugepagesize"), source, "bytes").to_json(),
            "total": ask(entry("HugePages_Total"), source).to_json(),
            "free": ask(entry("HugePages_Free"), source).to_json(),
            "transparent": ask(lambda: _chosen(machine.read(transparent)), transparent).to_json(),
        },
        "modules": ask(lambda: _modules(machine), "dmidecode --type 17").to_json(),
    }


def meminfo_entry(machine: Machine, name: str) -> int:
    """Return one entry of ``/proc/meminfo`` in bytes, or as it is when it has no unit.

    Raises ``NotAvailableError`` when the file or the entry is missing.
    """
    for line in machine.read("/proc/meminfo").splitlines():
        key, _, text = line.partition(":")
        if key == name:
            words = text.split()
            return int(words[0]) * (1024 if words[1:] == ["kB"] else 1)
    raise NotAvailableError(f"/proc/meminfo has no entry {name}")


def _chosen(text: str) -> str:
    """Return the word in brackets of ``always [madvise] never``."""
    found = re.search(r"\[(\w+)\]", text)
    if found is None:
        raise NotAvailableError(f"no choice is marked in {text[:60]!r}")
    return found[1]


def _modules(machine: Machine) -> Plain:
    """Return one text a filled slot: ``16 GB DDR5 4800 MT/s``."""
    found = []
    for block in machine.run(["dmidecode", "--type", "17"]).split("\n\n"):
        entries = {}
        for line in block.splitlines():
            key, _, text = line.partition(":")
            entries[key.strip()] = text.strip()
        size = entries.get("Size", "")
        if size[:1].isdigit():
            speed = entries.get("Configured Memory Speed", entries.get("Speed", ""))
            words = [size, entries.get("Type", ""), speed]
            found.append(" ".join(w for w in words if w and w != "Unknown"))
    if not found:
        raise NotAvailableError(
            "dmidecode names no filled memory slot (it needs root and a DMI table)"
        )
    return found
