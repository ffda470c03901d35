"""Kernel text: files of the package put together with the definitions that specialise them.

``#include "kernels/fields/device/field.h"`` names a file by its place in the package; it is put in
where it is first asked for. So a program is one text, the same for every compiler, and the text
with its definitions is what caches go by.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path

_PACKAGE = Path(__file__).parents[2]  # where ``kernels`` and ``backends`` lie, linked or not
_LANGUAGE = "backends/device/language.h"
_INCLUDE = re.compile(r'\s*#\s*include\s+"([^"]+)"')
_CONDITION = re.compile(r"\s*#\s*(if|endif)")
_KERNEL = re.compile(r"^KERNEL\(\s*(\w+)\s*,\s*(\w+)\s*\)", re.MULTILINE)

Value = str | int


@dataclass(frozen=True)
class Source:
    """A kernel file and what specialises it.

    ``path`` is the file's place in the package, ``definitions`` become ``#define`` lines before it:
    numbers and words for switches and sizes, whole lists for tables.
    """

    path: str
    definitions: Mapping[str, Value] = field(default_factory=dict)

    def text(self, **more: Value) -> Text:
        """Put the text together; ``more`` are definitions of the device that it is built for."""
        definitions = {**more, **self.definitions}
        lines = [f"#define {name} {value}" for name, value in sorted(definitions.items())]
        body = list(_Reader().file(_LANGUAGE, 0)) + list(_Reader().file(self.path, 0))
        whole = "\n".join([*lines, *body, ""])
        kernels = {
            name: _number(size, definitions, f"{self.path}: KERNEL({name}, {size})")
            for name, size in _KERNEL.findall(whole)
        }
        return Text(self.path, whole, kernels)


@dataclass(frozen=True)
class Text:
    """A program's whole text. ``kernels`` maps the kernels' names to the sizes of their groups."""

    path: str
    text: str
    kernels: Mapping[str, int]

    @property
    def key(self) -> str:
        """What tells this text from every other."""
        return sha256(self.text.encode()).hexdigest()


def _number(word: str, definitions: Mapping[str, Value], where: str) -> int:
    try:
        return int(definitions.get(word, word))
    except ValueError:
        raise ValueError(f"{where}: want a number or a definition that is one") from None


@cache
def _lines(path: str) -> tuple[str, ...]:
    return tuple((_PACKAGE / path).read_text(encoding="utf-8").splitlines())


class _Reader:
    """Follows includes. A file comes once, where it is first asked for.

    Under an ``#if`` that place may be skipped by the compiler, so such a file must not be asked for
    again.
    """

    def __init__(self) -> None:
        self.conditional: dict[str, bool] = {}

    def file(self, path: str, depth: int) -> Iterator[str]:
        yield f'#line 1 "{path}"'
        for number, line in enumerate(_lines(path), 1):
            if found := _CONDITION.match(line):
                depth += 1 if found[1] == "if" else -1
            if found := _INCLUDE.match(line):
                yield from self.include(found[1], depth, f"{path}:{number}")
                yield f'#line {number + 1} "{path}"'
            else:
                yield line

    def include(self, path: str, depth: int, where: str) -> Iterator[str]:
        if path not in self.conditional:
            self.conditional[path] = depth > 0
            yield from self.file(path, depth)
        elif self.conditional[path]:
            raise ValueError(f"{where}: {path} is included under an #if before")
