"""Modelled times of simulated hardware designs, as every kind of report shows them.

They were not measured: they have tables of their own, stand in the order of the run and not of
speed, and compare with nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zkmark.reports import quantities as q

TITLE = "Modelled: simulated hardware designs"
LEAD = (
    "Nothing here was measured. A design was simulated cycle by cycle and its output checked; its "
    "cycles over its clock, shared by the instances that fit the board, are compute. The modelled "
    "time is the longest of compute, the board's external memory and PCIe, which overlap when "
    "cases follow one another. Extrapolated cycles come from a formula that simulated sizes fit."
)
_TERMS = {"compute": "compute", "external-memory": "memory", "pcie": "PCIe"}
# What tables call the terms of a modelled time.
TERM_NAMES = tuple(_TERMS.values())


@dataclass(frozen=True)
class Term:
    """One part of a modelled time; ``share``: of the longest, which is ``bound``."""

    name: str
    seconds: str
    share: float
    bound: bool
    explained: str


@dataclass(frozen=True)
class ModelledRow:
    """One case on one design, as text. ``status`` is ``ok`` or why there are no figures."""

    case: str
    first_of_case: bool
    rivals: int
    label: str
    backend: str
    design: str
    status: str
    reason: str
    cycles: str = ""
    cycles_are: str = ""
    cycles_source: str = ""
    clock: str = ""
    clock_status: str = ""
    clock_source: str = ""
    board: str = ""
    instances: str = ""
    instances_source: str = ""
    terms: tuple[Term, ...] = ()
    seconds: str = ""
    throughput: str = ""
    data_rate: str = ""
    check: str = ""
    check_explained: str = ""
    simulation: str = ""

    @property
    def bound(self) -> str:
        """Return the name of the longest term."""
        return next((term.name for term in self.terms if term.bound), "")


@dataclass(frozen=True)
class ModelledTable:
    """Rows, the entries that they are of, and what is to be said once: clocks, instances, sizes."""

    title: str
    rows: tuple[ModelledRow, ...]
    cases: tuple[Mapping[str, Any], ...]
    notes: tuple[str, ...]


def modelled_table(title: str, cases: Sequence[tuple[str, Mapping[str, Any]]]) -> ModelledTable:
    """Return the table of some modelled entries, each with the label that it has here."""
    rows: list[ModelledRow] = []
    shown: list[Mapping[str, Any]] = []
    for slug in dict.fromkeys(case["slug"] for _, case in cases):
        own = [(label, case) for label, case in cases if case["slug"] == slug]
        rows += [_row(label, case, i == 0, len(own)) for i, (label, case) in enumerate(own)]
        shown += [case for _, case in own]
    return ModelledTable(title, tuple(rows), tuple(shown), tuple(_notes(shown)))


def grouped(number: int) -> str:
    """Write a whole number with its digits in groups of three, by thin spaces."""
    return f"{number:,}".replace(",", "\u202f")


def cycles_text(section: Mapping[str, Any]) -> str:
    """Write cycles, with a mark for extrapolated ones."""
    text = grouped(section["cycles"]["value"])
    return f"≈ {text}" if section["cycles"]["status"] == "extrapolated" else text


def clock_text(section: Mapping[str, Any]) -> str:
    """Write a design's clock: ``250 MHz``."""
    return q.scaled(section["clock"]["value"], "Hz")


def terms_of(section: Mapping[str, Any]) -> tuple[Term, ...]:
    """Return the terms of a modelled time, those that it has."""
    longest = section["seconds"]["value"]
    return tuple(
        Term(
            _TERMS[name],
            q.seconds(found["value"]),
            found["value"] / longest if longest else 0.0,
            name == section["bound"],
            found["source"],
        )
        for name, found in section["terms"].items()
        if found["value"] is not None
    )


def check_text(case: Mapping[str, Any]) -> str:
    """Say what was checked: the output, or those of smaller sizes."""
    if case["status"] != "ok":
        status = str(case["status"])
        return status.upper() if status == "incorrect" else status
    return "ok" if case["correctness"]["ok"] else "smaller sizes ok"


def _row(label: str, case: Mapping[str, Any], first: bool, rivals: int) -> ModelledRow:
    section = case["modelled"]
    path = case["path"]
    head = {
        "case": case["slug"],
        "first_of_case": first,
        "rivals": rivals,
        "label": label,
        "backend": case["backend"],
        "design": str(path) if path else "",
        "status": case["status"],
        "reason": str(case["reason"] or ""),
    }
    if section is None:
        return ModelledRow(**head)
    throughput = section["throughput"]
    speed = section["simulation"]["cycles_per_second"]["value"]
    return ModelledRow(
        **head,
        cycles=cycles_text(section),
        cycles_are=section["cycles"]["status"],
        cycles_source=section["cycles"]["source"],
        clock=clock_text(section),
        clock_status=section["clock"]["status"],
        clock_source=section["clock"]["source"],
        board=section["board_name"],
        instances=str(section["instances"]["value"]),
        instances_source=section["instances"]["source"],
        terms=terms_of(section),
        seconds=q.seconds(section["seconds"]["value"]),
        throughput=q.rate(throughput["items_per_second"], throughput["item_unit"]),
        data_rate=q.data_rate(throughput["bytes_per_second"]),
        check=check_text(case),
        check_explained=str(case["correctness"]["method"] or ""),
        simulation="" if speed is None else q.scaled(speed, "cycles/s"),
    )


def _notes(cases: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return where clocks and numbers of instances come from, and what stands for which size."""
    good = [case for case in cases if case["modelled"] is not None]
    notes: dict[str, None] = {}
    for case in good:
        section = case["modelled"]
        clock, instances = section["clock"], section["instances"]
        notes[
            f"{section['design']}: {clock_text(section)} {clock['status']} ({clock['source']}); "
            f"instances on {section['board_name']}: {instances['source']}."
        ] = None
    for case in good:
        compared = case["modelled"]["compared"]
        if compared:
            sizes = [
                f"{one['slug']} {grouped(one['simulated'])} cycles "
                f"({100 * one['deviation']:+.2g} %)"
                for one in compared
            ]
            notes[
                f"{case['slug']} was not simulated, and its output not computed: its cycles are "
                f"the design's formula, held to {q.listed(sizes)}."
            ] = None
    return list(notes)
