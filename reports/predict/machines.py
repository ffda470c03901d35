"""Machines by their rates: what a profile says of a unit, and how much faster another's is."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zkmark.hardware_profiles import ceiling_path, plain, profile_key, value_field, walk

_THREADS = re.compile(r"threads_(\d+)")
# What a device's probe measures, and where a data sheet's figure for the same stands.
_DEVICE_UNITS = {"multiply_add_32": "multiply_add_32_peak"}
# A level or an extension asks for these features of a machine.
_LEVEL_FEATURES = {"avx2": "avx2", "avx512": "avx512f", "sha": "sha_ni"}


@dataclass(frozen=True)
class Part:
    """A share of a case's time, and the unit that it is spent in, at an instruction-set level."""

    share: float
    unit: str
    level: str = ""


@dataclass(frozen=True)
class Machine:
    """One machine. ``ceilings``: whether its measured ones may be used, or only what is declared.

    The latter is how a machine of the catalogue is known; leaving a known machine out for such a
    target leaves its ceilings out too.
    """

    name: str
    profile: Mapping[str, Any]
    ceilings: bool = True

    @property
    def threads(self) -> int | None:
        """Return on how many threads "all" is: the most that were measured, else the cores."""
        triad = self.profile.get("ceilings", {}).get("triad", {}) if self.ceilings else {}
        measured = [
            int(found[1])
            for key, leaf in triad.items()
            if (found := _THREADS.fullmatch(key)) and leaf.get("value") is not None
        ]
        if measured:
            return max(measured)
        cores = plain(self.profile, "cpu.cores")
        return None if cores is None else int(cores)

    @property
    def clock(self) -> float | None:
        """Return the clock that all cores hold, as far as the profile says: base before highest."""
        for path in ("cpu.clock_base", "cpu.clock_maximum"):
            found = plain(self.profile, path)
            if found is not None:
                return float(found)
        found = plain(self.profile, "ceilings.clock")
        return None if found is None else float(found)

    def rate(self, unit: str, level: str, threads: int) -> float | None:
        """Return what the profile says of a unit; ``None`` if it does not."""
        if unit in _DEVICE_UNITS:
            return self._device_rate(unit, level)
        if unit == "clock":
            return self.clock
        if not self.ceilings:
            return None
        path = ceiling_path(unit, level, threads)
        found = None if path is None else plain(self.profile, path)
        if found is not None or path is None:
            return None if found is None else float(found)
        return self._between(path.rpartition(".")[0], threads)

    def _between(self, path: str, threads: int) -> float | None:
        """Return a rate on a number of threads below the most measured: so many times one's.

        But not more than the most threads reach together.
        """
        most = self.threads
        if most is None or threads > most:
            return None
        one, all_ = (plain(self.profile, f"{path}.threads_{n}") for n in (1, most))
        return None if one is None or all_ is None else float(min(one * threads, all_))

    def _device_rate(self, unit: str, level: str) -> float | None:
        """Return a device's rate; ``level`` is its backend and kind, ``cuda/gpu``."""
        backend, _, kind = level.partition("/")
        if self.ceilings:
            here = [
                device
                for device in self.profile.get("devices", {}).values()
                if (plain(device, "backend"), plain(device, "kind")) == (backend, kind)
                and plain(device, unit) is not None
            ]
            if here:
                # A processor may be there in parts as well, by their threads.
                whole = max(here, key=lambda device: plain(device, "threads") or 0)
                return float(plain(whole, unit))
        if kind != "gpu":
            return None
        found = plain(self.profile, f"gpus.devices.0.{_DEVICE_UNITS[unit]}")
        return None if found is None else float(found)

    @property
    def is_measured(self) -> bool:
        """Say whether the profile holds any ceiling that was measured."""
        leaves = (*walk(self.profile.get("ceilings", {})), *walk(self.profile.get("devices", {})))
        return any(leaf["status"] == "measured" for _, leaf in leaves)

    def has_level(self, level: str) -> bool:
        """Say whether code of a level runs here, as far as the profile knows."""
        feature = _LEVEL_FEATURES.get(level)
        return feature is None or value_field(self.profile, f"cpu.features.{feature}")["value"] is (
            True
        )


@dataclass(frozen=True)
class Ratio:
    """How many times as fast a target is in a unit; ``scaled``: by cores and clock alone."""

    value: float
    scaled: bool


def ratio(known: Machine, target: Machine, part: Part, threads: tuple[int, int]) -> Ratio | str:
    """Return how many times as fast ``target`` is as ``known``, or why nobody can say.

    ``threads``: on how many the known machine ran, and the target would.
    """
    if part.unit not in _DEVICE_UNITS and not target.has_level(part.level):
        return f"{target.name} does not say that it has {part.level}, which {known.name} used"
    rates = (
        known.rate(part.unit, part.level, threads[0]),
        target.rate(part.unit, part.level, threads[1]),
    )
    if rates[0] is not None and rates[1] is not None:
        return Ratio(rates[1] / rates[0], False)
    if part.unit in _DEVICE_UNITS:
        lacking = known if rates[0] is None else target
        return f"{lacking.name} does not say what its {part.unit} is"
    if part.unit == "triad":
        return _memory_ratio(known, target, rates[0], threads)
    # Arithmetic goes with cores and clock where the units of a core do as much a cycle.
    clocks = (known.clock, target.clock)
    for machine, clock in zip((known, target), clocks, strict=True):
        if clock is None:
            return f"{machine.name} has neither a measured {part.unit} nor a clock"
    assert clocks[0] is not None and clocks[1] is not None
    return Ratio(threads[1] * clocks[1] / (threads[0] * clocks[0]), True)


def _memory_ratio(
    known: Machine, target: Machine, reached: float | None, threads: tuple[int, int]
) -> Ratio | str:
    """Return the ratio of bandwidths where the target's was not measured.

    A thread is taken to move as much on either machine, up to what the target's memory can do.
    """
    peak = plain(target.profile, "memory.bandwidth_peak")
    if reached is None or peak is None:
        lacking = known if reached is None else target
        return f"{lacking.name} does not say how fast its memory is"
    return Ratio(min(threads[1] / threads[0], peak / reached), True)


def apart(
    known: Machine, target: Machine, parts: Sequence[Part], threads: tuple[int, int]
) -> float:
    """Return how far two machines are apart: the logarithms of their ratios, and of their memory's.

    Infinite where a ratio is not known.
    """
    total = 0.0
    for part in parts:
        found = ratio(known, target, part, threads)
        if isinstance(found, str):
            return math.inf
        total += part.share * abs(math.log(found.value))
    memory = ratio(known, target, Part(1.0, "triad"), threads)
    return total + (0.0 if isinstance(memory, str) else abs(math.log(memory.value)))


def same_machine(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Say whether two profiles are of one machine; a declared one is of none that was measured."""
    if "declared" in (first.get("origin"), second.get("origin")):
        return first == second
    return profile_key(first) == profile_key(second)
