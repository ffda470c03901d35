"""Floor 3: which cases to measure, how, and the result document.

A suite is a TOML file of cases. ``run_suite`` measures it in worker processes and keeps a result
document as it goes; ``measure_case`` measures one case; ``load_result`` reads a document back.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

# Its case types are measured like the kernels'.
import zkmark.provers  # noqa: F401

if TYPE_CHECKING:
    from zkmark.suites.engine import run_suite
    from zkmark.suites.errors import (
        NothingMeasuredError,
        ResultFormatError,
        ResultOutputError,
        ResumeMismatchError,
        SuiteFileError,
        ZkmarkError,
    )
    from zkmark.suites.measurement import Measurement, measure_case
    from zkmark.suites.result import Result, load_result
    from zkmark.suites.settings import Settings
    from zkmark.suites.suite import CaseGroup, Contender, Suite
    from zkmark.suites.suite_file import find_suite, list_suites, load_suite

# Imported when first asked for: a worker process starts through this package and needs none of it.
_PLACES = {
    "CaseGroup": "suite",
    "Contender": "suite",
    "Measurement": "measurement",
    "NothingMeasuredError": "errors",
    "Result": "result",
    "ResultFormatError": "errors",
    "ResultOutputError": "errors",
    "ResumeMismatchError": "errors",
    "Settings": "settings",
    "Suite": "suite",
    "SuiteFileError": "errors",
    "ZkmarkError": "errors",
    "find_suite": "suite_file",
    "list_suites": "suite_file",
    "load_result": "result",
    "load_suite": "suite_file",
    "measure_case": "measurement",
    "run_suite": "engine",
}

__all__ = [
    "CaseGroup",
    "Contender",
    "Measurement",
    "NothingMeasuredError",
    "Result",
    "ResultFormatError",
    "ResultOutputError",
    "ResumeMismatchError",
    "Settings",
    "Suite",
    "SuiteFileError",
    "ZkmarkError",
    "find_suite",
    "list_suites",
    "load_result",
    "load_suite",
    "measure_case",
    "run_suite",
]


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
