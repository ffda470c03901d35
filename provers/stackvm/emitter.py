"""Rows one after another, with instructions fused into one row where a row can do them all.

A row can only be fused with the one before it if nothing jumps to between the two: what stands
below ``barrier`` is left alone. Fused rows keep the position of the instruction that can fail.
"""

from __future__ import annotations

from zkmark.kernels.stark.domain import MODULUS
from zkmark.provers.stackvm.instructions import (
    A_INDEX,
    A_TOP,
    ADD,
    ADDRESS_TOP,
    B_INDEX,
    B_TOP,
    BOOL,
    CHIP,
    DOWN,
    EQ,
    FAIL,
    FREE,
    INDEX_MASK,
    KEEP,
    LESS,
    LOAD,
    MOTIONS,
    NEQ,
    NOT_LESS,
    POP,
    PUSH,
    REMOVE,
    RESULTS,
    STORE,
    SUB,
    SWAP,
    TWO,
    UP,
    WRITE,
    XOR,
    Row,
)

_ALL_BUT_SOURCE = ~(INDEX_MASK | B_INDEX | LOAD | FREE)
_COPY = PUSH | ADD
_DUP = PUSH | ADD | B_INDEX
_MOVUP = UP | ADD | B_INDEX
_OPPOSITE = {LESS: NOT_LESS, NOT_LESS: LESS}


