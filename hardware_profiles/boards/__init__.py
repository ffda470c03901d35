"""The catalogue of FPGA boards: what a model of a design's time needs to know of one.

A file a board, ``<id>.toml``; every figure has its source. Nothing here was measured by zkmark.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from zkmark.hardware_profiles.source import Source, sources_of

RESOURCES = ("lut", "ff", "dsp", "bram36", "uram")
ULTRASCALE_PLUS, ECP5 = FAMILIES = ("ultrascale+", "ecp5")
# Every board's file names the source of each of these; of power, if it is published.
SOURCES = (
    *("resources", "shell", "memory", "efficiency", "latency", "burst", "word"),
    *("pcie", "power"),
)
_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class ExternalMemory:
    """A board's memory: ``channels`` of ``bytes_per_second`` together, ``capacity_bytes`` in all.

    ``efficiency`` is the share of the peak that long sequential bursts reach, ``latency_seconds``
    what a read waits for, ``burst_bytes`` the least that an access moves, ``word_bits`` the width
    at which a design sees a channel.
    """

    kind: str
    channels: int
    bytes_per_second: float
    efficiency: float
    latency_seconds: float
    burst_bytes: int
    word_bits: int
    capacity_bytes: int


@dataclass(frozen=True)
class Board:
    """One board. ``resources`` are the part's, ``shell`` what of them the platform keeps.

    Resources of different ``family`` are different things: a ``lut`` has 6 inputs in
    ``ultrascale+`` and 4 in ``ecp5``, a ``dsp`` multiplies 27 x 18 bits or 18 x 18. ``pcie`` names
    the link (``3.0 x16``), ``pcie_bytes_per_second`` what DMA moves over it in one direction.
    """

    id: str
    name: str
    part: str
    family: str
    resources: Mapping[str, int]
    shell: Mapping[str, int]
    memory: ExternalMemory | None
    pcie: str | None
    pcie_bytes_per_second: float | None
    power_watts: float | None
    sources: Mapping[str, Source]

    @property
    def room(self) -> dict[str, int]:
        """Return what is left for designs, by resource."""
        return {name: self.resources[name] - self.shell.get(name, 0) for name in RESOURCES}


@cache
def board_ids() -> tuple[str, ...]:
    """Return the ids of all boards."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


@cache
def board(id: str) -> Board:
    """Return a board; ``ValueError`` with the ids that there are for an unknown one."""
    if id not in board_ids():
        raise ValueError(f"board: got {id!r}, want one of {', '.join(board_ids())}")
    found: dict[str, Any] = tomllib.loads((_FOLDER / f"{id}.toml").read_text(encoding="utf-8"))
    memory = found.pop("memory", None)
    return Board(
        id=id,
        memory=None if memory is None else ExternalMemory(**memory),
        pcie=found.pop("pcie", None),
        pcie_bytes_per_second=found.pop("pcie_bytes_per_second", None),
        power_watts=found.pop("power_watts", None),
        sources=sources_of(found.pop("sources")),
        **found,
    )
