"""The table of what every hardware design takes of a part, and what of a board follows from it.

``fpga_resources.json`` beside this file has an entry a design: the hash of its sources, Yosys's
version and command, the resources for AMD UltraScale+ and the seconds that took; for some ``ecp5``,
with the clock after place-and-route. What a user synthesises is kept in the cache of designs
(``zkmark fpga synthesise``) and comes first. An entry of other sources than the design's counts for
nothing.

``python -m zkmark.kernels.fpga_resources`` writes the file of the repository:

    DESIGN...      synthesise these
    --missing      every design whose entry is not there or of other sources
    --ecp5         place and route them for ECP5, too
    --seconds N    give up on a design after N seconds (an entry that took longer: at once)
    --from FILE    take entries that are still true from another such file
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from zkmark.backends.fpga.design import DeclaredClock, Design
from zkmark.hardware_profiles.boards import ECP5, RESOURCES, Board

TABLE = Path(__file__).with_suffix(".json")
# The share of a board that instances may fill: beyond it routing rarely meets its clock
# (hardcaml_zprize and Vivado's own guidance, UG949, are both near it).
MOST_UTILISATION = 0.7

Entry = dict[str, Any]
Table = dict[str, Entry]


def user_table() -> Path:
    """Return the file of what the user synthesised, in the cache of designs."""
    from zkmark.backends.fpga.build import cache_folder

    return cache_folder() / "resources.json"


def load_table(path: Path) -> Table:
    """Return a table, an empty one if there is no such file or none that can be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def save_table(path: Path, table: Table) -> None:
    """Write a table, one design a line, whole or not at all."""
    lines = [f" {json.dumps(name)}: {json.dumps(table[name])}" for name in sorted(table)]
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.with_suffix(".new")
    whole.write_text("\n".join(["{", ",\n".join(lines), "}", ""]), encoding="utf-8")
    whole.replace(path)


def synthesised(design: Design) -> Entry | None:
    """Return what synthesis said of a design, ``None`` if there is nothing of its sources.

    A design that is ``composed_of`` others and was not synthesised itself has the sum of theirs,
    and the entry's ``composed_of`` says so.
    """
    for path in (user_table(), TABLE):
        entry = load_table(path).get(design.name)
        if entry and entry.get("source_hash") == design.source_hash():
            return entry
    return _composed(design) if design.composed_of else None


def _composed(design: Design) -> Entry | None:
    total: dict[str, float] = {}
    for block, count in design.composed_of:
        entry = synthesised(block)
        if entry is None:
            return None
        for name, value in entry["resources"].items():
            total[name] = total.get(name, 0) + count * value
    return {
        "source_hash": design.source_hash(),
        "composed_of": {block.name: count for block, count in design.composed_of},
        "resources": total,
    }


def resources_on(design: Design, family: str) -> Mapping[str, float] | str:
    """Return what a design takes of parts of a family, or why nobody knows."""
    entry = synthesised(design)
    if family == ECP5:
        if entry is None or "ecp5" not in entry:
            return (
                f"the design {design.name} was not placed and routed for ECP5 as it is; "
                f"run `zkmark fpga synthesise {design.name} --ecp5`"
            )
        found: Mapping[str, float] = entry["ecp5"]["resources"]
        return found
    if entry is None:
        names = [block.name for block, _ in design.composed_of if synthesised(block) is None]
        return (
            f"the design {design.name} was not synthesised as it is; "
            f"run `zkmark fpga synthesise {' '.join(names or [design.name])}`"
        )
    resources: Mapping[str, float] = entry["resources"]
    return resources


def clock_on(design: Design, on: Board) -> DeclaredClock:
    """Return a design's clock on a board: declared for UltraScale+, placed and routed for ECP5.

    Raises ``ValueError`` where there is none.
    """
    if on.family == ECP5:
        found = resources_on(design, ECP5)
        if isinstance(found, str):
            raise ValueError(found)
        entry = synthesised(design)
        assert entry is not None
        placed = entry["ecp5"]
        source = f"placed and routed by nextpnr for {placed['part']}"
        return DeclaredClock(placed["fmax_hertz"], source)
    if design.clock is None:
        raise ValueError(f"the design {design.name} declares no clock for {on.family}")
    return design.clock


