"""Two things measured against each other in interleaved pairs of processes, in random order.

The replicate is the process. What slowly changes on a machine touches both processes of a pair
alike, and which of them comes first is drawn anew for every pair, so that neither side has the
better place. The pairs of all cases are interleaved too: a bad minute costs every case a few pairs
and none all of its own.

What the pairs say is judged by the caller, which is told to at numbers of pairs that are fixed in
advance and says which cases need more.

A comparison that was interrupted goes on by being played again: the pairs that it has take the
places that the seed gives them, every look is judged as it was, and only what is missing is
measured.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self


@dataclass(frozen=True)
class Reading:
    """What one process of one side said of one case.

    ``value``: seconds (or another positive count), ``None`` unless ``status`` is ``ok``; else
    ``status`` is ``incorrect``, ``crashed``, ``timeout``, ``unsupported`` or ``error``, and
    ``reason`` one sentence.
    """

    status: str
    value: float | None
    reason: str | None = None


class Side(Protocol):
    """One of the two things compared: it can run a fresh process of a case."""

    @property
    def name(self) -> str:
        """Say what it is: a command, a virtual environment, a revision."""

    def read(self, case: str) -> Reading:
        """Run one process of a case and return what it measured."""


@dataclass(frozen=True)
class Pair:
    """The values of one pair of processes, and whether the head's ran first."""

    base: float
    head: float
    head_first: bool

    @property
    def log_ratio(self) -> float:
        """Return ln(head / base): above zero when the head is slower."""
        return math.log(self.head / self.base)


@dataclass
class Trial:
    """One case on its way: its pairs so far, and what ended it early, if anything did."""

    case: str
    pairs: list[Pair] = field(default_factory=list)
    failed_side: str | None = None
    status: str = "ok"
    reason: str | None = None

    @property
    def logs(self) -> list[float]:
        """Return ln(head / base) of each pair, in order."""
        return [pair.log_ratio for pair in self.pairs]

    def to_json(self) -> dict[str, Any]:
        """Return every value, in order: nothing is dropped as an outlier."""
        return {
            "base": [pair.base for pair in self.pairs],
            "head": [pair.head for pair in self.pairs],
            "head_first": [pair.head_first for pair in self.pairs],
            "status": self.status,
            "failed_side": self.failed_side,
            "reason": self.reason,
        }

    @classmethod
    def from_json(cls, case: str, found: Mapping[str, Any]) -> Self:
        """Return the trial that ``to_json`` wrote; ``ValueError`` or ``KeyError`` for another."""
        columns = (found["base"], found["head"], found["head_first"])
        pairs = [Pair(float(b), float(h), bool(f)) for b, h, f in zip(*columns, strict=True)]
        if not all(0 < value < math.inf for pair in pairs for value in (pair.base, pair.head)):
            raise ValueError(f"{case}: a value is no positive number")
        return cls(case, pairs, found["failed_side"], found["status"], found["reason"])


class ReplayError(ValueError):
    """Pairs are not those that the seed and the judge's answers lead to."""


# Told the trials at a look; returns the cases that need more pairs.
Judge = Callable[[Sequence[Trial]], Collection[str]]
# Told of every finished pair: its trial, and how many cases still run.
OnPair = Callable[[Trial, int], None]


def run_pairs(
    cases: Sequence[str],
    base: Side,
    head: Side,
    looks: Sequence[int],
    judge: Judge,
    *,
    seed: int = 1,
    deadline: float | None = None,
    on_pair: OnPair | None = None,
    earlier: Sequence[Trial] = (),
) -> list[Trial]:
    """Run pairs of every case until the judge needs no more, the last look, or the deadline.

    ``deadline`` is a moment of ``time.monotonic``; no pair begins after it. A case whose process
    fails on either side gets no more pairs, and its trial says why. ``on_pair`` hears of what was
    measured, and its trials are those that are returned. ``earlier``: the trials of the same
    comparison as far as it had come; a case that had failed stays so. Raises ``ReplayError`` where
    these cannot be its trials.
    """
    trials = {case: Trial(case) for case in cases}
    replay = _Replay(earlier)
    order = random.Random(f"zkmark/pairs/{seed}")
    running = list(cases)
    for number in range(1, looks[-1] + 1):
        # Another order every time, so that no case always follows the same other one.
        order.shuffle(running)
        for case in list(running):
            trial = trials[case]
            head_first = order.random() < 0.5
            if replay.take(trial, head_first):
                if trial.status != "ok":
                    running.remove(case)
                continue
            if deadline is not None and time.monotonic() >= deadline:
                return list(trials.values())
            _run_pair(trial, base, head, head_first=head_first)
            if trial.status != "ok":
                running.remove(case)
            if on_pair is not None:
                on_pair(trial, len(running))
        if number in looks:
            wanted = judge(list(trials.values()))
            running = [case for case in running if case in wanted]
        if not running:
            break
    replay.check_used()
    return list(trials.values())


class _Replay:
    """The pairs of an earlier sitting, handed out in their order."""

    def __init__(self, earlier: Sequence[Trial]) -> None:
        self._trials = {trial.case: trial for trial in earlier}
        self._left = sum(len(trial.pairs) + (trial.status != "ok") for trial in earlier)

    def take(self, trial: Trial, head_first: bool) -> bool:
        """Give a trial its next pair, or the failure that it ended with; False when all is used."""
        known = self._trials.get(trial.case)
        index = len(trial.pairs)
        if known is not None and index < len(known.pairs):
            if known.pairs[index].head_first != head_first:
                raise ReplayError(f"pair {index + 1} of {trial.case} was run in another order")
            trial.pairs.append(known.pairs[index])
        elif known is not None and known.status != "ok":
            trial.status, trial.failed_side = known.status, known.failed_side
            trial.reason = known.reason
        else:
            # What comes after the first missing pair had not been run either.
            self.check_used()
            return False
        self._left -= 1
        return True

    def check_used(self) -> None:
        """Raise ``ReplayError`` when there are pairs that have no place."""
        if self._left:
            raise ReplayError(f"{self._left} of its pairs have no place in it")


def _run_pair(trial: Trial, base: Side, head: Side, *, head_first: bool) -> None:
    values: dict[str, float] = {}
    turns = [("base", base), ("head", head)]
    for role, side in reversed(turns) if head_first else turns:
        reading = side.read(trial.case)
        if reading.value is None or not 0 < reading.value < math.inf:
            trial.status = reading.status if reading.value is None else "error"
            trial.failed_side = role
            trial.reason = reading.reason or (f"it measured {reading.value}, want more than 0")
            return
        values[role] = reading.value
    trial.pairs.append(Pair(values["base"], values["head"], head_first))
