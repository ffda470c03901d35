"""The instructions of the assembly: their operands, and the rows that they become.

As Miden's documentation defines them (its pages "u32 operations", "Stack manipulation", "Input /
output operations"). Where two results make a 64-bit number (``u32split``, ``u32widening_*``) the
low half is on top; ``u32overflowing_*`` have the flag (or the high half) on top. ``mem_loadw`` and
``mem_storew`` mean ``_be``: the top of the stack is the word's last element.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from zkmark.kernels.stark.domain import MODULUS
from zkmark.provers.stackvm import instructions as code
from zkmark.provers.stackvm.emitter import Emitter
from zkmark.provers.stackvm.instructions import (
    ADD,
    BOOL,
    CHIP,
    DIV,
    EQ,
    MUL,
    NEQ,
    SUB,
    Row,
)

Operands = tuple[int, ...]
Number = Callable[[str, int], int]
Read = Callable[[list[str], Number], Operands]
U32 = (1 << 32) - 1


class WantedError(Exception):
    """What an instruction wants instead of the operands that it got."""


@dataclass(frozen=True)
class Mnemonic:
    """How to read an instruction's operands, and how to emit it."""

    read: Read
    emit: Callable[..., None]
    has_error: bool = False

    @property
    def reads_nothing(self) -> bool:
        """Whether it has no operands, ever."""
        return self.read is _none


MNEMONICS: dict[str, Mnemonic] = {}

# Reading operands


def _none(texts: list[str], number: Number) -> Operands:
    if texts:
        raise WantedError("it without operands")
    return ()


def _optional(least: int, most: int) -> Read:
    """Zero operands, or one in a range."""

    def read(texts: list[str], number: Number) -> Operands:
        if len(texts) > 1:
            raise WantedError("one operand at the most")
        return _range(texts, number, least, most)

    return read


def _range(texts: list[str], number: Number, least: int, most: int) -> Operands:
    values = tuple(number(text, most) for text in texts)
    if any(value < least for value in values):
        raise WantedError(f"an operand of {least} to {most}")
    return values


def _with_default(least: int, most: int, default: int) -> Read:
    """One operand in a range, or none, which means ``default``."""

    def read(texts: list[str], number: Number) -> Operands:
        return _optional(least, most)(texts, number) or (default,)

    return read


def _one(least: int, most: int) -> Read:
    """One operand in a range."""

    def read(texts: list[str], number: Number) -> Operands:
        if len(texts) != 1:
            raise WantedError("one operand")
        return _range(texts, number, least, most)

    return read


def _word_address(texts: list[str], number: Number) -> Operands:
    """Zero operands, or one that is a multiple of 4."""
    values = _optional(0, U32)(texts, number)
    if values and values[0] % 4:
        raise WantedError("an address that is a multiple of 4")
    return values


def _pushed(texts: list[str], number: Number) -> Operands:
    """Constants; a whole word as 64 hexadecimal digits, little-endian."""
    if len(texts) == 1 and texts[0].startswith("0x") and len(texts[0]) == 66:
        try:
            word = bytes.fromhex(texts[0][2:])
        except ValueError:
            raise WantedError("hexadecimal digits") from None
        values = tuple(int.from_bytes(word[8 * i : 8 * i + 8], "little") for i in range(4))
        if max(values) >= MODULUS:
            raise WantedError(f"elements of 0 to {MODULUS - 1}")
        return values
    if not 1 <= len(texts) <= 16:
        raise WantedError("1 to 16 values")
    return tuple(number(text, MODULUS - 1) for text in texts)


# Macros: instructions that are others, one after another


@cache
def macro(text: str) -> tuple[tuple[Row, ...], int]:
    """Return the rows of a text of instructions, and its barrier."""
    # Imported late: the assembler knows the instructions, and macros are made by the assembler.
    from zkmark.provers.stackvm.assembler import Assembler

    out = Emitter()
    Assembler(f"{text} end").block(out, ("end",))
    return tuple(out.rows), out.barrier


def _expand(out: Emitter, position: int, text: str) -> None:
    rows, barrier = macro(text)
    start = len(out.rows)
    out.append([(*row[:4], position) for row in rows])
    out.barrier = start + barrier


def _define(name: str, read: Read, emit: Callable[..., None], has_error: bool = False) -> None:
    MNEMONICS[name] = Mnemonic(read, emit, has_error)


