"""zkmark beside other people's libraries, on the same number of threads.

Kernels are compared by compute, whole programs by the total of compile, prove and verify.

The ratio is zkmark's time over the best peer's, paired by the rounds of one run: below 1 zkmark is
ahead. A peer whose output was wrong has no figure and ranks nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zkmark.reports import quantities as q

ZKMARK = "cpu"
PEER = "peer"
# What a row says of its ratio and target.
WORDS = ("target met", "ahead", "level", "behind")


@dataclass(frozen=True)
class PeerFigure:
    """One peer's figure in a row: its time as text, or its status; ``best``: the fastest one."""

    name: str
    text: str
    best: bool


@dataclass(frozen=True)
class PeerRow:
    """One case on one number of threads.

    ``ratio``, ``interval`` and ``word`` are empty where there was no peer to compare with;
    ``value`` is the ratio itself. ``total`` is what a user of zkmark waits for.
    """

    case: str
    threads: int
    zkmark: str
    total: str
    peers: tuple[PeerFigure, ...]
    ratio: str = ""
    interval: str = ""
    target: str = ""
    word: str = ""
    value: float | None = None


@dataclass(frozen=True)
class PeerTable:
    """The rows of one kernel.

    ``phase`` is what is compared. ``names``: the peers that have a figure in any of the rows.
    """

    kernel: str
    phase: str
    names: tuple[str, ...]
    rows: tuple[PeerRow, ...]
    notes: tuple[str, ...]

    def cells(self, row: PeerRow) -> list[str]:
        """Return one text for each of ``names``."""
        texts = {one.name: one.text for one in row.peers}
        return [texts.get(name, q.MISSING) for name in self.names]


def peer_tables(cases: Sequence[Mapping[str, Any]]) -> list[PeerTable]:
    """Return a table for each kernel of which a peer was asked for; none without peers."""
    tables = []
    for kernel in dict.fromkeys(case["kernel"] for case in cases):
        own = [case for case in cases if case["kernel"] == kernel]
        if not any(case["backend"] == PEER for case in own):
            continue
        phase = "compute" if own[0]["workload"] is None else "total"
        rows = tuple(
            row
            for slug in dict.fromkeys(case["slug"] for case in own)
            for row in _rows([case for case in own if case["slug"] == slug], phase)
        )
        names = dict.fromkeys(one.name for row in rows for one in row.peers)
        tables.append(PeerTable(kernel, phase, tuple(names), rows, tuple(_notes(own))))
    return tables


def _rows(cases: Sequence[Mapping[str, Any]], phase: str) -> Iterable[PeerRow]:
    for threads in dict.fromkeys(_threads(case) for case in cases):
        rivals = [case for case in cases if _threads(case) == threads]
        zkmark = next((case for case in rivals if case["backend"] == ZKMARK), None)
        peers = [
            case for case in rivals if case["backend"] == PEER and case["status"] != "unsupported"
        ]
        if zkmark is not None or peers:
            yield _row(threads, zkmark, peers, phase)


def _threads(case: Mapping[str, Any]) -> int:
    return int(case["settings"].get("threads", 0))


def _row(
    threads: int,
    zkmark: Mapping[str, Any] | None,
    peers: Sequence[Mapping[str, Any]],
    phase: str,
) -> PeerRow:
    good = [case for case in peers if case["status"] == "ok"]
    best = min(good, key=lambda case: _median(case, phase), default=None)
    figures = tuple(
        PeerFigure(
            name_of(case),
            q.seconds(_median(case, phase)) if case["status"] == "ok" else str(case["status"]),
            case is best,
        )
        for case in peers
    )
    some = zkmark if zkmark is not None else peers[0]
    ok = zkmark is not None and zkmark["status"] == "ok"
    if zkmark is None:
        compared = total = q.MISSING
    elif not ok:
        compared = total = str(zkmark["status"])
    else:
        compared = q.seconds(_median(zkmark, phase))
        total = q.seconds(_median(zkmark, "total"))
    target = some["target"]
    row = PeerRow(
        some["slug"],
        threads,
        compared,
        total,
        figures,
        target="" if target is None else f"≤ {target:g}",
    )
    if zkmark is None or best is None or not ok:
        return row
    # An entry holds other / this, so that zkmark / best stands in the best peer's.
    ratios = best["compute_speedup" if phase == "compute" else "speedup"]
    found = ratios.get(zkmark["label"])
    if found is None:
        return row
    return PeerRow(
        row.case,
        threads,
        compared,
        total,
        figures,
        q.digits(found["median"]),
        "none" if found["low"] is None else f"{q.digits(found['low'])}–{q.digits(found['high'])}",
        row.target,
        _word(found, target),
        found["median"],
    )


def _word(ratio: Mapping[str, Any], target: float | None) -> str:
    """Say how a ratio stands; without an interval the median alone decides."""
    low = ratio["median"] if ratio["low"] is None else ratio["low"]
    high = ratio["median"] if ratio["high"] is None else ratio["high"]
    if target is not None and ratio["median"] <= target and high < 1:
        return WORDS[0]
    if high < 1:
        return WORDS[1]
    return WORDS[3] if low > 1 else WORDS[2]


def _median(case: Mapping[str, Any], phase: str) -> float:
    return float(case["summary"][phase]["median"])


def name_of(case: Mapping[str, Any]) -> str:
    """Return a peer's name: ``plonky3``."""
    return str(case["implementation"] or case["label"]).removeprefix(f"{PEER}/")


def _notes(cases: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return which version of each library ran, and what differs, a sentence each."""
    peers = [case for case in cases if case["backend"] == PEER]
    paths = dict.fromkeys(case["path"] for case in peers if case["path"])
    notes = [f"Measured: {', '.join(paths)}."] if paths else []
    differs = dict.fromkeys(
        f"{name_of(case)}: {text}" for case in peers for text in case["differs"]
    )
    return [*notes, *(f"{text}." for text in differs)]


def summary(tables: Sequence[PeerTable]) -> str:
    """Say in a sentence how often zkmark is ahead and how many targets are met; empty without."""
    rows = [row for table in tables for row in table.rows if row.value is not None]
    if not rows:
        return ""
    ahead = sum(row.word in WORDS[:2] for row in rows)
    aimed = [row for row in rows if row.target]
    text = f"zkmark is ahead of the best peer in {ahead} of {len(rows)} rows"
    if aimed:
        met = sum(row.word == WORDS[0] for row in aimed)
        text += f", and meets {met} of {len(aimed)} targets"
    return f"{text}."
