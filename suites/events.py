"""What a run tells while it goes on, for progress bars and logs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class RunEvent:
    """Every event carries how far the run is (0 to 1) and a guess of the seconds left."""

    fraction: float
    seconds_left: float


@dataclass(frozen=True)
class RunStarted(RunEvent):
    """The run begins; ``done`` of ``entries`` are finished already (when resumed)."""

    suite: str
    path: Path | None
    entries: int
    done: int


@dataclass(frozen=True)
class CaseStarted(RunEvent):
    """A case begins: number ``index`` (from 0) of ``total``, on the contenders ``labels``."""

    slug: str
    labels: tuple[str, ...]
    index: int
    total: int


@dataclass(frozen=True)
class ProcessFinished(RunEvent):
    """One process of a case has ended with ``status`` after ``seconds``."""

    slug: str
    label: str
    round: int
    status: str
    seconds: float


@dataclass(frozen=True)
class StageBegun(RunEvent):
    """A process that takes long says what it does now: ``building the design``, ``simulating``."""

    slug: str
    label: str
    stage: str


@dataclass(frozen=True)
class CaseFinished(RunEvent):
    """A case is finished and saved; ``entries`` are those that went into the document."""

    slug: str
    entries: tuple[dict[str, Any], ...]
    index: int
    total: int


@dataclass(frozen=True)
class RunFinished(RunEvent):
    """The run is over: ``complete`` or ``interrupted``."""

    status: str
    path: Path | None


OnEvent = Callable[[RunEvent], None]


class TimeLeft:
    """Guesses the time left: from the settings at first, then from what cases really took.

    ``expected``: seconds that each case is expected to take, in the order in which they run.
    """

    def __init__(self, expected: list[float]) -> None:
        self._expected = expected
        self._index = 0
        self._current = 0.0
        self._expected_done = 0.0
        self._seconds_done = 0.0

    def advance(self, seconds_in_case: float) -> None:
        """Note how long the running case has been running."""
        self._current = seconds_in_case

    def finish_case(self, seconds: float) -> None:
        """Note that the running case is over after ``seconds``."""
        self._seconds_done += seconds
        self._expected_done += self._expected[self._index]
        self._index += 1
        self._current = 0.0

    @property
    def seconds_left(self) -> float:
        """Return the guess."""
        left = self._expected[self._index :]
        if not left:
            return 0.0
        # The settings' guess counts like one more finished case of the same length.
        prior = left[0]
        scale = (self._seconds_done + prior) / (self._expected_done + prior)
        return max(0.0, left[0] * scale - self._current) + sum(left[1:]) * scale

    @property
    def fraction(self) -> float:
        """Return the share of the run that is over."""
        spent = self._seconds_done + self._current
        left = self.seconds_left
        return spent / (spent + left) if spent + left else 1.0
