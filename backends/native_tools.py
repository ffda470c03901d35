"""What building native code needs to know of this machine: its processor and its C++ compiler."""

from __future__ import annotations

import os
import platform
import shlex
import shutil
from functools import cache
from pathlib import Path


@cache
def processor_key() -> str:
    """Return what tells this processor's instruction sets from others'."""
    text = f"{platform.system()} {platform.machine()}"
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return f"{text} {platform.processor()}"
    wanted = ("model name", "flags", "Features")
    kept = {line for line in lines if line.split("\t")[0].strip() in wanted}
    return "\n".join([text, *sorted(kept)])


def host_compiler() -> list[str] | None:
    """Return the command of the C++ compiler, ``$CXX`` or the system's; ``None`` without one."""
    if os.environ.get("CXX"):
        return shlex.split(os.environ["CXX"])
    found = next((name for name in ("c++", "g++", "clang++") if shutil.which(name)), None)
    return None if found is None else [found]
