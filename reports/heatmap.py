"""Which hardware is best for what: a device in each column, a kernel in each row, absolute times.

Measured totals alone: what was modelled, and other people's libraries, have tables of their own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from zkmark.reports import quantities as q
from zkmark.reports.model import BASELINES, Entry, Report, family_title, run_order
from zkmark.reports.palette import backend_rank
from zkmark.reports.peers import PEER

# So many times as slow as the best has no colour left.
_COLDEST = 100.0
# How much of the colour the best has, in per cent: text stays readable on it.
_HOTTEST = 55


@dataclass(frozen=True)
class Column:
    """A device: how the report calls it, its backend, and what hardware that is."""

    label: str
    backend: str
    hardware: str


@dataclass(frozen=True)
class Cell:
    """A total as text and how many times the row's best that is; ``heat`` in per cent.

    ``best``: the fastest, and ``clear`` whether intervals leave no doubt of it.
    """

    text: str
    times: str = ""
    heat: int = 0
    best: bool = False
    clear: bool = False


@dataclass(frozen=True)
class HeatRow:
    """A family at the largest size that most of the devices have in common.

    ``slug``: the best's case; ``labels``: who ran it. ``best`` is the fastest of several, empty
    where there was no choice; ``clear``: whether intervals leave no doubt of it; ``ahead``: how
    many times as fast as the next device that is.
    """

    title: str
    size: str
    cells: tuple[Cell, ...]
    slug: str
    labels: tuple[str, ...]
    kernel: str
    best: str = ""
    clear: bool = False
    ahead: float = 1.0


@dataclass(frozen=True)
class HeatMap:
    """The whole map; no rows where there is only one device to choose from."""

    columns: tuple[Column, ...]
    rows: tuple[HeatRow, ...]


def heat_map(report: Report) -> HeatMap:
    """Return the map of a report's measured totals."""
    entries = [e for e in report.measured if _shown(e)]
    found = {e.label: Column(e.label, e.backend, report.hardware_of(e)) for e in entries}
    order = {label: place for place, label in enumerate(found)}
    columns = sorted(
        found.values(),
        key=lambda c: (run_order(_run_of(entries, c)), backend_rank(c.backend), order[c.label]),
    )
    if len(columns) < 2:
        return HeatMap((), ())
    rows = [
        _row(family, [e for e in members if _shown(e)], columns)
        for family, members in report.families()
        if any(_shown(e) for e in members)
    ]
    return HeatMap(tuple(columns), tuple(rows))


def _shown(entry: Entry) -> bool:
    return bool(entry.median("total")) and entry.backend != PEER


def _run_of(entries: Sequence[Entry], column: Column) -> str:
    """Return the letter of the run that a column is of, so that a run's columns stand together."""
    return next(e.run for e in entries if e.label == column.label)


def _row(family: str, members: Sequence[Entry], columns: Sequence[Column]) -> HeatRow:
    size = _size(members)
    rivals: dict[str, Entry] = {}
    for entry in members:
        if entry.size == size:
            rivals.setdefault(entry.label, entry)
    best = min(rivals.values(), key=_total)
    others = [e for e in rivals.values() if e is not best]
    clear = bool(others) and all(best.clearly_faster_than(e) for e in others)
    # How far ahead a device is of a yardstick says little where there is another device.
    rated = [e for e in others if e.backend not in BASELINES] or others
    cells = []
    for column in columns:
        found = rivals.get(column.label)
        if found is None:
            cells.append(Cell(q.MISSING))
            continue
        ratio = _total(found) / _total(best)
        cells.append(
            Cell(
                q.seconds(_total(found)),
                "" if found is best else q.factor(ratio),
                _heat(ratio),
                found is best and bool(others),
                found is best and clear,
            )
        )
    return HeatRow(
        title=family_title(family),
        size=best.size_text,
        cells=tuple(cells),
        slug=best.slug,
        labels=tuple(rivals),
        kernel=best.kernel,
        best=best.label if others else "",
        clear=clear,
        ahead=min((_total(e) for e in rated), default=_total(best)) / _total(best),
    )


def _size(members: Sequence[Entry]) -> int:
    """Return the size that most devices ran, which tells most; of several such the largest.

    The yardsticks stop early. They have no say where there are devices to choose from.
    """

    def runners(size: int, counted: Sequence[Entry]) -> int:
        return len({e.label for e in counted if e.size == size})

    devices = [e for e in members if e.backend not in BASELINES]
    counted = devices if len({e.label for e in devices}) > 1 else members
    return max({e.size for e in members}, key=lambda size: (runners(size, counted), size))


def _heat(ratio: float) -> int:
    """Return the colour of a ratio to the best: even steps for even factors."""
    return max(0, round(_HOTTEST * (1 - math.log(ratio) / math.log(_COLDEST))))


def _total(entry: Entry) -> float:
    return entry.median("total") or 0.0
