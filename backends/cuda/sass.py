"""Machine code as text: what NVIDIA's disassembler reads in a compiled program.

Needs ``nvidia-cuda-nvdisasm``, neither a driver nor a device.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

_SECTION = re.compile(r"\s*\.section\s+\.text\.(\w+),")
_LABEL = re.compile(r"(\.L_x_\w+|\$[\w$]+):")
_INSTRUCTION = re.compile(
    r"\s+/\*[0-9a-f]+\*/\s+(?:@(!?)(U?P\w+)\s+)?([A-Z][\w.]*)\s*(.*?)\s*;?\s*$"
)
_COMMA = re.compile(r",\s*(?![^\[]*\])")


@dataclass(frozen=True)
class Instruction:
    """One instruction: ``@!P0 IADD3.X R1, ...`` has the guard ``P0``, negated."""

    opcode: str
    operands: tuple[str, ...]
    guard: str | None = None
    negated: bool = False


@dataclass
class Code:
    """One kernel's instructions, and where its labels stand among them."""

    instructions: list[Instruction] = field(default_factory=list)
    labels: dict[str, int] = field(default_factory=dict)


class NoDisassemblerError(RuntimeError):
    """The disassembler is not installed; the text says how it is."""


def disassembled(machine_code: bytes) -> dict[str, Code]:
    """Return each kernel's code, of a program as NVRTC compiles it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "program.cubin"
        path.write_bytes(machine_code)
        command = [*_disassembler(), "--print-code", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"nvdisasm: {done.stderr.strip()}")
    return parsed(done.stdout)


def _disassembler() -> list[str]:
    try:
        names = files("nvidia-cuda-nvdisasm") or []
    except PackageNotFoundError:
        raise NoDisassemblerError(
            "nvdisasm is not installed; run `pip install nvidia-cuda-nvdisasm`"
        ) from None
    found = next(name for name in names if name.stem == "nvdisasm")
    return [str(found.locate())]


def parsed(listing: str) -> dict[str, Code]:
    """Read a listing."""
    kernels: dict[str, Code] = {}
    code = Code()
    for line in listing.splitlines():
        if section := _SECTION.match(line):
            code = kernels.setdefault(section[1], Code())
        elif label := _LABEL.match(line):
            code.labels[label[1]] = len(code.instructions)
        elif found := _INSTRUCTION.match(line):
            negated, guard, opcode, operands = found.groups()
            parts = tuple(one.replace(".reuse", "") for one in _COMMA.split(operands) if one)
            code.instructions.append(Instruction(opcode, parts, guard, bool(negated)))
    return kernels
