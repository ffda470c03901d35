"""Keeps a page of many results small: what does not fit is compressed inside of it.

A table of some thousand rows repeats itself and shrinks to a tenth. But only a script can unpack
it, so a page packs nothing as long as it is small, then what few readers open, and only then what
everybody reads.

Rows that differ in their texts alone share a skeleton, and the texts that fill one place of it
stand together: gzip finds more in a column of times than in rows of tags.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from markupsafe import Markup

from zkmark.reports.plotly_bundle import pack

# How large a page may be without more of it being packed, in bytes.
LARGEST = 1_400_000
# From which tier on a part is packed: details first, then the tables of every case. What scripts
# alone fill is packed with the first, and nobody misses it.
DRAWN, DETAILS, TABLES = 0, 1, 2
TIERS = (0, DETAILS, TABLES)

# No text of a result can be taken for these: the template escapes its ``<``.
_PLACE = "<!--part {}-->"
_PLACES = re.compile(r"<!--part (\d+)-->")
END = Markup("<!--parts-->")
_INSTEAD = '<div data-packed="{place}"></div>'
_NOTE = (
    '<noscript><p class="note">So many results are on this page '
    "that this part of it is compressed and needs JavaScript. <code>zkmark report</code> writes "
    "Markdown and CSV as well.</p></noscript>"
)

# What stands for a text in a skeleton, and between the texts of a column. HTML has neither.
_HOLE, _GAP = "\x01", "\x1f"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_ROW = re.compile(r"(?=<tr[ >])")
# The value of an attribute, or a text between tags.
_TEXT = re.compile(r'(?<==")[^"<>]+(?=")|(?<=>)[^<>]*[^<>\s][^<>]*(?=<)')


class Packing:
    """Takes out of a page what may be packed, and puts it back in one form or the other."""

    def __init__(self) -> None:
        self._parts: list[tuple[int, str]] = []

    def packed(self, tier: int, caller: Callable[[], str]) -> Markup:
        """Return what holds a part's place until ``page``; a call block of the template."""
        self._parts.append((tier, str(caller())))
        return Markup(_PLACE.format(len(self._parts) - 1))

    def page(self, html: str, largest: int) -> str:
        """Return the page with as few tiers packed as keep it below so many bytes."""
        for tier in TIERS:
            made = self.at(tier, html)
            if len(made.encode()) <= largest:
                break
        return made

    def at(self, tier: int, html: str) -> str:
        """Return the page with everything up to a tier packed."""
        taken: list[str] = []

        def put(found: re.Match[str]) -> str:
            its, part = self._parts[int(found[1])]
            if its > tier or tier == 0:
                return part
            taken.append(part)
            return _INSTEAD.format(place=len(taken) - 1) + ("" if its == DRAWN else _NOTE)

        html = _PLACES.sub(put, html)
        script = pack(json.dumps(columns_of(taken), separators=(",", ":"), ensure_ascii=False))
        there = f'<script type="text/plain" id="packed">{script}</script>' if taken else ""
        return html.replace(END, there)


def columns_of(parts: Sequence[str]) -> dict[str, Any]:
    """Return parts of HTML taken apart, as the page's script puts them together again.

    ``skeletons``: rows without their texts. ``columns``: for each skeleton, the texts of each of
    its places, in the order of the rows. ``parts``: the skeletons of each part's rows.
    """
    places: dict[str, int] = {}
    columns: list[list[list[str]]] = []
    made = []
    for part in parts:
        rows = []
        for row in _ROW.split(_CONTROL.sub("", part)):
            skeleton, texts = _TEXT.sub(_HOLE, row), _TEXT.findall(row)
            place = places.setdefault(skeleton, len(places))
            if place == len(columns):
                columns.append([[] for _ in texts])
            for column, text in zip(columns[place], texts, strict=True):
                column.append(text)
            rows.append(place)
        made.append(rows)
    return {
        "skeletons": list(places),
        "columns": [[_GAP.join(column) for column in of] for of in columns],
        "parts": made,
    }
