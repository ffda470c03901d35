"""Why programs fail: one sentence each, the same for the reference and its native twin."""

from __future__ import annotations

from enum import IntEnum

from zkmark.provers.stackvm.assembler import Program
from zkmark.provers.stackvm.instructions import STACK


class Failure(IntEnum):
    """Kinds of failures, by the native twin's numbers."""

    LIMIT = 1
    ASSERTION = 2
    ADVICE = 3
    ADDRESS = 4
    BOOLEAN = 5
    DIVISION = 6
    U32 = 7
    EXPONENT = 8
    DEPTH = 9


_TEXTS = {
    Failure.LIMIT: "got to the limit of {a} cycles, want an end before it",
    Failure.ASSERTION: "assertion failed{told}: compared {a} with {b}",
    Failure.ADVICE: "got no advice, want more than {a} elements of it",
    Failure.ADDRESS: "got address {a}, want one below 2^32",
    Failure.BOOLEAN: "got {a}, want 0 or 1",
    Failure.DIVISION: "got {a} divided by 0, want a divisor that is not 0",
    Failure.U32: "got operand {a}, want a u32 (below 2^32){told}",
    Failure.EXPONENT: "got exponent {a}, want 0 to 63",
    Failure.DEPTH: f"got {{a}} elements on the stack, want {STACK}",
}


class ExecutionError(RuntimeError):
    """A program that fails; the message says where, in which cycle, and why."""


class OperandError(ValueError):
    """An operand that an instruction cannot have."""

    def __init__(self, failure: Failure, operand: int) -> None:
        super().__init__(_TEXTS[failure].format(a=operand, told=""))
        self.failure, self.operand = failure, operand


def execution_error(
    program: Program, pc: int, cycle: int, failure: Failure, a: int, b: int = 0
) -> ExecutionError:
    """Return the error of a row that failed in a cycle."""
    message = program.message(pc)
    why = _TEXTS[failure].format(a=a, b=b, told=f" ({message})" if message else "")
    return ExecutionError(f"{program.where(pc)}, cycle {cycle}: {why}")
