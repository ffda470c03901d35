"""The tables beside the processor's: memory, 32-bit arithmetic, bitwise operations, and bytes.

Each row of ``u32``, ``product`` and ``bitwise`` computes one (r, h) of x and y and receives it on
channel CHIP under the code of instructions.py; flags say which, at most one of them set. Rows that
pad a table have none set.
"""

from __future__ import annotations

from collections.abc import Sequence

from zkmark.kernels.stark.domain import MODULUS
from zkmark.provers.stackvm import instructions as code
from zkmark.provers.stark.air import Table, boolean
from zkmark.provers.stark.expressions import Column, Expression, total

CHIP = "chip"
MEMORY = "memory"
BYTE = "byte"
NIBBLES = "nibbles"

U32_END = 1 << 32
# The flags of a row, in the order of the columns, with the codes that they stand for.
U32_FLAGS = {
    "wrapping_add": code.WRAPPING_ADD,
    "overflowing_add": code.OVERFLOWING_ADD,
    "widening_add": code.WIDENING_ADD,
    "wrapping_sub": code.WRAPPING_SUB,
    "overflowing_sub": code.OVERFLOWING_SUB,
    "less": code.LESS,
    "not_less": code.NOT_LESS,
    "minimum": code.MINIMUM,
    "maximum": code.MAXIMUM,
}
PRODUCT_FLAGS = {
    "wrapping_mul": code.WRAPPING_MUL,
    "widening_mul": code.WIDENING_MUL,
    "overflowing_mul": code.OVERFLOWING_MUL,
    "divide": code.DIVIDE,
    "modulo": code.MODULO,
    "divide_modulo": code.DIVIDE_MODULO,
    "split": code.SPLIT,
    "low": code.LOW,
    "high": code.HIGH,
}


def _bytes(table: Table, name: str) -> Expression:
    """Declare 4 bytes, the least one first, and return the u32 that they are."""
    columns = table.columns(name, 4)
    for column in columns:
        table.send(BYTE, [column], 1)
    return total([column * (1 << 8 * place) for place, column in enumerate(columns)])


def _flags(table: Table, codes: dict[str, int]) -> tuple[dict[str, Column], Expression]:
    """Declare flags, at most one of them set, and return them and the code that they stand for."""
    flags = {name: table.column(name) for name in codes}
    for flag in flags.values():
        table.constrain(f"{flag.name} is a bit", boolean(flag))
    table.constrain("one flag at the most", boolean(total(list(flags.values()))))
    return flags, total([flags[name] * number for name, number in codes.items()])


def memory_table() -> Table:
    """Return the table of accesses to memory, in order of address and then of clk.

    Its first row is at address 0 and its last at 2^32 - 1, not real ones (``real`` is 0): so that
    addresses that grow by less than 2^32 a row are all below 2^32.
    """
    table = Table("memory")
    address, clk, value, write, real, changes = (
        table.column(name) for name in ("address", "clk", "value", "write", "real", "changes")
    )
    delta = _bytes(table, "delta")
    for bit in (write, real, changes):
        table.constrain(f"{bit.name} is a bit", boolean(bit))
    table.constrain("only real rows write", (1 - real) * write)
    table.constrain_first("address starts at 0", address)
    table.constrain_last("address ends at 2^32 - 1", address - (U32_END - 1))
    table.constrain_transition("address stays", (1 - changes) * (address.next - address))
    table.constrain_transition(
        "address or clk grows",
        changes * (address.next - address - 1) + (1 - changes) * (clk.next - clk - 1) - delta,
    )
    table.constrain_first("the first row reads 0", (1 - write) * value)
    table.constrain_transition(
        "reads what was written", (1 - changes) * (1 - write.next) * (value.next - value)
    )
    table.constrain_transition("a new address reads 0", changes * (1 - write.next) * value.next)
    table.receive(MEMORY, [address, clk, value, write], real)
    return table


def u32_table() -> Table:
    """Return the table of sums, differences and comparisons: y + x or y - x, and its carry."""
    table = Table("u32")
    y, x, low = (_bytes(table, name) for name in ("y", "x", "low"))
    carry = table.column("carry")
    r = table.column("r")
    flags, number = _flags(table, U32_FLAGS)
    real = total(list(flags.values()))
    subtracts = real - (flags["wrapping_add"] + flags["overflowing_add"] + flags["widening_add"])
    table.constrain("carry is a bit", boolean(carry))
    # y + x = low + 2^32 carry, or y - x = low - 2^32 carry.
    table.constrain("sum", y - low + (1 - 2 * subtracts) * (x - U32_END * carry))
    table.constrain(
        "r",
        r
        - (flags["wrapping_add"] + flags["widening_add"] + flags["wrapping_sub"]) * low
        - (flags["overflowing_add"] + flags["overflowing_sub"] + flags["less"]) * carry
        - flags["not_less"] * (1 - carry)
        - flags["minimum"] * (x + carry * (y - x))
        - flags["maximum"] * (y + carry * (x - y)),
    )
    h = (flags["overflowing_add"] + flags["overflowing_sub"]) * low + flags["widening_add"] * carry
    table.receive(CHIP, [number, x, y, r, h], real)
    return table


