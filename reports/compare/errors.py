"""Why a comparison is refused, each with the command line's exit code."""

from __future__ import annotations

from zkmark.suites.errors import NothingMeasuredError, ZkmarkError


class ComparisonError(ZkmarkError, ValueError):
    """What was given cannot be compared: too few documents, the same run twice."""


class DifferentCasesError(ComparisonError):
    """The results hold different computations; the text says which."""


class EnvironmentMismatchError(ZkmarkError):
    """The runs differ in something that makes a ratio meaningless; the text says in which field."""

    exit_code = 4


class NothingComparableError(NothingMeasuredError):
    """No case has a figure in two of the results."""
