"""Where a declared figure comes from: which document, how near to the maker, and its edition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

# ``primary``: a document of who makes or rents out the machine, or of who sets the standard.
# ``secondary``: what somebody else says of it, a copy of the maker's own words included.
# ``assumed``: no document says it; the title says why it was taken.
SourceKind = Literal["primary", "secondary", "assumed"]
SOURCE_KINDS: tuple[str, ...] = get_args(SourceKind)


@dataclass(frozen=True)
class Source:
    """One document. ``edition``: its version or date; ``read``: on which day it was looked at."""

    kind: SourceKind
    title: str
    url: str | None = None
    edition: str | None = None
    read: str | None = None

    @property
    def text(self) -> str:
        """Return the document in one line: title, edition, address, and when it was read."""
        edition = None if self.edition is None else f"({self.edition})"
        read = None if self.read is None else f"(read {self.read})"
        return " ".join(part for part in (self.title, edition, self.url, read) if part)


def sources_of(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, Source]:
    """Return a file's sources by key; ``ValueError`` for a kind that there is none of."""
    for key, table in tables.items():
        if table.get("kind") not in SOURCE_KINDS:
            got, wanted = table.get("kind"), ", ".join(SOURCE_KINDS)
            raise ValueError(f"sources.{key}.kind: got {got!r}, want one of {wanted}")
    return {key: Source(**table) for key, table in tables.items()}
