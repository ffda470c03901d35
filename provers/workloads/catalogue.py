"""The workloads by name, with their variants."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass

from zkmark.provers.workloads.blake3 import blake3, length_of
from zkmark.provers.workloads.fibonacci import fibonacci, steps_of
from zkmark.provers.workloads.sudoku import strict, sum_check
from zkmark.provers.workloads.workload import Workload


@dataclass(frozen=True)
class Kind:
    """What is known of a name.

    ``about`` says what is proven; of its ``variants`` the first is meant where none is named.
    ``check`` raises ``ValueError`` for a variant or a scale that there is not, ``make`` makes the
    workload, and ``scaled`` says of what there is more.
    """

    about: str
    variants: tuple[str, ...]
    check: Callable[[str, int], object]
    make: Callable[[str, str, int], Workload]
    scaled: str


def _only(wanted: str) -> Callable[[str, int], None]:
    """Return the check of a workload with one variant."""

    def check(variant: str, scale: int) -> None:
        if variant != wanted:
            raise ValueError(f"variant: got {variant!r}, want {wanted}, the only one")

    return check


WORKLOADS: dict[str, Kind] = {
    "sudoku": Kind(
        "the sum check of a secret Sudoku: rows, columns and boxes make 45",
        ("sudoku",),
        _only("sudoku"),
        sum_check,
        "grids",
    ),
    "sudoku-strict": Kind(
        "a secret solution of a public Sudoku: all groups are permutations of 1 to 9",
        ("puzzle",),
        _only("puzzle"),
        strict,
        "solutions",
    ),
    "fibonacci": Kind(
        "the n-th Fibonacci number, in a loop (iter-<n>) or by a program of n steps (fixed-<n>)",
        ("iter-93", "fixed-92", "fixed-50", "iter-<n>", "fixed-<n>"),
        steps_of,
        fibonacci,
        "times as many steps",
    ),
    "fibonacci-large": Kind(
        "the same for an n whose number is reduced modulo the field's prime",
        ("iter-1000", "iter-<n>", "fixed-<n>"),
        steps_of,
        fibonacci,
        "times as many steps",
    ),
    "blake3": Kind(
        "the BLAKE3 digest of a secret message",
        ("quick-brown-fox", "bytes-<n>"),
        length_of,
        blake3,
        "times the message",
    ),
}
LARGEST_SCALE = 1 << 20


def kind(name: str) -> Kind:
    """Return what is known of a workload; ``ValueError`` for an unknown one."""
    if name not in WORKLOADS:
        near = difflib.get_close_matches(str(name), WORKLOADS, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"workload: got {name!r}, want one of {', '.join(WORKLOADS)}{hint}")
    return WORKLOADS[name]


def check_workload(name: str, variant: str | None = None, scale: int = 1) -> str:
    """Return the variant; ``ValueError`` for an unknown name, variant or scale."""
    found = kind(name)
    if isinstance(scale, bool) or not isinstance(scale, int) or not 1 <= scale <= LARGEST_SCALE:
        raise ValueError(f"scale: got {scale!r}, want a whole number from 1 to {LARGEST_SCALE}")
    if variant is None:
        variant = found.variants[0]
    if not isinstance(variant, str):
        raise ValueError(f"variant: got {variant!r}, want one of {', '.join(found.variants)}")
    found.check(variant, scale)
    return variant


def make_workload(name: str, variant: str | None = None, scale: int = 1) -> Workload:
    """Return a workload with its data; ``ValueError`` for an unknown name, variant or scale."""
    variant = check_workload(name, variant, scale)
    return kind(name).make(name, variant, scale)