def _macro(name: str, text: str) -> None:
    _define(name, _none, lambda out, position: _expand(out, position, text))


# Stack


def _define_stack() -> None:
    def push(out: Emitter, position: int, *values: int) -> None:
        for value in values:
            out.push(value, position)

    def dupw(out: Emitter, position: int, n: int) -> None:
        for _ in range(4):
            out.dup(4 * n + 3, position)

    def dropw(out: Emitter, position: int) -> None:
        for _ in range(4):
            out.drop(position)

    _define("push", _pushed, push)
    _define("padw", _none, lambda out, position: push(out, position, 0, 0, 0, 0))
    _define("drop", _none, Emitter.drop)
    _define("dropw", _none, dropw)
    _define("dup", _with_default(0, 15, 0), lambda out, position, n: out.dup(n, position))
    _define("dupw", _with_default(0, 3, 0), dupw)
    _define("swap", _with_default(1, 15, 1), lambda out, position, n: out.swap(n, position))
    _define("movup", _one(2, 15), lambda out, position, n: out.movup(n, position))
    _define("movdn", _one(2, 15), lambda out, position, n: out.movdn(n, position))
    swaps = {
        n: " ".join(f"swap.{4 * n + i} movdn.3" for i in range(4)) if n > 1 else "movup.7 " * 4
        for n in (1, 2, 3)
    }
    _define(
        "swapw", _with_default(1, 3, 1), lambda out, position, n: _expand(out, position, swaps[n])
    )
    for name, step in (("movupw", "movup"), ("movdnw", "movdn")):
        texts = {n: f"{step}.{4 * n + 3} " * 4 for n in (2, 3)}
        _define(
            name,
            _one(2, 3),
            lambda out, position, n, texts=texts: _expand(out, position, texts[n]),
        )
    _macro("swapdw", "movup.15 " * 8)
    _macro("reversew", "swap movup.2 movup.3")
    _macro("cswap", "if.true swap end")
    _macro("cdrop", "if.true swap drop else drop end")
    _macro("cswapw", "if.true swapw end")
    _macro("cdropw", f"if.true {'movup.4 drop ' * 4} else dropw end")


# Field elements


def _binary(
    name: str, operation: int, number: int = 0, most: int = MODULUS - 1, least: int = 0
) -> None:
    """Define [b, a] to [r], with or without an immediate b."""

    def emit(out: Emitter, position: int, value: int | None = None) -> None:
        if value is not None:
            out.push(value, position)
        out.binary(operation, number, position)

    _define(name, _optional(least, most), emit)


def _compared(name: str, text: str) -> None:
    """Define [b, a] to [r] by a macro, with or without an immediate b."""

    def emit(out: Emitter, position: int, value: int | None = None) -> None:
        if value is not None:
            out.push(value, position)
        _expand(out, position, text)

    _define(name, _optional(0, MODULUS - 1), emit)


# From [b, a]: both split, and y < x compared from the high halves to the low ones.
_LESS = "u32split movup.2 u32split movup.2 u32lt dup.2 dup.2 eq mul movup.2 movup.2 swap u32lt add"


def _define_field() -> None:
    _binary("add", ADD)
    _binary("sub", SUB)
    _binary("mul", MUL)
    _binary("eq", EQ)
    _binary("neq", NEQ)
    _binary("and", MUL | BOOL, most=1)
    _binary("xor", NEQ | BOOL, most=1)

    def div(out: Emitter, position: int, value: int | None = None) -> None:
        if value is None:
            out.binary(DIV, 0, position)
        else:
            out.unary(MUL, 0, pow(value, -1, MODULUS), position)

    def either(out: Emitter, position: int) -> None:
        out.binary(ADD | BOOL, 0, position)
        out.unary(NEQ, 0, 0, position)

    def inverse(out: Emitter, position: int) -> None:
        out.push(1, position)
        out.movup(1, position)
        out.binary(DIV, 0, position)

    def power(out: Emitter, position: int, exponent: int) -> None:
        """Square and multiply, for a constant exponent."""
        if exponent == 0:
            out.drop(position)
            out.push(1, position)
            return
        bits = bin(exponent)[3:]
        _expand(
            out,
            position,
            "dup.0 "
            + "dup.0 mul ".join(("", *("dup.1 mul " if bit == "1" else "" for bit in bits)))
            + "swap drop",
        )

    _define("div", _optional(1, MODULUS - 1), div)
    _define("or", _none, either)
    _define("not", _none, lambda out, position: out.unary(EQ | BOOL, 0, 0, position))
    _define("neg", _none, Emitter.negate)
    _define("inv", _none, inverse)
    _define("exp", _one(0, MODULUS - 1), power)
    _define("pow2", _none, lambda out, position: out.unary(CHIP, code.POWER, 0, position))
    _define("eqz", _none, lambda out, position: out.unary(EQ, 0, 0, position))
    _macro("is_odd", "u32cast u32and.1")
    _macro(
        "eqw", "dup.0 dup.5 eq " + "".join(f"dup.{i + 1} dup.{i + 6} eq and " for i in (1, 2, 3))
    )
    _compared("lt", _LESS)
    _compared("gt", "swap " + _LESS)
    _compared("lte", "swap " + _LESS + " not")
    _compared("gte", _LESS + " not")


