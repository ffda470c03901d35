"""What differs between machines, and the rates that their profiles hold, side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zkmark.hardware_profiles import differences, plain, value_field, walk
from zkmark.reports import quantities as q
from zkmark.reports.compare.sources import Source

_THREADS = re.compile(r"threads_(\d+)")
_ONE_THREAD, _ALL_THREADS = ", 1 thread", ", all threads"
_GIB = "(GiB)"
_FEATURES = "cpu.features"
_DEVICES = "gpus.devices"
# What data sheets say beside rates, and whether twice as much is twice as fast.
_SHEET = {
    "cpu.clock_base": True,
    "cpu.clock_maximum": True,
    "cpu.caches.l2.total": False,
    "cpu.caches.l3.total": False,
    "gpus.devices.0.multiprocessors": False,
    "gpus.devices.0.clock_sm_maximum": True,
    "gpus.devices.0.memory_total": False,
    "gpus.devices.0.cache_l2": False,
    "gpus.devices.0.power_limit": False,
    "economics.price_per_hour": False,
    "economics.power": False,
}


@dataclass(frozen=True)
class MachineField:
    """A field that is not the same everywhere; a value a source, ``None`` where it is not known.

    ``decisive``: whether it tells one machine from another, rather than one day from another.
    """

    path: str
    values: tuple[Any, ...]
    decisive: bool

    @property
    def known(self) -> int:
        """Return of how many sources the value is known."""
        return sum(value is not None for value in self.values)


@dataclass(frozen=True)
class RateField:
    """A rate, a latency or a data sheet's figure, with a field a source (``None``: none).

    ``ratios``: how many times as good as the first source's, where both are known in the same way:
    both measured, say. What was measured and what was declared are not set in relation.
    """

    name: str
    fields: tuple[Mapping[str, Any] | None, ...]
    threads: tuple[int | None, ...]
    ratios: tuple[float | None, ...]


def machine_fields(sources: Sequence[Source]) -> list[MachineField]:
    """List the fields in which any profile differs from the first, the decisive ones first."""
    first = sources[0]
    found: dict[str, dict[int, Any]] = {}
    decisive: set[str] = set()
    base: dict[str, Any] = {}
    for index, source in enumerate(sources[1:], start=1):
        for one in differences(first.profile, source.profile):
            found.setdefault(one.path, {})[index] = one.second
            base[one.path] = one.first
            if one.decisive:
                decisive.add(one.path)
    fields = [
        MachineField(
            path,
            # Where a later source agrees with the first, nothing was found for it.
            (base[path], *(seen.get(i, base[path]) for i in range(1, len(sources)))),
            path in decisive,
        )
        for path, seen in found.items()
        if path not in (_FEATURES, _DEVICES)
    ]
    for path, values in ((_FEATURES, _features(sources)), (_DEVICES, _devices(sources))):
        if any(value != values[0] for value in values[1:]):
            fields.append(MachineField(path, values, True))
    return sorted(fields, key=lambda field: not field.decisive)


def _features(sources: Sequence[Source]) -> tuple[list[str] | None, ...]:
    """Return each machine's instruction sets, of those that all profiles know of.

    What a profile does not mention, a catalogue's say, its machine may have all the same.
    """
    tables = [
        {
            name: field["value"]
            for name, field in source.profile.get("cpu", {}).get("features", {}).items()
            if isinstance(field, Mapping) and isinstance(field.get("value"), bool)
        }
        for source in sources
    ]
    told = [set(table) for table in tables if table]
    known = sorted(set.intersection(*told)) if told else []
    return tuple([n for n in known if table[n]] if table else None for table in tables)


def _devices(sources: Sequence[Source]) -> tuple[list[str] | None, ...]:
    """Return the names of each machine's GPUs; ``None`` where a profile does not speak of any."""
    found: list[list[str] | None] = []
    for source in sources:
        devices = source.profile.get("gpus", {}).get("devices")
        found.append(None if devices is None else [str(plain(one, "name")) for one in devices])
    return tuple(found)


def field_texts(field: MachineField) -> list[str]:
    """Write a field's values; of instruction sets, those that not every machine has."""
    if field.path != _FEATURES:
        return [_text(value, field.path) for value in field.values]
    common = set.intersection(*(set(value) for value in field.values if value is not None))
    return [
        "unknown" if value is None else ", ".join(v for v in value if v not in common) or "–"
        for value in field.values
    ]


def _text(value: Any, path: str) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_text(item, path) for item in value) or "none"
    if path.endswith(_GIB):
        return f"{value} GiB"
    return str(value)


