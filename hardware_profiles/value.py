"""A field of a hardware profile: a figure that says where it came from and how far to trust it.

A profile is a nested dict whose leaves are the JSON form of `Value`. Nothing in a profile is ever a
guess: what could not be found out is ``unavailable`` with the reason, and its value is ``None``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal, get_args

Status = Literal["measured", "reported", "declared", "simulated", "unavailable"]
STATUSES: tuple[str, ...] = get_args(Status)

# The JSON form of a Value. Plain dicts, because they go into result documents as they are.
ValueField = dict[str, Any]
Plain = str | int | float | bool | list[Any] | None


class NotAvailableError(Exception):
    """Something could not be found out; the text is the reason that goes into the profile."""


@dataclass(frozen=True)
class Value:
    """One fact about a machine.

    ``value``: text, number, truth value or a list of these; ``None`` exactly when ``status`` is
    ``unavailable``. ``unit``: ``bytes``, ``Hz``, ``s``, ``J``, ``bytes/s``, ``multiplications/s``
    or ``None`` for what has none. ``source``: the file, command or call that said so. ``status``:
    ``measured`` (timed here), ``reported`` (said by the system), ``declared`` (written down by a
    person from a data sheet), ``simulated``, ``unavailable``. ``reason``: one sentence, for
    ``unavailable``. ``samples``: for measured ones, every repetition, of which ``value`` is the
    median (of ceilings the best). ``counts``: what exactly a measured figure counts.
    ``source_kind``: for what documents declare, how near to the maker: see `source.Source`, or
    ``computed`` from other declared figures.
    """

    value: Plain
    source: str
    status: Status
    unit: str | None = None
    reason: str | None = None
    samples: tuple[float, ...] | None = None
    counts: str | None = None
    source_kind: str | None = None

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise ValueError(f"status: got {self.status!r}, want one of {', '.join(STATUSES)}")
        if (self.status == "unavailable") != (self.value is None):
            raise ValueError(f"value: got {self.value!r} with status {self.status}")
        if (self.status == "unavailable") != (self.reason is not None):
            raise ValueError(f"reason: got {self.reason!r} with status {self.status}")

    def to_json(self) -> ValueField:
        """Return the plain JSON form; keys without content are left out, except ``value``."""
        field: ValueField = {"value": self.value}
        if self.unit is not None:
            field["unit"] = self.unit
        field["source"] = self.source
        if self.source_kind is not None:
            field["source_kind"] = self.source_kind
        field["status"] = self.status
        if self.reason is not None:
            field["reason"] = self.reason
        if self.samples is not None:
            field["samples"] = list(self.samples)
            field["low"] = min(self.samples)
            field["high"] = max(self.samples)
        if self.counts is not None:
            field["counts"] = self.counts
        return field


def reported(value: Plain, source: str, unit: str | None = None) -> Value:
    """Return what the system says of itself."""
    return Value(value, source, "reported", unit)


def unavailable(reason: str, source: str, unit: str | None = None) -> Value:
    """Return that something could not be had, and why."""
    return Value(None, source, "unavailable", unit, reason)


def declared(
    value: Plain, source: str, unit: str | None = None, source_kind: str | None = None
) -> Value:
    """Return what a person wrote down; ``source`` names the document that says so, if any."""
    return Value(value, source, "declared", unit, source_kind=source_kind)


def measured(
    samples: list[float],
    source: str,
    unit: str | None = None,
    counts: str | None = None,
    pick: Callable[[list[float]], float] = median,
) -> Value:
    """Return one figure for repetitions, all of which stay in the value; their median.

    ``pick`` chooses another: the most, where a limit is looked for. Raises ``ValueError`` for no
    samples.
    """
    if not samples:
        raise ValueError("samples: got none, want at least one")
    return Value(pick(samples), source, "measured", unit, None, tuple(samples), counts)


def ask(question: Callable[[], Plain], source: str, unit: str | None = None) -> Value:
    """Return the answer to a question about this machine, or why there is none.

    Whatever goes wrong becomes the reason: a detector never fails because one file is missing, may
    not be read or holds something unexpected.
    """
    try:
        answer = question()
    except NotAvailableError as error:
        return unavailable(str(error), source, unit)
    except Exception as error:
        return unavailable(f"{type(error).__name__}: {error}", source, unit)
    if answer is None:
        return unavailable("the source does not say", source, unit)
    return reported(answer, source, unit)


def is_value_field(node: object) -> bool:
    """Say whether a node of a profile is a leaf."""
    return isinstance(node, Mapping) and "status" in node and "source" in node


def walk(node: Any, path: str = "") -> Iterator[tuple[str, ValueField]]:
    """Yield every leaf with its dotted path (``cpu.caches.l3.size``, ``gpus.devices.0.name``)."""
    if is_value_field(node):
        yield path, node
    elif isinstance(node, Mapping):
        for key, child in node.items():
            yield from walk(child, f"{path}.{key}" if path else str(key))
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from walk(child, f"{path}.{index}" if path else str(index))


def value_field(profile: Any, path: str) -> ValueField:
    """Return the leaf at a dotted path; an ``unavailable`` one when the profile lacks it."""
    node = profile
    for key in path.split("."):
        if isinstance(node, list) and key.isdecimal() and int(key) < len(node):
            node = node[int(key)]
        elif isinstance(node, Mapping) and key in node:
            node = node[key]
        else:
            node = None
            break
    if is_value_field(node):
        return dict(node)
    return unavailable("the profile does not hold this field", "profile").to_json()


def plain(profile: Any, path: str) -> Any:
    """Return the bare value at a dotted path, ``None`` when it is unavailable or not there."""
    return value_field(profile, path).get("value")
