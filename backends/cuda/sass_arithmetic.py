"""What integer instructions compute, as far as it is known without data.

A value is an integer of 32 bits, or ``None``: it comes from memory. What one thread does next
depends on the former alone in every kernel whose loops are over sizes. An instruction that is not
here gives ``None``, which is never wrong.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence

import numpy as np

Word = int | None
Flag = bool | None

_MASK = 0xFFFFFFFF
_COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "GE": operator.ge,
    "GT": operator.gt,
    "LE": operator.le,
    "LT": operator.lt,
    "EQ": operator.eq,
    "NE": operator.ne,
}


def _signed(x: int) -> int:
    return x - ((x & 0x80000000) << 1)


def half_pair(high: str, low: str) -> int:
    """Return two constants of 16-bit floating point side by side: a way to set a register."""
    first, second = (int(np.float16(float(x)).view(np.uint16)) for x in (high, low))
    return first << 16 | second


def add(terms: Sequence[Word], carry: Flag = False) -> tuple[Word, int | None]:
    """Add; return the sum and what is carried. A negated register counts 2^32 - x."""
    if carry is None or any(term is None for term in terms):
        return None, None
    total = sum(term for term in terms if term is not None) + int(carry)
    return total & _MASK, total >> 32


def multiply_add(opcode: str, a: Word, b: Word, c: Word, carry: Flag = False) -> Word:
    """Return a b + c, of 64 bits for ``.WIDE``, its upper half for ``.HI``."""
    if 0 in (a, b):
        a = b = 0
    if a is None or b is None or c is None or carry is None:
        return None
    parts = opcode.split(".")
    if "U32" not in parts and ("WIDE" in parts or "HI" in parts):
        a, b = _signed(a), _signed(b)
    if "HI" in parts:
        return ((a * b >> 32) + c + carry) & _MASK
    total = a * b + c + carry
    return total & (_MASK << 32 | _MASK) if "WIDE" in parts else total & _MASK


def shift(opcode: str, low: Word, count: Word, high: Word) -> Word:
    """Return ``SHF``: a word of two, shifted; ``.W`` takes the count modulo 32."""
    if count is None:
        return None
    parts = opcode.split(".")
    left, upper = "L" in parts, "HI" in parts
    limit = 63 if {"U64", "S64"} & set(parts) else 32
    count = count & 31 if "W" in parts else min(count, limit)
    # For an unsigned word to the left the other half is RZ, and does not matter; nor to the right.
    if left and not upper:
        high = 0
    if not left and upper:
        low = 0 if low is None else low
    if low is None or high is None:
        return None
    both = high << 32 | low
    if not left and "S32" in parts:
        both = _signed(high) << 32 | low
    total = both << count if left else both >> count
    return (total >> 32 if upper else total) & _MASK


def logic(table: int, a: Word, b: Word, c: Word) -> Word:
    """Return ``LOP3``: bit by bit what the table of eight says."""
    sources = (a, b, c)
    found = 0
    for i in range(8):
        if not table >> i & 1:
            continue
        term: Word = _MASK
        for place, value in enumerate(sources):
            wanted = i >> (2 - place) & 1
            if term == 0 or (value == 0 and wanted):
                term = 0
            elif value is None or term is None:
                term = None if not _ignores(table, place) else term
            else:
                term &= value if wanted else ~value & _MASK
        if term is None:
            return None
        found |= term
    return found


def _ignores(table: int, place: int) -> bool:
    """Say whether a table's result is the same for both bits of an operand."""
    bit = 1 << (2 - place)
    return all((table >> i & 1) == (table >> (i ^ bit) & 1) for i in range(8))


def flag_logic(table: int, flags: Sequence[Flag]) -> Flag:
    """Return a table's entry for three flags; ``None`` where an unknown one counts."""
    found = {table >> i & 1 for i in range(8) if _agrees(i, flags)}
    return bool(found.pop()) if len(found) == 1 else None


def _agrees(index: int, flags: Sequence[Flag]) -> bool:
    return all(
        flag is None or flag == bool(index >> (2 - place) & 1) for place, flag in enumerate(flags)
    )


def compare(opcode: str, a: Word, b: Word, other: Flag, below: Flag = None) -> Flag:
    """Return ``ISETP``: a comparison, joined with a flag.

    ``.EX`` compares upper words; where they are the same, ``below`` is of the lower ones.
    """
    parts = opcode.split(".")
    result: Flag
    if a is None or b is None:
        result = (
            True if (parts[1], b) == ("GE", 0) and "U32" in parts and "EX" not in parts else None
        )
    else:
        if "U32" not in parts:
            a, b = _signed(a), _signed(b)
        result = below if "EX" in parts and a == b else _COMPARISONS[parts[1]](a, b)
    if "OR" in parts:
        if result is True or other is True:
            return True
        return None if None in (result, other) else False
    if result is False or other is False:
        return False
    return None if None in (result, other) else True


def reversed_bits(x: Word) -> Word:
    """Return ``BREV``."""
    return None if x is None else int(f"{x:032b}"[::-1], 2)


def chosen_bytes(a: Word, selector: Word, b: Word) -> Word:
    """Return ``PRMT``: four bytes of eight."""
    if a is None or b is None or selector is None:
        return None
    both = b << 32 | a
    nibbles = [selector >> (4 * i) & 15 for i in range(4)]
    if any(nibble & 8 for nibble in nibbles):
        return None
    return sum((both >> (8 * nibble) & 0xFF) << (8 * i) for i, nibble in enumerate(nibbles))


def smaller_or_larger(opcode: str, a: Word, b: Word, smaller: Flag) -> Word:
    """Return ``VIMNMX``."""
    if a is None or b is None or smaller is None:
        return None
    choose = min if smaller else max
    return choose(a, b) if "U32" in opcode else choose(a, b, key=_signed)
