"""A session without a GPU that compiles kernels and notes their launches: what host plans ask for.

Host plans run on it unchanged as long as they read nothing back while they compute.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from zkmark.backends.cuda.compiler import Resources, compiled
from zkmark.backends.cuda.sass import Code, disassembled
from zkmark.backends.device.choice import Device
from zkmark.backends.device.session import (
    Argument,
    Array,
    Buffer,
    Kernel,
    Launch,
    Limits,
    Session,
    T,
)
from zkmark.backends.device.source import Text

# Where a launch's numbers lie in the first bank of constants, for sm_90 (read from machine code).
_SIZES = (0x0, 0x4, 0x8)
_COUNTS = (0xC, 0x10, 0x14)
_PARAMETERS = 0x210


@dataclass(frozen=True)
class Request:
    """One launch as a host plan asked for it."""

    kernel: Kernel
    groups: tuple[int, ...]
    arguments: tuple[Argument, ...]
    local: int

    def constants(self) -> dict[int, int]:
        """Return the 32-bit constants that the kernel reads of it, by their byte; no pointers."""
        threads = (self.kernel.group_size, 1, 1)
        groups = (*self.groups, 1, 1)[:3]
        found = dict(zip((*_SIZES, *_COUNTS), (*threads, *groups), strict=True))
        at = _PARAMETERS
        for argument in self.arguments:
            size = 8 if isinstance(argument, Buffer) else argument.itemsize
            at = -(-at // size) * size
            if not isinstance(argument, Buffer):
                words = np.frombuffer(argument.tobytes().ljust(4, b"\0"), dtype=np.uint32)
                found |= {at + 4 * i: int(word) for i, word in enumerate(words)}
            at += size
        return found

    def number(self, place: int) -> int:
        """Return a scalar argument."""
        return int(self.arguments[place])


class Binary:
    """A program for one architecture."""

    def __init__(self, text: Text, architecture: int) -> None:
        self.resources, self._machine_code = compiled(text, architecture)

    @cached_property
    def kernels(self) -> dict[str, Code]:
        """Its instructions, by the names of its kernels."""
        return disassembled(self._machine_code)


@dataclass(frozen=True)
class BinaryKernel:
    """A kernel of a binary."""

    binary: Binary
    name: str

    @property
    def resources(self) -> Resources:
        """What it takes of a multiprocessor."""
        return self.binary.resources[self.name]

    @property
    def code(self) -> Code:
        """Its instructions."""
        return self.binary.kernels[self.name]


class RecordingSession(Session):
    """Stands for ``device``; ``requests`` are the launches so far. Buffers hold nothing."""

    language = "cuda"

    def __init__(self, device: Device, limits: Limits, architecture: int) -> None:
        super().__init__(device, limits)
        self.architecture = architecture
        self.requests: list[Request] = []

    def describe(self) -> dict[str, Any]:
        """Say that it is no device."""
        return {"device_kind": "none"}

    def synchronize(self) -> None:
        """Do nothing."""

    def timed(self, work: Callable[[], T], times: int = 1) -> tuple[T, float]:
        """Refuse: nothing runs."""
        raise NotImplementedError("nothing runs on a recording session")

    def _allocate(self, nbytes: int) -> Any:
        return object()

    def _free(self, handle: Any) -> None:
        """Nothing was allocated."""

    def _write(self, buffer: Buffer, array: Array, offset: int) -> None:
        """Nothing is kept."""

    def _read(self, buffer: Buffer, array: Array, offset: int) -> None:
        raise NotImplementedError("a plan reads back while it computes: nothing was computed")

    def _fill_zero(self, buffer: Buffer) -> None:
        """Nothing is kept."""

    def _copy_to(self, target: Buffer, source: Buffer) -> None:
        """Nothing is kept."""

    def _build(self, text: Text) -> Any:
        return Binary(text, self.architecture)

    def _kernel(self, program: Any, name: str) -> Any:
        return BinaryKernel(program, name)

    def _kernel_limits(self, handle: Any) -> tuple[int, int]:
        return handle.resources.shared_bytes, self.limits.group_size

    def _launch(
        self, kernel: Kernel, groups: tuple[int, ...], arguments: tuple[Argument, ...], local: int
    ) -> None:
        self.requests.append(Request(kernel, groups, arguments, local))

    def _start_recording(self) -> None:
        raise NotImplementedError("nothing runs on a recording session")

    def _stop_recording(self) -> list[Launch]:
        raise NotImplementedError("nothing runs on a recording session")
