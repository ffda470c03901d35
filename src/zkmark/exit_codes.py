"""Exit codes: the one place where they are written. Every command ends with one of these."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command's exit status means; docs/exit-codes.md says when each is used."""

    GOOD = 0
    REGRESSION = 1
    USAGE = 2
    INCONCLUSIVE = 3
    ENVIRONMENT_MISMATCH = 4
    NOTHING_MEASURED = 5
    INCORRECT_OUTPUT = 6
    NOT_BUILT = 7
    # Outside the verdicts' range, as in sysexits.h: a fault of zkmark itself. Python's own 1 for an
    # uncaught exception would read as a regression.
    INTERNAL_ERROR = 70
    INTERRUPTED = 130
    BROKEN_PIPE = 141
