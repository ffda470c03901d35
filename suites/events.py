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
