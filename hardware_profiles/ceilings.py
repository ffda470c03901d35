"""Ceilings: what this machine's arithmetic units and memory can do at the most, measured.

A kernel's figure beside these says how much of the machine it uses. Every rate is measured at every
instruction-set level that has code of its own for it, on one thread and on as many as are asked
for: ``ceilings.multiply_52.avx512.threads_2``. What each probe counts stands in ``COUNTS`` and goes
into the profile with the figure. The loops are native code (backends/cpu/native/probes.hpp). Before
a probe is believed, its loop is run on known input and compared with the same steps in Python
integers (so it computes what it says, and was not optimised away), and its rate is held against
bounds that no processor leaves.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from struct import pack, unpack
from typing import Any

from zkmark.hardware_profiles.aes_round import aes_words
from zkmark.hardware_profiles.value import (
    NotAvailableError,
    Value,
    measured,
    plain,
    unavailable,
)

_SOURCE = "zkmark's native probes"
_MASK_64, _MASK_52, _MASK_32 = (1 << 64) - 1, (1 << 52) - 1, (1 << 32) - 1

# Every rate probe and the levels that have code of their own for it, in rising order. ``sha`` and
# ``aes`` are not levels but extensions, which processors have or lack at any level.
PROBES: dict[str, tuple[str, ...]] = {
    "multiply_64": ("portable", "avx2"),
    "multiply_32": ("portable", "avx2", "avx512"),
    "multiply_52": ("avx512",),
    "fused_64": ("avx2", "avx512"),
    "word_32": ("portable", "avx2", "avx512"),
    "word_64": ("portable", "avx2", "avx512"),
    "sha_256": ("sha",),
    "aes": ("aes",),
}
EXTENSIONS = ("sha", "aes")
_LEVELS = ("portable", "avx2", "avx512")


def _each(step: Callable[[int], int]) -> Callable[[Sequence[int]], list[int]]:
    return lambda state: [step(x) for x in state]


def _halves(step: Callable[[int], int]) -> Callable[[int], int]:
    return lambda x: step(x & _MASK_32) | step(x >> 32) << 32


def _two_sha_256_rounds(state: Sequence[int]) -> list[int]:
    """Take each chain of four words (C D G H, A B E F, from the low word up) two rounds on."""

    def right(x: int, by: int) -> int:
        return (x >> by | x << (32 - by)) & _MASK_32

    result = []
    for at in range(0, len(state), 4):
        gh, cd, ef, ab = state[at : at + 4]
        a, b, c, d, e, f, g, h = (
            x for pair in (ab, cd, ef, gh) for x in (pair >> 32, pair & _MASK_32)
        )
        for scheduled in (0x71374491, 0xB5C0FBCF):
            choice = e & f ^ ~e & _MASK_32 & g
            one = h + (right(e, 6) ^ right(e, 11) ^ right(e, 25)) + choice + scheduled
            two = (right(a, 2) ^ right(a, 13) ^ right(a, 22)) + (a & b ^ a & c ^ b & c)
            h, g, f, e, d, c, b, a = g, f, e, d + one & _MASK_32, c, b, a, one + two & _MASK_32
        result += [ef, ab, e << 32 | f, a << 32 | b]
    return result


def _fused(x: int) -> int:
    """Return x c + d in doubles, rounded once, for x in [1, 2) with the low 52 bits given."""
    (double,) = unpack("<d", pack("<Q", (x & _MASK_52) | 0x3FF << 52))
    exact = Fraction(double) * Fraction(float.fromhex("0x1.3c6ef372fe95p-1")) + Fraction(1, 2)
    (bits,) = unpack("<Q", pack("<d", float(exact)))
    return int(bits)


# One round of each probe, as probes.hpp defines it.
ROUNDS: dict[str, Callable[[Sequence[int]], list[int]]] = {
    "multiply_64": _each(lambda x: x * 0x9E3779B97F4A7C15 & _MASK_64),
    "multiply_32": _each(lambda x: (x & _MASK_32) * 0x9E3779B1),
    "multiply_52": _each(lambda x: x + ((x & _MASK_52) * 0x9E3779B97F4A7 & _MASK_52) & _MASK_64),
    "fused_64": _each(_fused),
    "word_32": _each(_halves(lambda x: (x + 0x9E3779B1 & _MASK_32) ^ 0x85EBCA77)),
    "word_64": _each(lambda x: (x + 0x9E3779B97F4A7C15 & _MASK_64) ^ 0xC2B2AE3D27D4EB4F),
    "sha_256": _two_sha_256_rounds,
    "aes": lambda state: aes_words(state, (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F)),
}

_TIME = " per second of processor time"
COUNTS = {
    "clock": f"additions in one dependent chain{_TIME}: one a cycle",
    "multiply_64": f"full 64 x 64 -> 128-bit products{_TIME}, 8 independent chains a thread",
    "multiply_32": f"32 x 32 -> 64-bit products in vectors{_TIME}, 12 independent chains a thread",
    "multiply_52": (
        f"low halves of 52-bit multiply-adds{_TIME}, in vectors of 8, 12 independent chains a "
        "thread"
    ),
    "fused_64": (
        f"fused multiply-adds of double precision in vectors{_TIME}, 12 independent chains a thread"
    ),
    "word_32": (
        "additions and exclusive ors of 32-bit words in vectors, each one operation"
        f"{_TIME}, 12 independent chains a thread"
    ),
    "word_64": (
        "additions and exclusive ors of 64-bit words in vectors, each one operation"
        f"{_TIME}, 12 independent chains a thread"
    ),
    "sha_256": f"pairs of rounds of SHA-256 (sha256rnds2){_TIME}, 4 independent chains a thread",
    "aes": f"rounds of AES on 16 bytes (aesenc){_TIME}, 12 independent chains a thread",
    "triad": (
        "24 bytes for each a[i] = b[i] + s c[i] (two reads, one write; the line that a write may "
        "fetch first is not counted), per second by the clock on the wall"
    ),
    "random_access": (
        "bytes of cache lines of 64 bytes, loaded in random order, 32 chains of loads a thread at "
        "once, per second by the clock on the wall, in huge pages where the system grants them"
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
    "fused_64": "multiplications/s",
    "word_32": "operations/s",
    "word_64": "operations/s",
    "sha_256": "round pairs/s",
    "aes": "rounds/s",
    "triad": "bytes/s",
    "random_access": "bytes/s",
    "random_load_latency": "s",
}

# Bounds that no processor leaves; a figure outside them means that the probe failed, not the
# machine. Operations: per cycle and thread.
_PLAUSIBLE_PER_CYCLE = {
    "multiply_64": (0.02, 4.0),
    "multiply_32": (0.02, 64.0),
    "multiply_52": (0.02, 64.0),
    "fused_64": (0.02, 64.0),
    "word_32": (0.1, 128.0),
    "word_64": (0.1, 64.0),
    "sha_256": (0.02, 4.0),
    "aes": (0.02, 16.0),
}
_PLAUSIBLE = {
    "clock": (1e8, 1e10),
    "triad": (1e8, 1e14),
    "random_access": (1e7, 1e14),
    "random_load_latency": (5e-10, 1e-4),
}

_REPETITIONS = 5
_SECONDS = 0.004  # of one repetition of a rate probe
_MEMORY_REPETITIONS = 5
_RANDOM_STEPS = 1 << 13  # of each of a thread's chains, in a repetition
_MOST_SHARE_OF_MEMORY = 8  # the probes take at most one part in this of what is available
_MOST_BYTES = 6 << 30
_DEFAULT_LAST_LEVEL = 32 << 20  # where no cache is reported: as large as a common one


def threads_key(threads: int) -> str:
    """Return the name under which a ceiling on so many threads stands: ``threads_2``."""
    return f"threads_{threads}"


def ceiling_path(probe: str, level: str, threads: int) -> str | None:
    """Return the dotted path in a profile of the ceiling for code of an instruction-set level.

    A level without code of its own for a probe has that of the level below. ``None`` for a probe
    that is not there or has nothing at that level.
    """
    if probe in ("triad", "random_access"):
        return f"ceilings.{probe}.{threads_key(threads)}"
    own = PROBES.get(probe, ())
    if level not in _LEVELS:
        found = level if level in own else None
    else:
        below = _LEVELS[: _LEVELS.index(level) + 1]
        found = next((name for name in reversed(own) if name in below), None)
    return None if found is None else f"ceilings.{probe}.{found}.{threads_key(threads)}"


def not_measured(reason: str = "ceilings are measured only when asked for") -> dict[str, Any]:
    """Return the tree of ceilings with every leaf ``unavailable``."""

    def leaf(name: str) -> dict[str, Any]:
        return {threads_key(1): unavailable(reason, _SOURCE, UNITS[name]).to_json()}

    return {
        "clock": leaf("clock")[threads_key(1)],
        **{kind: {level: leaf(kind) for level in levels} for kind, levels in PROBES.items()},
        "triad": leaf("triad"),
        "random_access": leaf("random_access"),
        "random_load_latency": leaf("random_load_latency")[threads_key(1)],
    }


def measure(
    caches: Mapping[str, Any],
    available_bytes: int | None,
    threads: Collection[int] | None = None,
) -> dict[str, Any]:
    """Measure every ceiling, on one thread and on each of ``threads``; one to two seconds.

    ``caches`` is the profile's ``cpu.caches`` and ``available_bytes`` its ``memory.available``:
    arrays are four times the last-level caches, as STREAM's rules want, as far as memory allows.
    ``threads`` is all usable processors unless given. Returns a tree of value-fields, each the best
    of its repetitions; what failed its check is ``unavailable`` with the reason.
    """
    try:
        from zkmark import _native
    except ImportError as error:
        return not_measured(f"the native extension does not load ({error})")
    usable = len(os.sched_getaffinity(0))
    numbers = sorted({1, *(threads or [usable])})
    # The machine's ceilings, whatever level a backend set for its kernels in this process.
    level = _native.isa_allowed()
    _native.set_isa_allowed(_native.isa_levels()[-1])
    try:
        return _measure(_native, caches, available_bytes, numbers)
    finally:
        _native.set_isa_allowed(level)


def _measure(
    native: Any, caches: Mapping[str, Any], available: int | None, numbers: Sequence[int]
) -> dict[str, Any]:
    clock = _value("clock", lambda: [native.probe_clock(_SECONDS) for _ in range(_REPETITIONS)])
    hertz = clock.value if isinstance(clock.value, float) else None
    found: dict[str, Any] = {"clock": clock.to_json()}
    rates = {
        (kind, level, n): _Rate(native, kind, level, n)
        for kind, levels in PROBES.items()
        for level in levels
        for n in numbers
    }
    # All in turn and all again: what disturbs the machine for a while takes one repetition of each,
    # not all of one.
    for _ in range(_REPETITIONS):
        for rate in rates.values():
            rate.sample()
    for (kind, level, n), rate in rates.items():
        leaf = rate.value(hertz).to_json()
        found.setdefault(kind, {}).setdefault(level, {})[threads_key(n)] = leaf
    one, everything = _last_level(caches)
    found["triad"] = {
        threads_key(n): _triad(native, one if n == 1 else everything, n, available).to_json()
        for n in numbers
    }
    found["random_access"] = {
        threads_key(n): _random_access(
            native, one if n == 1 else everything, n, available
        ).to_json()
        for n in numbers
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
        samples = probe()
        # A ceiling is the most that was seen. A latency has no best: it is what is usual.
        value = measured(
            samples,
            _SOURCE,
            unit,
            COUNTS[name] + note,
            **({} if name == "random_load_latency" else {"pick": max}),
        )
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


_LACKING = {
    "sha": "SHA extensions",
    "aes": "AES instructions",
    "avx2": "AVX2 with BMI2 and ADX",
    "avx512": "AVX-512 IFMA",
}


class _Rate:
    """One rate probe at one level on some threads, on its way."""

    def __init__(self, native: Any, kind: str, level: str, threads: int) -> None:
        self.native, self.kind, self.level, self.threads = native, kind, level, threads
        self.samples: list[float] = []
        self.fault: Exception | None = None
        path, words = self._at_level(lambda: native.probe_path(kind))
        if path != level:
            what = _LACKING.get(level, level)
            self.fault = NotAvailableError(
                f"this processor, or its operating system, offers no {what}"
            )
        elif not self._at_level(lambda: computes_its_rounds(native, kind, words)):
            self.fault = NotAvailableError("the probe computed something else than its rounds")

    def _at_level(self, call: Callable[[], Any]) -> Any:
        highest = self.native.isa_levels()[-1]
        self.native.set_isa_allowed(highest if self.level in EXTENSIONS else self.level)
        try:
            return call()
        finally:
            self.native.set_isa_allowed(highest)

    def sample(self) -> None:
        """Take one repetition."""
        if self.fault is not None:
            return
        try:
            self.samples.append(
                self._at_level(lambda: self.native.probe_rate(self.kind, self.threads, _SECONDS))
            )
        except Exception as error:
            self.fault = error

    def value(self, hertz: float | None) -> Value:
        """Return the best repetition, or why there is none to be believed."""

        def samples() -> list[float]:
            if self.fault is not None:
                raise self.fault
            return self.samples

        low, high = _PLAUSIBLE_PER_CYCLE[self.kind]
        # A core that changes its clock between two probes moves the bounds a little: they are wide.
        cycles = (hertz or 3e9) * self.threads
        note = f"; {self.threads} thread{'s' if self.threads > 1 else ''}, {self.level} code"
        return _value(self.kind, samples, (low * cycles, high * cycles), note)


def computes_its_rounds(native: Any, kind: str, words: int, rounds: int = 37) -> bool:
    """Say whether a rate probe takes known words where Python's integers take them."""
    state = [(2 * i + 1) * 0xD1B54A32D192ED03 & _MASK_64 for i in range(words)]
    want = list(state)
    for _ in range(rounds):
        want = ROUNDS[kind](want)
    got: list[int] = native.probe_steps(kind, state, rounds)
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
        seconds = native.probe_triad(elements, threads, _MEMORY_REPETITIONS)
        if not seconds:
            raise NotAvailableError("memory was refused, or the arrays held wrong sums afterwards")
        return [24 * elements / s for s in seconds]

    note = (
        f"; {threads} thread{'s' if threads > 1 else ''}, three arrays of {8 * elements >> 20} MiB"
    )
    if taken < wanted:
        note += f", less than four times the last-level cache ({cache >> 20} MiB)"
    return _value("triad", probe, None, note)


