"""Ceilings: what this machine's multipliers and memory can do at the most, measured.

A kernel's figure beside these says how much of the machine it uses. What each probe counts stands
in ``COUNTS`` and goes into the profile with the figure. The loops are native code
(backends/cpu/native/probes.hpp). Before a probe is believed, its loop is run on known input and
compared with the same steps in Python integers (so it computes what it says, and was not optimised
away), and its rate is held against bounds that no processor leaves.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from zkmark.hardware_profiles.value import (
    NotAvailableError,
    Value,
    measured,
    plain,
    unavailable,
)

_SOURCE = "zkmark's native probes"
_MASK_64, _MASK_52, _MASK_32 = (1 << 64) - 1, (1 << 52) - 1, (1 << 32) - 1

# One step of each multiplication probe, as probes.hpp defines it.
STEPS: dict[str, Callable[[int], int]] = {
    "multiply_64": lambda x: x * 0x9E3779B97F4A7C15 & _MASK_64,
    "multiply_32": lambda x: (x & _MASK_32) * 0x9E3779B1,
    "multiply_52": lambda x: (x + ((x & _MASK_52) * 0x9E3779B97F4A7 & _MASK_52)) & _MASK_64,
}

COUNTS = {
    "clock": "additions in one dependent chain per second of processor time: one a cycle",
    "multiply_64": (
        "full 64 x 64 -> 128-bit products per second of processor time, "
        "8 independent chains a thread"
    ),
    "multiply_32": (
        "32 x 32 -> 64-bit products per second of processor time, in the widest vectors there are, "
        "12 independent chains a thread"
    ),
    "multiply_52": (
        "low halves of 52-bit multiply-adds per second of processor time, in vectors of 8, 12 "
        "independent chains a thread"
    ),
    "triad": (
        "24 bytes for each a[i] = b[i] + s c[i] (two reads, one write; the line that a write may "
        "fetch first is not counted), per second by the clock on the wall"
    ),
    "random_load_latency": (
        "seconds by the clock on the wall from one load to the next, whose address it gave, in "
        "random order over all cache lines, in huge pages where the system grants them"
    ),
}
UNITS = {
    "clock": "Hz",
    "multiply_64": "multiplications/s",
    "multiply_32": "multiplications/s",
    "multiply_52": "multiplications/s",
    "triad": "bytes/s",
    "random_load_latency": "s",
}

# Bounds that no processor leaves; a figure outside them means that the probe failed, not the
# machine. Multiplications: per cycle and thread.
_PLAUSIBLE_PER_CYCLE = {
    "multiply_64": (0.02, 4.0),
    "multiply_32": (0.02, 64.0),
    "multiply_52": (0.02, 64.0),
}
_PLAUSIBLE = {
    "clock": (1e8, 1e10),
    "triad": (1e8, 1e14),
    "random_load_latency": (5e-10, 1e-4),
}

_REPETITIONS = 7
_SECONDS = 0.012  # of one repetition of a multiplication probe
_MOST_SHARE_OF_MEMORY = 8  # the probes take at most one part in this of what is available
_MOST_BYTES = 6 << 30
_DEFAULT_LAST_LEVEL = 32 << 20  # where no cache is reported: as large as a common one


def not_measured() -> dict[str, Any]:
    """Return the tree of ceilings with every leaf ``unavailable``: nobody asked for them."""
    return _all_unavailable("ceilings are measured only when asked for")


def _all_unavailable(reason: str) -> dict[str, Any]:
    def leaf(name: str) -> dict[str, Any]:
        return unavailable(reason, _SOURCE, UNITS[name]).to_json()

    def pair(name: str) -> dict[str, Any]:
        return {"one_thread": leaf(name), "all_threads": leaf(name)}

    return {
        "clock": leaf("clock"),
        **{name: pair(name) for name in ("multiply_64", "multiply_32", "multiply_52", "triad")},
        "random_load_latency": leaf("random_load_latency"),
    }


def measure(caches: Mapping[str, Any], available_bytes: int | None) -> dict[str, Any]:
    """Measure every ceiling; about two seconds.

    ``caches`` is the profile's ``cpu.caches`` and ``available_bytes`` its ``memory.available``:
    arrays are four times the last-level caches, as STREAM's rules want, as far as memory allows.
    Returns a tree of value-fields; what failed its check is ``unavailable`` with the reason.
    """
    try:
        from zkmark import _native
    except ImportError as error:
        return _all_unavailable(f"the native extension does not load ({error})")
    # The machine's ceiling, whatever level a backend set for its kernels in this process.
    level = _native.isa_allowed()
    _native.set_isa_allowed(_native.isa_levels()[-1])
    try:
        return _measure(_native, caches, available_bytes)
    finally:
        _native.set_isa_allowed(level)


def _measure(native: Any, caches: Mapping[str, Any], available: int | None) -> dict[str, Any]:
    threads = len(os.sched_getaffinity(0))
    clock = _value("clock", lambda: [native.probe_clock(_SECONDS) for _ in range(_REPETITIONS)])
    hertz = clock.value if isinstance(clock.value, float) else None
    found: dict[str, Any] = {"clock": clock.to_json()}
    for kind in _PLAUSIBLE_PER_CYCLE:
        found[kind] = {
            "one_thread": _multiply(native, kind, 1, hertz).to_json(),
            "all_threads": _multiply(native, kind, threads, hertz).to_json(),
        }
    one, everything = _last_level(caches)
    found["triad"] = {
        "one_thread": _triad(native, one, 1, available).to_json(),
        "all_threads": _triad(native, everything, threads, available).to_json(),
    }
    found["random_load_latency"] = _latency(native, one, available).to_json()
    return found


def _last_level(caches: Mapping[str, Any]) -> tuple[int, int]:
    """Return the bytes of one last-level cache and of all of them."""
    for name in ("l4", "l3", "l2", "l1d"):
        size = plain(caches, f"{name}.size")
        if size:
            return int(size), int(size) * int(plain(caches, f"{name}.instances") or 1)
    return _DEFAULT_LAST_LEVEL, _DEFAULT_LAST_LEVEL


def _value(
    name: str,
    probe: Callable[[], list[float]],
    bounds: tuple[float, float] | None = None,
    note: str = "",
) -> Value:
    """Run a probe and judge it; every failure becomes the reason."""
    unit, (low, high) = UNITS[name], bounds or _PLAUSIBLE[name]
    try:
        value = measured(probe(), _SOURCE, unit, COUNTS[name] + note)
    except NotAvailableError as error:
        return unavailable(str(error), _SOURCE, unit)
    except Exception as error:
        return unavailable(f"the probe failed: {type(error).__name__}: {error}", _SOURCE, unit)
    assert isinstance(value.value, int | float)
    if not low <= value.value <= high:
        return unavailable(
            f"the probe gave {value.value:.3g} {unit}, which no processor does "
            f"({low:.3g} to {high:.3g}): it is not believed",
            _SOURCE,
            unit,
        )
    return value


def _multiply(native: Any, kind: str, threads: int, hertz: float | None) -> Value:
    path, words = native.probe_multiply_path(kind)
    if not words:
        return unavailable(
            "this processor, or its operating system, offers no AVX-512 IFMA",
            _SOURCE,
            UNITS[kind],
        )

    def probe() -> list[float]:
        if not computes_its_steps(native, kind, words):
            raise NotAvailableError("the probe computed something else than its steps")
        return [native.probe_multiply_rate(kind, threads, _SECONDS) for _ in range(_REPETITIONS)]

    low, high = _PLAUSIBLE_PER_CYCLE[kind]
    # A core that changes its clock between two probes moves the bounds a little; they are wide.
    cycles = (hertz or 3e9) * threads
    note = f"; {threads} thread{'s' if threads > 1 else ''}, {path} code"
    return _value(kind, probe, (low * cycles, high * cycles), note)


def computes_its_steps(native: Any, kind: str, words: int, rounds: int = 37) -> bool:
    """Say whether a multiplication probe takes known words where Python's integers take them."""
    state = [(2 * i + 1) * 0xD1B54A32D192ED03 & _MASK_64 for i in range(words)]
    want = list(state)
    for _ in range(rounds):
        want = [STEPS[kind](x) for x in want]
    got: list[int] = native.probe_multiply_steps(kind, state, rounds)
    return got == want


