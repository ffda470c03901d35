"""Published times of other provers on the same workloads, and ours beside them.

They were measured by others, with the releases of their time, on a machine with four times as many
cores as a small one has, and at each system's own settings: a ratio to them is a landmark, not a
comparison of systems. ``published.json`` has them as published.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

PHASES = ("compile", "prove", "verify", "total")
# The one of the published systems that our machine does as: the others are context.
LIKE_OURS = "miden"
_FILE = Path(__file__).with_name("published.json")


@dataclass(frozen=True)
class Published:
    """One row of the published table; ``seconds`` by phase."""

    workload: str
    variant: str
    system: str
    seconds: Mapping[str, float]

    @property
    def name(self) -> str:
        """The workload with its variant: ``fibonacci iter-93``."""
        same = self.variant == self.workload
        return self.workload if same else f"{self.workload} {self.variant}"

    @property
    def ours(self) -> bool:
        """Whether zkmark has this workload as a program of its own machine."""
        return self.system == LIKE_OURS


@dataclass(frozen=True)
class PublishedTable:
    """The whole table, and where it is from."""

    source: str
    hardware: str
    measured: str
    systems: Mapping[str, str]
    rows: tuple[Published, ...]


@cache
def published() -> PublishedTable:
    """Return the published table."""
    found: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    rows = tuple(Published(**row) for row in found.pop("rows"))
    return PublishedTable(rows=rows, **found)


def cases_beside(row: Published, cases: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the entries of a result document that belong beside a published row."""
    if not row.ours:
        return []
    wanted = (row.workload, row.variant, 1)
    return [
        case
        for case in cases
        if (told := case["workload"]) is not None
        and (told["name"], told["variant"], told["scale"]) == wanted
    ]
