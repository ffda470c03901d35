"""Results and profiles of several machines side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zkmark.reports.compare.cases import (
    ComparedCase,
    ModelledCase,
    check_cases,
    compare_measured,
    compare_modelled,
    paired_entries,
)
from zkmark.reports.compare.environment import FieldDifference, environment_differences, refuse
from zkmark.reports.compare.errors import (
    ComparisonError,
    DifferentCasesError,
    EnvironmentMismatchError,
    NothingComparableError,
)
from zkmark.reports.compare.machines import MachineField, RateField, machine_fields, rate_fields
from zkmark.reports.compare.sources import Source, read, sources
from zkmark.suites.result import Result

__all__ = [
    "Comparison",
    "ComparisonError",
    "DifferentCasesError",
    "EnvironmentMismatchError",
    "FieldDifference",
    "NothingComparableError",
    "Source",
    "compare",
    "read",
]


@dataclass(frozen=True)
class Comparison:
    """Machines side by side, and their results case by case if two or more are results.

    ``environment``: what was let through although it spoils the ratios. ``measured`` and
    ``modelled`` have an entry a source of ``compared``: the results.
    """

    sources: tuple[Source, ...]
    fields: tuple[MachineField, ...]
    rates: tuple[RateField, ...]
    compared: tuple[Source, ...] = ()
    environment: tuple[FieldDifference, ...] = ()
    measured: tuple[ComparedCase, ...] = ()
    modelled: tuple[ModelledCase, ...] = ()
    left_out: tuple[str, ...] = ()


def compare(
    documents: Sequence[Result | Mapping[str, Any]],
    names: Sequence[str] | None = None,
    *,
    allow_env_diff: bool = False,
    common: bool = False,
    best: bool = False,
    prices: Mapping[str, float] | None = None,
) -> Comparison:
    """Compare results or profiles, all with the first of them.

    ``names`` are what reports call them, their paths say. ``common``: compare the cases that all
    results have, and leave out the others. ``best``: of each case the fastest backend of each
    machine, instead of the same backend on both. ``prices``: US dollars an hour by letter, before
    those that profiles declare. Raises ``ComparisonError`` (the same run twice),
    ``DifferentCasesError``, ``EnvironmentMismatchError`` unless ``allow_env_diff``, and
    ``NothingComparableError`` if no ratio is left.
    """
    found = sources(documents, names or [_name(one) for one in documents], prices or {})
    fields, rates = tuple(machine_fields(found)), tuple(rate_fields(found))
    results = [one for one in found if one.result is not None]
    if len(results) < 2:
        return Comparison(tuple(found), fields, rates)
    slugs = check_cases(results, common)
    everything = dict.fromkeys(c["slug"] for s in results if s.result for c in s.result.cases)
    entries = paired_entries(results, slugs, best)
    spoiled = []
    for index, other in enumerate(results[1:], start=1):
        pairs = [(e[0], e[index]) for _, _, e in entries]
        able = [(a, b) for a, b in pairs if a is not None and b is not None]
        ran = [(a, b) for a, b in able if a["status"] == b["status"] == "ok"]
        spoiled += environment_differences(results[0], other, ran)
    if not allow_env_diff:
        refuse(spoiled)
    measured, modelled = [], []
    for slug, label, group in entries:
        if any(entry is not None and entry["kind"] == "modelled" for entry in group):
            modelled.append(compare_modelled(slug, label, group))
        elif any(entry is not None for entry in group):
            measured.append(compare_measured(results, slug, label, group))
    if not any(one.compares for one in measured) and not any(any(m.ratios) for m in modelled):
        what = "figures" if best else "figures of the same backend"
        hint = "" if best else "; --best sets each machine's fastest backend side by side"
        raise NothingComparableError(f"no case has {what} in {results[0].letter} and another{hint}")
    return Comparison(
        tuple(found),
        fields,
        rates,
        tuple(results),
        tuple(spoiled),
        tuple(measured),
        tuple(modelled),
        tuple(slug for slug in everything if slug not in slugs),
    )


def _name(document: Result | Mapping[str, Any]) -> str:
    if isinstance(document, Result):
        return str(document.path or document.run["id"])
    return str(document.get("name", "profile"))