class Emitter:
    """Collects the rows of one block: a procedure's body, or a branch's, or a loop's."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.barrier = 0

    def _last(self) -> Row | None:
        return self.rows[-1] if len(self.rows) > self.barrier else None

    def append(self, rows: list[Row]) -> None:
        """Append rows that are complete; nothing is fused with what came before."""
        self.rows.extend(rows)

    # Moving and copying

    def push(self, value: int, position: int) -> None:
        """Push a constant."""
        self.rows.append((PUSH | ADD, 0, value, 0, position))

    def dup(self, n: int, position: int) -> None:
        """Push a copy of s_n."""
        self.rows.append((_DUP | 1 << n, 0, 0, 0, position))

    def movup(self, n: int, position: int) -> None:
        """Move s_n to the top, for n from 1 on."""
        self.rows.append((_MOVUP | 1 << n, 0, 0, 0, position))

    def movdn(self, n: int, position: int) -> None:
        """Move s_0 down to n, for n from 1 on."""
        if n == 1:
            self.movup(1, position)
            return
        last = self._last()
        if last and last[0] & KEEP and last[0] & RESULTS and not last[0] & (INDEX_MASK | TWO):
            flags, code, immediate, jump, where = self.rows.pop()
            self.rows.append((flags & ~KEEP | DOWN | 1 << n, code, immediate, jump, where))
        elif (
            last and last[0] & UP and last[0] & INDEX_MASK == 1 << n
        ):  # s_n is changed in its place
            flags, code, immediate, jump, where = self.rows.pop()
            self.rows.append((flags & ~UP | WRITE, code, immediate, jump, where))
        else:
            self.rows.append((DOWN | ADD | B_TOP | 1 << n, 0, 0, 0, position))

    def swap(self, n: int, position: int) -> None:
        """Exchange s_0 and s_n, for n from 1 on."""
        if n == 1:
            self.movup(1, position)
        else:
            self.rows.append((SWAP | B_INDEX | 1 << n, 0, 0, 0, position))

    def drop(self, position: int) -> None:
        """Drop s_0."""
        last = self._last()
        if last and last[0] & ~INDEX_MASK == _MOVUP:
            self.rows.pop()
            index = last[0] & INDEX_MASK
            self.rows.append((REMOVE | ADD | B_TOP | index, 0, 0, 0, position))
        else:
            self.rows.append((POP, 0, 0, 0, position))

    # Arithmetic

    def binary(self, operation: int, code: int, position: int) -> None:
        """Turn [b, a] into [r], with y = a and x = b."""
        last = self._last()
        if last and last[0] & _ALL_BUT_SOURCE == _COPY:
            self.rows.pop()
            self._operate_on_pushed(operation, code, last, position)
        elif last and last[0] & ~INDEX_MASK == _MOVUP:
            self.rows.pop()
            flags = REMOVE | A_TOP | B_INDEX | operation | last[0] & INDEX_MASK
            self.rows.append((flags, code, 0, 0, position))
        else:
            self.rows.append((REMOVE | A_INDEX | B_TOP | 2 | operation, code, 0, 0, position))

    def _operate_on_pushed(self, operation: int, code: int, pushed: Row, position: int) -> None:
        """Like binary, after a row that does nothing but to push b, which is left out."""
        source = pushed[0] & (B_INDEX | LOAD | FREE)
        index = pushed[0] & INDEX_MASK
        before = self._last()
        kind = before[0] & ~INDEX_MASK if before else 0
        motion = PUSH if kind == _DUP else UP if kind == _MOVUP else 0
        # y comes from where the row before took its element.
        other = before[0] & INDEX_MASK if before else 0
        flags = 0
        if motion and source != B_INDEX:
            flags = motion | A_INDEX | other | source
        elif motion and index == 1:  # b is a copy of a itself
            flags = motion | A_INDEX | B_INDEX | other
        elif motion and index == 2:  # b is what was the top
            flags = motion | A_INDEX | B_TOP | other
        elif kind == _DUP and other == 1:
            flags = motion | A_TOP | B_INDEX | index >> 1
        if flags:
            self.rows.pop()
        elif index == 1:
            flags = KEEP | A_TOP | B_TOP
        else:
            flags = KEEP | A_TOP | source | index
        self.rows.append((flags | operation, code, pushed[2], 0, position))

    def binary_to_two(self, code: int, position: int) -> None:
        """Turn [b, a] into [r, h], computed by another table."""
        last = self._last()
        kind = last[0] & _ALL_BUT_SOURCE if last else 0
        if last and kind == _COPY:
            self.rows.pop()
            source = last[0] & (B_INDEX | LOAD | FREE | INDEX_MASK)
            flags, immediate = PUSH | TWO | CHIP | A_TOP | source, last[2]
        elif last and last[0] == _MOVUP | 2:
            self.rows.pop()
            flags, immediate = KEEP | TWO | CHIP | A_TOP | B_INDEX | 2, 0
        else:
            flags, immediate = KEEP | TWO | CHIP | A_INDEX | B_TOP | 2, 0
        self.rows.append((flags, code, immediate, 0, position))

    def unary(self, operation: int, code: int, value: int, position: int) -> None:
        """Turn [a] into [r], with y = a and x = value."""
        self.push(value, position)
        self.binary(operation, code, position)

    def negate(self, position: int) -> None:
        """Turn [a] into [-a]."""
        last = self._last()
        if last and last[0] & ~INDEX_MASK in (_DUP, _MOVUP):
            self.rows.pop()
            self.rows.append((last[0] & ~ADD | SUB, 0, 0, 0, position))
        else:
            self.rows.append((KEEP | B_TOP | SUB, 0, 0, 0, position))

    def rotate(self, n: int, position: int) -> None:
        """Rotate s_0 to the right."""
        last = self._last()
        if last and last[1] == XOR and last[3] == 0 and last[0] & MOTIONS:
            self.rows.pop()
            self.rows.append((last[0], XOR + n, *last[2:]))
        else:
            self.unary(CHIP, XOR + n, 0, position)

    def check_u32(self, index: int, position: int) -> None:
        """Demand that s_0 and s_index be below 2^32."""
        flags = CHIP | A_TOP if index == 0 else CHIP | A_INDEX | B_TOP | 1 << index
        self.rows.append((flags, 1, 0, 0, position))

    # Memory and advice

    def load(self, address: int, position: int) -> None:
        """Push what is in memory."""
        self.rows.append((PUSH | ADD | LOAD, 0, address, 0, position))

    def load_from_top(self, position: int) -> None:
        """Turn [address] into [value]."""
        self.rows.append((KEEP | ADD | LOAD | ADDRESS_TOP, 0, 0, 0, position))

    def store(self, address: int, position: int) -> None:
        """Store s_0 and drop it."""
        last = self._last()
        if last and (last[0] & ~INDEX_MASK == _DUP or last[0] == PUSH | ADD | FREE):
            self.rows.pop()
            flags = last[0] & (INDEX_MASK | B_INDEX | FREE) | STORE
            self.rows.append((flags, 0, address, 0, position))
        else:
            self.rows.append((POP | STORE | B_TOP, 0, address, 0, position))

    def store_at_top(self, position: int) -> None:
        """[address, value] to [], with the value stored."""
        self.rows.append((POP | STORE | ADDRESS_TOP | B_INDEX | 2, 0, 0, 0, position))
        self.rows.append((POP, 0, 0, 0, position))

    def load_word(self, addresses: list[int], position: int) -> None:
        """Overwrite the top word with memory's elements, the last of which becomes the top."""
        for address in addresses:
            self.rows.append((UP | ADD | LOAD | 1 << 3, 0, address, 0, position))

    def load_word_from_top(self, offsets: list[int], position: int) -> None:
        """[address, word] to [word'], the last offset's element on top."""
        flags = ADD | LOAD | ADDRESS_TOP
        for place, offset in zip((4, 3, 2), offsets, strict=False):
            self.rows.append((WRITE | flags | 1 << place, 0, offset, 0, position))
        self.rows.append((REMOVE | flags | 2, 0, offsets[3], 0, position))

    def store_word(self, addresses: list[int], position: int) -> None:
        """Store s_0 to s_3, which stay."""
        for place, address in enumerate(addresses):
            self.rows.append((STORE | B_INDEX | 1 << place, 0, address, 0, position))

    def store_word_at_top(self, offsets: list[int], position: int) -> None:
        """[address, word] to [word], with the word stored."""
        for place, offset in enumerate(offsets):
            flags = STORE | ADDRESS_TOP | B_INDEX | 1 << place + 1 | (POP if place == 3 else 0)
            self.rows.append((flags, 0, offset, 0, position))

    def advice(self, position: int) -> None:
        """Push the next element of advice."""
        self.rows.append((PUSH | ADD | FREE, 0, 0, 0, position))

    def advice_word(self, position: int) -> None:
        """Overwrite the top word with advice, the first element on top."""
        self.rows.append((KEEP | ADD | FREE, 0, 0, 0, position))
        for place in (1, 2, 3):
            self.rows.append((WRITE | ADD | FREE | 1 << place, 0, 0, 0, position))

    # Control flow and assertions

    def branch(self, taken_if: bool, jump: int, position: int) -> int:
        """Drop s_0, which must be 0 or 1, and jump or not; return the row's index."""
        if not self._fused_branch(taken_if, jump, position):
            operation = NEQ if taken_if else EQ
            self.rows.append((POP | A_TOP | BOOL | operation, 0, 0, jump, position))
        return len(self.rows) - 1

    def _fused_branch(self, taken_if: bool, jump: int, position: int) -> bool:
        """Let the last row jump itself, if its result is boolean and becomes the top."""
        last = self._last()
        if not last or last[3] or last[0] & TWO or not last[0] & (KEEP | PUSH):
            return False
        flags, code, immediate, _, _ = last
        if flags & _ALL_BUT_SOURCE == _COPY:  # compared with y, which is 0
            source = flags & (INDEX_MASK | B_INDEX | LOAD | FREE) | BOOL
            self.rows[-1] = (source | (NEQ if taken_if else EQ), 0, immediate, jump, position)
            return True
        if not flags & (EQ | NEQ) and not (flags & CHIP and code in _OPPOSITE):
            return False
        if not taken_if:
            flags, code = (flags, _OPPOSITE[code]) if flags & CHIP else (flags ^ (EQ | NEQ), code)
        motion = POP if flags & KEEP else 0
        self.rows[-1] = (flags & ~(KEEP | PUSH) | motion, code, immediate, jump, position)
        return True

    def set_jump(self, index: int, jump: int) -> None:
        """Fill in how far a branch jumps."""
        flags, code, immediate, _, position = self.rows[index]
        self.rows[index] = (flags, code, immediate, jump % MODULUS, position)

    def jump(self, distance: int, position: int) -> None:
        """Jump over ``distance`` rows."""
        self.rows.append((ADD, 0, 1, distance, position))

    def assert_value(self, value: int, position: int) -> None:
        """Drop s_0, which must be 0 or 1 as ``value`` says."""
        last = self._last()
        if last and last[0] & ~INDEX_MASK == _DUP:
            self.rows.pop()
            flags = A_INDEX | NEQ | last[0] & INDEX_MASK
            self.rows.append((flags, 0, value, FAIL, position))
        elif (last and last[0] & _ALL_BUT_SOURCE == _COPY) or not self._fused_branch(
            value == 0, FAIL, position
        ):
            self.rows.append((POP | A_TOP | NEQ, 0, value, FAIL, position))

    def assert_equal(self, position: int) -> None:
        """Drop s_0 and s_1, which must be equal."""
        last = self._last()
        if last and last[0] & _ALL_BUT_SOURCE == _COPY:
            self.rows.pop()
            source = last[0] & (B_INDEX | LOAD | FREE | INDEX_MASK)
            self.rows.append((POP | A_TOP | NEQ | source, 0, last[2], FAIL, position))
        else:
            self.rows.append((POP | A_INDEX | B_TOP | NEQ | 2, 0, 0, FAIL, position))
            self.rows.append((POP, 0, 0, 0, position))
