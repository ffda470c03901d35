"""Taking apart a JavaScript bundle made by esbuild, and keeping only the modules that run.

esbuild puts all modules into the body of one function, one after another. A CommonJS module becomes
``var name=wrap((exports,module)=>{...});``, an ES module its hoisted functions and variables, then
``var ...,name=lazy(()=>{...});``. Either runs when another one calls ``name()``, and each calls
those that it imports from before it uses anything of theirs. So the modules that can ever run are
those reached over such calls from the body's last statement, and the others can go.

The scanner knows enough of the language's tokens (ECMA-262, clause 12) to find where declarations
end: strings, templates, comments, regular expressions, brackets. It parses no more than that.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

# What the scanner must see. Everything between matches can neither open, close nor hide anything.
_EVENT = re.compile(
    r"""(?P<quoted>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
    r"""|(?P<comment>//[^\n]*|/\*.*?\*/)"""
    r"""|(?P<slash>/)|(?P<template>`)|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<end>;)""",
    re.DOTALL,
)
_REGEX = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
_TEMPLATE_TEXT = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*", re.DOTALL)
_LAST_WORD = re.compile(r"[\w$]+$")
_PARTNER = {")": "(", "]": "[", "}": "{"}
# After these words a slash begins a regular expression; after any other word it divides.
_BEFORE_REGEX = re.compile(
    "return|typeof|case|in|of|delete|void|throw|new|else|do|instanceof|yield|await"
)
_CONDITIONS = frozenset(("if", "while", "for", "with"))
_DEFINITION = re.compile(r"(?:async )?(?:function\*?|class) ?([A-Za-z_$][\w$]*)")
_IMPORT = re.compile(r"(?<![\w$.])([A-Za-z_$][\w$]*)\(\)")
_QUOTED = re.compile(r""""(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'""")
# A call that stands this often at the right of a declaration wraps modules.
_FEWEST_WRAPPED = 5
_DECLARED_NAME = re.compile(r"(?:^(?:var|let|const) |,)([A-Za-z_$][\w$]*)(?=[=,;])")


class BundleError(ValueError):
    """A bundle is not built as expected; the text says what is different."""


@dataclass(frozen=True)
class Statement:
    """One statement of a body.

    ``outline``: its text without what stands in brackets and quotes. ``calls``: what it calls
    itself, outside all brackets; ``""`` for a call on anything but a name.
    """

    text: str
    outline: str
    calls: tuple[str, ...]

    @property
    def declares(self) -> tuple[str, ...]:
        """Return the names that it declares: none for an expression."""
        definition = _DEFINITION.match(self.text)
        if definition:
            return (definition[1],)
        return tuple(_DECLARED_NAME.findall(self.outline))