def product_table() -> Table:
    """Return the table of products, divisions, and halves of elements.

    a b + rest = low + 2^32 high for products (rest 0); a b + rest = low for divisions of low by a,
    where ``high`` is a - 1 - rest and shows that rest is below a; halves have a = 0.
    """
    table = Table("product")
    a, b, rest, low, high = (_bytes(table, name) for name in ("a", "b", "rest", "low", "high"))
    inverse = table.column("inverse")
    flags, number = _flags(table, PRODUCT_FLAGS)
    multiplies = flags["wrapping_mul"] + flags["widening_mul"] + flags["overflowing_mul"]
    divides = flags["divide"] + flags["modulo"] + flags["divide_modulo"]
    splits = flags["split"] + flags["low"] + flags["high"]
    table.constrain(
        "product",
        (multiplies + divides) * (a * b + rest - low) - multiplies * U32_END * high,
    )
    table.constrain("a product has no rest", multiplies * rest)
    table.constrain("the rest is below the divisor", divides * (high - a + 1 + rest))
    table.constrain("halves have no a", splits * a)
    # p = 2^64 - 2^32 + 1: low + 2^32 high is below it unless high is 2^32 - 1 and low is not 0.
    table.constrain("halves are canonical", low * (1 - (U32_END - 1 - high) * inverse))
    y = multiplies * b + divides * low + splits * (low + U32_END * high)
    r = (
        (flags["wrapping_mul"] + flags["widening_mul"] + flags["split"] + flags["low"]) * low
        + (flags["overflowing_mul"] + flags["high"]) * high
        + flags["divide"] * b
        + (flags["modulo"] + flags["divide_modulo"]) * rest
    )
    h = (
        (flags["widening_mul"] + flags["split"]) * high
        + flags["overflowing_mul"] * low
        + flags["divide_modulo"] * b
    )
    table.receive(CHIP, [number, a, y, r, h], multiplies + divides + splits)
    return table


def bitwise_table() -> Table:
    """Return the table of AND, OR, and of XOR rotated to the right by n = 4 k + m.

    ``nibble[k]`` and ``bit[m]`` are one-hot. The n low bits of z = y xor x are ``lowest``: all of
    the k lowest nibbles, and ``part``, the m low bits of nibble k.
    """
    table = Table("bitwise")
    ys, xs, ands = (table.columns(name, 8) for name in ("y", "x", "and"))
    nibble = table.columns("nibble", 8)
    bit = table.columns("bit", 4)
    part, lowest, factor, r = (table.column(name) for name in ("part", "lowest", "factor", "r"))
    flags, _ = _flags(table, {"is_and": code.AND, "is_or": code.OR, "is_xor": code.XOR})
    for column in (*nibble, *bit):
        table.constrain(f"{column.name} is a bit", boolean(column))
    table.constrain("one nibble", total(nibble) - 1)
    table.constrain("one bit", total(bit) - 1)
    for lookup in zip(ys, xs, ands, strict=True):
        table.send(NIBBLES, lookup, 1)

    def joined(nibbles: Sequence[Expression]) -> Expression:
        return total([value * 16**place for place, value in enumerate(nibbles)])

    zs = [y + x - 2 * both for y, x, both in zip(ys, xs, ands, strict=True)]
    chosen = total([select * z for select, z in zip(nibble, zs, strict=True)])
    mask = total([select * ((1 << m) - 1) for m, select in enumerate(bit)])
    table.send(NIBBLES, [chosen, mask, part], 1)
    table.constrain(
        "lowest",
        lowest
        - total([select * (joined(zs[:k]) + part * 16**k) for k, select in enumerate(nibble)]),
    )
    # factor = 2^(32 - n)
    table.constrain(
        "factor",
        factor
        - total([select * 2 ** (32 - 4 * k) for k, select in enumerate(nibble)])
        * total([select * pow(2**m, -1, MODULUS) for m, select in enumerate(bit)]),
    )
    y, x, both, z = (joined(part) for part in (ys, xs, ands, zs))
    table.constrain("and", flags["is_and"] * (r - both))
    table.constrain("or", flags["is_or"] * (r - y - x + both))
    # (z - lowest) / 2^n + lowest 2^(32 - n)
    shifted = (z - lowest) * pow(U32_END, -1, MODULUS) + lowest
    table.constrain("xor", flags["is_xor"] * (r - factor * shifted))
    rotation = total([select * 4 * k for k, select in enumerate(nibble)]) + total(
        [select * m for m, select in enumerate(bit)]
    )
    number = (
        flags["is_and"] * code.AND
        + flags["is_or"] * code.OR
        + flags["is_xor"] * (code.XOR + rotation)
    )
    table.receive(CHIP, [number, x, y, r, 0], total(list(flags.values())))
    return table


def bytes_table() -> Table:
    """Return the table of all bytes: 256 preprocessed rows, and how often each is looked up.

    A row is a byte, the AND of its two nibbles, and a power of two (``exponent`` is the byte as far
    as powers below 2^64 go, then 0).
    """
    table = Table("bytes")
    high, low, both, exponent, power = (
        table.preprocessed(name) for name in ("high", "low", "and", "exponent", "power")
    )
    table.receive(BYTE, [16 * high + low], table.column("bytes"))
    table.receive(NIBBLES, [high, low, both], table.column("nibbles"))
    table.receive(CHIP, [code.POWER, 0, exponent, power, 0], table.column("powers"))
    return table
