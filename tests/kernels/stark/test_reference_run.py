"""Programs by hand: operands, sources of other shapes, what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from zkmark.kernels.stark.program import Operand, Operation, Program, operand
from zkmark.kernels.stark.reference_run import run_program

MODULUS = 2**64 - 2**32 + 1
LOADS = [(0, 1, 0), (0, 0, 1), (1, 0, 0)]


def load(index: int) -> int:
    return operand(Operand.LOAD, index)


def program(*code: tuple[int, ...], outputs: int = 1) -> Program:
    rows = [[*row, *[0] * (5 - len(row))] for row in code]
    return Program(
        np.array(rows, dtype=np.uint32), np.array(LOADS, dtype=np.uint32), 4, 1, 1, outputs
    )


def ran(given: Program, **changes: Any) -> list[list[list[int]]]:
    """Run on a source of 2 blocks of 4 rows and one of 4 blocks of 2 rows."""
    arguments: dict[str, Any] = {
        "sources": [
            np.arange(16, dtype=np.uint64).reshape(2, 2, 4),
            100 + np.arange(8, dtype=np.uint64).reshape(1, 4, 2),
        ],
        "constants": np.array([MODULUS - 1], dtype=np.uint64),
        "block_constants": np.array([[1000, 2000]], dtype=np.uint64),
    }
    return run_program(given, **(arguments | changes)).tolist()


CONSTANT, BLOCK = operand(Operand.CONSTANT, 0), operand(Operand.BLOCK, 0)


def test_operands_are_what_they_say() -> None:
    store = Operation.STORE
    assert ran(program((store, 0, load(0)))) == [[[8, 9, 10, 11], [12, 13, 14, 15]]]
    # The next row of the last is the first.
    assert ran(program((store, 0, load(1)))) == [[[1, 2, 3, 0], [5, 6, 7, 4]]]
    # Every second block, and rows again and again.
    assert ran(program((store, 0, load(2)))) == [[[100, 101, 100, 101], [104, 105, 104, 105]]]
    assert ran(program((store, 0, CONSTANT))) == [[[MODULUS - 1] * 4] * 2]
    assert ran(program((store, 0, BLOCK))) == [[[1000] * 4, [2000] * 4]]


def test_operations_are_those_of_the_field() -> None:
    code = program(
        (Operation.MULTIPLY, 1, load(0), CONSTANT),
        (Operation.ADD, 2, 1, load(0)),
        (Operation.SUBTRACT, 3, 1, CONSTANT),
        (Operation.MULTIPLY_ADD, 1, load(1), load(0), 3),
        (Operation.STORE, 1, 2),
        (Operation.STORE, 0, 1),
        outputs=2,
    )
    value, zero = ran(code)
    assert zero == [[0] * 4] * 2
    here, following = ran(program((4, 0, load(0)))), ran(program((4, 0, load(1))))
    for block in range(2):
        for row in range(4):
            a, b = here[0][block][row], following[0][block][row]
            assert value[block][row] == (a * b - a + 1) % MODULUS


def test_a_register_may_be_its_own_operand() -> None:
    code = program(
        (Operation.ADD, 0, load(0), load(0)),
        (Operation.MULTIPLY_ADD, 0, 0, 0, 0),
        (Operation.STORE, 0, 0),
    )
    assert ran(code)[0][0] == [(2 * a) ** 2 + 2 * a for a in (8, 9, 10, 11)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"constants": np.zeros(2, np.uint64)}, r"constants: got shape \(2,\), want \(1,\)"),
        ({"block_constants": None}, r"block_constants: got shape None, want \(1, 2\)"),
        ({"block_constants": np.zeros((1, 4), np.uint64)}, r"got shape \(1, 4\), want \(1, 2\)"),
        ({"blocks": 4, "block_constants": np.zeros((1, 4), np.uint64)}, "source 0: got 2 blocks"),
        ({"height": 2}, "a divisor of 2 rows"),
        ({"sources": []}, "got neither them nor a source"),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ran(program((Operation.STORE, 0, load(0))), **changes)
