"""The table of what every CUDA kernel takes of a multiprocessor: registers, spills, shared memory.

``python -m zkmark.kernels.cuda_resources`` compiles every program with NVRTC, which needs no GPU,
and writes ``cuda_resources.json`` beside this file. A test compiles them again and holds them to
the table.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from zkmark.backends.cuda.compiler import Resources, architectures, compile_for, compiler_version
from zkmark.kernels.device import device_sources

TABLE = Path(__file__).with_suffix(".json")
# Those that must be supported; the newest that NVRTC knows comes on top.
_ARCHITECTURES = (80, 90)


def chosen_architectures() -> list[int]:
    """Return the architectures that kernels are compiled for: A100, H100, and the newest."""
    return [*_ARCHITECTURES, max(architectures())]


def resources_of(name: str, architecture: int) -> dict[str, Resources]:
    """Compile one program; return its kernels' resources."""
    return compile_for(device_sources()[name].text(DEVICE_CPU=0), architecture)


def load_table() -> dict[str, Any]:
    """Return the table as it was written last."""
    table: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    return table


def make_table() -> dict[str, Any]:
    """Compile everything and return the table."""
    programs: dict[str, Any] = {}
    for name in device_sources():
        for architecture in chosen_architectures():
            for kernel, found in resources_of(name, architecture).items():
                row = programs.setdefault(name, {}).setdefault(kernel, {})
                row[f"sm_{architecture}"] = asdict(found)
    return {"nvrtc": compiler_version(), "programs": programs}


def _as_text(table: dict[str, Any]) -> str:
    """Write the table with one kernel on one architecture a line."""
    lines = ["{", f' "nvrtc": {json.dumps(table["nvrtc"])},', ' "programs": {']
    programs = table["programs"]
    for p, (program, kernels) in enumerate(sorted(programs.items())):
        lines.append(f"  {json.dumps(program)}: {{")
        for k, (kernel, rows) in enumerate(sorted(kernels.items())):
            lines.append(f"   {json.dumps(kernel)}: {{")
            for r, (architecture, found) in enumerate(rows.items()):
                comma = "," if r + 1 < len(rows) else ""
                lines.append(f"    {json.dumps(architecture)}: {json.dumps(found)}{comma}")
            lines.append("   }," if k + 1 < len(kernels) else "   }")
        lines.append("  }," if p + 1 < len(programs) else "  }")
    return "\n".join([*lines, " }", "}", ""])


if __name__ == "__main__":
    TABLE.write_text(_as_text(make_table()), encoding="utf-8")
    print(TABLE)
