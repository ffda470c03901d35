"""From Miden assembly to the program of the stack machine.

    >>> program = assemble("begin push.2 add end")
    >>> len(program)
    2

Procedures are inlined and ``repeat`` is unrolled, each block assembled once. Errors name line and
column, and what was wanted.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from zkmark.kernels.stark.domain import MODULUS
from zkmark.provers.stackvm.emitter import Emitter
from zkmark.provers.stackvm.instructions import HALT, LOCALS_BASE, STACK, Row
from zkmark.provers.stackvm.mnemonics import MNEMONICS, Operands, WantedError

# Longer programs are refused: their table of rows would not fit into any proof.
MAX_ROWS = 1 << 24

_TOKENS = re.compile(r'#[^\n]*|[^\s#"]+(?:"[^"\n]*"[^\s#"]*)*|"')
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:::[A-Za-z_][A-Za-z0-9_]*)*")


class AssemblyError(ValueError):
    """A program that is none; the message starts with line and column."""


@dataclass(frozen=True, eq=False)
class Program:
    """An assembled program; ``rows[pc]`` is what instructions.py describes."""

    source: str
    rows: list[Row]
    # Where procedures stand in the source, and assertions' messages, both by position.
    procedures: list[tuple[int, int, str]] = field(default_factory=list)
    messages: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of rows, without the last one, where every program ends."""
        return len(self.rows) - 1

    @cached_property
    def table(self) -> NDArray[np.uint64]:
        """Columns flags, code, immediate, jump: ``uint64[4, rows]``."""
        return np.array([row[:4] for row in self.rows], dtype=np.uint64).T.copy()

    def where(self, pc: int) -> str:
        """Say where in the source a row comes from."""
        position = self.rows[pc][4]
        if position < 0:
            return "at the end"
        line, column = line_and_column(self.source, position)
        named = [name for start, end, name in self.procedures if start <= position < end]
        return f"line {line}, column {column}" + (f", in {named[0]}" if named else "")

    def message(self, pc: int) -> str | None:
        """Return the message or code that an assertion was given, if any."""
        return self.messages.get(self.rows[pc][4])


def line_and_column(source: str, position: int) -> tuple[int, int]:
    """Return a position's line and column, both from 1 on."""
    line = source.count("\n", 0, position) + 1
    return line, position - (source.rfind("\n", 0, position) + 1) + 1


@dataclass
class Procedure:
    """An assembled procedure."""

    rows: list[Row]
    barrier: int
    locals: int


