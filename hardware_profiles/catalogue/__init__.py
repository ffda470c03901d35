"""The catalogue of declared profiles: processors, GPUs, FPGA boards and cloud instances.

A file a machine, ``<id>.toml``; every figure names its source among the file's ``sources``, each of
which says whether it is the maker's or provider's own. Nothing in it was measured by zkmark. A
figure that no source confirmed is left out, and the profile then lacks it: whoever asks is told so.
What a machine takes from another entry (an instance its GPUs, its board, the features of its
microarchitecture) keeps its source.
FPGA boards are those of ``hardware_profiles/boards``.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from zkmark.hardware_profiles import boards
from zkmark.hardware_profiles.profile import SCHEMA_NAME, SCHEMA_VERSION, Profile
from zkmark.hardware_profiles.source import SOURCE_KINDS, Source, sources_of
from zkmark.hardware_profiles.value import Plain, ValueField, declared, plain, walk

Kind = Literal["processor", "gpu", "fpga", "instance"]
KINDS: tuple[str, ...] = get_args(Kind)
_FOLDER = Path(__file__).parent
# A channel of DDR4 or DDR5 is 64 bits wide, without those for errors (JEDEC JESD79-4, JESD79-5).
_CHANNEL_BYTES = 8

# The unit of each figure that a file may hold; ``None`` for what has none.
UNITS: dict[str, str | None] = {
    "cpu.model": None,
    "cpu.vendor": None,
    "cpu.architecture": None,
    "cpu.microarchitecture.declared": None,
    "cpu.sockets": None,
    "cpu.cores": None,
    "cpu.processors": None,
    "cpu.clock_base": "Hz",
    "cpu.clock_maximum": "Hz",
    "cpu.l2_total": "bytes",
    "cpu.l3_total": "bytes",
    "cpu.features": None,
    "memory.total": "bytes",
    "memory.channels": None,
    "memory.transfer_rate": "transfers/s",
    "memory.bandwidth_peak": "bytes/s",
    "gpu.name": None,
    "gpu.architecture": None,
    "gpu.multiprocessors": None,
    "gpu.cores": None,
    "gpu.integer_units": None,
    "gpu.clock_sm_base": "Hz",
    "gpu.clock_sm_maximum": "Hz",
    "gpu.memory_total": "bytes",
    "gpu.memory_bus_width": "bits",
    "gpu.memory_bandwidth_peak": "bytes/s",
    "gpu.cache_l2": "bytes",
    "gpu.power_limit": "W",
    "gpu.pcie_generation": None,
    "gpu.pcie_width": None,
    "gpus.count": None,
    "gpus.name": None,
    "gpus.memory_total": "bytes",
    "fpgas.count": None,
    "economics.price_per_hour": "USD/h",
    "economics.power": "W",
}
# Where a figure of a file stands in a profile, if not under its own name.
_PLACES = {
    "cpu.l2_total": "cpu.caches.l2.total",
    "cpu.l3_total": "cpu.caches.l3.total",
}


@dataclass(frozen=True)
class Entry:
    """One machine of the catalogue."""

    id: str
    kind: Kind
    name: str


@cache
def catalogue_schema() -> dict[str, Any]:
    """Return the JSON Schema of the catalogue's files (read once; do not change it)."""
    text = _FOLDER.with_name("catalogue.schema.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@cache
def _documents() -> dict[str, dict[str, Any]]:
    return {
        path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
        for path in sorted(_FOLDER.glob("*.toml"))
    }


@cache
def catalogue() -> tuple[Entry, ...]:
    """Return every machine, by kind and then by id."""
    found = [Entry(id, it["kind"], it["name"]) for id, it in _documents().items()]
    found += [Entry(id, "fpga", boards.board(id).name) for id in boards.board_ids()]
    return tuple(sorted(found, key=lambda entry: (KINDS.index(entry.kind), entry.id)))


def catalogue_profile(id: str) -> Profile:
    """Return a machine as a profile whose figures are ``declared``, each with its source.

    Raises ``ValueError`` with the ids that there are for an unknown one.
    """
    entries = {entry.id: entry for entry in catalogue()}
    if id not in entries:
        raise ValueError(f"profile: got {id!r}, want one of {', '.join(entries)}")
    entry = entries[id]
    profile: Profile = {
        "schema": SCHEMA_NAME,
        "schema_version": SCHEMA_VERSION,
        "origin": "declared",
        "name": entry.name,
    }
    if entry.kind == "fpga":
        profile["fpgas"] = {"devices": _boards(id)}
        watts = boards.board(id).power_watts
        if watts is not None:
            profile["economics"] = {"power": _said(watts, boards.board(id).sources["power"], "W")}
    else:
        profile |= _sections(_documents()[id])
    # Not checked here: the tests hold every file that is shipped to both schemas.
    return profile


def source_kinds(profile: Mapping[str, Any]) -> dict[str, int]:
    """Return how many of a machine's figures are of which kind of source.

    GPUs that are alike count once, and so do the instruction sets of one document: they are one
    figure of its file.
    """
    counts = dict.fromkeys((*SOURCE_KINDS, "computed"), 0)
    seen: set[tuple[str, str]] = set()
    for path, field in walk(profile):
        if path.startswith("cpu.features."):
            path = "cpu.features"
        elif path.startswith("gpus.devices."):
            path = path.split(".", 3)[3]
        if (path, field["source"]) not in seen:
            seen.add((path, field["source"]))
            counts[field["source_kind"]] += 1
    return counts


def figures(document: Mapping[str, Any]) -> Iterator[tuple[str, Any, str]]:
    """Yield path, value and key of the source of each figure of a file."""
    for section in ("cpu", "memory", "gpu", "gpus", "fpgas", "economics"):
        for name, found in document.get(section, {}).items():
            if isinstance(found, Mapping):
                for inner, pair in found.items():
                    yield f"{section}.{name}.{inner}", *pair
            elif isinstance(found, list):
                yield f"{section}.{name}", *found


def _said(value: Plain, source: Source, unit: str | None = None) -> ValueField:
    return declared(value, source.text, unit, source.kind).to_json()


def _computed(value: float, how: str, unit: str) -> ValueField:
    return declared(value, how, unit, "computed").to_json()


def _sections(document: Mapping[str, Any]) -> dict[str, Any]:
    sources = sources_of(document["sources"])
    found: dict[str, Any] = {}
    for path, value, key in figures(document):
        if path == "cpu.features":
            for feature in value:
                _put(found, f"cpu.features.{feature}", _said(True, sources[key]))
        elif not path.startswith("gpu."):
            _put(found, _PLACES.get(path, path), _said(value, sources[key], UNITS[path]))
    _take_features(found.get("cpu", {}))
    _derive_bandwidth(found)
    if "gpu" in document:
        found["gpus"] = {"devices": [_gpu(document)]}
    if "gpus" in document:
        found["gpus"] = _gpus(found["gpus"], document["gpus"].get("device"))
    if "fpgas" in document:
        found["fpgas"]["devices"] = _boards(document["fpgas"]["board"])
    return found


def _put(tree: dict[str, Any], path: str, leaf: ValueField) -> None:
    *above, last = path.split(".")
    for key in above:
        tree = tree.setdefault(key, {})
    tree[last] = leaf


def _take_features(cpu: dict[str, Any]) -> None:
    """Give a machine that names its microarchitecture only the features of a processor that has it.

    They keep the source that they have there.
    """
    name = plain(cpu, "microarchitecture.declared")
    if name is None or "features" in cpu:
        return
    for document in _documents().values():
        own = document.get("cpu", {})
        if "features" in own and own.get("microarchitecture", {}).get("declared", [""])[0] == name:
            names, key = own["features"]
            source = sources_of(document["sources"])[key]
            cpu["features"] = {feature: _said(True, source) for feature in names}
            return


def _derive_bandwidth(found: dict[str, Any]) -> None:
    memory = found.get("memory", {})
    if "bandwidth_peak" in memory or not {"channels", "transfer_rate"} <= set(memory):
        return
    channels, rate = memory["channels"]["value"], memory["transfer_rate"]["value"]
    sockets = found.get("cpu", {}).get("sockets", {}).get("value", 1)
    how = (
        f"{sockets} x {channels} channels x {rate / 1e6:g} M transfers/s x "
        f"{_CHANNEL_BYTES} bytes; {memory['channels']['source']}"
    )
    peak = sockets * channels * rate * _CHANNEL_BYTES
    memory["bandwidth_peak"] = _computed(peak, how, "bytes/s")


def _gpu(document: Mapping[str, Any]) -> dict[str, Any]:
    sources = sources_of(document["sources"])
    device = {
        path.removeprefix("gpu."): _said(value, sources[key], UNITS[path])
        for path, value, key in figures(document)
        if path.startswith("gpu.")
    }
    parts = [device.get(name) for name in ("multiprocessors", "integer_units", "clock_sm_maximum")]
    if all(part is not None for part in parts):
        count, units, hertz = (part["value"] for part in parts if part is not None)
        how = (
            f"{count} multiprocessors x {units} 32-bit integer units x "
            f"{hertz / 1e9:g} GHz, one multiply-add each a cycle"
        )
        peak = float(count * units * hertz)
        device["multiply_add_32_peak"] = _computed(peak, how, "multiply-adds/s")
    return device


def _gpus(said: Mapping[str, ValueField], device: str | None) -> dict[str, Any]:
    """Return an instance's GPUs: those of an entry, or what the provider says of them."""
    if device is not None:
        one = _gpu(_documents()[device])
    else:
        one = {name: leaf for name, leaf in said.items() if name != "count"}
    return {"count": said["count"], "devices": [dict(one) for _ in range(said["count"]["value"])]}


def _boards(id: str) -> dict[str, Any]:
    return {id.replace("-", "_"): _board(id)}


def _board(id: str) -> dict[str, Any]:
    board = boards.board(id)
    said = board.sources
    device: dict[str, Any] = {
        "part": _said(board.part, said["resources"]),
        "family": _said(board.family, said["resources"]),
        "resources": {
            name: _said(count, said["resources"]) for name, count in board.resources.items()
        },
        "shell": {name: _said(count, said["shell"]) for name, count in board.shell.items()},
    }
    if (memory := board.memory) is not None:
        device["memory_kind"] = _said(memory.kind, said["memory"])
        device["memory_total"] = _said(memory.capacity_bytes, said["memory"], "bytes")
        device["memory_bandwidth_peak"] = _said(memory.bytes_per_second, said["memory"], "bytes/s")
    if board.pcie is not None:
        device["pcie"] = _said(board.pcie, said["pcie"])
    if (rate := board.pcie_bytes_per_second) is not None:
        device["pcie_bandwidth"] = _said(rate, said["pcie"], "bytes/s")
    return device
