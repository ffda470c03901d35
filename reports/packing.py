"""Keeps a page of many results small: what does not fit is compressed inside of it.

A table of some thousand rows repeats itself and shrinks to a tenth. But only a script can unpack
it, so a page packs nothing as long as it is small, then what few readers open, and only then what
everybody reads.
"""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup

# How large a page may be without more of it being packed, in bytes.
LARGEST = 1_400_000
# From which tier on a part is packed: details first, then the tables of every case.
DETAILS, TABLES = 1, 2
TIERS = (0, DETAILS, TABLES)

_INSTEAD = Markup(
    '<div data-packed="{place}"></div><noscript><p class="note">So many results are on this page '
    "that this part of it is compressed and needs JavaScript. <code>zkmark report</code> writes "
    "Markdown and CSV as well.</p></noscript>"
)


class Packing:
    """Takes out of a page what is to be packed at a tier; ``parts`` then holds it."""

    def __init__(self, tier: int) -> None:
        self.tier = tier
        self.parts: list[str] = []

    def packed(self, tier: int, caller: Callable[[], str]) -> Markup:
        """Return a part of the page, or what stands in for it; a call block of the template."""
        part = caller()
        if tier > self.tier:
            return Markup(part)
        self.parts.append(str(part))
        return _INSTEAD.format(place=len(self.parts) - 1)
