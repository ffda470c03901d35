"""Which hardware is best for what: a device in each column, a kernel in each row, absolute times.

Measured totals alone: what was modelled has tables of its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from zkmark.reports import quantities as q
from zkmark.reports.model import Entry, Report, family_title
from zkmark.reports.palette import backend_rank

# So many times as slow as the best has no colour left.
_COLDEST = 100.0
# How much of the colour the best has, in per cent: text stays readable on it.
_HOTTEST = 55


@dataclass(frozen=True)
class Column:
    """A device: how the report calls it, and its backend."""

    label: str
    backend: str


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

    ``slug``: the best's case; ``labels``: who ran it.
    """

    title: str
    size: str
    cells: tuple[Cell, ...]
    slug: str
    labels: tuple[str, ...]


@dataclass(frozen=True)
class HeatMap:
    """The whole map; no rows where there is only one device to choose from."""

    columns: tuple[Column, ...]
    rows: tuple[HeatRow, ...]


def heat_map(report: Report) -> HeatMap:
    """Return the map of a report's measured totals."""
    entries = [e for e in report.measured if e.median("total")]
    found = {e.label: Column(e.label, e.backend) for e in entries}
    order = {label: place for place, label in enumerate(found)}
    columns = sorted(
        found.values(), key=lambda c: (run_of(entries, c), backend_rank(c.backend), order[c.label])
    )
    if len(columns) < 2:
        return HeatMap((), ())
    rows = [
        _row(family, [e for e in members if e.median("total")], columns)
        for family, members in report.families()
        if any(e.median("total") for e in members)
    ]
    return HeatMap(tuple(columns), tuple(rows))


def run_of(entries: Sequence[Entry], column: Column) -> str:
    """Return the letter of the run that a column is of, so that a run's columns stand together."""
    return next(e.run for e in entries if e.label == column.label)


def _row(family: str, members: Sequence[Entry], columns: Sequence[Column]) -> HeatRow:
    # The size that most devices ran tells most; of several such sizes the largest.
    sizes = {e.size for e in members}
    size = max(sizes, key=lambda s: (len({e.label for e in members if e.size == s}), s))
    rivals: dict[str, Entry] = {}
    for entry in members:
        if entry.size == size:
            rivals.setdefault(entry.label, entry)
    best = min(rivals.values(), key=_total)
    clear = all(best.clearly_faster_than(e) for e in rivals.values() if e is not best)
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
                found is best and len(rivals) > 1,
                found is best and len(rivals) > 1 and clear,
            )
        )
    return HeatRow(family_title(family), best.size_text, tuple(cells), best.slug, tuple(rivals))


def _heat(ratio: float) -> int:
    """Return the colour of a ratio to the best: even steps for even factors."""
    return max(0, round(_HOTTEST * (1 - math.log(ratio) / math.log(_COLDEST))))


def _total(entry: Entry) -> float:
    return entry.median("total") or 0.0
