"""The workloads' programs: right outputs, by oracles that do not know them, and no wrong ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import blake3 as blake3_package
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zkmark.kernels.stark.domain import MODULUS
from zkmark.provers.stackvm.assembler import Program, assemble
from zkmark.provers.stackvm.execution import Execution, execute
from zkmark.provers.stackvm.failures import ExecutionError
from zkmark.provers.workloads.blake3 import SENTENCE, blake3_of, message_advice
from zkmark.provers.workloads.catalogue import (
    LARGEST_SCALE,
    WORKLOADS,
    make_workload,
)
from zkmark.provers.workloads.fibonacci import fibonacci_number
from zkmark.provers.workloads.sudoku import (
    PUZZLE,
    SOLUTION,
    Grid,
    groups,
    is_solution,
    other_grid,
    sums_are_right,
)
from zkmark.provers.workloads.workload import Workload, read_program

PROGRAMS = {
    name: assemble(read_program(name))
    for name in ("sudoku", "sudoku_strict", "fibonacci_iter", "blake3")
}


def run(workload: Workload) -> Execution:
    return execute(assemble(workload.source), workload.inputs, workload.advice)


# What comes out


@pytest.mark.parametrize("scale", [1, 2, 5])
@pytest.mark.parametrize("name", WORKLOADS)
def test_every_workload_has_the_outputs_of_its_oracle(name: str, scale: int) -> None:
    for variant in WORKLOADS[name].variants:
        if "<" not in variant:
            workload = make_workload(name, variant, scale)
            assert tuple(run(workload).outputs) == workload.outputs
            assert (workload.name, workload.variant, workload.scale) == (name, variant, scale)


def test_the_first_grid_and_the_published_message_are_those_of_the_table() -> None:
    assert make_workload("blake3").outputs[:8] == tuple(
        int.from_bytes(blake3_package.blake3(SENTENCE).digest()[i : i + 4], "little")
        for i in range(0, 32, 4)
    )
    assert make_workload("sudoku").advice[:9] == (7, 6, 9, 5, 3, 8, 1, 2, 4)
    assert make_workload("fibonacci").outputs[0] == 12200160415121876738  # F(93)
    assert make_workload("fibonacci-large").inputs == (1000,)


def test_a_run_fits_the_smallest_trace_that_it_should() -> None:
    """Cycles are what proving costs: a step of Fibonacci is one, and so on."""
    assert run(make_workload("fibonacci", "fixed-50")).cycles < 64
    assert run(make_workload("fibonacci", "fixed-92")).cycles < 128
    assert run(make_workload("fibonacci", "iter-93")).cycles < 128
    assert run(make_workload("sudoku")).cycles < 256
    assert run(make_workload("sudoku-strict")).cycles < 1024
    assert run(make_workload("blake3")).cycles < 1024


# Fibonacci


@given(n=st.integers(0, 3000))
@settings(max_examples=30, deadline=None)
def test_fibonacci_numbers_of_any_place(n: int) -> None:
    a, b = 0, 1
    for _ in range(n):
        a, b = b, (a + b) % MODULUS
    assert fibonacci_number(n) == a
    workload = make_workload("fibonacci", f"iter-{n}")
    assert execute(PROGRAMS["fibonacci_iter"], [n], workload.advice).outputs[0] == a


@pytest.mark.parametrize("n", [0, 1, 31, 32, 33, 93])
def test_advice_cannot_make_the_loop_stop_early_or_late(n: int) -> None:
    right = make_workload("fibonacci", f"iter-{n}").advice
    turns = right.index(0)
    for wrong in (
        (1,) * (turns + 1) + right[turns:],
        *((1,) * fewer + right[turns:] for fewer in range(turns)),
        *((*right[:i], 1 - right[i], *right[i + 1 :]) for i in range(turns + 1, len(right))),
        (*right[:-1], 2),
    ):
        with pytest.raises(ExecutionError):
            execute(PROGRAMS["fibonacci_iter"], [n], (*wrong, *[0] * 8))


# Sudoku


def valid_grids() -> Iterator[Grid]:
    yield from (other_grid(number) for number in range(8))


def advice_of(grid: Grid) -> list[int]:
    return [digit for row in grid for digit in row]


def strict_advice(grid: Grid, puzzle: Grid = PUZZLE) -> list[int]:
    return [
        value
        for row, given_row in zip(grid, puzzle, strict=True)
        for digit, known in zip(row, given_row, strict=True)
        for value in (digit, int(known != 0))
    ]


def puzzle_inputs(puzzle: Grid = PUZZLE) -> list[int]:
    return [int("".join(map(str, row))) for row in puzzle] + [1]


def accepts(program: Program, inputs: list[int], advice: list[int]) -> bool:
    try:
        outputs = execute(program, inputs, advice).outputs
    except ExecutionError:
        return False
    assert not any(outputs)
    return True


def with_cell(grid: Grid, place: int, value: int) -> Grid:
    row, column = divmod(place, 9)
    changed = list(map(list, grid))
    changed[row][column] = value
    return tuple(map(tuple, changed))


def test_grids_differ_and_are_grids() -> None:
    grids = list(valid_grids())
    assert len(set(grids)) == len(grids)
    assert all(is_solution(grid, ((0,) * 9,) * 9) for grid in grids)
    assert other_grid(3, seed=2) != other_grid(3)


def test_the_puzzle_has_one_solution() -> None:
    found: list[Grid] = []

    def solve(grid: Grid) -> None:
        empty = [place for place in range(81) if grid[place // 9][place % 9] == 0]
        if not empty or len(found) > 1:
            found.extend([grid] if not empty else [])
            return

        def open_digits(place: int) -> set[int]:
            row, column = divmod(place, 9)
            box = 18 + row // 3 * 3 + column // 3
            all_groups = groups(grid)
            taken = {*all_groups[row], *all_groups[9 + column], *all_groups[box]}
            return set(range(1, 10)) - taken

        choices = {place: open_digits(place) for place in empty}
        place = min(choices, key=lambda one: len(choices[one]))
        for digit in choices[place]:
            solve(with_cell(grid, place, digit))

    solve(PUZZLE)
    assert found == [SOLUTION]


@pytest.mark.parametrize("place", range(81))
def test_a_changed_cell_breaks_both_checks(place: int) -> None:
    value = SOLUTION[place // 9][place % 9]
    for wrong in (value % 9 + 1, 0, 10, MODULUS - 1):
        grid = with_cell(SOLUTION, place, wrong)
        assert not accepts(PROGRAMS["sudoku"], [1], advice_of(grid))
        assert not accepts(PROGRAMS["sudoku_strict"], puzzle_inputs(), strict_advice(grid))


@given(st.lists(st.tuples(st.integers(0, 80), st.integers(0, 9)), max_size=6), st.integers(0, 7))
@settings(max_examples=60, deadline=None)
def test_both_checks_agree_with_their_oracles(changes: list[tuple[int, int]], number: int) -> None:
    grid = other_grid(number)
    for place, value in changes:
        grid = with_cell(grid, place, value)
    assert accepts(PROGRAMS["sudoku"], [1], advice_of(grid)) == sums_are_right(grid)
    no_puzzle = ((0,) * 9,) * 9
    assert accepts(
        PROGRAMS["sudoku_strict"], puzzle_inputs(no_puzzle), strict_advice(grid, no_puzzle)
    ) == is_solution(grid, no_puzzle)


def test_the_sum_check_takes_what_is_no_sudoku_and_the_strict_one_does_not() -> None:
    fives = ((5,) * 9,) * 9
    # A row and a column may take from each other: every group still makes 45.
    shifted = [list(row) for row in SOLUTION]
    for row, column, by in ((0, 0, 1), (0, 1, -1), (1, 0, -1), (1, 1, 1)):
        shifted[row][column] += by
    for grid in (fives, tuple(map(tuple, shifted))):
        assert sums_are_right(grid)
        assert accepts(PROGRAMS["sudoku"], [1], advice_of(grid))
        empty = ((0,) * 9,) * 9
        inputs, advice = puzzle_inputs(empty), strict_advice(grid, empty)
        assert not accepts(PROGRAMS["sudoku_strict"], inputs, advice)


def test_rows_columns_and_boxes_are_all_looked_at() -> None:
    """Latin squares have right rows and columns only, stripes right boxes and rows, or columns."""
    latin = tuple(tuple((row + column) % 9 + 1 for column in range(9)) for row in range(9))
    no_columns = tuple(tuple((3 * row + column) % 9 + 1 for column in range(9)) for row in range(9))
    no_rows = tuple(zip(*no_columns, strict=True))
    empty = ((0,) * 9,) * 9
    for grid in (latin, no_columns, no_rows):
        wrong = [group for group in groups(grid) if set(group) != set(range(1, 10))]
        assert 0 < len(wrong) <= 9
        inputs, advice = puzzle_inputs(empty), strict_advice(grid, empty)
        assert not accepts(PROGRAMS["sudoku_strict"], inputs, advice)


@pytest.mark.parametrize("place", range(0, 81, 4))
def test_what_is_given_must_be_called_so_and_nothing_else(place: int) -> None:
    advice = strict_advice(SOLUTION)
    for wrong in (1 - advice[2 * place + 1], 2, MODULUS - 1):
        changed = list(advice)
        changed[2 * place + 1] = wrong
        assert not accepts(PROGRAMS["sudoku_strict"], puzzle_inputs(), changed)


def test_another_solution_does_not_solve_the_puzzle() -> None:
    for number in range(1, 8):
        advice = strict_advice(other_grid(number))
        assert not accepts(PROGRAMS["sudoku_strict"], puzzle_inputs(), advice)


def test_memory_beside_the_table_is_no_digit() -> None:
    """Rows of the puzzle stand in memory too, and the rest of it is zero."""
    inputs = puzzle_inputs()
    for address in (0, 10, *range(16, 25), 1 << 20):
        for place in (1, 40, 80):
            grid = with_cell(SOLUTION, place, address)
            assert not accepts(PROGRAMS["sudoku_strict"], inputs, strict_advice(grid))


def test_a_permutation_is_what_nine_powers_of_two_make_1022_of() -> None:
    """The program's argument, over all multisets of nine entries, 0 being one of them."""
    entries = [0] + [1 << digit for digit in range(1, 10)]

    def ways(left: int, total: int, largest: int) -> Iterator[tuple[int, ...]]:
        if left == 0:
            if total == 0:
                yield ()
            return
        for index in range(largest, -1, -1):
            if entries[index] * left < total:
                break
            if entries[index] <= total:
                for rest in ways(left - 1, total - entries[index], index):
                    yield (index, *rest)

    assert list(ways(9, 1022, 9)) == [tuple(range(9, 0, -1))]


