"""Which share of the machine's ceilings a measured case reaches, and which of two is nearer.

Operations a second of the path that ran, against the probe of the same operation at the same
instruction-set level on the same number of threads; bytes a second (input read once, output written
once) against the triad on that number of threads. Both over the median of ``compute``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zkmark.hardware_profiles import ceiling_path, value_field

Section = dict[str, Any]
PHASE = "compute"
# The backends whose kernels read and write the host's memory.
HOST_BACKENDS = ("reference", "numba", "cpu", "peer")


def no_ceiling(reason: str) -> Section:
    """Return the section of an entry that has no share of any ceiling, and why."""
    return {
        "phase": PHASE,
        "bound": None,
        "operations": _operations(None, None, None, _none(reason), _none(reason), _none(reason)),
        "memory": _memory(None, _none(reason), _none(reason), _none(reason)),
    }


def ceiling(
    profile: Mapping[str, Any],
    backend: str,
    threads: int | None,
    work: Mapping[str, Any] | str,
    bytes_moved: int,
    seconds: float,
) -> Section:
    """Return the section ``ceiling`` of an entry.

    ``work`` is what the worker counted (``kernels/work.py``) or why it could not; ``seconds`` the
    median of ``compute``.
    """
    operations = _operations_side(profile, threads, work, bytes_moved, seconds)
    memory = _memory_side(profile, backend, threads, bytes_moved, seconds)
    shares = {
        name: side["fraction"]["value"]
        for name, side in (("operations", operations), ("memory", memory))
        if side["fraction"]["value"] is not None
    }
    return {
        "phase": PHASE,
        # With one of the two unknown nobody can say which is nearer.
        "bound": max(shares, key=lambda name: shares[name]) if len(shares) == 2 else None,
        "operations": operations,
        "memory": memory,
    }


def _operations_side(
    profile: Mapping[str, Any],
    threads: int | None,
    work: Mapping[str, Any] | str,
    bytes_moved: int,
    seconds: float,
) -> Section:
    if isinstance(work, str):
        return _operations(None, None, None, _none(work), _none(work), _none(work))
    unit, level, count = work["unit"], work["level"], work["operations"]
    rate = _rate(count, seconds, "operations/s", f"{count} operations over the median of {PHASE}")
    roof = _roof(profile, ceiling_path(unit, level, threads or 1))
    return _operations(work, count, bytes_moved, rate, roof, _fraction(rate, roof))


def _memory_side(
    profile: Mapping[str, Any], backend: str, threads: int | None, moved: int, seconds: float
) -> Section:
    if backend not in HOST_BACKENDS:
        reason = f"backend {backend} does not compute in host memory"
        return _memory(moved, _none(reason), _none(reason), _none(reason))
    rate = _rate(moved, seconds, "bytes/s", f"{moved} bytes over the median of {PHASE}")
    roof = _roof(profile, ceiling_path("triad", "", threads or 1))
    return _memory(moved, rate, roof, _fraction(rate, roof))


def _operations(
    work: Mapping[str, Any] | None,
    count: int | None,
    bytes_moved: int | None,
    rate: Section,
    roof: Section,
    fraction: Section,
) -> Section:
    return {
        "unit": work["unit"] if work else None,
        "level": work["level"] if work else None,
        "count": count,
        "per_byte": count / bytes_moved if count is not None and bytes_moved else None,
        "formula": work["formula"] if work else None,
        "rate": rate,
        "roof": roof,
        "fraction": fraction,
    }


def _memory(bytes_moved: int | None, rate: Section, roof: Section, fraction: Section) -> Section:
    return {"bytes": bytes_moved, "rate": rate, "roof": roof, "fraction": fraction}


def _none(reason: str) -> Section:
    return {"value": None, "source": "zkmark", "status": "unavailable", "reason": reason}


def _rate(count: int, seconds: float, unit: str, source: str) -> Section:
    if not seconds:
        return _none("no time was measured")
    return {"value": count / seconds, "unit": unit, "source": source, "status": "measured"}


def _roof(profile: Mapping[str, Any], path: str | None) -> Section:
    """Return a ceiling of the profile without its samples, naming where it stands."""
    if path is None:
        return _none("no probe measures this")
    found = value_field(profile, path)
    if found["status"] == "unavailable":
        # Where nothing was measured, only the leaf of one thread is there to say why.
        one = value_field(profile, f"{path.rpartition('.')[0]}.threads_1")
        if one["status"] == "unavailable":
            found = one
        return _none(f"{path}: {found['reason']}")
    kept: Section = {key: found[key] for key in ("value", "unit", "status") if key in found}
    return {**kept, "source": f"profile: {path}"}


def _fraction(rate: Section, roof: Section) -> Section:
    for side in (rate, roof):
        if side["value"] is None:
            return _none(side["reason"])
    return {
        "value": rate["value"] / roof["value"],
        "source": "rate over roof",
        "status": "measured",
    }


def threads_of(options: Mapping[str, Any], threads: int | None) -> int:
    """Return on how many threads a contender runs: its own option, the suite's, or all."""
    from zkmark.backends.threads import available_threads

    wanted = options.get("threads") or threads
    return int(wanted) if wanted else available_threads()
