"""One thread's way through a kernel, without data: what it issues, and how long alone.

A walk follows the machine code with the launch's sizes and the thread's place; what comes from
memory is not known. Branches over sizes are taken as the hardware takes them, so loops count as
often as they run. A branch on data that leaves nothing to choose from raises ``DataBranchError``.

The walk also keeps time for a warp that has its processor to itself, in order, waiting for the
results that it needs: ``cycles``. Both are exact or assumed as ``Pipe`` and ``LATENCY`` say.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from zkmark.backends.cuda import sass_arithmetic as arithmetic
from zkmark.backends.cuda.sass import Code, Instruction
from zkmark.backends.cuda.sass_arithmetic import Flag, Word

_REGISTER = re.compile(r"U?R\d+")
_FLAG = re.compile(r"!?U?P(T|\d+)$")
_CONSTANT = re.compile(r"c\[0x0\]\[(?:RZ|(0x[0-9a-f]+))\]$")
_MOST_STEPS = 5_000_000
_INSTRUCTION_BYTES = 16
_WITHOUT_RESULT = (
    "ST",
    "BRA",
    "BAR",
    "BSSY",
    "BSYNC",
    "BREAK",
    "EXIT",
    "NOP",
    "WARPSYNC",
    "CALL",
    "RET",
)
# Cycles until a result can be used: 4 for arithmetic; of memory by Luo et al., "Benchmarking and
# dissecting the NVIDIA Hopper GPU architecture through microbenchmarking", 2024 (H100).
LATENCY = {"memory": 480, "shared": 29, "constant": 30, "slow": 20, "arithmetic": 4}


class DataBranchError(ValueError):
    """A kernel's way depends on data; the text says where."""


@dataclass
class Walk:
    """What one thread issued: opcodes, and cycles of a warp by itself."""

    opcodes: Counter[str] = field(default_factory=Counter)
    cycles: int = 0

    @property
    def instructions(self) -> int:
        """How many in all."""
        return sum(self.opcodes.values())


def pipe_of(opcode: str) -> str:
    """Return the execution unit of an opcode.

    ``multiply``: the half of the FMA units that has integers, which also moves and adds for the
    sake of balance; ``alu``; ``slow``: the unit of 16 lanes; ``memory`` and ``shared``; ``other``
    takes nothing but the issue: branches, constants, the warp's own scalars.
    """
    name = opcode.split(".")[0]
    if name in ("IMAD", "HFMA2"):
        return "multiply"
    if name in ("LDG", "STG", "LDL", "STL", "LD", "ST", "RED", "REDG", "ATOM", "ATOMG"):
        return "memory"
    if name in ("LDS", "STS"):
        return "shared"
    if name in ("BREV", "FLO", "POPC"):
        return "slow"
    if name in (
        "LDC",
        "BRA",
        "BAR",
        "BSSY",
        "BSYNC",
        "BREAK",
        "EXIT",
        "NOP",
        "WARPSYNC",
        "CALL",
        "RET",
    ):
        return "other"
    if name in ("S2R", "R2UR", "CS2R") or name[0] == "U" or name == "S2UR":
        return "other"
    return "alu"


def issue_cycles(opcode: str) -> int:
    """Return the cycles for which a warp's instruction holds a quarter's unit of 16 lanes.

    Two for a warp of 32; four where a product's upper half is written (assumed: nothing published
    says that they are as fast); eight for the slow unit.
    """
    pipe, parts = pipe_of(opcode), opcode.split(".")
    if pipe == "slow":
        return 8
    if pipe == "multiply" and ("WIDE" in parts or "HI" in parts):
        return 4
    return 2 if pipe in ("multiply", "alu") else 1


def words_moved(opcode: str) -> int:
    """Return the 32-bit words of a load or a store."""
    parts = opcode.split(".")
    return 4 if "128" in parts else 2 if "64" in parts else 1


class Place(NamedTuple):
    """Which thread is walked."""

    thread: int = 0
    group: int = 0


def walk(code: Code, constants: Mapping[int, int], place: Place, general: bool = False) -> Walk:
    """Follow one thread. ``constants`` are the launch's, by their byte in the first bank.

    ``general``: data is never zero and never the same as other data, as random points are.
    """
    return _Walker(code, constants, place, general).run()