# BLAKE3


LENGTHS = [0, 1, 2, 3, 4, 5, 31, 60, 61, 63, 64, 65, 127, 128, 1023, 1024, 1025, 2048, 2049, 3072]


@pytest.mark.parametrize("length", LENGTHS)
def test_blake3_of_any_length(length: int) -> None:
    message = bytes((7 * i + 3) % 251 for i in range(length))
    workload = blake3_of(message)
    digest = blake3_package.blake3(message).digest()
    outputs = execute(PROGRAMS["blake3"], workload.inputs, workload.advice).outputs
    assert b"".join(word.to_bytes(4, "little") for word in outputs[:8]) == digest
    assert tuple(outputs) == workload.outputs


@pytest.mark.slow
@pytest.mark.parametrize("chunks", [3, 4, 5, 6, 7, 8, 11])
def test_blake3_of_trees_of_any_shape(chunks: int) -> None:
    message = bytes(i % 251 for i in range(1024 * chunks - 7))
    outputs = run(blake3_of(message)).outputs
    digest = b"".join(word.to_bytes(4, "little") for word in outputs[:8])
    assert digest == blake3_package.blake3(message).digest()


@pytest.mark.parametrize("length", [1, 5, 42, 43, 62])
def test_there_is_nothing_beyond_the_message(length: int) -> None:
    """A last word with a byte too many, a word too many, and other lengths are refused."""
    advice = list(message_advice(b"x" * length))
    rest = length % 4
    beyond = [*advice[:-1], advice[-1] | 1 << (8 * rest)]
    longer = [advice[0] + 1, *advice[1:3], 0, *advice[3:]]
    shorter = [(advice[0] - 1) % MODULUS, *advice[1:3], *advice[4:]]
    other_rest = [advice[0], 1 - advice[1], *advice[2:]]
    no_bit = [advice[0], 2, *advice[2:]]
    no_word = [*advice[:3], 1 << 32, *advice[4:]]
    for wrong in (beyond, longer, shorter, other_rest, no_bit, no_word):
        with pytest.raises(ExecutionError):
            execute(PROGRAMS["blake3"], [length], [*wrong, *[0] * 20], max_cycles=4000)


