"""CUDA on the host's processor, for tests: the CUDA reading of a kernel text, compiled as C++.

``HostSession`` is a session like any other, so that host plans run on it unchanged. It is no
backend: nobody wants its times.
"""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from zkmark.backends.device.choice import Device
from zkmark.backends.device.session import (
    Argument,
    Array,
    Buffer,
    BuildError,
    Kernel,
    Launch,
    Limits,
    Session,
    T,
)
from zkmark.backends.device.source import Text
from zkmark.backends.native_tools import host_compiler

_SHIM = Path(__file__).with_name("host.h")
_FLAGS = ("-std=c++20", "-O1", "-shared", "-fPIC", "-fno-strict-aliasing", "-w")
_LAUNCHER = """
extern "C" int zkmark_parameters_{name}() {{ return zkmark_host::parameter_count({name}); }}
extern "C" const char* zkmark_launch_{name}(const unsigned* groups, unsigned threads,
        size_t local_bytes, void** arguments, int backward) {{
    return zkmark_host::launch(groups, threads, local_bytes, arguments,
        [](void** a) {{ zkmark_host::call({name}, a); }}, backward != 0);
}}
"""
# What every GPU since Pascal has.
_LIMITS = Limits(group_size=1024, local_bytes=48 * 1024, memory_bytes=1 << 30, buffer_bytes=1 << 30)


class HostSession(Session):
    """Runs kernels on one thread; ``backward``: a block's last thread first."""

    language = "cuda"

    def __init__(self, backward: bool = False, limits: Limits = _LIMITS) -> None:
        device = Device("cuda", 0, "host shim", "CUDA on the host", "gpu", 1 << 30, 1, "none")
        super().__init__(device, limits)
        self.backward = backward
        self._record: list[Launch] | None = None

    def describe(self) -> dict[str, Any]:
        """Say that it is no device."""
        return {"device_kind": "host shim"}

    def synchronize(self) -> None:
        """Do nothing: every launch is done when it returns."""

    def timed(self, work: Callable[[], T], times: int = 1) -> tuple[T, float]:
        """Time by the host's clock."""
        began = time.perf_counter()
        for _ in range(times):
            result = work()
        return result, (time.perf_counter() - began) / times

    def _start_recording(self) -> None:
        self._record = []

    def _stop_recording(self) -> list[Launch]:
        record, self._record = self._record or [], None
        return record

    def _allocate(self, nbytes: int) -> Array:
        # As aligned as a device's, and filled so that nobody counts on zeros.
        whole = np.full(nbytes + 256, 0xCD, dtype=np.uint8)
        start = -whole.ctypes.data % 256
        return whole[start : start + nbytes]

    def _free(self, handle: Any) -> None:
        """Nothing: NumPy counts references."""

    def _write(self, buffer: Buffer, array: Array, offset: int) -> None:
        buffer.handle[offset : offset + array.nbytes] = array.reshape(-1).view(np.uint8)

    def _read(self, buffer: Buffer, array: Array, offset: int) -> None:
        array.view(np.uint8)[:] = buffer.handle[offset : offset + array.nbytes]

    def _fill_zero(self, buffer: Buffer) -> None:
        buffer.handle[:] = 0

    def _copy_to(self, target: Buffer, source: Buffer) -> None:
        target.handle[:] = source.handle

    def _build(self, text: Text) -> ctypes.CDLL:
        launchers = "".join(_LAUNCHER.format(name=name) for name in text.kernels)
        source = f"{_SHIM.read_text(encoding='utf-8')}\n{text.text}\n{launchers}"
        return ctypes.CDLL(str(_compiled(source, text.path)))

    def _kernel(self, program: Any, name: str) -> tuple[Any, int]:
        launch = getattr(program, f"zkmark_launch_{name}")
        launch.restype = ctypes.c_char_p
        launch.argtypes = [
            ctypes.POINTER(ctypes.c_uint),
            ctypes.c_uint,
            ctypes.c_size_t,
            ctypes.POINTER(ctypes.c_void_p),
            ctypes.c_int,
        ]
        return launch, int(getattr(program, f"zkmark_parameters_{name}")())

    def _kernel_limits(self, handle: Any) -> tuple[int, int]:
        return 0, self.limits.group_size

    def _launch(
        self, kernel: Kernel, groups: tuple[int, ...], arguments: tuple[Argument, ...], local: int
    ) -> None:
        launch, parameters = kernel.handle
        if len(arguments) != parameters:
            raise TypeError(f"{kernel.name} takes {parameters} arguments, got {len(arguments)}")
        # Each value in memory of its own, the addresses of these in an array.
        values = [
            np.array([one.handle.ctypes.data if isinstance(one, Buffer) else one], dtype=kind)
            for one, kind in (
                (one, np.uint64 if isinstance(one, Buffer) else one.dtype) for one in arguments
            )
        ]
        places = (ctypes.c_void_p * len(values))(*(value.ctypes.data for value in values))
        counts = (ctypes.c_uint * 3)(*(*groups, 1, 1)[:3])
        began = time.perf_counter()
        wrong = launch(counts, kernel.group_size, local, places, int(self.backward))
        if self._record is not None:
            self._record.append(Launch(kernel.name, began, time.perf_counter()))
        if wrong is not None:
            raise RuntimeError(f"{kernel.program.path}: {kernel.name}: {wrong.decode()}")


def _compiled(source: str, path: str) -> Path:
    """Return the library of a source, from the cache where it was compiled before."""
    from platformdirs import user_cache_path

    compiler = host_compiler()
    if compiler is None:
        raise BuildError("there is no C++ compiler for the host; run `apt-get install g++`")
    key = sha256("\0".join([*compiler, *_FLAGS, source]).encode()).hexdigest()[:32]
    folder = user_cache_path("zkmark", ensure_exists=True) / "cuda-host"
    folder.mkdir(parents=True, exist_ok=True)
    library = folder / f"{key}.so"
    if library.exists():
        return library
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        made = Path(scratch) / "kernel.so"
        done = subprocess.run(
            [*compiler, *_FLAGS, "-x", "c++", "-", "-o", str(made)],
            input=source,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise BuildError(f"{path} does not compile for the host:\n{done.stderr[:4000]}")
        made.replace(library)
    return library
