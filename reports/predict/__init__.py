"""Predictions: how long a case would take on a machine, from what other machines measured."""

from __future__ import annotations

from zkmark.reports.predict.cases import cases_of
from zkmark.reports.predict.model import Band, NoPrediction, Prediction, Predictions, predict

__all__ = ["Band", "NoPrediction", "Prediction", "Predictions", "cases_of", "predict"]