def _lines(cache: int, available: int | None) -> int:
    """Return how many cache lines to load from: four times the cache, a power of two."""
    lines = 1 << (4 * cache // 64 - 1).bit_length()
    while lines * 64 > _bounded(8 * cache, available):
        lines //= 2
    return lines


def _random_access(native: Any, cache: int, threads: int, available: int | None) -> Value:
    lines = _lines(cache, available)

    def probe() -> list[float]:
        loads = threads * native.random_access_chains * _RANDOM_STEPS
        if lines < 1 << 10:
            raise NotAvailableError(f"too little memory is available ({available} bytes)")
        seconds = native.probe_random_access(lines, _RANDOM_STEPS, threads, _MEMORY_REPETITIONS)
        if not seconds:
            raise NotAvailableError("memory was refused, or a chain ended in the wrong place")
        return [64 * loads / s for s in seconds]

    note = f"; {threads} thread{'s' if threads > 1 else ''}, {64 * lines >> 20} MiB"
    return _value("random_access", probe, None, note)


def _latency(native: Any, cache: int, available: int | None) -> Value:
    lines = _lines(cache, available)

    def probe() -> list[float]:
        if lines < 1 << 10:
            raise NotAvailableError(f"too little memory is available ({available} bytes)")
        seconds: list[float] = native.probe_random_load(lines, 1 << 16, _MEMORY_REPETITIONS)
        if not seconds:
            raise NotAvailableError("memory was refused, or the walk ended in the wrong place")
        return seconds

    return _value("random_load_latency", probe, None, f"; {64 * lines >> 20} MiB")