class Assembler:
    """Reads one program. ``position`` of macros' rows is that of the instruction that they are."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.tokens = [
            (match[0], match.start()) for match in _TOKENS.finditer(source) if match[0][0] != "#"
        ]
        self.next = 0
        self.constants: dict[str, int] = {}
        self.texts: dict[str, str] = {}
        self.procedures: dict[str, Procedure] = {}
        self.spans: list[tuple[int, int, str]] = []
        self.messages: dict[int, str] = {}
        # Locals of every procedure have a place of their own: none can be entered twice.
        self.local_words = 0
        self.locals = 0
        self.known = dict(_frequent())

    def error(self, position: int, text: str) -> AssemblyError:
        """Return the error of a position."""
        line, column = line_and_column(self.source, position)
        return AssemblyError(f"line {line}, column {column}: {text}")

    def take(self, wanted: str) -> tuple[str, int]:
        """Return the next token."""
        if self.next == len(self.tokens):
            raise self.error(len(self.source), f"got the end of the program, want {wanted}")
        self.next += 1
        return self.tokens[self.next - 1]

    # The program's parts

    def program(self) -> Program:
        """Read everything."""
        body: Emitter | None = None
        while self.next < len(self.tokens):
            token, position = self.take("begin")
            word, _, rest = token.partition(".")
            if body is not None:
                raise self.error(position, f"got {token!r} after the program's end, want nothing")
            if token == "begin":
                self.locals = 0
                body = Emitter()
                self.block(body, ("end",))
                self.spans.append((position, self.tokens[self.next - 1][1], "the main program"))
            elif word in ("proc", "export"):
                self.procedure(rest, position)
            elif word == "const":
                self.constant(rest, position)
            else:
                raise self.error(
                    position, f"got {token!r}, want begin, proc.<name> or const.<NAME>=<value>"
                )
        if body is None:
            raise self.error(len(self.source), "got the end of the program, want begin")
        return Program(self.source, [HALT, *body.rows, _to_end(body)], self.spans, self.messages)

    def constant(self, rest: str, position: int) -> None:
        """Read ``const.NAME=value``, or ``const NAME = value``."""
        if not rest:
            rest = self.take("a constant's name")[0]
            while "=" not in rest or rest.endswith("="):
                rest += self.take("= and a constant's value")[0]
        name, equals, value = rest.partition("=")
        if not _NAME.fullmatch(name) or not equals:
            raise self.error(position, f"got constant {rest!r}, want const.<NAME>=<value>")
        if name in self.constants or name in self.texts:
            raise self.error(position, f"got constant {name!r} again, want each name once")
        if len(value) > 1 and value[0] == value[-1] == '"':
            self.texts[name] = value[1:-1]
        else:
            self.constants[name] = self.number(value, MODULUS - 1, position)

    def procedure(self, rest: str, position: int) -> None:
        """Read ``proc.name`` or ``proc.name.locals``, up to its end."""
        if not rest:
            rest = self.take("a procedure's name")[0]
        name, _, count = rest.partition(".")
        if not _NAME.fullmatch(name):
            raise self.error(
                position, f"got procedure {rest!r}, want proc.<name> or with .<locals>"
            )
        if name in self.procedures:
            raise self.error(position, f"got procedure {name!r} again, want each name once")
        self.locals = self.number(count, 1 << 16, position) if count else 0
        body = Emitter()
        self.block(body, ("end",))
        self.spans.append((position, self.tokens[self.next - 1][1], f"procedure {name}"))
        self.procedures[name] = Procedure(body.rows, body.barrier, self.locals)
        self.local_words += self.locals + 3 >> 2

    # Blocks

    def block(self, out: Emitter, ends: tuple[str, ...]) -> str:
        """Read instructions up to one of ``ends``, and return which."""
        tokens, known = self.tokens, self.known
        count = len(tokens)
        first = self.next
        while self.next < count:
            token, position = tokens[self.next]
            self.next += 1
            found = known.get(token)
            if found:
                found[0](out, position, *found[1])
            elif token in ends:
                if self.next - 1 == first:
                    raise self.error(position, f"got {token!r} at once, want an instruction")
                return token
            else:
                self.other(out, token, position)
        opened = tokens[first - 1]
        raise self.error(
            len(self.source),
            f"got the end of the program, want {' or '.join(ends)} for {opened[0]!r} "
            f"of line {line_and_column(self.source, opened[1])[0]}",
        )

    def other(self, out: Emitter, token: str, position: int) -> None:
        """Assemble an instruction not seen before, or a block."""
        word, _, rest = token.partition(".")
        if word == "exec":
            self.execute(out, rest, position)
        elif token == "if.true":
            self.conditional(out, position)
        elif token == "while.true":
            self.loop(out, position)
        elif word == "repeat":
            self.repeat(out, rest, position)
        elif token in ("end", "else", "begin") or word in ("proc", "export", "const"):
            raise self.error(position, f"got {token!r} here, want an instruction")
        else:
            emit, operands, keep = self.instruction(token, word, position)
            emit(out, position, *operands)
            if keep:
                self.known[token] = (emit, operands)

    def execute(self, out: Emitter, name: str, position: int) -> None:
        """Inline a procedure."""
        if name not in self.procedures:
            known = ", ".join(sorted(self.procedures)) or "none yet"
            raise self.error(position, f"got procedure {name!r}, want one defined above: {known}")
        self.inline(out, self.procedures[name].rows, self.procedures[name].barrier, position)

    def inline(self, out: Emitter, rows: list[Row], barrier: int, position: int) -> None:
        """Append a block; jumps are relative, so that it can stand anywhere."""
        if len(out.rows) + len(rows) > MAX_ROWS:
            raise self.error(position, f"got more than {MAX_ROWS} rows, want a shorter program")
        start = len(out.rows)
        out.append(rows)
        # Its first row is not fused with what stands before it; its last one may be with what
        # follows, if nothing jumps there.
        out.barrier = start + barrier

    def conditional(self, out: Emitter, position: int) -> None:
        """Read ``if.true ... else ... end``."""
        branch = out.branch(False, 0, position)
        then, otherwise = Emitter(), Emitter()
        if self.block(then, ("else", "end")) == "else":
            self.block(otherwise, ("end",))
            then.jump(len(otherwise.rows), position)
        out.set_jump(branch, len(then.rows))
        out.append(then.rows)
        out.append(otherwise.rows)
        out.barrier = len(out.rows)

    def loop(self, out: Emitter, position: int) -> None:
        """Read ``while.true ... end``: the condition is looked at before it and at its end."""
        branch = out.branch(False, 0, position)
        body = Emitter()
        self.block(body, ("end",))
        again = body.branch(True, 0, position)
        body.set_jump(again, -len(body.rows))
        out.set_jump(branch, len(body.rows))
        out.append(body.rows)
        out.barrier = len(out.rows)

    def repeat(self, out: Emitter, count: str, position: int) -> None:
        """Read ``repeat.n ... end``."""
        times = self.number(count, MAX_ROWS, position)
        if times == 0:
            raise self.error(position, "got repeat.0, want a count from 1 on")
        body = Emitter()
        self.block(body, ("end",))
        if times * len(body.rows) > MAX_ROWS:
            raise self.error(
                position,
                f"got {times} times {len(body.rows)} rows, want {MAX_ROWS} at the most",
            )
        barrier = (times - 1) * len(body.rows) + body.barrier
        self.inline(out, body.rows * times, barrier, position)

    # Instructions

    def instruction(
        self, token: str, word: str, position: int
    ) -> tuple[Callable[..., None], Operands, bool]:
        """Return what emits an instruction, its operands, and whether that holds for every use."""
        keep = True
        found = MNEMONICS.get(word)
        if found is None:
            raise self.error(position, f"got {token!r}, want an instruction")
        texts = _operands(token)
        if texts and texts[-1].startswith("err="):
            if not found.has_error:
                raise self.error(position, f"got {token!r}, want {word} without an error code")
            self.messages[position] = self.text(texts.pop()[4:], position)
            keep = False
        if word.startswith("loc"):
            keep = False
        try:
            operands = found.read(texts, lambda text, most: self.number(text, most, position))
        except WantedError as wanted:
            raise self.error(position, f"got {token!r}, want {wanted}") from None
        if word.startswith("loc"):
            index = operands[0]
            if index >= self.locals:
                raise self.error(
                    position, f"got local {index}, want one of the procedure's {self.locals}"
                )
            operands = (LOCALS_BASE + 4 * self.local_words + index,)
        return found.emit, operands, keep

    def number(self, text: str, most: int, position: int) -> int:
        """Read a number, decimal or hexadecimal, or a constant's name."""
        if text in self.constants:
            value = self.constants[text]
        elif re.fullmatch(r"[0-9]+", text):
            value = int(text)
        elif re.fullmatch(r"0x[0-9a-fA-F]+", text):
            value = int(text, 16)
        elif _NAME.fullmatch(text):
            known = ", ".join(sorted(self.constants)) or "none yet"
            raise self.error(position, f"got constant {text!r}, want one defined above: {known}")
        else:
            raise self.error(position, f"got number {text!r}, want it in decimal or after 0x")
        if value > most:
            raise self.error(position, f"got number {text}, want 0 to {most}")
        return value

    def text(self, text: str, position: int) -> str:
        """Read an assertion's message: a text, a constant or a number."""
        if len(text) > 1 and text[0] == text[-1] == '"':
            return text[1:-1]
        if text in self.texts:
            return self.texts[text]
        if not text:
            wanted = "a text in quotes, a constant or a number"
            raise self.error(position, f"got no error code, want {wanted}")
        return f"code {self.number(text, MODULUS - 1, position)}"


