"""How long a run will still take: from the settings at first, then from what processes took.

What a process takes depends on its backend above all (one that compiles when it starts takes
seconds) and on who else uses the machine, which no setting knows. So the guess is made of
processes: each contender of a case that is still to come counts as many of them as the settings let
it have, each as long as those of its kernel and backend took so far; of its backend with other
kernels, where there was none; and where that has not run yet, as long as the settings say times how
much longer than that all others took.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from zkmark.suites.settings import Settings

# What a case takes beside its processes, before one has told: input and expected output.
_SECONDS_BESIDE = 1.0


@dataclass(frozen=True)
class Part:
    """One contender of a case: ``guess`` is the seconds of a process before any has run.

    ``once``: it has one process whatever the settings say, as what is modelled has.
    """

    kernel: str
    backend: str
    guess: float
    once: bool = False


class TimeLeft:
    """Guesses the time left of a run. ``cases``: the contenders of each by label, in their order.

    The cases run one after the other: what is noted is of the first that is not finished.
    """

    def __init__(self, cases: Sequence[Mapping[str, Part]], settings: Settings) -> None:
        self._cases = cases
        self._settings = settings
        self._index = 0
        self._took: dict[tuple[str, str], list[float]] = {}
        self._here: dict[str, list[float]] = {}
        self._guessed = 0.0
        self._beside: list[float] = []
        self._elapsed = 0.0
        self._done = 0.0

    def process(self, label: str, seconds: float) -> None:
        """Note that a process of the running case has ended after ``seconds``."""
        part = self._cases[self._index].get(label)
        if part is None:  # A guess is no reason for a run to end.
            return
        self._took.setdefault((part.kernel, part.backend), []).append(seconds)
        self._here.setdefault(label, []).append(seconds)
        self._guessed += part.guess

    def advance(self, seconds_in_case: float) -> None:
        """Note how long the running case has been running."""
        self._elapsed = seconds_in_case

    def finish_case(self, seconds: float) -> None:
        """Note that the running case is over after ``seconds``."""
        processes = sum(map(sum, self._here.values()))
        self._beside.append(max(0.0, seconds - processes))
        self._done += seconds
        self._elapsed = 0.0
        self._here = {}
        self._index += 1

    @property
    def seconds_left(self) -> float:
        """Return the guess."""
        whole = [self._case(parts, {}) for parts in self._cases[self._index + 1 :]]
        if self._index == len(self._cases):
            return 0.0
        running = self._case(self._cases[self._index], self._here)
        return max(0.0, running - self._elapsed) + sum(whole)

    @property
    def fraction(self) -> float:
        """Return the share of the run that is over."""
        spent, left = self._done + self._elapsed, self.seconds_left
        return spent / (spent + left) if spent + left else 1.0

    def _case(self, parts: Mapping[str, Part], here: Mapping[str, list[float]]) -> float:
        """Guess what a case takes, of which the processes in ``here`` have run already."""
        each = {
            label: fmean(here[label]) if here.get(label) else self._process(part)
            for label, part in parts.items()
        }
        round_of = [each[label] for label, part in parts.items() if not part.once]
        rounds = self._rounds(sum(round_of), len(round_of))
        once = sum(each[label] for label, part in parts.items() if part.once)
        beside = fmean(self._beside) if self._beside else _SECONDS_BESIDE
        return beside + rounds * sum(round_of) + once

    def _rounds(self, seconds: float, contenders: int) -> int:
        """Return how many rounds of that length the settings let a case have."""
        fits = self._settings.time_budget * contenders / seconds if seconds else 0.0
        most = min(self._settings.max_processes, int(min(fits, 1e6)))
        return max(self._settings.min_processes, most)

    def _process(self, part: Part) -> float:
        """Guess what a process takes."""
        same = self._took.get((part.kernel, part.backend))
        if same is not None:
            return fmean(same)
        backend = [
            one
            for (_, backend), all_of in self._took.items()
            if backend == part.backend
            for one in all_of
        ]
        if backend:
            return fmean(backend)
        took = sum(map(sum, self._took.values()))
        return part.guess * (took / self._guessed if self._guessed else 1.0)
