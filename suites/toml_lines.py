"""Where a key stands in a TOML file: the parser forgets lines, and error messages need them."""

from __future__ import annotations

import re

_HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\-\s\"']+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_\-]+|\"[^\"]+\"|'[^']+')\s*(\.[^=]+)?=")

# A table is named by its dotted name and, in an array of tables, its index: ("case", 2).
Table = tuple[str, int]


class TomlLines:
    """The line (from 1) of every table and key of a TOML text that the parser has accepted.

    Knows bare and quoted keys at the start of a line. A key inside an inline table or a multi-line
    value stands on the line where that value begins, which is near enough for a message.
    """

    def __init__(self, text: str) -> None:
        self._tables: dict[Table, int] = {("", 0): 1}
        self._keys: dict[tuple[Table, str], int] = {}
        counts: dict[str, int] = {}
        current: Table = ("", 0)
        for number, line in enumerate(text.splitlines(), start=1):
            if header := _HEADER.match(line):
                name = ".".join(part.strip().strip("\"'") for part in header[2].split("."))
                index = counts.get(name, 0)
                counts[name] = index + 1
                current = (name, index)
                self._tables[current] = number
            elif key := _KEY.match(line):
                self._keys.setdefault((current, key[1].strip("\"'")), number)

    def line(self, table: str, key: str | None = None, index: int = 0) -> int:
        """Return the line of a key, else that of its table, else 1."""
        place = (table, index)
        if key is not None and (place, key) in self._keys:
            return self._keys[(place, key)]
        return self._tables.get(place, 1)
