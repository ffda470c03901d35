"""The report as one tidy table: a row per case, backend and phase."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zkmark.suites.result import Result

_WITH_UNITS = {
    "median": "median_seconds",
    "low": "interval_low_seconds",
    "high": "interval_high_seconds",
}


def render(results: Sequence[Result]) -> str:
    """Return the table with units in the columns' names; ``run`` tells several results apart."""
    import pandas as pd

    frames = [r.to_dataframe().assign(run=r.run["id"], seed=r.run["seed"]) for r in results]
    table = pd.concat(frames, ignore_index=True).rename(columns=_WITH_UNITS)
    first = ["run", "seed"]
    text: str = table[[*first, *(c for c in table.columns if c not in first)]].to_csv(index=False)
    return text
