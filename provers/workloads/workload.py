"""What a workload is: a program of the stack machine with the data of one run of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PROGRAMS = Path(__file__).parents[1] / "stackvm" / "programs"
# What the stack shows at the end: every element counts as public output.
STACK = 16


@dataclass(frozen=True)
class Workload:
    """A program, its public inputs, its secret advice and the outputs that it must have.

    ``outputs`` come from an oracle that does not know the program: the 16 elements of the stack at
    the end, top first. ``inputs`` are the stack at the start, top first. ``items`` of ``item_unit``
    are what throughput counts. ``claim`` says in a sentence what a proof shows, and what of it is
    public.
    """

    name: str
    variant: str
    scale: int
    source: str
    inputs: tuple[int, ...]
    advice: tuple[int, ...]
    outputs: tuple[int, ...]
    items: int
    item_unit: str
    claim: str

    @property
    def title(self) -> str:
        """The workload's name and variant as people read them: ``fibonacci iter-93``."""
        of = self.name if self.variant == self.name else f"{self.name} {self.variant}"
        return of if self.scale == 1 else f"{of}, {self.scale} times"


@cache
def read_program(name: str) -> str:
    """Return the source of one of the programs that come with zkmark."""
    return (_PROGRAMS / f"{name}.masm").read_text(encoding="utf-8")


def padded(outputs: tuple[int, ...] = ()) -> tuple[int, ...]:
    """Return outputs filled up with the zeros below them."""
    return outputs + (0,) * (STACK - len(outputs))