def _bounded(wanted: int, available: int | None) -> int:
    """Return how many bytes a memory probe takes: those it wants or those it may have."""
    if available is None:
        return min(wanted, 256 << 20)
    return min(wanted, available // _MOST_SHARE_OF_MEMORY, _MOST_BYTES)


def _triad(native: Any, cache: int, threads: int, available: int | None) -> Value:
    wanted = 3 * 4 * cache
    taken = _bounded(wanted, available)
    elements = taken // 24

    def probe() -> list[float]:
        if elements < 1 << 12:
            raise NotAvailableError(f"too little memory is available ({available} bytes)")
        seconds = native.probe_triad(elements, threads, _REPETITIONS)
        if not seconds:
            raise NotAvailableError("memory was refused, or the arrays held wrong sums afterwards")
        return [24 * elements / s for s in seconds]

    note = (
        f"; {threads} thread{'s' if threads > 1 else ''}, three arrays of {8 * elements >> 20} MiB"
    )
    if taken < wanted:
        note += f", less than four times the last-level cache ({cache >> 20} MiB)"
    return _value("triad", probe, None, note)


def _latency(native: Any, cache: int, available: int | None) -> Value:
    lines = 1 << (4 * cache // 64 - 1).bit_length()  # the probe wants a power of two
    while lines * 64 > _bounded(8 * cache, available):
        lines //= 2

    def probe() -> list[float]:
        if lines < 1 << 10:
            raise NotAvailableError(f"too little memory is available ({available} bytes)")
        seconds: list[float] = native.probe_random_load(lines, 1 << 16, _REPETITIONS)
        if not seconds:
            raise NotAvailableError("memory was refused, or the walk ended in the wrong place")
        return seconds

    return _value("random_load_latency", probe, None, f"; {64 * lines >> 20} MiB")
