"""The tables of a run: the witness of the machine's AIR, made of what a run remembers.

The definition, in Python integers; ``cpu/trace.cpp`` is its fast twin. Columns are those of air.py
and tables.py, in their order. Heights are powers of two from ``LEAST_HEIGHT`` on; a table that a
run does not need is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from zkmark.kernels.stark.domain import MODULUS
from zkmark.provers.stackvm import instructions as code
from zkmark.provers.stackvm.assembler import Program
from zkmark.provers.stackvm.instructions import CHIP_FLAGS, FLAG_NAMES, STACK
from zkmark.provers.stackvm.machine import Machine
from zkmark.provers.stackvm.tables import PRODUCT_FLAGS, U32_END, U32_FLAGS

Words = NDArray[np.uint64]
Tables = dict[str, Words]

LEAST_HEIGHT = 8
# The bits of a row's flags that the processor alone does without.
CHIP_PLACES = frozenset(STACK + FLAG_NAMES.index(name) for name in CHIP_FLAGS)
LAST_ADDRESS = U32_END - 1


def height_for(rows: int) -> int:
    """Return the height of a table that has to hold some rows."""
    return max(LEAST_HEIGHT, 1 << (rows - 1).bit_length())


def needs_chips(program: Program) -> bool:
    """Tell whether a program can need more tables than the processor's and its own."""
    return any(row[0] & (code.CHIP | code.LOAD | code.STORE) for row in program.rows)


def preprocessed(program: Program) -> Tables:
    """Return the preprocessed columns: the program's rows, and all bytes if it needs them."""
    rows = program.table
    height = height_for(rows.shape[1])
    table = np.zeros((5, height), dtype=np.uint64)
    # Every row's pc is its own, so that what row 0 receives, no other row can send back.
    table[0] = np.arange(height, dtype=np.uint64)
    table[1:, : rows.shape[1]] = rows
    # What pads it is never reached; if it were, it would fail.
    table[1:, rows.shape[1] :] = np.array([[code.ADD], [0], [1], [code.FAIL]], dtype=np.uint64)
    return {"program": table, "bytes": all_bytes()} if needs_chips(program) else {"program": table}


def all_bytes() -> Words:
    """Return the preprocessed columns of the table of bytes."""
    exponents = [byte if byte < 64 else 0 for byte in range(256)]
    columns = [
        [byte >> 4 for byte in range(256)],
        [byte & 15 for byte in range(256)],
        [byte >> 4 & byte for byte in range(256)],
        exponents,
        [pow(2, exponent, MODULUS) for exponent in exponents],
    ]
    return np.array(columns, dtype=np.uint64)


def witness(machine: Machine) -> Tables:
    """Return the tables of a run that has come to its end."""
    log = machine.log
    tables = {"processor": processor(machine)}
    lookups = Lookups()
    if log.accesses:
        tables["memory"] = memory(log.accesses, lookups)
    for name, first, last, fill in (
        ("u32", code.WRAPPING_ADD, code.MAXIMUM, u32_row),
        ("product", code.WRAPPING_MUL, code.HIGH, product_row),
        ("bitwise", code.AND, code.OR, bitwise_row),
    ):
        wanted = [
            entry
            for entry in log.computed
            if first <= entry[0] <= last or (name == "bitwise" and entry[0] >= code.XOR)
        ]
        if wanted:
            rows = [fill(*entry, lookups) for entry in wanted]
            rows += [fill(0, 0, 0, 0, 0, lookups) for _ in range(height_for(len(rows)) - len(rows))]
            tables[name] = columns_of(rows)
    for number, _, y, _, _ in log.computed:
        if number == code.POWER:
            lookups.powers[y] += 1
    tables["program"] = uses(machine, tables["processor"].shape[1])
    if needs_chips(machine.program):
        tables["bytes"] = lookups.table()
    return tables


def columns_of(rows: Iterable[Sequence[int]]) -> Words:
    """Return columns of rows."""
    return np.array(rows, dtype=np.uint64).T.copy()


def processor(machine: Machine) -> Words:
    """Return the processor's table; at the end it stays where it is."""
    rows = []
    cycles = machine.log.cycles
    whole = needs_chips(machine.program)
    places = [
        place for place in range(STACK + len(FLAG_NAMES)) if whole or place not in CHIP_PLACES
    ]
    for clk in range(1, height_for(len(cycles) + 1) + 1):
        if clk <= len(cycles):
            pc, below, x, y, r, h, stack = cycles[clk - 1]
        else:
            pc, below, x, y, r, h, stack = 0, 0, 1, 0, 1, 0, machine.stack
        flags, number, immediate, jump, _ = machine.program.rows[pc]
        constants = [number, immediate, jump] if whole else [immediate, jump]
        bits = [flags >> place & 1 for place in places]
        rows.append([pc, clk, below, x, y, r, h, *stack, *constants, *bits])
    return columns_of(rows)


