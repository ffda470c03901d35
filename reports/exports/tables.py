"""Tables for pandas and everything like it: CSV and Parquet.

The rows of a report's CSV, with the columns ``kind`` and, apart, those of what was modelled; or a
row for each raw sample, which only what was measured has.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from zkmark.reports.csv_table import table
from zkmark.reports.exports.libraries import needed

if TYPE_CHECKING:
    import pandas as pd

    from zkmark.suites.result import Result


def render(results: Sequence[Result], form: str, *, samples: bool) -> str | bytes:
    """Return ``csv`` as text or ``parquet`` as bytes."""
    frame = _samples(results) if samples else table(results)
    if form == "csv":
        text: str = frame.to_csv(index=False, lineterminator="\n")
        return text
    needed("pyarrow", "parquet")
    file = io.BytesIO()
    frame.to_parquet(file, engine="pyarrow", index=False)
    return file.getvalue()


def _samples(results: Sequence[Result]) -> pd.DataFrame:
    import pandas as pd

    frames = []
    for result in results:
        frame = result.samples_dataframe()
        frame.insert(0, "run_id", result.run["id"])
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)
