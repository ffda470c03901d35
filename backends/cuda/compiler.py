"""NVRTC without a GPU: what a text becomes for an architecture, and the registers it takes.

Needs ``nvidia-cuda-nvrtc``, neither a driver nor a device. Its C interface is a handful of
functions, called by ``ctypes``.
"""

from __future__ import annotations

import ctypes
import re
from ctypes import byref, c_char_p, c_int, c_size_t, c_void_p
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, files
from typing import Any

from zkmark.backends.device.session import BuildError
from zkmark.backends.device.source import Text

_OPTIONS = ("-std=c++17", "--ptxas-options=-v")
_ENTRY = re.compile(r"Compiling entry function '(\w+)'")
_FRAME = re.compile(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")
_USED = re.compile(r"Used (\d+) registers")
_SHARED = re.compile(r"(\d+) bytes smem")
_LIBRARY = re.compile(r"libnvrtc\.so\.\d+")


@dataclass(frozen=True)
class Resources:
    """What one kernel takes of a multiprocessor, as ptxas reports it."""

    registers: int
    spill_store_bytes: int
    spill_load_bytes: int
    stack_bytes: int
    shared_bytes: int


@cache
def _nvrtc() -> ctypes.CDLL:
    """Return the library that pip has installed."""
    try:
        names = files("nvidia-cuda-nvrtc") or []
    except PackageNotFoundError:
        raise RuntimeError("NVRTC is not installed; run `pip install nvidia-cuda-nvrtc`") from None
    library = ctypes.CDLL(str(next(n for n in names if _LIBRARY.fullmatch(n.name)).locate()))
    library.nvrtcGetErrorString.restype = c_char_p
    return library


def _check(status: int) -> None:
    if status:
        raise RuntimeError(f"NVRTC: {_nvrtc().nvrtcGetErrorString(status).decode()}")


def architectures() -> list[int]:
    """Return the numbers of the architectures that NVRTC knows: 80 stands for sm_80."""
    count = c_int(0)
    _check(_nvrtc().nvrtcGetNumSupportedArchs(byref(count)))
    numbers = (c_int * count.value)()
    _check(_nvrtc().nvrtcGetSupportedArchs(numbers))
    return list(numbers)


def compiler_version() -> str:
    """Return NVRTC's version: ``13.0``."""
    major, minor = c_int(0), c_int(0)
    _check(_nvrtc().nvrtcVersion(byref(major), byref(minor)))
    return f"{major.value}.{minor.value}"


def compile_for(text: Text, architecture: int) -> dict[str, Resources]:
    """Compile a text for an architecture; return what each of its kernels takes.

    Raises ``BuildError`` with the compiler's messages.
    """
    return compiled(text, architecture)[0]


def compiled(text: Text, architecture: int) -> tuple[dict[str, Resources], bytes]:
    """Compile a text for an architecture; return what its kernels take, and the machine code.

    Raises ``BuildError`` with the compiler's messages.
    """
    nvrtc = _nvrtc()
    program = c_void_p()
    source, name = text.text.encode(), text.path.encode()
    _check(nvrtc.nvrtcCreateProgram(byref(program), source, name, 0, None, None))
    options = [*_OPTIONS, f"--gpu-architecture=sm_{architecture}"]
    words = (c_char_p * len(options))(*(option.encode() for option in options))
    status = nvrtc.nvrtcCompileProgram(program, len(options), words)
    log = _fetched(nvrtc.nvrtcGetProgramLogSize, nvrtc.nvrtcGetProgramLog, program)
    code = b""
    if not status:
        code = _fetched(nvrtc.nvrtcGetCUBINSize, nvrtc.nvrtcGetCUBIN, program)
    _check(nvrtc.nvrtcDestroyProgram(byref(program)))
    report = log.rstrip(b"\0").decode(errors="replace")
    if status:
        raise BuildError(f"{text.path} does not compile for sm_{architecture}:\n{report.strip()}")
    return _resources(report), code


def _fetched(size_of: Any, fetch: Any, program: c_void_p) -> bytes:
    size = c_size_t(0)
    _check(size_of(program, byref(size)))
    buffer = ctypes.create_string_buffer(size.value)
    _check(fetch(program, buffer))
    return buffer.raw


def _resources(log: str) -> dict[str, Resources]:
    """Read ptxas's report: a paragraph a kernel, and one for each function not inlined."""
    found: dict[str, Resources] = {}
    for part in re.split(r"(?=Compiling entry function)", log):
        name, used, shared = _ENTRY.search(part), _USED.search(part), _SHARED.search(part)
        if name is None or used is None:
            continue
        # The kernel's own frame, and those of the functions that it calls.
        frames = [[int(number) for number in frame] for frame in _FRAME.findall(part)]
        stack, stores, loads = (sum(column) for column in zip([0, 0, 0], *frames, strict=True))
        found[name[1]] = Resources(
            int(used[1]), stores, loads, stack, int(shared[1]) if shared else 0
        )
    return found
