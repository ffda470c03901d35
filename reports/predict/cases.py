"""Which cases a prediction is about: those of a suite, or of a workload's variants."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zkmark.suites.errors import ZkmarkError

if TYPE_CHECKING:
    from zkmark.kernels.case import Case


class PredictionError(ZkmarkError, ValueError):
    """What was given cannot be predicted from; the text says why."""


class NothingPredictedError(ZkmarkError):
    """No case could be predicted."""

    exit_code = 5


def cases_of(name: str) -> list[Case]:
    """Return the cases of a suite (by name or file) or of a workload, each once.

    Of a workload they are its variants that have no open number. Raises ``PredictionError`` for a
    name that is neither and ``SuiteFileError`` for a suite's file that is wrong.
    """
    from zkmark.provers.workloads.case import WorkloadCase
    from zkmark.provers.workloads.catalogue import WORKLOADS
    from zkmark.suites.suite_file import list_suites, load_suite

    suites = {path.stem: path for path in list_suites()}
    if name in WORKLOADS and name not in suites:
        variants = [one for one in WORKLOADS[name].variants if "<" not in one]
        return [WorkloadCase(name, variant) for variant in variants]
    if name not in suites and not (name.endswith(".toml") or "/" in name):
        raise PredictionError(
            f"got {name!r}, want a suite ({', '.join(suites)}), a suite's file or a workload "
            f"({', '.join(WORKLOADS)})"
        )
    # What is predicted depends on what was measured, not on which backends run here.
    suite = load_suite(suites.get(name, Path(name)), available=["cpu"])
    return list(dict.fromkeys(group.case for group in suite.groups))
