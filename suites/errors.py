"""What can go wrong with suites and results, each with the command line's exit code."""

from __future__ import annotations

from typing import ClassVar


class ZkmarkError(Exception):
    """One clear sentence for the user; ``exit_code`` is what the command line ends with."""

    exit_code: ClassVar[int] = 2


class SuiteFileError(ZkmarkError, ValueError):
    """A suite file is wrong: the text names the file, the line, the key and the allowed values."""


class ResultFormatError(ZkmarkError, ValueError):
    """A file is no result document that this version can read."""


class ResumeMismatchError(ZkmarkError):
    """A run cannot be resumed here: the text names the field that differs."""

    exit_code = 4

    def __init__(self, field: str, recorded: object, now: object, path: object) -> None:
        self.field = field
        super().__init__(
            f"{path} cannot be resumed: {field} was {recorded!r} and is {now!r} now; "
            "start a new run instead"
        )


class ResultOutputError(ZkmarkError, OSError):
    """Results cannot be written: no such folder, no permission, or no space."""


class NothingMeasuredError(ZkmarkError):
    """A run has no case left to measure."""

    exit_code = 5
