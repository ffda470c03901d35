"""The section ``modelled`` of an entry: cycles, clock, terms, and the time that follows from them.

Nothing in it was measured but how long the simulation took on this machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zkmark.hardware_profiles.boards import Board
    from zkmark.kernels.fpga import Modelled

Section = dict[str, Any]
# Every term that a modelled time can have, in the order in which tables show them.
TERMS = ("compute", "external-memory", "pcie")
_SIMULATION = "the design, simulated cycle by cycle, counted by the test bench"


def modelled_section(found: Modelled, items: int, item_unit: str, bytes_moved: int) -> Section:
    """Return the section as result documents keep it."""
    from zkmark.hardware_profiles.boards import board

    on = board(found.board)
    return {
        "design": found.design,
        "board": found.board,
        "board_name": on.name,
        "cycles": _cycles(found),
        "compared": [
            {
                "slug": one.slug,
                "simulated": one.simulated,
                "formula": one.formula,
                "deviation": one.deviation,
            }
            for one in found.compared
        ],
        "clock": _value(found.clock_hertz, "Hz", _clock_status(on), found.clock_source),
        "instances": _value(found.instances, "instances", "modelled", found.fit),
        "terms": {name: _term(found, on, name) for name in TERMS},
        "seconds": _value(found.seconds, "s", "modelled", f"the longest term, {found.bound}"),
        "bound": found.bound,
        "bytes": {
            "to_board": found.bytes_in,
            "from_board": found.bytes_out,
            "external_memory": found.external_bytes,
        },
        "counters": dict(found.counters),
        "simulation": _simulation(found),
        "throughput": {
            "items_per_second": items / found.seconds if found.seconds else 0.0,
            "item_unit": item_unit,
            "bytes_per_second": bytes_moved / found.seconds if found.seconds else 0.0,
        },
    }


def _value(value: float, unit: str, status: str, source: str) -> Section:
    return {"value": value, "unit": unit, "source": source, "status": status}


def _none(source: str, reason: str) -> Section:
    return {"value": None, "source": source, "status": "unavailable", "reason": reason}


def _clock_status(on: Board) -> str:
    """Say what a clock is: what place-and-route reports for ECP5, else somebody's declaration."""
    return "reported" if on.family == "ecp5" else "declared"


def _cycles(found: Modelled) -> Section:
    if not found.compared:
        return _value(found.cycles, "cycles", "simulated", _SIMULATION)
    worst = max(abs(one.deviation) for one in found.compared)
    fits = f"within {100 * worst:.2g} % of" if worst else "exact on"
    number = len(found.compared)
    source = f"the design's formula, {fits} {number} simulated size{'s' if number > 1 else ''}"
    return _value(found.cycles, "cycles", "extrapolated", source)


def _term(found: Modelled, on: Board, name: str) -> Section:
    """Return the seconds of a term, or why the time has no such term."""
    seconds = found.terms.get(name)
    if name == "compute":
        source = "cycles over the clock and the instances that share them"
    elif name == "external-memory":
        if seconds is None:
            reason = "the design moves nothing through the board's memory"
            if found.external_bytes:
                reason = f"the board {on.id} has no external memory"
            return _none(f"board {on.id}", reason)
        source = f"bytes through the memory of the board {on.id} over its bandwidth"
    else:
        if seconds is None:
            return _none(f"board {on.id}", f"the catalogue has no PCIe rate of the board {on.id}")
        source = f"the larger direction's bytes over the PCIe rate of the board {on.id}"
    assert seconds is not None
    return _value(seconds, "s", "modelled", source)


def _simulation(found: Modelled) -> Section:
    """Say what was really measured: how long this machine simulated, and so how fast."""
    source = "host clock around the simulation"
    cycles = sum(one.simulated for one in found.compared) or found.cycles
    seconds = found.simulation_seconds
    if not seconds:
        none = _none(source, "the design does not say how long its simulation took")
        return {"cycles": cycles, "seconds": none, "cycles_per_second": dict(none)}
    return {
        "cycles": cycles,
        "seconds": _value(seconds, "s", "measured", source),
        "cycles_per_second": _value(cycles / seconds, "cycles/s", "measured", source),
    }


def checked_instead(section: Mapping[str, Any]) -> str | None:
    """Say of an extrapolated case what was checked in its place; ``None`` for a simulated one."""
    compared = [one["slug"] for one in section["compared"]]
    if not compared:
        return None
    return (
        f"the outputs of the simulated sizes were checked ({', '.join(compared)}); "
        "that of this size was not computed"
    )