@cache
def _frequent() -> dict[str, tuple[Callable[..., None], Operands]]:
    """Return instructions that can be told from their text alone: those with no operand, or n."""
    found: dict[str, tuple[Callable[..., None], Operands]] = {
        name: (mnemonic.emit, ()) for name, mnemonic in MNEMONICS.items() if mnemonic.reads_nothing
    }
    for name, first in (("dup", 0), ("swap", 1), ("movup", 2), ("movdn", 2)):
        emit = MNEMONICS[name].emit
        found |= {f"{name}.{n}": (emit, (n,)) for n in range(first, STACK)}
        if first < 2:  # and without n
            found[name] = (emit, (first,))
    return found


def _operands(token: str) -> list[str]:
    """Split an instruction at its dots, but not within quotes."""
    head, quote, tail = token.partition('"')
    parts = head.split(".")[1:]
    if quote:
        parts[-1:] = [(parts[-1] if parts else "") + quote + tail]
    return parts


def _to_end(body: Emitter) -> Row:
    """Return the jump from behind the last row to row 0."""
    # From pc to 0 are pc + 1 rows back.
    pc = 1 + len(body.rows)
    return (HALT[0], 0, 1, MODULUS - pc - 1, -1)


def assemble(source: str) -> Program:
    """Assemble a program; ``AssemblyError`` says where it is none."""
    return Assembler(source).program()
