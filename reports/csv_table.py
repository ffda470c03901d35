"""The report as one tidy table: a row for each case, backend and phase."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from zkmark.reports.model import BASELINES

if TYPE_CHECKING:
    import pandas as pd

    from zkmark.suites.result import Result

_WITH_UNITS = {
    "median": "median_seconds",
    "low": "interval_95_low_seconds",
    "high": "interval_95_high_seconds",
    "relative_width": "interval_95_width_per_median",
    "processes": "process_count",
    "samples": "sample_count",
    "items": "item_count",
}


def render(results: Sequence[Result]) -> str:
    """Return the table as CSV, numbers in full precision; what was not measured is empty."""
    text: str = table(results).to_csv(index=False, lineterminator="\n")
    return text


def table(results: Sequence[Result]) -> pd.DataFrame:
    """Return the table with units in the columns' names.

    What was not measured is missing. A case's parameters have a column each, missing for kernels
    that lack them. Speed-ups stand on the rows of ``total``.
    """
    import pandas as pd

    joined = pd.concat([_frame(result) for result in results], ignore_index=True)
    # Whole numbers stay whole beside missing ones.
    return joined.convert_dtypes().rename(columns=_WITH_UNITS)


def _frame(result: Result) -> pd.DataFrame:
    """Return a result's rows, its speed-ups and what tells it from other results."""
    frame = result.to_dataframe()
    run = result.run
    identity = {
        "run_id": run["id"],
        "started_utc": run["attempts"][0]["started"],
        "hostname": run["machine"].get("hostname"),
        "suite": run["suite"]["name"],
        "seed": run["seed"],
        "zkmark_version": run["zkmark"]["version"],
    }
    for position, (name, value) in enumerate(identity.items()):
        frame.insert(position, name, value)
    speedups = {(c["slug"], c["label"]): c["speedup"] for c in result.cases if c["status"] == "ok"}
    for baseline in BASELINES:
        for figure in ("median", "low", "high"):
            frame[f"speedup_over_{baseline}_{figure}_ratio"] = [
                speedups.get((slug, label), {}).get(baseline, {}).get(figure)
                if phase == "total"
                else None
                for slug, label, phase in zip(
                    frame["slug"], frame["label"], frame["phase"], strict=True
                )
            ]
    return frame
