"""Predictions as rows of a table, as notes, Markdown, CSV and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from zkmark.reports import quantities as q
from zkmark.reports.markdown_text import escaped, table_lines
from zkmark.reports.predict.machines import UNSAID
from zkmark.reports.predict.model import NoPrediction, Prediction, Predictions

COLUMNS = ("case", "backend", "threads", "predicted total", "error band", "holds", "from", "by")
RIGHT = ("threads", "predicted total", "error band", "holds")
TITLE = "Predicted, not measured"
_ADD = (
    "What a machine does not say can be added: zkmark profile MACHINE --json > machine.json, write "
    "the figure into it, and give --on machine.json."
)


def rows(predictions: Predictions) -> list[tuple[str, ...]]:
    """Return a row of text for each prediction."""
    return [_row(one) for one in predictions.made]


def _row(one: Prediction) -> tuple[str, ...]:
    band, holds = "none", q.MISSING
    if one.band is not None:
        band, holds = q.seconds_range(one.band.low, one.band.high), q.percent(one.band.coverage)
    total = f"≈ {q.seconds(one.total)}"
    threads = q.MISSING if one.threads is None else str(one.threads)
    return one.slug, one.label, threads, total, band, holds, one.machine, one.basis


def notes(predictions: Predictions) -> list[str]:
    """Return why bands and predictions are missing, each reason once with how many it is about."""
    found = []
    missing: dict[str, int] = {}
    for one in predictions.made:
        if one.no_band is not None:
            missing[one.no_band] = missing.get(one.no_band, 0) + 1
    for reason, count in missing.items():
        found.append(f"No error band for {q.count(count, 'prediction')}: {reason}.")
    grouped: dict[tuple[str, str], list[NoPrediction]] = {}
    for other in predictions.not_made:
        grouped.setdefault((other.label or "any backend", other.reason), []).append(other)
    for (label, reason), group in grouped.items():
        found.append(
            f"Not predicted on {label}: {q.count(len(group), 'case')} ({group[0].slug}"
            f"{', ...' if len(group) > 1 else ''}): {reason}."
        )
    if any(UNSAID in reason for _, reason in grouped):
        found.append(_ADD)
    return found


def markdown(predictions: Predictions) -> str:
    """Return the predictions as GitHub-flavoured Markdown."""
    return "\n".join(_markdown(predictions)).rstrip("\n") + "\n"


def _markdown(predictions: Predictions) -> Iterator[str]:
    yield f"## {TITLE}: {escaped(predictions.target)}"
    yield ""
    for letter, name in predictions.known:
        yield f"- {letter}: {escaped(name)}"
    yield ""
    if predictions.made:
        heads = [(name, name in RIGHT) for name in COLUMNS]
        yield from table_lines(
            heads, ([escaped(cell) for cell in row] for row in rows(predictions))
        )
    for note in notes(predictions):
        yield f"- {escaped(note)}"


def csv(predictions: Predictions) -> str:
    """Return a row for each prediction, and for each that could not be made, with its reason."""
    import pandas as pd

    made = [
        {
            "case": one.slug,
            "backend": one.backend,
            "label": one.label,
            "kind": "predicted",
            "target": predictions.target,
            "threads": one.threads,
            "predicted_total_seconds": one.total,
            "predicted_compute_seconds": one.compute,
            "band_low_seconds": one.band.low if one.band else None,
            "band_high_seconds": one.band.high if one.band else None,
            "band_coverage": one.band.coverage if one.band else None,
            "band_left_out_count": one.band.left_out if one.band else None,
            "basis": one.basis,
            "machine": one.machine,
            "explained": one.explained,
            "reason": one.no_band,
        }
        for one in predictions.made
    ]
    not_made = [
        {
            "case": one.slug,
            "label": one.label,
            "kind": "not predicted",
            "target": predictions.target,
            "reason": one.reason,
        }
        for one in predictions.not_made
    ]
    frame = pd.DataFrame([*made, *not_made]).convert_dtypes()
    text: str = frame.to_csv(index=False, lineterminator="\n")
    return text


def as_json(predictions: Predictions) -> dict[str, Any]:
    """Return everything in full precision; every figure is under ``predicted``."""
    return {
        "schema": "zkmark-prediction",
        "kind": "predicted",
        "target": predictions.target,
        "known": dict(predictions.known),
        "predictions": [
            {
                "slug": one.slug,
                "backend": one.backend,
                "label": one.label,
                "threads": one.threads,
                "predicted": {"total_seconds": one.total, "compute_seconds": one.compute},
                "basis": one.basis,
                "machine": one.machine,
                "explained": one.explained,
                "band": None if one.band is None else asdict(one.band),
                "no_band": one.no_band,
            }
            for one in predictions.made
        ],
        "not_predicted": [asdict(one) for one in predictions.not_made],
    }
