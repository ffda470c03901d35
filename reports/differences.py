"""In what the machines and environments of several results differ, and what that spoils."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmark.reports.compare.environment import FieldDifference, environment_differences
from zkmark.reports.compare.machines import field_texts, machine_fields
from zkmark.reports.compare.sources import Source
from zkmark.reports.machine import machine_name
from zkmark.reports.model import run_letter

if TYPE_CHECKING:
    from zkmark.suites.result import Result


@dataclass(frozen=True)
class DifferenceRow:
    """A field of the machines that is not the same everywhere, a text for each result."""

    field: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Differences:
    """What tells the machines apart, what may change from day to day, and what spoils ratios."""

    letters: tuple[str, ...]
    machines: tuple[DifferenceRow, ...]
    passing: tuple[DifferenceRow, ...]
    spoilers: tuple[FieldDifference, ...]


def differences_of(results: Sequence[Result]) -> Differences:
    """Return in what results differ from the first; nothing of one result alone."""
    letters = tuple(run_letter(index) for index in range(len(results)))
    if len(results) < 2:
        return Differences(letters, (), (), ())
    sources = [
        Source(letter, machine_name(result), result.profile, result)
        for letter, result in zip(letters, results, strict=True)
    ]
    fields = [(field, tuple(field_texts(field))) for field in machine_fields(sources)]
    spoilers = [
        found
        for other in sources[1:]
        for found in environment_differences(sources[0], other, _pairs(results[0], other.result))
    ]
    return Differences(
        letters,
        tuple(DifferenceRow(field.path, texts) for field, texts in fields if field.decisive),
        tuple(DifferenceRow(field.path, texts) for field, texts in fields if not field.decisive),
        tuple(spoilers),
    )


def _pairs(base: Result, other: Result | None) -> list[tuple[dict[str, object], dict[str, object]]]:
    """Return the entries of one case on one backend in both results."""
    if other is None:
        return []
    theirs = {(case["slug"], case["label"]): case for case in other.cases}
    return [
        (case, theirs[key])
        for case in base.cases
        if (key := (case["slug"], case["label"])) in theirs
    ]
