"""Running a program: the definition, in Python integers, one row at a time.

``cpu/executor.cpp`` is its fast twin, and ``trace.py`` makes tables of what both remember.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from zkmark.kernels.stark.domain import MODULUS
from zkmark.provers.stackvm import instructions as code
from zkmark.provers.stackvm.assembler import Program
from zkmark.provers.stackvm.chips import compute
from zkmark.provers.stackvm.failures import Failure, OperandError, execution_error
from zkmark.provers.stackvm.instructions import INDEX_MASK, STACK

MAX_CYCLES = 1 << 29


@dataclass
class Log:
    """What the reference remembers of a run, for its trace."""

    # A row a cycle: pc, address of the overflow, x, y, r, h, and the stack's 16 elements.
    cycles: list[tuple[int, int, int, int, int, int, list[int]]] = field(default_factory=list)
    # (code, x, y, r, h), (address, cycle, value, is a write), in order of time.
    computed: list[tuple[int, int, int, int, int]] = field(default_factory=list)
    accesses: list[tuple[int, int, int, int]] = field(default_factory=list)
    # How often an empty overflow was asked for an element.
    underflows: int = 0


def check_elements(name: str, values: Sequence[int]) -> list[int]:
    """Return field elements; ``ValueError`` unless they are 0 to p - 1."""
    for value in values:
        if not 0 <= value < MODULUS:
            raise ValueError(f"{name}: got {value}, want 0 to {MODULUS - 1}")
    return [int(value) for value in values]


def stack_of(inputs: Sequence[int], name: str = "stack inputs") -> list[int]:
    """Return a stack of 16 elements, the first input on top; ``name`` is for what is refused."""
    values = check_elements(name, inputs)
    if len(values) > STACK:
        raise ValueError(f"{name}: got {len(values)} of them, want {STACK} at the most")
    return values + [0] * (STACK - len(values))


class Machine:
    """The machine's state, and what it does with a row."""

    def __init__(self, program: Program, inputs: Sequence[int], advice: Sequence[int]) -> None:
        self.program = program
        self.stack = stack_of(inputs)
        self.advice = check_elements("advice", advice)
        self.used = 0
        self.memory: dict[int, int] = {}
        # (cycle in which it was pushed, element, address of the one below).
        self.overflow: list[tuple[int, int, int]] = []
        self.pc = 1
        self.clk = 1
        self.log = Log()

    def fail(self, failure: Failure, a: int, b: int = 0) -> RuntimeError:
        """Return the error of the row that is running."""
        return execution_error(self.program, self.pc, self.clk, failure, a, b)

    def run(self, max_cycles: int) -> None:
        """Run to the end."""
        while self.pc:
            if self.clk > max_cycles:
                raise self.fail(Failure.LIMIT, max_cycles)
            self.step()
        if self.overflow:
            raise self.fail(Failure.DEPTH, STACK + len(self.overflow))

    def step(self) -> None:
        """Run one row."""
        flags, number, immediate, jump, _ = self.program.rows[self.pc]
        stack = self.stack
        n = (flags & INDEX_MASK).bit_length() - 1
        y = (stack[0] if flags & code.A_TOP else 0) + (stack[n] if flags & code.A_INDEX else 0)
        x = self._operand(flags, immediate, n)
        r, h = self._result(flags, number, x, y)
        below = self.overflow[-1][0] if self.overflow else 0
        self.log.cycles.append((self.pc, below, x, y, r, h, stack))
        self.stack = self._moved(flags, n, x, r, h)
        if jump:
            if r and jump == code.FAIL:
                raise self.fail(Failure.ASSERTION, y, x)
            self.pc = (self.pc + 1 + r * jump) % MODULUS
        else:
            self.pc += 1
        self.clk += 1

    def _operand(self, flags: int, immediate: int, n: int) -> int:
        """Return x, read or written if it is in memory."""
        if flags & code.FREE:
            if self.used == len(self.advice):
                raise self.fail(Failure.ADVICE, self.used)
            x = self.advice[self.used]
            self.used += 1
        else:
            x = self.stack[0] if flags & code.B_TOP else 0
            x += self.stack[n] if flags & code.B_INDEX else 0
            x += 0 if flags & (code.LOAD | code.STORE) else immediate
        if flags & (code.LOAD | code.STORE):
            top = self.stack[0] if flags & code.ADDRESS_TOP else 0
            address = (immediate + top) % MODULUS
            if address >> 32:
                raise self.fail(Failure.ADDRESS, address)
            if flags & code.LOAD:
                x = self.memory.get(address, 0)
            else:
                self.memory[address] = x
            self.log.accesses.append((address, self.clk, x, int(flags & code.STORE != 0)))
        return x

    def _result(self, flags: int, number: int, x: int, y: int) -> tuple[int, int]:
        """Return r and h."""
        if flags & code.BOOL:
            for operand in (y, x):
                if operand > 1:
                    raise self.fail(Failure.BOOLEAN, operand)
        if flags & code.CHIP:
            try:
                r, h = compute(number, x, y)
            except OperandError as error:
                raise self.fail(error.failure, error.operand) from None
            self.log.computed.append((number, x, y, r, h))
            return r, h
        if flags & code.ADD:
            return (y + x) % MODULUS, 0
        if flags & code.SUB:
            return (y - x) % MODULUS, 0
        if flags & code.MUL:
            return y * x % MODULUS, 0
        if flags & code.DIV:
            if x == 0:
                raise self.fail(Failure.DIVISION, y)
            h = pow(x, -1, MODULUS)
            return y * h % MODULUS, h
        if flags & (code.EQ | code.NEQ):
            h = pow(y - x, -1, MODULUS) if x != y else 0
            return int((x == y) == bool(flags & code.EQ)), h
        return 0, 0

    def _moved(self, flags: int, n: int, x: int, r: int, h: int) -> list[int]:
        """Return the next stack."""
        stack = self.stack
        if flags & code.KEEP:
            rest = stack[1:]
            if flags & code.TWO:
                rest[0] = h
            return [r, *rest]
        if flags & code.PUSH:
            below = self.overflow[-1][0] if self.overflow else 0
            self.overflow.append((self.clk, stack[-1], below))
            rest = stack[:-1]
            if flags & code.TWO:
                rest[0] = h
            return [r, *rest]
        if flags & code.POP:
            return [*stack[1:], self._popped()]
        if flags & code.REMOVE:
            return [r, *stack[1:n], *stack[n + 1 :], self._popped()]
        if flags & code.UP:
            return [r, *stack[:n], *stack[n + 1 :]]
        if flags & code.DOWN:
            return [*stack[1 : n + 1], r, *stack[n + 1 :]]
        if flags & code.WRITE:
            return [*stack[:n], r, *stack[n + 1 :]]
        if flags & code.SWAP:
            return [x, *stack[1:n], stack[0], *stack[n + 1 :]]
        return stack

    def _popped(self) -> int:
        """Return what comes up from below the 16 elements; zero if nothing is there."""
        if not self.overflow:
            self.log.underflows += 1
            return 0
        return self.overflow.pop()[1]
