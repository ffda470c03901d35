"""Which share of the machine's ceilings a measured case reaches, and which of two is nearer.

Operations a second of the path that ran, against the probe of the same operation at the same
instruction-set level on the same number of threads; bytes a second (input read once, output written
once) against the triad on that number of threads. Of an OpenCL or CUDA device: against its own
multipliers and the copies within its own memory. All over the median of ``compute``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from zkmark.backends import DEVICE_BACKENDS
from zkmark.hardware_profiles import ceiling_path, value_field
from zkmark.suites.device_ceilings import device_of

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
    settings: Mapping[str, Any],
    work: Mapping[str, Any] | str,
    bytes_moved: int,
    seconds: float,
) -> Section:
    """Return the section ``ceiling`` of an entry.

    ``settings`` are the entry's: on which device or how many threads it ran; ``work`` is what the
    worker counted (``kernels/work.py``) or why it could not; ``seconds`` the median of ``compute``.
    """
    roofs = _roofs(profile, backend, settings)
    operations = _operations_side(roofs, work, bytes_moved, seconds)
    memory = _memory_side(roofs, bytes_moved, seconds)
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


@dataclass(frozen=True)
class _Roofs:
    """An entry's ceilings: of operations by unit and level, and of memory."""

    operations: Callable[[str, str], Section]
    memory: Section


def _roofs(profile: Mapping[str, Any], backend: str, settings: Mapping[str, Any]) -> _Roofs:
    if backend in DEVICE_BACKENDS:
        key = device_of(settings, backend, profile)
        if key is None:
            none = _none("the profile does not hold the ceilings of its device")
            return _Roofs(lambda unit, level: none, none)
        return _Roofs(
            lambda unit, level: _roof(profile, f"devices.{key}.{unit}"),
            _roof(profile, f"devices.{key}.copy_within"),
        )
    threads = settings.get("threads") or 1
    if backend in HOST_BACKENDS:
        memory = _roof(profile, ceiling_path("triad", "", threads))
    else:
        memory = _none(f"backend {backend} does not compute in host memory")
    return _Roofs(
        lambda unit, level: _roof(profile, ceiling_path(unit, level, threads)),
        memory,
    )


def _operations_side(
    roofs: _Roofs, work: Mapping[str, Any] | str, bytes_moved: int, seconds: float
) -> Section:
    if isinstance(work, str):
        return _operations(None, None, None, _none(work), _none(work), _none(work))
    count = work["operations"]
    rate = _rate(count, seconds, "operations/s", f"{count} operations over the median of {PHASE}")
    roof = roofs.operations(work["unit"], work["level"])
    return _operations(work, count, bytes_moved, rate, roof, _fraction(rate, roof))


def _memory_side(roofs: _Roofs, moved: int, seconds: float) -> Section:
    rate = _rate(moved, seconds, "bytes/s", f"{moved} bytes over the median of {PHASE}")
    return _memory(moved, rate, roofs.memory, _fraction(rate, roofs.memory))


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
