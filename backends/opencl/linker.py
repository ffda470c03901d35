"""Whether PoCL can link kernels here: where it cannot, it ends the process instead of saying so.

It calls the system's ``ld`` with the C library and gcc's. Where these lie in their usual places
nothing more is asked; else one kernel is tried, in a process of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

# What is linked with, each in any one of these places.
_LIBRARIES: tuple[tuple[str, ...], ...] = (
    ("usr/lib*/gcc/*/*/libgcc.a",),
    ("usr/lib*/gcc/*/*/libgcc_s.so", "usr/lib*/*/libgcc_s.so", "usr/lib*/libgcc_s.so"),
    ("usr/lib*/libc.so", "usr/lib*/*-linux-gnu/libc.so"),
)
_TRIAL_SECONDS = 60.0


@cache
def can_link(root: Path = Path("/")) -> bool:
    """Say whether a kernel can be linked; asked once a process."""
    if shutil.which("ld") is not None and has_libraries(root):
        return True
    return trial([sys.executable, "-P", "-m", __name__])


def has_libraries(root: Path) -> bool:
    """Say whether all libraries lie where distributions put them, below ``root``."""
    return all(any(any(root.glob(one)) for one in places) for places in _LIBRARIES)


def trial(command: Sequence[str]) -> bool:
    """Say whether a command that links a kernel ends well; nothing it made before helps it."""
    with tempfile.TemporaryDirectory(prefix="zkmark-opencl-") as folder:
        try:
            done = subprocess.run(
                command,
                env=os.environ | {"POCL_CACHE_DIR": folder},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_TRIAL_SECONDS,
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
    return done.returncode == 0


def run_a_kernel() -> None:
    """Build and run a kernel on PoCL's first device."""
    import numpy as np
    import pyopencl as cl

    platforms = cl.get_platforms()
    (pocl,) = (one for one in platforms if one.name.strip() == "Portable Computing Language")
    context = cl.Context(pocl.get_devices()[:1])
    queue = cl.CommandQueue(context)
    buffer = cl.Buffer(context, cl.mem_flags.READ_WRITE, 64)
    text = "__kernel void number(__global uint *out) { out[get_global_id(0)] = get_global_id(0); }"
    cl.Program(context, text).build().number(queue, (16,), (4,), buffer)
    found = np.empty(16, np.uint32)
    cl.enqueue_copy(queue, found, buffer)
    if found.tolist() != list(range(16)):
        raise RuntimeError(f"a kernel that numbers its work items gave {found}")


if __name__ == "__main__":
    run_a_kernel()
