"""What a person says of a machine because nothing on it does: its price and its power."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from zkmark.hardware_profiles.value import declared, plain, unavailable, value_field

CURRENCY_PER_HOUR = "USD/h"
_FIELDS = {
    "price_per_hour": (CURRENCY_PER_HOUR, "--price-per-hour"),
    "power": ("W", "--power-watts"),
}
# A system reports less memory than is built in, by what firmware and kernel keep for themselves.
_LEAST_MEMORY, _MOST_MEMORY = 0.85, 1.02

Fields = dict[str, dict[str, Any]]


def economics(
    price_per_hour: float | None = None,
    power_watts: float | None = None,
    machine: Mapping[str, Any] | None = None,
) -> Fields:
    """Return price and power as value-fields: ``declared``, or ``unavailable`` if not said.

    What is not given is taken from the profile ``machine``, if that declares it. Raises
    ``ValueError`` for what is no price and no power.
    """
    found = {}
    given = {"price_per_hour": price_per_hour, "power": power_watts}
    for name, (unit, option) in _FIELDS.items():
        value = given[name]
        if value is None:
            leaf = unavailable(f"nobody declared it ({option})", option, unit)
            found[name] = _taken_over(machine, name) or leaf.to_json()
            continue
        if not math.isfinite(value) or value < 0 or (name == "power" and value == 0):
            want = "a number of 0 or more" if name == "price_per_hour" else "a number above 0"
            raise ValueError(f"{option.removeprefix('--')}: got {value:g}, want {want}")
        found[name] = declared(float(value), option, unit).to_json()
    return found


def _taken_over(machine: Mapping[str, Any] | None, name: str) -> dict[str, Any] | None:
    """Return what another profile declares, the machine named in its source."""
    field = value_field(machine, f"economics.{name}") if machine is not None else None
    if machine is None or field is None or field["status"] != "declared":
        return None
    source = f"{machine.get('name', 'a profile')}: {field['source']}"
    return declared(field["value"], source, field.get("unit")).to_json()


def with_economics(profile: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """Return a profile with the fields of ``economics`` that are declared in ``said``."""
    known = {name: field for name, field in said.items() if field["status"] == "declared"}
    return {**profile, "economics": {**profile.get("economics", {}), **known}}


def misfits(machine: Mapping[str, Any], here: Mapping[str, Any]) -> Iterator[str]:
    """Yield in what a profile, declared or detected, is not of the machine ``here``.

    What either does not say is no misfit.
    """
    for path, what in (
        ("cpu.architecture", "architecture"),
        ("cpu.processors", "processors"),
        ("gpus.count", "GPUs"),
    ):
        theirs, ours = plain(machine, path), plain(here, path)
        if path == "gpus.count" and theirs is None and machine.get("gpus", {}).get("devices"):
            theirs = len(machine["gpus"]["devices"])
        if path == "gpus.count" and theirs is not None and ours is None:
            ours = 0
        if None not in (theirs, ours) and theirs != ours:
            yield f"its {what}: {theirs}, here {ours}"
    theirs, ours = plain(machine, "memory.total"), plain(here, "memory.total")
    if theirs and ours and not _LEAST_MEMORY <= ours / theirs <= _MOST_MEMORY:
        yield f"its memory: {theirs / (1 << 30):.1f} GiB, here {ours / (1 << 30):.1f}"
    if machine.get("origin") == "detected":
        theirs, ours = plain(machine, "cpu.model"), plain(here, "cpu.model")
        if None not in (theirs, ours) and theirs != ours:
            yield f"its processor: {theirs}, here {ours}"
