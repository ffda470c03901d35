"""Where a proof's time goes: a tree of steps, each with seconds, bytes and operations.

A step that does work on a device names the family of kernels that it belongs to, and ends when the
device has finished, so that steps follow one another and their seconds add up. Without a recorder
nothing waits: ``NO_RECORDER`` is for whoever wants the proof alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from zkmark.kernels.stark.work import Work

FAMILIES = ("ntt", "hash", "constraints", "lookups", "fri", "deep", "grinding", "transfer", "other")
"""What steps are grouped by; ``other`` is the host's own: transcript, shapes, openings."""

_NO_WORK = Work()


@dataclass
class Phase:
    """A step: what it took, and the steps that it consists of.

    ``family`` is None for a step that has others below it. ``work`` is the textbook's count, of all
    steps below.
    """

    name: str
    family: str | None = None
    seconds: float = 0.0
    own_work: Work = _NO_WORK
    steps: list[Phase] = field(default_factory=list)

    @property
    def work(self) -> Work:
        """Multiplications, hashes and bytes of this step and those below."""
        return sum((step.work for step in self.steps), self.own_work)

    def leaves(self) -> Iterator[Phase]:
        """Yield the steps that have none below them."""
        if not self.steps:
            yield self
        for step in self.steps:
            yield from step.leaves()

    def family_seconds(self) -> dict[str, float]:
        """Return the seconds of each family that there is, in the order of ``FAMILIES``."""
        found = dict.fromkeys(FAMILIES, 0.0)
        for leaf in self.leaves():
            found[leaf.family or "other"] += leaf.seconds
        return {name: seconds for name, seconds in found.items() if seconds}

    def to_json(self) -> dict[str, Any]:
        """Return the tree as a result document keeps it."""
        work = self.work
        result: dict[str, Any] = {"name": self.name, "seconds": self.seconds}
        if self.family is not None:
            result["family"] = self.family
        result["bytes"] = work.bytes
        result["multiplications"] = work.multiplications
        result["hashes"] = work.hashes
        if self.steps:
            result["steps"] = [step.to_json() for step in self.steps]
        return result

    def __str__(self) -> str:
        return "\n".join(self._lines(0))

    def _lines(self, depth: int) -> Iterator[str]:
        work = self.work
        counts = f"{work.bytes:14,d} B {work.multiplications:14,d} mul {work.hashes:11,d} hash"
        yield f"{'  ' * depth + self.name:34} {self.seconds * 1e3:10.3f} ms {counts}"
        for step in self.steps:
            yield from step._lines(depth + 1)


class Recorder:
    """Records steps as they are entered and left.

    ``synchronize`` waits until the device has done what it was told; it is called at the end of
    every step of a family. A step lasts from the end of the one before it, so that what the host
    prepares for it counts as its own, and nothing is left out.
    """

    recording = True

    def __init__(self, synchronize: Callable[[], None], name: str = "prove") -> None:
        self.root = Phase(name)
        self._synchronize = synchronize
        self._open = [self.root]
        self._last = perf_counter()
        self._within = False

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Time all of it; within another ``whole`` it is part of that."""
        if self._within:
            yield
            return
        self._within = True
        start = self._last = perf_counter()
        try:
            yield
        finally:
            self._within = False
        self._synchronize()
        self.root.seconds = perf_counter() - start

    def group(self, name: str) -> AbstractContextManager[None]:
        """Enter a step that consists of others."""
        return _Step(self, Phase(name), None)

    def step(
        self, name: str, family: str, work: Callable[[], Work] | None = None
    ) -> AbstractContextManager[None]:
        """Enter a step of a family; ``work`` is asked at its end what it did."""
        return _Step(self, Phase(name, family), work)


class _Step:
    """A step that is entered and left; written out, since there are dozens a proof."""

    __slots__ = ("phase", "recorder", "start", "work")

    def __init__(self, recorder: Recorder, phase: Phase, work: Callable[[], Work] | None) -> None:
        self.recorder, self.phase, self.work = recorder, phase, work

    def __enter__(self) -> None:
        recorder = self.recorder
        self.start = recorder._last
        recorder._open[-1].steps.append(self.phase)
        recorder._open.append(self.phase)

    def __exit__(self, *error: object) -> None:
        recorder, phase = self.recorder, self.phase
        recorder._open.pop()
        if phase.family is not None:
            recorder._synchronize()
            if self.work is not None:
                phase.own_work = self.work()
            recorder._last = perf_counter()
        phase.seconds = recorder._last - self.start


class _NoRecorder:
    """Records nothing and costs next to nothing."""

    recording = False
    _nothing = nullcontext()

    def whole(self) -> AbstractContextManager[None]:
        return self._nothing

    def group(self, name: str) -> AbstractContextManager[None]:
        return self._nothing

    def step(
        self, name: str, family: str, work: Callable[[], Work] | None = None
    ) -> AbstractContextManager[None]:
        return self._nothing


NO_RECORDER = _NoRecorder()
AnyRecorder = Recorder | _NoRecorder