class _Scanner:
    """Walks over a function's body and cuts it into statements."""

    def __init__(self, source: str, start: int) -> None:
        self.source = source
        self.position = start
        self.start = start
        self.statements: list[Statement] = []
        # The open brackets, and of each whether it holds the condition of an if or of a loop.
        self.stack: list[tuple[str, bool]] = []
        self.after_condition = False
        self._begin_statement(start)

    def _begin_statement(self, position: int) -> None:
        self.begin = self.outside = position
        self.outline: list[str] = []
        self.calls: list[str] = []

    def _leave_outline(self, end: int) -> None:
        """Note the text up to ``end`` as outside of brackets."""
        if not self.stack:
            self.outline.append(self.source[self.outside : end])

    def _enter_outline(self) -> None:
        if not self.stack:
            self.outside = self.position

    def _finish_statement(self) -> None:
        self._leave_outline(self.position)
        text = self.source[self.begin : self.position]
        if text.strip():
            self.statements.append(Statement(text, "".join(self.outline), tuple(self.calls)))
        self._begin_statement(self.position)

    def run(self) -> int:
        """Scan to the brace that closes the body and return its position."""
        while True:
            event = _EVENT.search(self.source, self.position)
            if event is None:
                raise BundleError("the bundle ends inside of its body")
            kind, at = event.lastgroup, event.start()
            self.position = event.end()
            if kind == "close" and not self.stack:
                if self.source[at] != "}":
                    raise BundleError(f"the bracket {self.source[at]} at {at} closes nothing")
                self.position = at
                self._finish_statement()
                return at
            if kind == "end":
                if not self.stack:
                    self._finish_statement()
            elif kind == "open":
                self._open(at)
            elif kind == "close":
                self._close(at)
            else:
                self._literal(kind or "", at)

    def _literal(self, kind: str, at: int) -> None:
        if kind == "slash" and not self._begins_regex(at):
            return
        self._leave_outline(at)
        if kind == "slash":
            literal = _REGEX.match(self.source, at)
            if literal is None:
                raise BundleError(f"the regular expression at {at} has no end")
            self.position = literal.end()
        elif kind == "template":
            self._template_text()
        self._enter_outline()

    def _open(self, at: int) -> None:
        before = _LAST_WORD.search(self.source, max(self.start, at - 40), at)
        word = before.group() if before else ""
        if not self.stack:
            self._leave_outline(at)
            if self.source[at] == "(" and at > self.begin and self.source[at - 1] not in "=,":
                self.calls.append(word)
        self.stack.append((self.source[at], word in _CONDITIONS))

    def _close(self, at: int) -> None:
        bracket = self.source[at]
        opened, self.after_condition = self.stack.pop()
        if opened == "${" and bracket == "}":
            self._template_text()
        elif opened != _PARTNER[bracket]:
            raise BundleError(f"the bracket {bracket} at {at} closes {opened}")
        self._enter_outline()
        if not self.stack and bracket == "}" and _DEFINITION.match(self.source, self.begin):
            self._finish_statement()

    def _template_text(self) -> None:
        """Go past a template's closing backtick, or into its next ``${``."""
        text = _TEMPLATE_TEXT.match(self.source, self.position)
        end = text.end() if text else self.position
        if self.source.startswith("`", end):
            self.position = end + 1
        elif self.source.startswith("${", end):
            self.stack.append(("${", False))
            self.position = end + 2
        else:
            raise BundleError(f"the template before {end} has no end")

    def _begins_regex(self, at: int) -> bool:
        before = at - 1
        while before > self.start and self.source[before].isspace():
            before -= 1
        last = self.source[before]
        if last == ")":
            return self.after_condition
        if last in "]\"'`":
            return False
        word = _LAST_WORD.search(self.source, max(self.start, before - 40), before + 1)
        # Otherwise an operator or a closing brace, and nothing divides a block.
        return word is None or _BEFORE_REGEX.fullmatch(word.group()) is not None


def split_body(source: str, start: int) -> tuple[list[Statement], int]:
    """Cut the function body that begins at ``start`` into its statements.

    Returns them in order, their texts put together being the body, and the position of the body's
    closing brace. Raises ``BundleError`` for brackets or literals that do not end.
    """
    scanner = _Scanner(source, start)
    end = scanner.run()
    return scanner.statements, end


@dataclass(frozen=True)
class Module:
    """The statements of one module; ``names``: those whose call runs it."""

    text: str
    names: tuple[str, ...]

    @property
    def imports(self) -> frozenset[str]:
        """Return every name that it calls without arguments, as one module runs another."""
        return frozenset(_IMPORT.findall(_QUOTED.sub('""', self.text)))


def split_modules(statements: Sequence[Statement]) -> list[Module]:
    """Put together the statements of each module, in order.

    What stands before the first module goes with it, what stands after the last one is the last
    element. Raises ``BundleError`` if the statements are not those of modules.
    """
    calls = Counter(s.calls[0] for s in statements if s.declares and len(s.calls) == 1)
    wrappers = {name for name, count in calls.items() if count >= _FEWEST_WRAPPED and name}
    if not wrappers:
        raise BundleError("no function wraps the modules")
    modules: list[Module] = []
    pending: list[str] = []
    for statement in statements:
        pending.append(statement.text)
        if statement.declares and wrappers.issuperset(statement.calls) and statement.calls:
            modules.append(Module("".join(pending), statement.declares))
            pending = []
    return [*modules, Module("".join(pending), ())]


def reachable(modules: Sequence[Module]) -> list[Module]:
    """Return those modules, in order, that the last one runs, directly or not; and the first."""
    by_name = {name: index for index, module in enumerate(modules) for name in module.names}
    wanted = {0, len(modules) - 1}
    todo = list(wanted)
    while todo:
        for name in modules[todo.pop()].imports & by_name.keys():
            if by_name[name] not in wanted:
                wanted.add(by_name[name])
                todo.append(by_name[name])
    return [modules[index] for index in sorted(wanted)]