def rate_fields(sources: Sequence[Source]) -> list[RateField]:
    """List the rates and latencies that two profiles or more hold, as the first orders them.

    Beside a profile without a result, a machine of the catalogue say, those that one alone holds
    are listed too: the one has data sheets and the other probes, and nothing else tells how fast
    they are. Of probes on some numbers of threads, then, the one on all. What data sheets say of
    clocks, caches, power and price comes first there, where two or more say it.
    """
    tables = [_rates(source) for source in sources]
    lone = any(source.result is None for source in sources)
    found = [_sheet_field(sources, path) for path in _SHEET] if lone else []
    found = [one for one in found if sum(field is not None for field in one.fields) > 1]
    for name in dict.fromkeys(name for table in tables for name in table):
        cells = [table.get(name) for table in tables]
        if sum(cell is not None for cell in cells) < 2 and not (lone and _on_all(name, tables)):
            continue
        fields = tuple(None if cell is None else cell[1] for cell in cells)
        found.append(
            RateField(
                name,
                fields,
                tuple(None if cell is None else cell[0] for cell in cells),
                (None, *(_ratio(fields[0], field) for field in fields[1:])),
            )
        )
    return found


def _sheet_field(sources: Sequence[Source], path: str) -> RateField:
    fields = [value_field(source.profile, path) for source in sources]
    known = tuple(None if field["value"] is None else field for field in fields)
    ratios = [_ratio(known[0], one) if _SHEET[path] else None for one in known[1:]]
    return RateField(_named(path), known, (None,) * len(known), (None, *ratios))


def _named(path: str) -> str:
    """Return a rate's name for a table."""
    return path.removeprefix("ceilings.").replace("gpus.devices.", "GPU ").replace(".", " ")


def _on_all(name: str, tables: Sequence[Mapping[str, Any]]) -> bool:
    """Say whether no table has the same probe on more threads than ``name`` is on."""
    whole = f"{name.removesuffix(_ONE_THREAD)}{_ALL_THREADS}"
    return not name.endswith(_ONE_THREAD) or not any(whole in table for table in tables)


def _rates(source: Source) -> dict[str, tuple[int | None, Mapping[str, Any]]]:
    """Return the known rates of a profile by name, with the threads they are on.

    The most threads are "all threads": 2 on one machine are set beside 64 on another.
    """
    leaves = []
    most: dict[str, int] = {}
    for path, field in walk(source.profile):
        unit = str(field.get("unit") or "")
        if not isinstance(field["value"], int | float) or isinstance(field["value"], bool):
            continue
        if not (unit.endswith("/s") or (unit == "s" and path.startswith("ceilings."))):
            continue
        head, _, last = path.rpartition(".")
        match = _THREADS.fullmatch(last)
        threads = int(match[1]) if match else None
        leaves.append((head if match else path, threads, field))
        if threads is not None:
            most[head] = max(most.get(head, 1), threads)
    found: dict[str, tuple[int | None, Mapping[str, Any]]] = {}
    processors = plain(source.profile, "cpu.usable_processors")
    for path, threads, field in leaves:
        name = _named(path)
        if threads is None:
            found[name] = (None, field)
            continue
        if threads == 1:
            found[f"{name}{_ONE_THREAD}"] = (1, field)
        if threads == most[path] and (threads > 1 or processors == 1):
            found[f"{name}{_ALL_THREADS}"] = (threads, field)
    return found


def _ratio(base: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> float | None:
    if base is None or other is None or base["status"] != other["status"]:
        return None
    if base.get("unit") != other.get("unit") or 0 in (base["value"], other["value"]):
        return None
    ratio: float = other["value"] / base["value"]
    return 1 / ratio if base.get("unit") == "s" else ratio


def rate_cells(rate: RateField) -> Iterator[str]:
    """Yield each source's figure, with how it is known unless measured, and its threads."""
    for field, threads in zip(rate.fields, rate.threads, strict=True):
        if field is None:
            yield q.MISSING
            continue
        unit = str(field.get("unit") or "")
        text = q.seconds(field["value"]) if unit == "s" else _figure_text(field["value"], unit)
        told = [] if field["status"] == "measured" else [str(field["status"])]
        if threads is not None and threads > 1:
            told.append(q.count(threads, "thread"))
        yield f"{text} ({', '.join(told)})" if told else text


def _figure_text(value: float, unit: str) -> str:
    if unit == "bytes":
        return q.size(value)
    if unit in ("W", "USD/h", ""):
        return f"{value:g} {unit}".rstrip()
    return q.scaled(value, {"bytes/s": "B/s", "Hz": "Hz"}.get(unit, "/s"))


def most_apart(rates: Sequence[RateField], index: int) -> tuple[str, float] | None:
    """Return the rate, and its ratio, in which a source is furthest from the first."""
    known = [(rate.name, ratio) for rate in rates if (ratio := rate.ratios[index]) is not None]
    return max(known, key=lambda one: max(one[1], 1 / one[1]), default=None)
