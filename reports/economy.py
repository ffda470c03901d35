"""What a case takes beside time: memory, energy and money, for a proof or a million of its units.

Each of the three is measured or missing with its reason. Where a machine's power was declared, that
power times the time stands in a column of its own and is called an estimate. Of a kernel only the
largest size that a backend ran is shown, which is what decides what a machine must have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from zkmark.reports import quantities as q
from zkmark.reports.compare.economy import (
    Amount,
    cost_of,
    energy_of,
    estimated_energy_of,
    price_of,
    units_of,
)
from zkmark.reports.compare.tables import amount_text, small_money
from zkmark.reports.model import Entry, Report, family_title, run_letter


@dataclass(frozen=True)
class EconomyRow:
    """One entry as text. ``per``: what energy and cost are for, ``1 proof`` or a million items.

    ``estimate``: energy by the declared power.
    """

    title: str
    size: str
    label: str
    backend: str
    kernel: str
    slug: str
    run: str
    host: str
    device: str
    per: str
    energy: str
    cost: str
    estimate: str


@dataclass(frozen=True)
class Economy:
    """The rows, and why figures are missing, a sentence each; ``estimated``: if any row is."""

    rows: tuple[EconomyRow, ...]
    notes: tuple[str, ...]

    @property
    def estimated(self) -> bool:
        """Say whether the power of any machine was declared."""
        return any(row.estimate != q.MISSING for row in self.rows)


def economy(report: Report) -> Economy:
    """Return what the measured entries take beside time."""
    several = len(report.results) > 1
    profiles = {
        run_letter(index) if several else "": result.profile
        for index, result in enumerate(report.results)
    }
    rows: list[EconomyRow] = []
    reasons: dict[str, dict[str, None]] = {}
    shown = list(_largest(report))
    small = small_money(
        cost_of(entry.document, price_of(profiles[entry.run])).times(_unit_of(entry)[1])
        for entry in shown
    )
    for entry in shown:
        row, found = _row(entry, profiles[entry.run], small)
        rows.append(row)
        for reason in found:
            reasons.setdefault(reason, {})[entry.run] = None
    notes = (
        f"{', '.join(runs)}: {reason}" if several else reason for reason, runs in reasons.items()
    )
    return Economy(tuple(rows), tuple(notes))


def _largest(report: Report) -> Iterator[Entry]:
    for _, entries in report.families():
        largest = {entry.label: entry for entry in entries}  # by size: the last is the largest
        yield from entries if entries[0].is_workload else largest.values()


def _unit_of(entry: Entry) -> tuple[str, float]:
    """Return what energy and cost are for, and how many runs that is.

    A proof is what one pays for; of a kernel a million of what it computes.
    """
    return next(iter(units_of(entry.document).items()), ("run", 1.0))


def _row(entry: Entry, profile: Mapping[str, Any], small: bool) -> tuple[EconomyRow, list[str]]:
    document = entry.document
    unit, factor = _unit_of(entry)
    energy, cost = energy_of(document), cost_of(document, price_of(profile))
    estimate = estimated_energy_of(document, profile)
    memory = document["memory"]
    host, device = (memory[f"{where}_peak_bytes"] for where in ("host", "device"))
    told = document["workload"]
    row = EconomyRow(
        told["title"] if told is not None else family_title(entry.family),
        entry.size_text,
        entry.label,
        entry.backend,
        entry.kernel,
        entry.slug,
        entry.run,
        q.size(host["value"]),
        q.size(device["value"]),
        unit,
        amount_text(energy, factor, small),
        amount_text(cost, factor, small),
        amount_text(replace(estimate, scope=""), factor, small),
    )
    return row, list(_reasons(energy, cost))


def _reasons(energy: Amount, cost: Amount) -> Iterator[str]:
    for name, amount in (("energy", energy), ("cost", cost)):
        if amount.value is None:
            yield f"no {name}: {amount.reason}"
