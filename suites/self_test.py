"""What the gate's self-test measures: the same thing twice and a slowed one, round by round."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from zkmark.suites.errors import NothingMeasuredError
from zkmark.suites.pairs import Side


@dataclass
class Rounds:
    """Process medians by side, a round each, and those of the unslowed sides in order of time."""

    values: dict[str, list[float]] = field(default_factory=dict)
    in_time: list[float] = field(default_factory=list)
    seconds: float = 0.0


def run_rounds(
    case: str,
    sides: Mapping[str, Side],
    slowed: str,
    rounds: int,
    *,
    seed: int = 1,
    on_round: Callable[[int], None] | None = None,
) -> Rounds:
    """Run every side once a round, in random order.

    Raises ``NothingMeasuredError`` when a process fails: there is nothing to learn from the rest.
    """
    found = Rounds({name: [] for name in sides})
    order = random.Random(f"zkmark/self-test/{seed}")
    began = time.monotonic()
    for number in range(rounds):
        names = list(sides)
        order.shuffle(names)
        for name in names:
            reading = sides[name].read(case)
            if reading.value is None:
                raise NothingMeasuredError(f"{case}: {reading.status}: {reading.reason}")
            found.values[name].append(reading.value)
            if name != slowed:
                found.in_time.append(reading.value)
        if on_round is not None:
            on_round(number + 1)
    found.seconds = time.monotonic() - began
    return found
