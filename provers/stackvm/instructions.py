"""What one cycle of the stack machine does: a row of the program's table, and how it is encoded.

A row takes an operand x and an operand y, makes a result r (and for some a second one, h) of them,
and moves the stack in one of a few ways. An instruction of the assembly is one such row, or a few;
often a row does the work of several instructions. Rows are ``(flags, code, immediate, jump,
position)``; the position is where in the source it comes from.

Operands, with s_0 the top of the stack, e_i the index's one-hot bits and n the index:
    x = [B_TOP] s_0 + [B_INDEX] s_n + immediate, or what is read from memory (LOAD), or any value
        that the prover likes (FREE); for LOAD and STORE the immediate is part of the address
    y = [A_TOP] s_0 + [A_INDEX] s_n
    address = immediate + [ADDRESS_TOP] s_0

Results: ADD r = y + x, SUB r = y - x, MUL r = y x, DIV r = y / x, EQ r = (y = x), NEQ r = (y != x),
CHIP: (r, h) = what another table computes of x and y, by ``code``. BOOL demands that x and y be 0
or 1. STORE writes x to memory.

Motions of the stack (none: it stays as it is):
    KEEP    s_0 becomes r
    PUSH    r is pushed
    POP     s_0 is dropped
    REMOVE  s_n is taken out (n > 0), then s_0 becomes r
    UP      s_n is taken out, then r is pushed
    DOWN    s_0 is taken out, then r put in at n (n > 0)
    WRITE   s_n becomes r (n > 0)
    SWAP    s_0 becomes x, s_n what s_0 was (n > 0)
TWO (with KEEP or PUSH): s_1 becomes h afterwards.

The next row is the one at ``pc + 1 + r * jump``. Assertions jump, by FAIL, to where no row is.
Row 0 is where a program ends: it jumps to itself. Row 1 is where it starts.
"""

from __future__ import annotations

from zkmark.kernels.stark.domain import MODULUS

Row = tuple[int, int, int, int, int]

STACK = 16

# The bits of a row's flags: 16 of the index, then these.
FLAG_NAMES = (
    "keep", "push", "pop", "remove", "up", "down", "write", "swap", "two",
    "a_top", "a_index", "b_top", "b_index", "free", "address_top",
    "add", "sub", "mul", "div", "eq", "neq", "bool", "chip", "load", "store",
)  # fmt: skip
(
    KEEP, PUSH, POP, REMOVE, UP, DOWN, WRITE, SWAP, TWO,
    A_TOP, A_INDEX, B_TOP, B_INDEX, FREE, ADDRESS_TOP,
    ADD, SUB, MUL, DIV, EQ, NEQ, BOOL, CHIP, LOAD, STORE,
) = (1 << (STACK + bit) for bit in range(len(FLAG_NAMES)))  # fmt: skip

# Those of rows that need other tables; the processor alone does without their columns.
CHIP_FLAGS = ("two", "address_top", "chip", "load", "store")

INDEX_MASK = (1 << STACK) - 1
MOTIONS = KEEP | PUSH | POP | REMOVE | UP | DOWN | WRITE | SWAP
RESULTS = ADD | SUB | MUL | DIV | EQ | NEQ | CHIP

# The jump of an assertion: farther than any program is long.
FAIL = 1 << 32
# Where memory of procedures' locals starts, as in Miden.
LOCALS_BASE = 1 << 30
HALT: Row = (ADD, 0, 1, MODULUS - 1, -1)

# Codes of what other tables compute of x and y. Table u32:
WRAPPING_ADD = 1  # r = (y + x) mod 2^32
OVERFLOWING_ADD = 2  # r = carry, h = sum
WIDENING_ADD = 3  # r = sum, h = carry
WRAPPING_SUB = 4  # r = (y - x) mod 2^32
OVERFLOWING_SUB = 5  # r = borrow, h = difference
LESS = 6  # r = (y < x)
NOT_LESS = 7  # r = (y >= x)
MINIMUM = 8
MAXIMUM = 9
# Table product:
WRAPPING_MUL = 10  # r = y x mod 2^32
WIDENING_MUL = 11  # r = low half, h = high half
OVERFLOWING_MUL = 12  # r = high half, h = low half
DIVIDE = 13  # r = floor(y / x)
MODULO = 14  # r = y mod x
DIVIDE_MODULO = 15  # r = y mod x, h = floor(y / x)
SPLIT = 16  # y any element, x = 0: r = low half, h = high half
LOW = 17  # y any element, x = 0: r = low half
HIGH = 18  # y any element, x = 0: r = high half
# Table bitwise:
AND = 19
OR = 20
# Table bytes:
POWER = 21  # x = 0: r = 2^y, y < 64
# Table bitwise again: XOR + n, r = (y xor x) rotated right by n, for n from 0 to 31.
XOR = 32


def flag_names(flags: int) -> list[str]:
    """Return the names of the flags that are set, and the index, for error messages and tests."""
    names = [name for bit, name in enumerate(FLAG_NAMES) if flags >> (STACK + bit) & 1]
    index = flags & INDEX_MASK
    return [*names, f"n={index.bit_length() - 1}"] if index else names
