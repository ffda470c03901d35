"""What is compared: results and profiles, each with a letter."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from zkmark.hardware_profiles import describe_machine, load_profile, plain
from zkmark.hardware_profiles.catalogue import catalogue, catalogue_profile
from zkmark.reports.compare.errors import ComparisonError
from zkmark.suites.result import Result, load_result

_PROFILE = "zkmark-profile"


@dataclass(frozen=True)
class Source:
    """One side of a comparison: a machine's profile and, unless it is that alone, a result.

    ``price_per_hour``: US dollars that were declared for this comparison.
    """

    letter: str
    name: str
    profile: Mapping[str, Any]
    result: Result | None = None
    price_per_hour: float | None = None

    @property
    def kind(self) -> str:
        """Return ``result`` or ``profile``."""
        return "profile" if self.result is None else "result"

    @property
    def machine(self) -> str:
        """Return the machine in a line."""
        name = self.profile.get("name")
        if name:
            return str(name)
        return str(plain(self.profile, "cpu.model") or describe_machine(self.profile))


def read(path: str | Path) -> Result | dict[str, Any]:
    """Read a result or a profile, whichever a file is; a machine of the catalogue goes by its id.

    Raises ``ResultFormatError`` or ``ProfileError`` with one sentence for anything else.
    """
    if not Path(path).exists() and any(str(path) == entry.id for entry in catalogue()):
        return catalogue_profile(str(path))
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        document = None  # the reader of results says what is wrong
    if isinstance(document, dict) and document.get("schema") == _PROFILE:
        return load_profile(path)
    return load_result(path)


def sources(
    documents: Sequence[Result | Mapping[str, Any]],
    names: Sequence[str],
    prices: Mapping[str, float],
) -> list[Source]:
    """Give each document its letter, and the price that ``prices`` has for it.

    Raises ``ComparisonError`` for fewer than two, more than there are letters, or a run twice.
    """
    if not 2 <= len(documents) <= len(ascii_uppercase):
        raise ComparisonError(
            f"documents: got {len(documents)}, want 2 to {len(ascii_uppercase)} results or profiles"
        )
    letters = ascii_uppercase[: len(documents)]
    unknown = set(prices) - set(letters)
    if unknown:
        raise ComparisonError(f"prices: got {min(unknown)!r}, want one of {', '.join(letters)}")
    found = []
    runs: dict[str, str] = {}
    for letter, name, document in zip(letters, names, documents, strict=True):
        if not isinstance(document, Result):
            found.append(Source(letter, name, document, None, prices.get(letter)))
            continue
        run = str(document.run["id"])
        if run in runs:
            raise ComparisonError(
                f"{runs[run]} and {name} are the same run ({run}), want different ones"
            )
        runs[run] = name
        found.append(Source(letter, name, document.profile, document, prices.get(letter)))
    return found