# Names


@pytest.mark.parametrize(
    ("name", "variant", "scale", "message"),
    [
        ("sudokus", None, 1, r"workload: got 'sudokus'.*did you mean 'sudoku'"),
        ("sudoku", "puzzle", 1, "variant: got 'puzzle', want sudoku"),
        ("fibonacci", "loop-3", 1, "variant: got 'loop-3', want iter-<n>, or fixed-<n>"),
        ("fibonacci", "fixed-0", 1, "got 0 steps"),
        ("fibonacci", "fixed-92", LARGEST_SCALE, "variant: got .* steps"),
        ("blake3", "fox", 1, "variant: got 'fox', want quick-brown-fox or bytes-<n>"),
        ("blake3", "bytes-9999999999", 1, "variant: got 9999999999 bytes"),
        ("sudoku", None, 0, "scale: got 0, want a whole number from 1"),
        ("sudoku", None, True, "scale: got True"),
    ],
)
def test_what_is_no_workload(name: str, variant: str | None, scale: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_workload(name, variant, scale)


def test_workloads_say_what_they_are() -> None:
    for name, kind in WORKLOADS.items():
        workload = make_workload(name)
        assert workload.variant == kind.variants[0]
        assert workload.claim.endswith(".")
        assert workload.items > 0
        for one in (*workload.inputs, *workload.advice, *workload.outputs):
            assert 0 <= one < MODULUS
    assert "sum check" in make_workload("sudoku").claim
    assert make_workload("sudoku").title == "sudoku"
    assert make_workload("fibonacci", scale=3).title == "fibonacci iter-93, 3 times"
    assert dataclasses.replace(make_workload("sudoku"), scale=2).title == "sudoku, 2 times"
