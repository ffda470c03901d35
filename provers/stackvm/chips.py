"""What the tables beside the processor's compute: the definition, in Python integers."""

from __future__ import annotations

from zkmark.provers.stackvm import instructions as code
from zkmark.provers.stackvm.failures import Failure, OperandError

U32_END = 1 << 32


def compute(number: int, x: int, y: int) -> tuple[int, int]:
    """Return (r, h) for a code, as instructions.py says; ``OperandError`` for bad operands."""
    if number == code.POWER:
        if y >= 64:
            raise OperandError(Failure.EXPONENT, y)
        return 1 << y, 0
    if number in (code.SPLIT, code.LOW, code.HIGH):
        high, low = divmod(y, U32_END)
        return {code.SPLIT: (low, high), code.LOW: (low, 0), code.HIGH: (high, 0)}[number]
    for operand in (y, x):
        if operand >= U32_END:
            raise OperandError(Failure.U32, operand)
    if number >= code.XOR:
        return _rotated_right(x ^ y, number - code.XOR), 0
    if number in (code.DIVIDE, code.MODULO, code.DIVIDE_MODULO) and x == 0:
        raise OperandError(Failure.DIVISION, y)
    match number:
        case code.WRAPPING_ADD:
            return (y + x) % U32_END, 0
        case code.OVERFLOWING_ADD:
            return divmod(y + x, U32_END)
        case code.WIDENING_ADD:
            return (y + x) % U32_END, (y + x) // U32_END
        case code.WRAPPING_SUB:
            return (y - x) % U32_END, 0
        case code.OVERFLOWING_SUB:
            return int(y < x), (y - x) % U32_END
        case code.LESS:
            return int(y < x), 0
        case code.NOT_LESS:
            return int(y >= x), 0
        case code.MINIMUM:
            return min(y, x), 0
        case code.MAXIMUM:
            return max(y, x), 0
        case code.WRAPPING_MUL:
            return y * x % U32_END, 0
        case code.WIDENING_MUL:
            return y * x % U32_END, y * x // U32_END
        case code.OVERFLOWING_MUL:
            return divmod(y * x, U32_END)
        case code.DIVIDE:
            return y // x, 0
        case code.MODULO:
            return y % x, 0
        case code.DIVIDE_MODULO:
            return y % x, y // x
        case code.AND:
            return y & x, 0
        case code.OR:
            return y | x, 0
    raise ValueError(f"code: got {number}, want one of instructions.py")


def _rotated_right(value: int, count: int) -> int:
    return (value >> count | value << (32 - count)) % U32_END
