"""When enough processes have been measured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from zkmark.suites.settings import Settings

StopReason = Literal["interval", "budget", "processes"]


@dataclass(frozen=True)
class StopRule:
    """Stops the rounds of one case that ``contenders`` contenders share.

    Contenders stop together, so that every round has all of them and speed-ups stay paired.
    """

    settings: Settings
    contenders: int

    @property
    def budget(self) -> float:
        """Return the seconds that the case may take on all of its contenders together."""
        return self.settings.time_budget * self.contenders

    def reason(
        self,
        widths: Iterable[float | None],
        rounds: int,
        elapsed: float,
        last_round: float,
    ) -> StopReason | None:
        """Say why to stop after ``rounds`` rounds, or ``None`` to go on.

        ``widths``: every contender's relative interval width, ``None`` while there is no interval.
        ``elapsed``: seconds of all rounds so far; a round that would end beyond the budget (it is
        taken to last as long as the last one, ``last_round``) is not begun. The least number of
        processes is measured whatever it takes.
        """
        if rounds < self.settings.min_processes:
            return None
        if all(w is not None and w <= self.settings.relative_width for w in widths):
            return "interval"
        if rounds >= self.settings.max_processes:
            return "processes"
        if elapsed + last_round > self.budget:
            return "budget"
        return None

    def own_reason(self, width: float | None, reason: StopReason) -> StopReason:
        """Return the reason as one contender's: ``interval`` when its own is narrow enough."""
        narrow = width is not None and width <= self.settings.relative_width
        return "interval" if narrow else reason
