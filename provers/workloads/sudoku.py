"""Sudoku, two ways: the sum check that systems have been compared by, and the whole rule.

The first grid is that of zkp-compiler-shootout (anoma), so that the work is the same as in its
table; further ones of a scaled workload are made of it by what maps grids to grids.
"""

from __future__ import annotations

from collections.abc import Sequence

from zkmark.kernels.seeded import SeededStream
from zkmark.provers.workloads.workload import Workload, padded, read_program

Grid = tuple[tuple[int, ...], ...]

_SOLUTION = (
    "769538124",
    "243719658",
    "851462973",
    "486975312",
    "537621489",
    "192843765",
    "618354297",
    "974286531",
    "325197846",
)
# Of the same grid: 23 digits that have this one solution.
_PUZZLE = (
    "700000004",
    "000709600",
    "001000003",
    "000075010",
    "030001080",
    "000840000",
    "600300207",
    "900200000",
    "305000000",
)
_DIGITS = frozenset(range(1, 10))


def _grid(rows: Sequence[str]) -> Grid:
    return tuple(tuple(map(int, row)) for row in rows)


SOLUTION = _grid(_SOLUTION)
PUZZLE = _grid(_PUZZLE)


def groups(grid: Grid) -> list[list[int]]:
    """Return the 27 groups of a grid: nine rows, nine columns, nine boxes."""
    rows = [list(row) for row in grid]
    columns = [list(column) for column in zip(*grid, strict=True)]
    boxes = [
        [grid[row + i][column + k] for i in range(3) for k in range(3)]
        for row in (0, 3, 6)
        for column in (0, 3, 6)
    ]
    return rows + columns + boxes


def sums_are_right(grid: Grid) -> bool:
    """Say whether each group sums up to 45, which the sum check asks for."""
    return all(sum(group) == 45 for group in groups(grid))


def is_solution(grid: Grid, puzzle: Grid) -> bool:
    """Say whether each group has all nine digits and the grid has those of the puzzle."""
    matches = all(
        given in (0, digit)
        for given_row, row in zip(puzzle, grid, strict=True)
        for given, digit in zip(given_row, row, strict=True)
    )
    return matches and all(set(group) == _DIGITS for group in groups(grid))


def other_grid(number: int, seed: int = 1) -> Grid:
    """Return a grid: the first is ``SOLUTION``, others have digits, rows and sides exchanged."""
    if number == 0:
        return SOLUTION
    stream = SeededStream(seed, f"sudoku/{number}")
    digits = _shuffled(stream, range(1, 10))
    order = [
        3 * band + row
        for band in _shuffled(stream, range(3))
        for row in _shuffled(stream, range(3))
    ]
    rows = tuple(tuple(digits[digit - 1] for digit in SOLUTION[row]) for row in order)
    return tuple(zip(*rows, strict=True)) if stream.integer(2) else rows


def _shuffled(stream: SeededStream, values: Sequence[int]) -> list[int]:
    """Return the values in an order drawn by Fisher and Yates."""
    found = list(values)
    for last in range(len(found) - 1, 0, -1):
        other = stream.integer(last + 1)
        found[last], found[other] = found[other], found[last]
    return found


def sum_check(name: str, variant: str, scale: int, seed: int = 1) -> Workload:
    """Return the sum check of ``scale`` grids."""
    grids = [other_grid(number, seed) for number in range(scale)]
    if not all(map(sums_are_right, grids)):
        raise AssertionError("a grid was made whose groups do not sum up to 45")
    return Workload(
        name=name,
        variant=variant,
        scale=scale,
        source=read_program("sudoku"),
        inputs=(scale,),
        advice=tuple(digit for grid in grids for row in grid for digit in row),
        outputs=padded(),
        items=scale,
        item_unit="grids",
        claim=(
            "Each row, column and box of as many secret grids as is public sums up to 45; a sum "
            "check, which accepts grids that are no Sudoku."
        ),
    )


def strict(name: str, variant: str, scale: int) -> Workload:
    """Return the whole rule: a secret solution of a public puzzle, checked ``scale`` times."""
    if not is_solution(SOLUTION, PUZZLE):
        raise AssertionError("the puzzle's solution is none")
    cells = [
        value
        for row, given_row in zip(SOLUTION, PUZZLE, strict=True)
        for digit, given in zip(row, given_row, strict=True)
        for value in (digit, int(given != 0))
    ]
    return Workload(
        name=name,
        variant=variant,
        scale=scale,
        source=read_program("sudoku_strict"),
        inputs=(*map(int, _PUZZLE), scale),
        advice=tuple(cells * scale),
        outputs=padded(),
        items=scale,
        item_unit="grids",
        claim=(
            "A secret grid, or as many as is public, has the digits of the public puzzle, and each "
            "of its rows, columns and boxes is a permutation of 1 to 9."
        ),
    )
