"""The textbook's counts of a STARK's operations, on sizes small enough to count by hand."""

from __future__ import annotations

import numpy as np
import pytest

from zkmark.kernels.stark import work
from zkmark.kernels.stark.operations import Columns
from zkmark.kernels.stark.program import Operand, Operation, Program, operand
from zkmark.kernels.stark.work import Work


def columns(count: int, blocks: int, height: int) -> Columns:
    return Columns(count, blocks, height, None)


def test_transforms() -> None:
    # Of 8 points: 3 layers of 4 butterflies, and 8 to scale or shift.
    assert work.interpolate_work(columns(3, 2, 8)) == Work(6 * 20, 0, 2 * 6 * 64)
    assert work.extend_work(columns(3, 1, 8), 4) == Work(12 * 20, 0, 3 * 64 + 12 * 64)
    assert work.interpolate_work(columns(1, 1, 1)) == Work(1, 0, 16)


@pytest.mark.parametrize(
    ("hash", "width", "calls"),
    [
        ("blake3", 1, 1),
        ("blake3", 8, 1),
        ("blake3", 9, 2),
        ("blake3", 128, 16),
        ("blake3", 129, 16 + 1 + 1),  # two chunks and their parent
        ("rpo-256", 8, 1),
        ("rpo-256", 9, 2),
        ("poseidon2-goldilocks-12", 17, 3),
    ],
)
def test_hashes_of_a_row(hash: str, width: int, calls: int) -> None:
    assert work.row_hashes(hash, width) == calls


def test_commitments_of_mixed_heights() -> None:
    # 16 leaves of two calls, 15 nodes, and 4 rows of one call and one to take them in.
    found = work.commit_work([columns(7, 2, 8), columns(5, 2, 2), columns(3, 2, 8)], "blake3")
    assert found.hashes == 16 * 2 + 15 + 4 * (1 + 1)
    assert found.bytes == 8 * (10 * 16 + 5 * 4) + 32 * 31


def test_programs_count_the_columns_that_they_read_once() -> None:
    a, b = operand(Operand.LOAD, 0), operand(Operand.LOAD, 1)
    code = np.array(
        [
            (Operation.MULTIPLY, 0, a, b, 0),
            (Operation.MULTIPLY_ADD, 0, a, 0, 0),
            (Operation.STORE, 0, 0, 0, 0),
        ],
        dtype=np.uint32,
    )
    loads = np.array([(0, 1, 0), (0, 1, 1)], dtype=np.uint32)
    program = Program(code, loads, 1, 0, 0, 1)
    found = work.run_work(program, [columns(5, 8, 4)], 2, 4)
    assert found == Work(2 * 8, 0, 8 * (8 + 8))


def test_the_rest() -> None:
    assert work.fractions_work(columns(4, 1, 8), 2) == Work(4 * 4 * 16, 0, 8 * 2 * (3 * 16 + 8))
    assert work.evaluate_work(columns(3, 1, 8), 2, 2) == Work(64 + 2 * 24 * 2, 0, 8 * 24)
    assert work.combine_work([columns(3, 2, 4), columns(1, 2, 4)], 3) == Work(
        3 * 32, 0, 8 * (32 + 24)
    )
    assert work.deep_work([[8, 2], [8]], 2, 8, 2) == Work(
        5 * 2 * 4 * 16, 0, 8 * (2 * 2 * 18 + 2 * 16)
    )
    # 16 points to 4: 12 foldings of two.
    assert work.fold_work(columns(2, 2, 8), 4) == Work(12 * 6, 0, 8 * 2 * 20)
    assert work.grind_work(7) == Work(hashes=7)
    assert Work(1, 2, 3) + Work(4, 5, 6) == Work(5, 7, 9)
