"""Rooflines: every case as a point under the roof of the device that computed it.

Across: word multiplications per byte of memory; up: word multiplications a second of ``compute``
(Williams, Waterman and Patterson, CACM 52(4), 2009). The roof is the lower of the device's
multiplier rate and its bandwidth times the intensity, both measured on that device. A processor's
multiplications are those that the path spends, in the unit of the probe that they are held against;
an OpenCL or CUDA device's are those of the textbook algorithm. Bytes are the input read
once and the output written once: what memory moves at the least. So a point stands no further left
than this, and may be above the sloping roof where its data stays in a cache.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from zkmark.backends import DEVICE_BACKENDS
from zkmark.hardware_profiles import plain
from zkmark.reports.ceilings import MULTIPLIERS
from zkmark.reports.model import Entry, Report, run_letter
from zkmark.suites.device_ceilings import device_of


@dataclass(frozen=True)
class Roof:
    """What one device can do at the most: ``multiplications`` and ``bandwidth``, both a second.

    ``unit`` and ``level`` name the probe; ``threads`` how many it ran on, ``None`` of a device.
    """

    run: str
    device: str
    unit: str
    level: str
    threads: int | None
    multiplications: float
    bandwidth: float

    @property
    def ridge(self) -> float:
        """Return the intensity from which on the multipliers are the limit."""
        return self.multiplications / self.bandwidth

    def at(self, per_byte: float) -> float:
        """Return the most multiplications a second at an intensity."""
        return min(self.multiplications, per_byte * self.bandwidth)


@dataclass(frozen=True)
class RooflinePoint:
    """One case on one backend: ``per_byte`` across, ``rate`` up."""

    entry: Entry
    per_byte: float
    rate: float
    formula: str

    def share(self, roof: Roof) -> float:
        """Return the rate over the roof at this intensity."""
        return self.rate / roof.at(self.per_byte)


@dataclass(frozen=True)
class Roofline:
    """The points that share one roof."""

    roof: Roof
    points: tuple[RooflinePoint, ...]


@dataclass(frozen=True)
class LeftOut:
    """Entries without a place under a roof, for one reason."""

    label: str
    reason: str
    cases: tuple[str, ...]


def rooflines(report: Report) -> list[Roofline]:
    """Return a roofline for each run, device and unit, the points in the order of the run."""
    found: dict[Roof, list[RooflinePoint]] = {}
    for _, placed in _placed(report):
        if not isinstance(placed, str):
            roof, point = placed
            found.setdefault(roof, []).append(point)
    return [Roofline(roof, tuple(points)) for roof, points in found.items()]


def left_out(report: Report) -> list[LeftOut]:
    """Return the measured kernels without a place under a roof, put together by reason."""

    def key(one: tuple[Entry, str]) -> tuple[tuple[int, str], str]:
        return one[0].label_order, one[1]

    found = sorted(
        ((e, placed) for e, placed in _placed(report) if isinstance(placed, str)),
        key=key,
    )
    return [
        LeftOut(label, reason, tuple(entry.slug for entry, _ in group))
        for ((_, label), reason), group in groupby(found, key)
    ]


def _placed(report: Report) -> Iterator[tuple[Entry, tuple[Roof, RooflinePoint] | str]]:
    """Yield each measured kernel with its place, or why it has none."""
    profiles = _profiles(report)
    for entry in report.measured:
        if not entry.is_workload:
            yield entry, place(entry, profiles[entry.run])


def _profiles(report: Report) -> dict[str, Mapping[str, Any]]:
    if len(report.results) == 1:
        return {"": report.results[0].profile}
    return {run_letter(i): result.profile for i, result in enumerate(report.results)}


def place(entry: Entry, profile: Mapping[str, Any]) -> tuple[Roof, RooflinePoint] | str:
    """Return an entry's roof and its point, or why it has none."""
    section, settings = entry.document["ceiling"], entry.document["settings"]
    operations, memory = section["operations"], section["memory"]
    if operations["unit"] is not None and operations["unit"] not in MULTIPLIERS:
        return f"it spends no word multiplications: its operations are {operations['unit']}"
    for side in (operations["rate"], operations["roof"], memory["roof"]):
        if side["value"] is None:
            return str(side["reason"])
    if not operations["per_byte"]:
        return "it has no word multiplications for each byte"
    device, threads = str(plain(profile, "cpu.model") or "processor"), settings.get("threads")
    if entry.backend in DEVICE_BACKENDS:
        key = device_of(settings, entry.backend, profile)
        device = str(plain(profile, f"devices.{key}.name"))
        if plain(profile, f"devices.{key}.kind") != "cpu":
            threads = None
    roof = Roof(
        entry.run,
        device,
        operations["unit"],
        operations["level"],
        threads,
        operations["roof"]["value"],
        memory["roof"]["value"],
    )
    rate = operations["rate"]["value"]
    return roof, RooflinePoint(entry, operations["per_byte"], rate, str(operations["formula"]))


def order(points: Sequence[RooflinePoint]) -> list[RooflinePoint]:
    """Return points by family, size and backend, as tables show them."""
    return sorted(points, key=lambda p: (p.entry.family, p.entry.size, p.entry.label_order))
