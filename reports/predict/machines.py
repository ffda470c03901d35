"""Machines by their rates: what a profile says of a unit, and how much faster another's is."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zkmark.hardware_profiles import ceiling_path, plain, profile_key, value_field, walk

# Every reason that a figure more in the profile would remove has these words.
UNSAID = "does not say"
_THREADS = re.compile(r"threads_(\d+)")
# The most that a core of any machine of the catalogue runs at once.
THREADS_A_CORE = 2
# What a device's probe measures, and where a data sheet's figure for the same stands.
_DEVICE_UNITS = {
    "multiply_add_32": "multiply_add_32_peak",
    "copy_within": "memory_bandwidth_peak",
    "copy_to": None,
}
_IN_WORDS = {
    "multiply_add_32": "how many 32-bit multiply-adds its GPU does",
    "copy_within": "how fast its GPU's memory is",
    "copy_to": "how fast it copies to its GPU",
}
# The rarest feature that the native kernels ask for at a level or for an extension.
_LEVEL_FEATURES = {"avx2": "avx2", "avx512": "avx512ifma", "sha": "sha_ni"}


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
        """Return on how many threads "all" is: the most that were measured, else the processors."""
        triad = self.profile.get("ceilings", {}).get("triad", {})
        measured = [
            int(found[1])
            for key, leaf in triad.items()
            if (found := _THREADS.fullmatch(key)) and leaf.get("value") is not None
        ]
        if measured:
            return max(measured)
        for path in ("cpu.processors", "cpu.cores"):
            found = plain(self.profile, path)
            if found is not None:
                return int(found)
        return None

    @property
    def cores(self) -> int | None:
        """Return on how many cores "all" threads run; ``None`` if nobody knows.

        A processor of a document may be a core or a thread of one; one that a system shows without
        saying which is taken for a core.
        """
        threads, cores = self.threads, plain(self.profile, "cpu.cores")
        if threads is None:
            return None
        if cores is None:
            return None if self.profile.get("origin") == "declared" else threads
        return min(int(cores), threads)

    def cores_of(self, threads: int) -> int | None:
        """Return on how many cores so many threads run: a system spreads them over all first."""
        if self.cores is not None:
            return min(threads, self.cores)
        every = self.threads
        # Of whatever kind the processors are, half of them are cores.
        return threads if every is not None and threads <= every // THREADS_A_CORE else None

    def rate(self, unit: str, level: str, threads: int) -> float | None:
        """Return what the profile says of a unit; ``None`` if it does not."""
        if unit in _DEVICE_UNITS:
            return self._device_rate(unit, level)
        if not self.ceilings:
            return None
        if unit == "clock":
            found = plain(self.profile, "ceilings.clock")
            return None if found is None else float(found)
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
        measured = self.device_probe(unit, level)
        if measured is not None:
            return measured
        sheet = _DEVICE_UNITS[unit]
        if sheet is None or self.no_device(level) is not None:
            return None
        found = plain(self.profile, f"gpus.devices.0.{sheet}")
        return None if found is None else float(found)

    def device_probe(self, unit: str, level: str) -> float | None:
        """Return what a probe measured on a device of a backend and kind, if one did."""
        backend, _, kind = level.partition("/")
        here = [
            device
            for device in self.profile.get("devices", {}).values()
            if (plain(device, "backend"), plain(device, "kind")) == (backend, kind)
            and plain(device, unit) is not None
        ]
        if not here or not self.ceilings:
            return None
        # A processor may be there in parts as well, by their threads.
        whole = max(here, key=lambda device: plain(device, "threads") or 0)
        return float(plain(whole, unit))

    def no_device(self, level: str) -> str | None:
        """Return why there is no device of a backend and kind, if so."""
        backend, _, kind = level.partition("/")
        devices = self.profile.get("devices", {}).values()
        if any((plain(d, "backend"), plain(d, "kind")) == (backend, kind) for d in devices):
            return None
        name = plain(self.profile, "gpus.devices.0.name")
        if kind != "gpu":
            return f"{self.name} {UNSAID} what its {kind} does with {backend}"
        if name is None:
            return f"{self.name} has no GPU"
        if backend == "cuda" and "NVIDIA" not in str(name):
            return f"its {name} does not run CUDA"
        return None

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
    on_device = part.unit in _DEVICE_UNITS
    if not on_device and not target.has_level(part.level):
        return _no_level(target, known, part.level)
    rates = (
        known.rate(part.unit, part.level, threads[0]),
        target.rate(part.unit, part.level, threads[1]),
    )
    if rates[0] is not None and rates[1] is not None:
        return Ratio(rates[1] / rates[0], False)
    if on_device:
        lacking = known if rates[0] is None else target
        why = None if lacking is known else lacking.no_device(part.level)
        return why or f"{lacking.name} {UNSAID} {_IN_WORDS[part.unit]}"
    if part.unit == "clock":
        return _clock_ratio(known, target)
    cores = known.cores_of(threads[0]), target.cores_of(threads[1])
    if cores[0] is None or cores[1] is None:
        return no_cores(known if cores[0] is None else target)
    if part.unit == "triad":
        return _memory_ratio(known, target, rates[0], cores[1] / cores[0])
    # Arithmetic goes with cores and clock where the units of a core do as much a cycle.
    clock = _clock_ratio(known, target)
    return clock if isinstance(clock, str) else Ratio(clock.value * cores[1] / cores[0], True)


def _no_level(target: Machine, known: Machine, level: str) -> str:
    architecture = plain(target.profile, "cpu.architecture")
    other = "a run with --isa portable does without"
    if architecture not in (None, plain(known.profile, "cpu.architecture"), "x86_64"):
        lacks = f"{target.name} is {architecture}, which has no {level}"
        return f"{lacks}: {known.name} used it, {other}"
    says = value_field(target.profile, f"cpu.features.{_LEVEL_FEATURES[level]}")["value"]
    verb = "has no" if says is False else f"{UNSAID} that it has"
    return f"{target.name} {verb} {level}, which {known.name} used ({other})"


def _clock_ratio(known: Machine, target: Machine) -> Ratio | str:
    """Return the ratio of clocks of a kind that both have: base before highest before any."""
    own = [
        [plain(machine.profile, path) for path in ("cpu.clock_base", "cpu.clock_maximum")]
        for machine in (known, target)
    ]
    pairs = list(zip(*own, strict=True))
    # What a system does not say of its clock was measured.
    any_kind = [
        next((c for c in (*clocks, plain(machine.profile, "ceilings.clock")) if c), None)
        for machine, clocks in zip((known, target), own, strict=True)
    ]
    for ours, theirs in (*pairs, tuple(any_kind)):
        if ours and theirs:
            return Ratio(float(theirs) / float(ours), True)
    lacking = known if any_kind[0] is None else target
    return f"{lacking.name} {UNSAID} its clock"


def no_cores(machine: Machine) -> str:
    """Return that nobody knows a machine's cores, and what is known."""
    if machine.threads is not None:
        return (
            f"{machine.name} {UNSAID} how many cores its {machine.threads} processors are (as many "
            "or half as many)"
        )
    if "cpu" not in machine.profile:
        return f"{machine.name} is no whole machine: it has no processor that would run this"
    return f"{machine.name} {UNSAID} how many cores it has"


def _memory_ratio(
    known: Machine, target: Machine, reached: float | None, cores: float
) -> Ratio | str:
    """Return the ratio of bandwidths where the target's was not measured.

    A core is taken to move as much on either machine, up to what the target's memory can do.
    """
    peak = plain(target.profile, "memory.bandwidth_peak")
    if reached is None or peak is None:
        lacking = known if reached is None else target
        return f"{lacking.name} {UNSAID} how fast its memory is"
    return Ratio(min(cores, peak / reached), True)


def memory_of(parts: Sequence[Part]) -> Part:
    """Return the memory of what ran there: a device's own, or the host's."""
    device = next((part.level for part in parts if part.unit in _DEVICE_UNITS), None)
    return Part(1.0, "triad") if device is None else Part(1.0, "copy_within", device)


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
    memory = ratio(known, target, memory_of(parts), threads)
    return total + (0.0 if isinstance(memory, str) else abs(math.log(memory.value)))


def same_machine(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Say whether two profiles are of one machine; a declared one is of none that was measured."""
    if "declared" in (first.get("origin"), second.get("origin")):
        return first == second
    return profile_key(first) == profile_key(second)