class _Walker:
    def __init__(
        self, code: Code, constants: Mapping[int, int], place: Place, general: bool
    ) -> None:
        self.code, self.constants, self.general = code, constants, general
        self.special = {
            "SR_TID.X": place.thread,
            "SR_TID.Y": 0,
            "SR_TID.Z": 0,
            "SR_CTAID.X": place.group,
            "SR_CTAID.Y": 0,
            "SR_CTAID.Z": 0,
            "SR_LANEID": place.thread % 32,
            "SRZ": 0,
        }
        self.registers: dict[str, Word] = {}
        # Flags that a compiler keeps as single bits of a register, where it has more than seven.
        self.kept: dict[tuple[str, int], Flag] = {}
        self.flags: dict[str, Flag] = {}
        self.ready: dict[str, int] = {}
        self.free: dict[str, int] = {}
        self.now = 0
        self.found = Walk()
        self.operations: dict[int, _Operation] = {}

    def run(self) -> Walk:
        at = 0
        for _ in range(_MOST_STEPS):
            one = self.code.instructions[at]
            operation = self.operations.get(at)
            if operation is None:
                operation = self.operations[at] = _Operation(one)
            self.found.opcodes[one.opcode] += 1
            guard = True if one.guard is None else self.flag(one.guard)
            if guard is not None and one.negated:
                guard = not guard
            self._take_time(operation)
            if operation.name == "EXIT":
                if guard is None:
                    raise DataBranchError(f"instruction {at} ends a thread on data")
                if guard:
                    self.found.cycles = max([self.now, *self.ready.values()])
                    return self.found
            elif operation.name == "BRA":
                # ``@!P0 BRA P1, label``: both must hold.
                if len(one.operands) > 1 and guard is not False:
                    further = self.flag(one.operands[0])
                    guard = further if guard or further is False else None
                if guard is None:
                    raise DataBranchError(f"instruction {at} branches on data: {one}")
                if guard:
                    at = self.code.labels[one.operands[-1][2:-1]]
                    continue
            elif operation.name == "CALL":
                at = self.code.labels[one.operands[-1][2:-1]]
                continue
            elif operation.name == "RET":
                back = self.word(one.operands[0].split()[0])
                if back is None:
                    raise DataBranchError(f"instruction {at} returns nobody knows where")
                at = back // _INSTRUCTION_BYTES
                continue
            elif operation.name in ("BRX", "JMP"):
                raise DataBranchError(f"instruction {at}: {one.opcode} is not followed")
            elif operation.kept_bit is not None:
                self._keep(operation, operation.kept_bit, guard)
            elif guard is not False and operation.results:
                self._do(operation, guard is None)
            at += 1
        raise DataBranchError(f"no end after {_MOST_STEPS} instructions")

    def _take_time(self, one: _Operation) -> None:
        ready = self.ready
        wait = max((ready.get(key, 0) for key in one.needed), default=0)
        start = max(self.now, wait, self.free.get(one.pipe, 0))
        self.now = start + 1
        self.free[one.pipe] = start + one.issue
        for key in one.results:
            ready[key] = start + one.latency

    def flag(self, text: str) -> Flag:
        """Return a flag's value."""
        name = text.lstrip("!")
        value: Flag = True if name in ("PT", "UPT") else self.flags.get(name)
        return (not value) if value is not None and text.startswith("!") else value

    def word(self, text: str, further: int = 0) -> Word:
        """Return an operand's word, or the one after it; negated ones as 2^32 - x."""
        if text.startswith("-") and not text[1].isdigit():
            value = self.word(text[1:], further)
            return None if value is None else (1 << 32) - value
        if text.startswith("~"):
            value = self.word(text[1:], further)
            return None if value is None else value ^ 0xFFFFFFFF
        if found := _CONSTANT.match(text):
            return self.constants.get(int(found[1] or "0", 16) + 4 * further)
        if text in self.special:
            return self.special[text]
        name = text.split(".")[0]
        if name in ("RZ", "URZ"):
            return 0
        if _REGISTER.fullmatch(name):
            return self.registers.get(_after(name, further))
        try:
            return int(text, 0) & 0xFFFFFFFF if further == 0 else 0
        except ValueError:
            return None

    def _keep(self, operation: _Operation, bit: int, guard: Flag) -> None:
        """Clear a bit of a register, or set it if the guard holds; the other bits stay."""
        key, clears = operation.registers[0], operation.clears
        word = self.registers.get(key)
        before = self.kept.get((key, bit)) if word is None else bool(word >> bit & 1)
        flag: Flag = before
        if guard is None:
            flag = not clears if before is (not clears) else None
        elif guard:
            flag = not clears
        if word is not None and flag is None:
            for i in range(32):
                self.kept[key, i] = bool(word >> i & 1)
            word = None
        if word is not None and flag is not None:
            word = word & ~(1 << bit) | flag << bit
        self.registers[key] = word
        self.kept[key, bit] = flag

    def kept_flag(self, text: str, mask: Word) -> Flag:
        """Return the flag that a register keeps in the one bit of a mask."""
        if mask is None or mask.bit_count() != 1:
            return None
        return self.kept.get((text, mask.bit_length() - 1))

    def _do(self, operation: _Operation, perhaps: bool) -> None:
        words, flags = operation.computed(self)
        for key, word in words.items():
            known = None if perhaps and self.registers.get(key) != word else word
            self.registers[key] = known
            for i in range(32 if self.kept else 0):
                self.kept.pop((key, i), None)
        for key, flag in flags.items():
            self.flags[key] = None if perhaps and self.flags.get(key) != flag else flag


