"""Predictions as rows of a table, as notes and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from zkmark.reports import quantities as q
from zkmark.reports.predict.model import NoPrediction, Prediction, Predictions

COLUMNS = ("case", "backend", "threads", "predicted total", "error band", "holds", "from", "by")
RIGHT = ("threads", "predicted total", "error band", "holds")
TITLE = "Predicted, not measured"


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
    return found


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
