"""Native code: the processor and compiler that building it needs, and a build that does not fit."""

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


def native_fault(error: BaseException) -> str | None:
    """Say what to do where an error shows that zkmark's own native extension is missing or old.

    ``None`` for any other error. An extension built from older sources lacks functions that the
    Python code calls, and nanobind refuses arguments that they did not have then.
    """
    head = "the native extension zkmark._native "
    if isinstance(error, ImportError) and "_native" in str(error):
        what = f"does not load ({error})"
    elif isinstance(error, AttributeError) and "zkmark._native" in str(error):
        what = f"is older than zkmark's Python code ({error})"
    elif isinstance(error, TypeError) and "incompatible function arguments" in str(error):
        what = "was built from other sources than zkmark's Python code"
    else:
        return None
    return f"{head}{what}; build it again: pip install --force-reinstall zkmark, or . in a checkout"
