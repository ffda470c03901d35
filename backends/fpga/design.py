"""What a hardware design is to a simulator: its sources, its parameters and its ports."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

# Designs name their sources by their places in the package, as kernel texts do.
_PACKAGE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Stream:
    """A stream of items of ``bits`` bits: ports ``<name>_valid``, ``_ready`` and ``_data``.

    An item passes in a cycle in which both ``valid`` and ``ready`` are high. Who offers an item
    keeps offering the same one until it has passed.
    """

    name: str
    bits: int

    @property
    def words(self) -> int:
        """The words of 32 bits that an item takes in memory, the least first."""
        return -(-self.bits // 32)


@dataclass(frozen=True)
class MemoryPort:
    """A channel of external memory with words of ``bits`` bits, addressed by word.

    Ports ``<name>_read_valid``, ``_read_ready``, ``_read_address`` (a request a word),
    ``<name>_return_valid``, ``_return_ready``, ``_return_data`` (answers in the order of requests),
    ``<name>_write_valid``, ``_write_ready``, ``_write_address``, ``_write_data``.
    """

    name: str
    bits: int

    @property
    def words(self) -> int:
        """The words of 32 bits that one of its words takes."""
        return -(-self.bits // 32)


@dataclass(frozen=True)
class DeclaredClock:
    """A clock that was not measured and not placed and routed, with where the figure is from."""

    hertz: float
    source: str


@dataclass(frozen=True)
class Design:
    """One design with its parameters fixed: what is simulated, and what is synthesised.

    ``name`` is its id, as in ``fpga/<name>``. ``sources`` are SystemVerilog files by their places
    in the package (``kernels/fields/rtl/goldilocks_multiplier.sv``), packages before what uses
    them; ``generated`` are files whose text Python makes (tables and moduli from the catalogues),
    name and text, which come first. ``parameters`` are those of ``top``. ``settings`` are input
    ports of at most 64 bits that keep their value for a run. ``counters`` are outputs of at most 64
    bits that are read when a run ends.

    ``composed_of`` says of a design that is too large to be synthesised whole which designs, and
    how many of each, it is made of: its resources are theirs, and what ties them is not counted.

    Every design has the ports ``clk`` and ``rst``, a synchronous reset, high for a cycle or more.
    """

    name: str
    top: str
    sources: tuple[str, ...]
    inputs: tuple[Stream, ...]
    outputs: tuple[Stream, ...]
    parameters: tuple[tuple[str, int], ...] = ()
    generated: tuple[tuple[str, str], ...] = ()
    memories: tuple[MemoryPort, ...] = ()
    settings: tuple[str, ...] = ()
    counters: tuple[str, ...] = ()
    clock: DeclaredClock | None = None
    composed_of: tuple[tuple[Design, int], ...] = ()

    def texts(self) -> list[tuple[str, str]]:
        """Return every source file's name and text, in the order in which they are read."""
        own = [
            (Path(place).name, (_PACKAGE / place).read_text(encoding="utf-8"))
            for place in self.sources
        ]
        return [*self.generated, *own]

    def source_hash(self) -> str:
        """Return a hash of everything that decides what the design does: texts and parameters."""
        digest = sha256()
        for name, text in self.texts():
            digest.update(f"{name}\n{len(text)}\n{text}".encode())
        digest.update(repr((self.top, sorted(self.parameters))).encode())
        return digest.hexdigest()

    @property
    def about(self) -> str:
        """What it computes: the first sentence at the head of its top module's file."""
        head = self._head()
        first = head[0] if head else ""
        return re.split(r"(?<=\.)\s", first, maxsplit=1)[0].rstrip(".")

    @property
    def latency(self) -> str | None:
        """The formula of its cycles, as the head of its top module's file gives it.

        That is what begins with the word ``Latency``, else with ``Cycles``; after a colon the next
        paragraph belongs to it.
        """
        head = [*self._head(), ""]
        for word in ("Latency", "Cycles"):
            for paragraph, after in pairwise(head):
                if found := re.search(rf"\b{word}\b.*", paragraph):
                    return f"{found[0]} {after}" if found[0].endswith(":") else found[0]
        return None

    def _head(self) -> list[str]:
        """Return the paragraphs of the comment that its top module's file begins with."""
        texts = dict(self.texts())
        text = texts.get(f"{self.top}.sv", "")
        lines = []
        for line in text.splitlines():
            if not line.startswith("//"):
                break
            lines.append(line.removeprefix("//").removeprefix(" "))
        paragraphs = "\n".join(lines).split("\n\n")
        return [" ".join(one.split()) for one in paragraphs if one.strip()]