def _define_assertions() -> None:
    def equal_words(out: Emitter, position: int) -> None:
        for _ in range(4):
            out.dup(4, position)
            out.assert_equal(position)
        for _ in range(4):
            out.drop(position)

    def u32_word(out: Emitter, position: int) -> None:
        for index in (1, 2, 3):
            out.check_u32(index, position)

    _define("assert", _none, lambda out, at: out.assert_value(1, at), True)
    _define("assertz", _none, lambda out, at: out.assert_value(0, at), True)
    _define("assert_eq", _none, Emitter.assert_equal, True)
    _define("assert_eqw", _none, equal_words, True)
    _define("u32assert", _none, lambda out, at: out.check_u32(0, at), True)
    _define("u32assert2", _none, lambda out, at: out.check_u32(1, at), True)
    _define("u32assertw", _none, u32_word, True)


# 32-bit integers


def _u32(name: str, number: int, least: int = 0) -> None:
    """Define [b, a] to [r]."""
    _binary(name, CHIP, number, U32, least)


def _u32_to_two(name: str, number: int, least: int = 0) -> None:
    """Define [b, a] to [r, h]."""

    def emit(out: Emitter, position: int, value: int | None = None) -> None:
        if value is not None:
            out.push(value, position)
        out.binary_to_two(number, position)

    _define(name, _optional(least, U32), emit)


def _u32_swapped(name: str, number: int) -> None:
    """Define [b, a] to [r], with y = b and x = a."""

    def emit(out: Emitter, position: int, value: int | None = None) -> None:
        if value is not None:
            out.push(value, position)
        out.swap(1, position)
        out.binary(CHIP, number, position)

    _define(name, _optional(0, U32), emit)


