"""What a design takes of a part, by Yosys, and its clock on ECP5, by nextpnr.

For AMD UltraScale+ there is no open place-and-route: the counts are those before packing. Yosys
puts no registers into a DSP48E2, so that LUT and FF are more than Vivado would report.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zkmark.backends.fpga.design import Design
from zkmark.backends.fpga.ecp5_harness import harness
from zkmark.backends.fpga.tools import Tool, find_nextpnr, find_yosys

# Printed wherever figures of UltraScale+ are.
BEFORE_PACKING = (
    "by Yosys before packing, which puts no registers into DSPs: LUT and FF are pessimistic"
)
MOST_SECONDS = 3600.0
ECP5_PART = "LFE5U-85F-6"
_ECP5_DEVICE = ("--85k", "--package", "CABGA381", "--speed", "6")
# nextpnr works towards it; a clock that it misses is a result all the same.
_ECP5_TARGET_MHZ = 250
# By Yosys's script parser, a plain number has 32 bits.
_PLAIN_BITS = 31

# What a cell of UltraScale+ takes. A LUT that is a shift register or a memory counts as one too.
_XCUP: dict[str, dict[str, float]] = {
    **{f"LUT{n}": {"logic": 1} for n in range(1, 7)},
    "LUT6_2": {"logic": 1},
    "INV": {"logic": 1},
    **{name: {"srl": 1} for name in ("SRL16E", "SRLC16E", "SRLC32E")},
    **{name: {"lutram": 1} for name in ("RAM32X1S", "RAM64X1S")},
    **{name: {"lutram": 2} for name in ("RAM32X1D", "RAM64X1D", "RAM128X1S")},
    **{name: {"lutram": 4} for name in ("RAM32M", "RAM64M", "RAM128X1D", "RAM256X1S")},
    **{name: {"lutram": 8} for name in ("RAM32M16", "RAM64M8", "RAM256X1D", "RAM512X1S")},
    **{name: {"lutram": 8} for name in ("RAM64X8SW", "RAM32X16DR8")},
    **{name: {"ff": 1} for name in ("FDRE", "FDSE", "FDCE", "FDPE", "LDCE", "LDPE")},
    "DSP48E2": {"dsp": 1},
    "RAMB36E2": {"bram36": 1},
    "RAMB18E2": {"bram36": 0.5},
    **{name: {"uram": 1} for name in ("URAM288", "URAM288_BASE")},
    **{name: {} for name in ("CARRY4", "CARRY8", "MUXF7", "MUXF8", "MUXF9")},
    **{name: {} for name in ("BUFG", "BUFGCTRL", "VCC", "GND")},
}
# The same for ECP5: LUTs of 4 inputs, multipliers of 18 x 18 bits, memories of 18 kbit.
_ECP5: dict[str, dict[str, float]] = {
    "LUT4": {"logic": 1},
    "CCU2C": {"logic": 2},
    "TRELLIS_DPR16X4": {"lutram": 4},
    "TRELLIS_FF": {"ff": 1},
    "MULT18X18D": {"dsp": 1},
    "DP16KD": {"bram36": 0.5},
    "PDPW16KD": {"bram36": 0.5},
    **{name: {} for name in ("PFUMX", "L6MUX21", "TRELLIS_IO", "VHI", "VLO")},
}


class SynthesisError(RuntimeError):
    """A design could not be synthesised, placed or routed; the text says why in one sentence."""


class SynthesisTimeoutError(SynthesisError):
    """A tool took longer than it may."""


@dataclass(frozen=True)
class Synthesis:
    """What a design takes, and how that was found.

    ``resources``: ``lut`` is the sum of ``logic``, ``srl`` (shift registers) and ``lutram``;
    ``ff``, ``dsp``, ``bram36`` (in halves), ``uram``.
    """

    resources: Mapping[str, float]
    tool: str
    command: str
    seconds: float


@dataclass(frozen=True)
class PlacedAndRouted:
    """The clock that a design reached on an ECP5, and what it takes there."""

    part: str
    fmax_hertz: float
    resources: Mapping[str, float]
    tool: str
    command: str
    seconds: float


def synthesise(design: Design, most_seconds: float = MOST_SECONDS) -> Synthesis:
    """Synthesise a design for AMD UltraScale+.

    Raises ``MissingToolError``, ``SynthesisError`` or ``SynthesisTimeoutError``.
    """
    yosys = find_yosys()
    ultra = any('"ultra"' in text for _, text in design.texts())
    command = f"synth_xilinx -family xcup -noiopad{' -uram' if ultra else ''} -top {design.top}"
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        cells = _yosys(yosys, design, place, command, most_seconds)
    seconds = time.perf_counter() - began
    return Synthesis(_count(design, cells, _XCUP), yosys.version, command, seconds)


def place_and_route(
    design: Design, most_seconds: float = MOST_SECONDS, seed: int = 1
) -> PlacedAndRouted:
    """Synthesise a design for the ECP5-85F, place and route it, and return the clock it reaches.

    It is routed between shift registers, since few designs have as few ports as the part has pins;
    these are not counted. Raises what ``synthesise`` does.
    """
    yosys, nextpnr = find_yosys(), find_nextpnr()
    began = time.perf_counter()

    def left() -> float:
        return max(1.0, most_seconds - (time.perf_counter() - began))

    synth = f"synth_ecp5 -top {design.top}"
    route = ["--freq", str(_ECP5_TARGET_MHZ), "--seed", str(seed), "--timing-allow-fail"]
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        cells = _yosys(yosys, design, place, synth, left())
        (place / "ecp5_harness.sv").write_text(harness(design), encoding="utf-8")
        _yosys(
            yosys,
            design,
            place,
            "synth_ecp5 -top ecp5_harness -json out.json",
            left(),
            "ecp5_harness.sv",
        )
        files = ["--json", "out.json", "--report", "report.json", "--lpf-allow-unconstrained"]
        arguments = [*nextpnr.command, *_ECP5_DEVICE, *route, *files, "--quiet"]
        _run(arguments, place, f"placing and routing {design.name}", left())
        report = json.loads((place / "report.json").read_text(encoding="utf-8"))
    clocks = [one["achieved"] for one in report.get("fmax", {}).values()]
    if not clocks:
        raise SynthesisError(f"placing and routing {design.name}: nextpnr reports no clock")
    return PlacedAndRouted(
        ECP5_PART,
        min(clocks) * 1e6,
        _count(design, cells, _ECP5),
        f"{yosys.version}, {nextpnr.version}",
        f"{synth}; nextpnr-ecp5 {' '.join([*_ECP5_DEVICE, *route])}",
        time.perf_counter() - began,
    )


def _yosys(
    yosys: Tool, design: Design, place: Path, synth: str, seconds: float, *more: str
) -> dict[str, int]:
    """Run one synthesis in ``place``; return the cells of every type."""
    names = []
    for file, text in design.texts():
        (place / file).write_text(text, encoding="utf-8")
        if file.endswith((".sv", ".v", ".svh")):
            names.append(file)
    lines = [f"read_verilog -sv {' '.join([*names, *more])}"]
    if design.parameters:
        values = " ".join(f"-set {name} {_number(value)}" for name, value in design.parameters)
        lines.append(f"chparam {values} {design.top}")
    lines += [synth, "tee -q -o cells.json stat -json"]
    (place / "run.ys").write_text("\n".join(lines) + "\n", encoding="utf-8")
    _run([*yosys.command, "run.ys"], place, f"synthesising {design.name}", seconds)
    modules = json.loads((place / "cells.json").read_text(encoding="utf-8"))["modules"]
    top = more[0].partition(".")[0] if more else design.top
    named = {name.removeprefix("\\"): one for name, one in modules.items()}
    if top not in named:
        # With many parameters Yosys calls it $paramod$<hash>\\<top>.
        top = next(name for name in named if name.endswith(f"\\{top}"))
    return _cells(named, top)


def _cells(modules: Mapping[str, Any], top: str) -> dict[str, int]:
    """Return how many cells of every type are in a module and those below it."""
    total: Counter[str] = Counter()
    for cell, count in modules[top]["num_cells_by_type"].items():
        name = cell.removeprefix("\\")
        below = _cells(modules, name) if name in modules else {cell: 1}
        total.update({one: count * each for one, each in below.items()})
    return dict(total)


def _number(value: int) -> str:
    if value.bit_length() <= _PLAIN_BITS:
        return str(value)
    return f"{value.bit_length()}'h{value:x}"


def _run(command: list[str], place: Path, what: str, seconds: float) -> None:
    try:
        done = subprocess.run(
            command, cwd=place, capture_output=True, text=True, errors="replace", timeout=seconds
        )
    except subprocess.TimeoutExpired:
        raise SynthesisTimeoutError(f"{what} took more than {seconds:.0f} s") from None
    except OSError as error:
        raise SynthesisError(f"{what}: {command[0]} could not be started: {error}") from None
    if done.returncode < 0:
        name = signal.Signals(-done.returncode).name
        hint = ", as it is when memory runs out" if name == "SIGKILL" else ""
        raise SynthesisError(f"{what} was ended by {name}{hint}")
    if done.returncode:
        raise SynthesisError(f"{what} failed: {_reason(done.stderr, done.stdout)}")


def _reason(*outputs: str) -> str:
    """Return the tool's own line about what is wrong."""
    for output in outputs:
        for line in output.splitlines():
            if found := re.search(r"ERROR: (.*)", line):
                return found[1].strip()
    lines = [line for output in outputs for line in output.strip().splitlines()]
    return lines[-1].strip() if lines else "it says nothing of why"


def _count(
    design: Design, cells: Mapping[str, int], kinds: Mapping[str, Mapping[str, float]]
) -> dict[str, float]:
    total: dict[str, float] = dict.fromkeys(
        ("logic", "srl", "lutram", "ff", "dsp", "bram36", "uram"), 0
    )
    for cell, count in cells.items():
        if cell.startswith("$scopeinfo"):
            continue
        if cell not in kinds:
            raise SynthesisError(
                f"synthesising {design.name} left {count} cells of the type {cell}, "
                "which is no part of the device"
            )
        for name, each in kinds[cell].items():
            total[name] += each * count
    return {"lut": total["logic"] + total["srl"] + total["lutram"], **total}