@dataclass(frozen=True)
class Fit:
    """How many instances of a design a board has room for, and which resource decides it."""

    instances: int
    limit: str
    used: Mapping[str, float]


def fit(design: Design, on: Board, utilisation: float = MOST_UTILISATION) -> Fit | str:
    """Return how many instances fit, or why nobody knows."""
    found = resources_on(design, on.family)
    if isinstance(found, str):
        return found
    used = {name: found.get(name, 0) for name in RESOURCES}
    counts = {n: int(utilisation * on.room[n] / used[n]) for n in RESOURCES if used[n]}
    if not counts:
        return f"the design {design.name} takes nothing of a part"
    limit = min(counts, key=lambda name: counts[name])
    return Fit(counts[limit], limit, used)


def make_entry(
    design: Design, seconds: float, ecp5: bool = False, known: Entry | None = None
) -> Entry:
    """Synthesise a design and return its entry; keep of a ``known`` one what is still true.

    ``seconds``: how long each tool may take. Raises what ``synthesise`` and ``place_and_route`` do.
    """
    from zkmark.backends.fpga.synthesis import place_and_route, synthesise

    entry: Entry = {"source_hash": design.source_hash()}
    if known and known.get("source_hash") == entry["source_hash"] and "tool" in known:
        entry = dict(known)
    else:
        found = asdict(synthesise(design, seconds))
        entry |= {**found, "seconds": round(found["seconds"], 1)}
    if ecp5:
        placed = asdict(place_and_route(design, seconds))
        entry["ecp5"] = {**placed, "seconds": round(placed["seconds"], 1)}
    return entry


def is_missing(design: Design, table: Table, ecp5: bool = False) -> bool:
    """Say whether a table lacks a design as it stands; one composed of others is never missing."""
    if design.composed_of and not ecp5:
        return False
    entry = table.get(design.name)
    stale = entry is None or entry["source_hash"] != design.source_hash()
    return stale or (ecp5 and entry is not None and "ecp5" not in entry)


def _main() -> int:
    from zkmark.backends.fpga.synthesis import SynthesisError
    from zkmark.kernels.fpga import designs

    parser = ArgumentParser(prog="python -m zkmark.kernels.fpga_resources")
    parser.add_argument("designs", nargs="*", metavar="DESIGN")
    parser.add_argument("--missing", action="store_true")
    parser.add_argument("--ecp5", action="store_true")
    parser.add_argument("--seconds", type=float, default=3600.0)
    parser.add_argument("--from", dest="other", type=Path)
    parser.add_argument("--table", type=Path, default=TABLE)
    given = parser.parse_args()
    known = designs()
    if unknown := [name for name in given.designs if name not in known]:
        parser.error(f"got {unknown[0]}, want one of {', '.join(known)}")
    table = {name: entry for name, entry in load_table(given.table).items() if name in known}
    for name, entry in load_table(given.other).items() if given.other else ():
        if name in known and entry["source_hash"] == known[name].source_hash():
            table[name] = {**table.get(name, {}), **entry}
    save_table(given.table, table)
    wanted = given.designs or [
        name for name, one in known.items() if given.missing and is_missing(one, table, given.ecp5)
    ]
    failed = 0
    for name in wanted:
        entry = table.get(name, {})
        if given.missing and entry.get("seconds", 0) > given.seconds:
            print(f"{name}: left out, it took {entry['seconds']} s", flush=True)
            continue
        try:
            keep = entry if given.missing else None
            table[name] = make_entry(known[name], given.seconds, given.ecp5, keep)
        except SynthesisError as error:
            failed += 1
            print(f"{name}: {error}", flush=True)
            continue
        print(f"{name}: {table[name]['resources']}, {table[name]['seconds']} s", flush=True)
        save_table(given.table, table)
    print(given.table)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(_main())