def _define_u32() -> None:
    _u32("u32wrapping_add", code.WRAPPING_ADD)
    _u32_to_two("u32overflowing_add", code.OVERFLOWING_ADD)
    _u32_to_two("u32widening_add", code.WIDENING_ADD)
    _u32("u32wrapping_sub", code.WRAPPING_SUB)
    _u32_to_two("u32overflowing_sub", code.OVERFLOWING_SUB)
    _u32("u32wrapping_mul", code.WRAPPING_MUL)
    _u32_to_two("u32overflowing_mul", code.OVERFLOWING_MUL)
    _u32_to_two("u32widening_mul", code.WIDENING_MUL)
    _u32("u32div", code.DIVIDE, least=1)
    _u32("u32mod", code.MODULO, least=1)
    _u32_to_two("u32divmod", code.DIVIDE_MODULO, least=1)
    _u32("u32lt", code.LESS)
    _u32("u32gte", code.NOT_LESS)
    _u32_swapped("u32gt", code.LESS)
    _u32_swapped("u32lte", code.NOT_LESS)
    _u32("u32min", code.MINIMUM)
    _u32("u32max", code.MAXIMUM)
    _u32("u32and", code.AND)
    _u32("u32or", code.OR)
    _u32("u32xor", code.XOR)
    _macro("u32wrapping_add3", "u32wrapping_add u32wrapping_add")
    widened = "u32widening_add movup.2 u32widening_add movup.2 movup.2 add"
    _macro("u32overflowing_add3", widened)
    _macro("u32widening_add3", widened + " swap")
    _macro("u32wrapping_madd", "u32wrapping_mul u32wrapping_add")
    multiplied = "u32widening_mul movup.2 u32widening_add movup.2 movup.2 add"
    _macro("u32overflowing_madd", multiplied)
    _macro("u32widening_madd", multiplied + " swap")

    def not_(out: Emitter, position: int) -> None:
        out.unary(CHIP, code.XOR, U32, position)

    def split(out: Emitter, position: int) -> None:
        out.push(0, position)
        out.binary_to_two(code.SPLIT, position)

    def test(out: Emitter, position: int) -> None:
        out.dup(0, position)
        out.unary(CHIP, code.HIGH, 0, position)
        out.unary(EQ, 0, 0, position)

    def test_word(out: Emitter, position: int) -> None:
        out.dup(0, position)
        out.unary(CHIP, code.HIGH, 0, position)
        for index in (2, 3, 4):
            out.dup(index, position)
            out.unary(CHIP, code.HIGH, 0, position)
            out.binary(ADD, 0, position)
        out.unary(EQ, 0, 0, position)

    _define("u32not", _none, not_)
    _define("u32cast", _none, lambda out, at: out.unary(CHIP, code.LOW, 0, at))
    _define("u32split", _none, split)
    _define("u32test", _none, test)
    _define("u32testw", _none, test_word)

    def shifted(name: str, fixed: Callable[[Emitter, int, int], None], text: str) -> None:
        def emit(out: Emitter, position: int, n: int | None = None) -> None:
            if n is None:
                _expand(out, position, text)
            else:
                fixed(out, position, n)

        _define(name, _optional(0, 31), emit)

    shifted(
        "u32shl",
        lambda out, at, n: out.unary(CHIP, code.WRAPPING_MUL, 1 << n, at),
        "pow2 u32wrapping_mul",
    )
    shifted("u32shr", lambda out, at, n: out.unary(CHIP, code.DIVIDE, 1 << n, at), "pow2 u32div")
    shifted(
        "u32rotr",
        lambda out, at, n: out.rotate(n, at),
        "push.32 swap sub u32and.31 pow2 u32widening_mul add",
    )
    shifted("u32rotl", lambda out, at, n: out.rotate(-n % 32, at), "pow2 u32widening_mul add")


# Memory and advice


def _define_memory() -> None:
    def load(out: Emitter, position: int, address: int | None = None) -> None:
        if address is None:
            out.load_from_top(position)
        else:
            out.load(address, position)

    def store(out: Emitter, position: int, address: int | None = None) -> None:
        if address is None:
            out.store_at_top(position)
        else:
            out.store(address, position)

    def load_word(order: tuple[int, ...]) -> Callable[..., None]:
        def emit(out: Emitter, position: int, address: int | None = None) -> None:
            if address is None:
                out.load_word_from_top(list(order), position)
            else:
                out.load_word([address + offset for offset in order], position)

        return emit

    def store_word(order: tuple[int, ...]) -> Callable[..., None]:
        def emit(out: Emitter, position: int, address: int | None = None) -> None:
            if address is None:
                out.store_word_at_top(list(order), position)
            else:
                out.store_word([address + offset for offset in order], position)

        return emit

    up, down = (0, 1, 2, 3), (3, 2, 1, 0)
    _define("mem_load", _optional(0, U32), load)
    _define("mem_store", _optional(0, U32), store)
    _define("loc_load", _one(0, U32), load)
    _define("loc_store", _one(0, U32), store)
    _define("locaddr", _one(0, U32), lambda out, at, address: out.push(address, at))
    for suffix in ("", "_be"):
        _define("mem_loadw" + suffix, _word_address, load_word(up))
        _define("mem_storew" + suffix, _word_address, store_word(down))
        _define("loc_loadw" + suffix, _one(0, U32), load_word(up))
        _define("loc_storew" + suffix, _one(0, U32), store_word(down))
    _define("mem_loadw_le", _word_address, load_word(down))
    _define("mem_storew_le", _word_address, store_word(up))
    _define("loc_loadw_le", _one(0, U32), load_word(down))
    _define("loc_storew_le", _one(0, U32), store_word(up))

    def advice(out: Emitter, position: int, count: int) -> None:
        for _ in range(count):
            out.advice(position)

    _define("adv_push", _one(1, 16), advice)
    _define("adv_loadw", _none, Emitter.advice_word)


_define_stack()
_define_field()
_define_assertions()
_define_u32()
_define_memory()