class _Operation:
    """One instruction taken apart: what it needs, what it writes, and how long that takes."""

    def __init__(self, one: Instruction) -> None:
        self.one = one
        # ULEA, USEL, UMOV: the same on a warp's own registers.
        self.name = one.opcode.split(".")[0].removeprefix("U")
        self.pipe, self.issue = pipe_of(one.opcode), issue_cycles(one.opcode)
        self.latency = LATENCY["arithmetic"]
        if self.pipe in ("memory", "shared", "slow"):
            self.latency = LATENCY[self.pipe]
        elif self.name in ("LDC", "S2R", "S2UR", "R2UR"):
            self.latency = LATENCY["constant"]
        operands = list(one.operands)
        self.before = self.carries = []
        self.registers: list[str] = []
        if self.name in ("ISETP", "PLOP3"):
            self.before = operands[:2]
            operands = operands[2:]
        elif operands and not one.opcode.startswith(_WITHOUT_RESULT):
            self.before = _taken_flags(operands)
            self.registers = _written(one.opcode, operands.pop(0))
            self.carries = _taken_flags(operands)
        self.results = [
            *self.registers,
            *(name for name in (*self.before, *self.carries) if name not in ("PT", "UPT")),
        ]
        self.needed = [key for text in operands for key in _REGISTER.findall(text)]
        self.needed += [text.lstrip("!") for text in operands if _FLAG.match(text)]
        if one.guard:
            self.needed.append(one.guard)
        operands.reverse()
        self.after = _taken_flags(operands)[::-1]
        self.sources = operands[::-1]
        self.clears = False
        self.kept_bit = self._kept_bit()

    def _kept_bit(self) -> int | None:
        """Say which bit it is if all that it does is to clear or to set one of a register's."""
        if self.name != "LOP3" or self.before or self.sources[:1] != self.registers:
            return None
        mask, table = self.sources[1], self.sources[3]
        if not mask.startswith("0x") or self.sources[2] != "RZ":
            return None
        self.clears = table == "0xc0"
        bits = int(mask, 0) ^ (0xFFFFFFFF if self.clears else 0)
        one = bits.bit_count() == 1 and table in ("0xc0", "0xfc")
        return bits.bit_length() - 1 if one else None

    def computed(self, walker: _Walker) -> tuple[dict[str, Word], dict[str, Flag]]:
        """Return what is written, as far as it is known."""
        self.walker = walker
        words: dict[str, Word] = dict.fromkeys(self.registers)
        flags: dict[str, Flag] = dict.fromkeys(self.results[len(self.registers) :])
        if self.name in ("ISETP", "PLOP3"):
            self._set_flag(flags)
            return words, flags
        value = self._value(flags)
        if value is not None:
            for place, key in enumerate(self.registers):
                words[key] = value >> (32 * place) & 0xFFFFFFFF
        return words, flags

    def _source(self, place: int, further: int = 0) -> Word:
        if place >= len(self.sources):
            return 0
        return self.walker.word(self.sources[place], further)

    def _after(self, place: int, default: bool = False) -> Flag:
        return self.walker.flag(self.after[place]) if place < len(self.after) else default

    def _set_flag(self, flags: dict[str, Flag]) -> None:
        """Set the first flag; the second one, another function of the same, is left unknown."""
        ins = [self.walker.flag(text) for text in self.after]
        if self.name == "ISETP":
            below = ins[1] if len(ins) > 1 else None
            found = arithmetic.compare(
                self.one.opcode, self._source(0), self._source(1), ins[0], below
            )
            if found is None and self.walker.general and ".EQ" in self.one.opcode:
                found = False
            if found is None and self.walker.general and ".NE" in self.one.opcode:
                found = True
        else:
            # PLOP3's flags stand before its tables, so that all are sources.
            ins = [self.walker.flag(text) for text in self.one.operands[2:5]]
            found = arithmetic.flag_logic(int(self.one.operands[5], 0), ins)
        if self.before[0] in flags:
            flags[self.before[0]] = found

    def _value(self, flags: dict[str, Flag]) -> Word:
        name, one = self.name, self.one
        a, b, c = (self._source(i) for i in range(3))
        carry = self._after(0) if ".X" in one.opcode else False
        if name == "IADD3":
            more = self._after(1) if ".X" in one.opcode else False
            total, out = arithmetic.add([a, b, c, None if more is None else int(more)], carry)
            if len(self.carries) == 1 and self.carries[0] in flags:
                flags[self.carries[0]] = None if out is None else out > 0
            return total
        if name == "IMAD":
            if "WIDE" in one.opcode and c is not None:
                high = self._source(2, 1)
                c = None if high is None else high << 32 | c
            return arithmetic.multiply_add(one.opcode, a, b, c, carry)
        if name == "LOP3":
            found = arithmetic.logic(int(self.sources[3], 0), a, b, c)
            flag: Flag = None if found is None else found != 0
            if found is None and self.sources[3] == "0xc0":
                flag = self.walker.kept_flag(self.sources[0], b)
            if flag is None and self.walker.general:
                flag = True
            flags.update((key, flag) for key in self.before if key in flags)
            return found
        if name in ("MOV", "S2R", "S2UR", "R2UR", "CS2R"):
            return a
        if name == "LDC":
            high = self._source(0, 1) if ".64" in one.opcode else 0
            return None if a is None or high is None else high << 32 | a
        return self._more(name, flags, a, b, c, carry)

    def _more(
        self, name: str, flags: dict[str, Flag], a: Word, b: Word, c: Word, carry: Flag
    ) -> Word:
        opcode = self.one.opcode
        if name == "HFMA2" and self.sources[1] == "RZ":
            return arithmetic.half_pair(self.sources[2], self.sources[3])
        if name == "VIADD":
            return arithmetic.add([a, b])[0]
        if name == "SHF":
            return arithmetic.shift(opcode, a, b, c)
        if name == "LEA":
            return self._lea(flags, a, b, c, carry)
        if name == "SEL":
            chosen = self._after(0)
            return None if chosen is None else a if chosen else b
        if name == "VIMNMX":
            return arithmetic.smaller_or_larger(opcode, a, b, self._after(0))
        if name == "VIADDMNMX":
            return arithmetic.smaller_or_larger(
                opcode, arithmetic.add([a, b])[0], c, self._after(0)
            )
        if name == "BREV":
            return arithmetic.reversed_bits(a)
        if name == "PRMT":
            return arithmetic.chosen_bytes(a, b, c)
        if name == "P2R":
            return self._flags_as_word(int(self.sources[2], 0))
        return None

    def _flags_as_word(self, mask: int) -> Word:
        found = 0
        for i in range(7):
            if mask >> i & 1:
                flag = self.walker.flag(f"P{i}")
                if flag is None:
                    return None
                found |= flag << i
        return found

    def _lea(self, flags: dict[str, Flag], a: Word, b: Word, c: Word, carry: Flag) -> Word:
        upper = ".HI" in self.one.opcode
        count = int(self.sources[3 if upper else 2], 0)
        if a is None or (upper and c is None):
            return None
        if upper and c is not None:
            a = ((c << 32 | a) << count) >> 32 & 0xFFFFFFFF
        else:
            a = a << count & 0xFFFFFFFF
        total, out = arithmetic.add([a, b], carry)
        for key in self.carries:
            if key in flags:
                flags[key] = None if out is None else out > 0
        return total


def _taken_flags(operands: list[str]) -> list[str]:
    taken = []
    while operands and _FLAG.match(operands[0]):
        taken.append(operands.pop(0))
    return taken


def _after(name: str, further: int) -> str:
    kind = "UR" if name.startswith("UR") else "R"
    return f"{kind}{int(name.removeprefix(kind)) + further}"


def _written(opcode: str, target: str) -> list[str]:
    """Return the registers that an instruction writes from its target on."""
    if not _REGISTER.fullmatch(target):
        return []
    parts = opcode.split(".")
    wide = {"64", "WIDE"} & set(parts) or (parts[0] == "CS2R" and "32" not in parts)
    return [_after(target, i) for i in range(4 if "128" in parts else 2 if wide else 1)]
