"""Shares of the machine's ceilings, as reports and the terminal write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zkmark.reports import quantities as q

# What the two roofs are called in a table.
_NAMES = {"operations": "arithmetic", "memory": "memory"}
# What probes count: word multiplications, and words of hashes, which are none.
MULTIPLIERS = {
    "multiply_64": "64-bit products",
    "multiply_32": "32-bit products",
    "multiply_52": "52-bit multiply-adds",
    "multiply_add_32": "32-bit multiply-adds",
    "fused_64": "multiply-adds of doubles",
}
_UNITS = {
    **MULTIPLIERS,
    "word_32": "32-bit operations",
    "word_64": "64-bit operations",
    "sha_256": "SHA-256 round pairs",
}


@dataclass(frozen=True)
class CeilingText:
    """An entry's share of the nearer ceiling, and both ceilings explained."""

    share: str
    bound: str
    explained: str

    @property
    def cell(self) -> str:
        """Return the share and what it is a share of: ``41 % arithmetic``."""
        return f"{self.share} {self.bound}".rstrip()


def ceiling_text(document: Mapping[str, Any]) -> CeilingText:
    """Write an entry's section ``ceiling``.

    Where no share is known it is a dash, and the explanation says why.
    """
    section = document["ceiling"]
    known = [
        name for name in ("operations", "memory") if section[name]["fraction"]["value"] is not None
    ]
    known.sort(key=lambda name: section[name]["fraction"]["value"], reverse=True)
    explained = " ".join(_explained(section, name) for name in ("operations", "memory"))
    if not known:
        return CeilingText(q.MISSING, "", explained)
    share = q.percent(section[known[0]]["fraction"]["value"])
    return CeilingText(share, _NAMES[known[0]], explained)


def _explained(section: Mapping[str, Any], name: str) -> str:
    side = section[name]
    if side["fraction"]["value"] is None:
        return f"{_NAMES[name].capitalize()}: {side['fraction']['reason']}."
    if name == "memory":
        rate, roof = q.data_rate(side["rate"]["value"]), q.data_rate(side["roof"]["value"])
        return f"Memory: {rate} of {roof}."
    unit = f"{_UNITS.get(side['unit'], side['unit'])}/s"
    rate = q.scaled(side["rate"]["value"], unit).removesuffix(unit).rstrip()
    return f"Arithmetic: {rate} of {q.scaled(side['roof']['value'], unit)} ({side['level']})."