def uses(machine: Machine, height: int) -> Words:
    """Return the main columns of the program's table."""
    counts = Counter(cycle[0] for cycle in machine.log.cycles)
    counts[0] = height - len(machine.log.cycles)
    table = np.zeros((3, height_for(len(machine.program.rows))), dtype=np.uint64)
    for pc, count in counts.items():
        table[0, pc] = count
    table[1, 0] = pow(counts[0], -1, MODULUS)
    table[2, 0] = machine.log.underflows
    return table


class Lookups:
    """How often each row of the table of bytes is looked up."""

    def __init__(self) -> None:
        self.bytes = [0] * 256
        self.nibbles = [0] * 256
        self.powers = [0] * 256

    def split(self, value: int) -> list[int]:
        """Return the 4 bytes of a u32, the least one first, and count them."""
        result = list(value.to_bytes(4, "little"))
        for byte in result:
            self.bytes[byte] += 1
        return result

    def both(self, high: int, low: int) -> int:
        """Return the AND of two nibbles, and count it."""
        self.nibbles[16 * high + low] += 1
        return high & low

    def table(self) -> Words:
        """Return the main columns of the table of bytes."""
        return np.array([self.bytes, self.nibbles, self.powers], dtype=np.uint64)


def memory(accesses: list[tuple[int, int, int, int]], lookups: Lookups) -> Words:
    """Return the table of accesses, sorted, between a first and at least one last row."""
    real = [(*access, 1) for access in sorted(accesses)]
    rows = [(0, 0, 0, 0, 0), *real]
    for _ in range(height_for(len(real) + 2) - len(rows)):
        address, clk, value, _, _ = rows[-1]
        if address == LAST_ADDRESS:
            rows.append((LAST_ADDRESS, clk + 1, value, 0, 0))
        else:
            rows.append((LAST_ADDRESS, 0, 0, 0, 0))
    result = []
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        changes, delta = 0, 0
        if following is not None:
            changes = int(row[0] != following[0])
            place = 0 if changes else 1
            delta = following[place] - row[place] - 1
        result.append([*row, changes, *lookups.split(delta)])
    return columns_of(result)


def u32_row(number: int, x: int, y: int, r: int, h: int, lookups: Lookups) -> list[int]:
    """Return a row of the table ``u32``."""
    adds = number in (code.WRAPPING_ADD, code.OVERFLOWING_ADD, code.WIDENING_ADD)
    carry, low = divmod(y + x, U32_END) if adds or not number else (int(y < x), (y - x) % U32_END)
    parts = [byte for value in (y, x, low) for byte in lookups.split(value)]
    return [*parts, carry, r, *(int(number == flag) for flag in U32_FLAGS.values())]


def product_row(number: int, x: int, y: int, r: int, h: int, lookups: Lookups) -> list[int]:
    """Return a row of the table ``product``."""
    if number in (code.DIVIDE, code.MODULO, code.DIVIDE_MODULO):
        b, rest = divmod(y, x)
        a, low, high = x, y, x - 1 - rest
    else:
        splits = number in (code.SPLIT, code.LOW, code.HIGH)
        a, b, rest = x, 0 if splits else y, 0
        high, low = divmod(y if splits else x * y, U32_END)
    inverse = pow(U32_END - 1 - high, -1, MODULUS) if high != U32_END - 1 else 0
    parts = [byte for value in (a, b, rest, low, high) for byte in lookups.split(value)]
    return [*parts, inverse, *(int(number == flag) for flag in PRODUCT_FLAGS.values())]


def bitwise_row(number: int, x: int, y: int, r: int, h: int, lookups: Lookups) -> list[int]:
    """Return a row of the table ``bitwise``."""
    n = max(number - code.XOR, 0)
    k, m = divmod(n, 4)
    ys, xs = ([value >> 4 * place & 15 for place in range(8)] for value in (y, x))
    ands = [lookups.both(high, low) for high, low in zip(ys, xs, strict=True)]
    z = x ^ y
    part = lookups.both(z >> 4 * k & 15, (1 << m) - 1)
    lowest = z % (1 << n)
    flags = (number == code.AND, number == code.OR, number >= code.XOR)
    return [
        *ys,
        *xs,
        *ands,
        *(int(k == place) for place in range(8)),
        *(int(m == place) for place in range(4)),
        part,
        lowest,
        1 << (32 - n),
        r,
        *map(int, flags),
    ]
