"""The workloads by name, with their variants."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass

from zkmark.provers.workloads.blake3 import blake3
from zkmark.provers.workloads.fibonacci import fibonacci
from zkmark.provers.workloads.sudoku import strict, sum_check
from zkmark.provers.workloads.workload import Workload


@dataclass(frozen=True)
class Kind:
    """What is known of a name: what it proves, its variants (the first is meant where none is)."""

    about: str
    variants: tuple[str, ...]
    make: Callable[[str, str, int], Workload]
    # What a larger scale means.
    scaled: str


def _only(
    wanted: str, make: Callable[[str, str, int], Workload]
) -> Callable[[str, str, int], Workload]:
    """Return a maker that knows one variant."""

    def made(name: str, variant: str, scale: int) -> Workload:
        if variant != wanted:
            raise ValueError(f"variant: got {variant!r}, want {wanted}, the only one of {name}")
        return make(name, variant, scale)

    return made


WORKLOADS: dict[str, Kind] = {
    "sudoku": Kind(
        "the sum check of a secret Sudoku: rows, columns and boxes make 45",
        ("sudoku",),
        _only("sudoku", sum_check),
        "grids",
    ),
    "sudoku-strict": Kind(
        "a secret solution of a public Sudoku: all groups are permutations of 1 to 9",
        ("puzzle",),
        _only("puzzle", strict),
        "solutions",
    ),
    "fibonacci": Kind(
        "the n-th Fibonacci number, in a loop (iter-<n>) or by a program of n steps (fixed-<n>)",
        ("iter-93", "fixed-92", "fixed-50", "iter-<n>", "fixed-<n>"),
        fibonacci,
        "times as many steps",
    ),
    "fibonacci-large": Kind(
        "the same for an n whose number is reduced modulo the field's prime",
        ("iter-1000", "iter-<n>", "fixed-<n>"),
        fibonacci,
        "times as many steps",
    ),
    "blake3": Kind(
        "the BLAKE3 digest of a secret message",
        ("quick-brown-fox", "bytes-<n>"),
        blake3,
        "times the message",
    ),
}
LARGEST_SCALE = 1 << 20


def default_variant(name: str) -> str:
    """Return the variant that is meant where none is named."""
    return kind(name).variants[0]


def kind(name: str) -> Kind:
    """Return what is known of a workload; ``ValueError`` for an unknown one."""
    if name not in WORKLOADS:
        near = difflib.get_close_matches(str(name), WORKLOADS, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"workload: got {name!r}, want one of {', '.join(WORKLOADS)}{hint}")
    return WORKLOADS[name]


def make_workload(name: str, variant: str | None = None, scale: int = 1) -> Workload:
    """Return a workload with its data; ``ValueError`` for an unknown name, variant or scale."""
    found = kind(name)
    if isinstance(scale, bool) or not isinstance(scale, int) or not 1 <= scale <= LARGEST_SCALE:
        raise ValueError(f"scale: got {scale!r}, want a whole number from 1 to {LARGEST_SCALE}")
    return found.make(name, default_variant(name) if variant is None else variant, scale)
