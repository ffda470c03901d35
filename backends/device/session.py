"""A session: one device, opened, with one queue of work in order, its memory counted.

Host plans are written against these classes alone. What a language's driver must do stands in the
methods that begin with an underscore; checks, counting and caching are here, once.
"""

from __future__ import annotations

import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from zkmark.backends.device.choice import Device
from zkmark.backends.device.source import Source, Text, Value

Array = NDArray[Any]
T = TypeVar("T")
# What a kernel takes: a buffer, or a NumPy scalar, whose type is the parameter's.
Argument = Any


class BuildError(RuntimeError):
    """A kernel text does not compile on a device; the text says where, from the compiler's log."""


class DeviceLimitError(ValueError):
    """A launch asks for more than the device has: group size or local memory."""


class DeviceMemoryError(ValueError):
    """A case needs more memory than the device has; the text says how much of both."""


@dataclass(frozen=True)
class Limits:
    """What a launch or an allocation may ask of a device at the most."""

    group_size: int
    local_bytes: int
    memory_bytes: int
    buffer_bytes: int


@dataclass(frozen=True)
class Launch:
    """One launch by the device's clock, in seconds from the first one's ``queued``.

    ``queued`` and ``submitted`` are ``None`` where the driver does not tell them.
    """

    kernel: str
    start: float
    end: float
    queued: float | None = None
    submitted: float | None = None


class Buffer:
    """Bytes on a device. Given back when nothing refers to it any more, or by ``release``."""

    def __init__(self, session: Session, nbytes: int, handle: Any, dtype: DTypeLike) -> None:
        self.session = session
        self.nbytes = nbytes
        self.handle = handle
        # The type of a read that names none.
        self.dtype = np.dtype(dtype)
        self._finalizer = weakref.finalize(self, session._given_back, nbytes)

    def release(self) -> None:
        """Give the memory back now."""
        if self.handle is not None:
            self.session._free(self.handle)
            self.handle = None
            self._finalizer()

    def write(self, array: Array, offset: int = 0) -> None:
        """Copy an array into it from byte ``offset`` on; returns when the array may change."""
        self._check_range(offset, array.nbytes)
        if array.nbytes:
            self.session._write(self, np.ascontiguousarray(array), offset)

    def read(
        self, count: int | None = None, dtype: DTypeLike | None = None, offset: int = 0
    ) -> Array:
        """Return ``count`` words from byte ``offset`` on, all of them unless told; waits."""
        kind = self.dtype if dtype is None else np.dtype(dtype)
        if count is None:
            count = (self.nbytes - offset) // kind.itemsize
        array = np.empty(count, dtype=kind)
        self._check_range(offset, array.nbytes)
        if array.nbytes:
            self.session._read(self, array, offset)
        return array

    def fill_zero(self) -> None:
        """Set all its bytes to zero, in the order of the queue."""
        self.session._fill_zero(self)

    def _check_range(self, offset: int, nbytes: int) -> None:
        if offset < 0 or offset + nbytes > self.nbytes:
            raise IndexError(f"bytes {offset} to {offset + nbytes} of a buffer of {self.nbytes}")


class Kernel:
    """One kernel of a program, with the group size that its text says."""

    def __init__(self, program: Program, name: str, group_size: int, handle: Any) -> None:
        self.session = program.session
        self.program = program
        self.name = name
        self.group_size = group_size
        self.handle = handle
        # What the compiler put into local memory, and how large a group its registers allow.
        self.local_bytes, self.largest_group = self.session._kernel_limits(handle)

    def launch(self, groups: int | tuple[int, ...], *arguments: Argument, local: int = 0) -> None:
        """Queue the kernel on ``groups`` groups (in up to three dimensions).

        ``local`` is the size in bytes of its DYNAMIC_LOCAL. Raises ``DeviceLimitError`` for what
        the device cannot do, before anything is queued.
        """
        counts = (groups,) if isinstance(groups, int) else groups
        self._check(counts, arguments, local)
        self.session._launch(self, counts, arguments, local)

    def over(self, items: int, *arguments: Argument, local: int = 0) -> None:
        """Queue as many groups as ``items`` threads fill; the last one's excess checks itself."""
        self.launch(-(-items // self.group_size), *arguments, local=local)

    def _check(self, counts: tuple[int, ...], arguments: tuple[Argument, ...], local: int) -> None:
        limits = self.session.limits
        most = min(limits.group_size, self.largest_group)
        where = f"{self.program.path}: {self.name} on {self.session.device}"
        if self.group_size > most:
            raise DeviceLimitError(
                f"{where} needs groups of {self.group_size} threads, and {most} can be had"
            )
        if self.local_bytes + local > limits.local_bytes:
            raise DeviceLimitError(
                f"{where} needs {self.local_bytes + local} bytes of local memory a group, "
                f"and {limits.local_bytes} can be had"
            )
        if not counts or min(counts) < 1:
            raise DeviceLimitError(f"{where} was launched on {counts} groups, want 1 or more")
        for place, argument in enumerate(arguments):
            if isinstance(argument, Buffer):
                if argument.session is not self.session:
                    raise TypeError(f"{where}: argument {place} lies on another device")
                if argument.handle is None:
                    raise TypeError(f"{where}: argument {place} was released")
            elif not isinstance(argument, np.generic):
                raise TypeError(
                    f"{where}: argument {place} is {type(argument).__name__}, "
                    "want a Buffer or a NumPy scalar of the parameter's type"
                )


class Program:
    """A compiled text."""

    def __init__(self, session: Session, text: Text, handle: Any) -> None:
        self.session = session
        self.path = text.path
        self._text = text
        self._handle = handle
        self._kernels: dict[str, Kernel] = {}

    def kernel(self, name: str) -> Kernel:
        """Return a kernel by its name in the text."""
        if name not in self._kernels:
            if name not in self._text.kernels:
                known = ", ".join(self._text.kernels)
                raise ValueError(f"kernel: got {name!r}, want one of {known} of {self.path}")
            handle = self.session._kernel(self._handle, name)
            self._kernels[name] = Kernel(self, name, self._text.kernels[name], handle)
        return self._kernels[name]


class Session(ABC):
    """A device ready for work. Made once a process and device by its backend."""

    # Which reading of the kernel text it compiles: ``opencl`` or ``cuda``.
    language: str

    def __init__(self, device: Device, limits: Limits, cache_bytes: int = 0) -> None:
        self.device = device
        self.limits = limits
        # Of the last cache before memory; 0 where the driver does not tell.
        self.cache_bytes = cache_bytes
        # Copies of the input that the plan timed last has computed from in turn.
        self.inputs = 1
        self.held_bytes = 0
        self.peak_bytes = 0
        self._programs: dict[str, Program] = {}

    # Memory.

    def allocate(self, nbytes: int, dtype: DTypeLike = np.uint32) -> Buffer:
        """Return a buffer whose content is not defined.

        Raises ``DeviceMemoryError`` when the device has no room for it.
        """
        size = max(int(nbytes), 16)  # no driver takes a buffer of nothing
        self.check_room(size, size)
        try:
            handle = self._allocate(size)
        except MemoryError as error:
            # Others use the device, too: what it had when it was opened it need not have now.
            raise DeviceMemoryError(
                f"it needs {size} bytes of device memory more, and {self.device} refuses them "
                f"beside the {self.held_bytes} that it gave, of {self.limits.memory_bytes} "
                "at the most"
            ) from error
        self.held_bytes += size
        self.peak_bytes = max(self.peak_bytes, self.held_bytes)
        return Buffer(self, size, handle, dtype)

    def upload(self, array: Array) -> Buffer:
        """Return a new buffer with an array's content."""
        buffer = self.allocate(array.nbytes, array.dtype)
        buffer.write(array)
        return buffer

    def copied(self, buffer: Buffer) -> Buffer:
        """Return a new buffer with another's content, copied on the device."""
        copy = self.allocate(buffer.nbytes, buffer.dtype)
        self._copy_to(copy, buffer)
        return copy

    def copy(self, source: Buffer, target: Buffer) -> None:
        """Copy a buffer's content into another of the same size, in the order of the queue."""
        if target.nbytes != source.nbytes:
            raise ValueError(f"target: got {target.nbytes} bytes, want the {source.nbytes} copied")
        self._copy_to(target, source)

    def lacks_room(self, nbytes: int, largest: int | None = None) -> str | None:
        """Say in one sentence why there is no room for ``nbytes`` more; ``None`` if there is.

        ``largest`` is the largest single buffer among them.
        """
        room = self.limits.memory_bytes - self.held_bytes
        if nbytes > room:
            return (
                f"it needs {nbytes} bytes of device memory, and {self.device} has {room} "
                f"of {self.limits.memory_bytes} left"
            )
        most = self.limits.buffer_bytes
        if largest is not None and largest > most:
            return (
                f"it needs a buffer of {largest} bytes, and {self.device} allows {most} at the most"
            )
        return None

    def check_room(self, nbytes: int, largest: int | None = None) -> None:
        """Raise ``DeviceMemoryError`` unless ``lacks_room`` says ``None``."""
        reason = self.lacks_room(nbytes, largest)
        if reason is not None:
            raise DeviceMemoryError(reason)

    def _given_back(self, nbytes: int) -> None:
        self.held_bytes -= nbytes

    # Programs.

    def build(self, source: Source) -> Program:
        """Compile a source for this device, or return it compiled: one process builds a text once.

        Raises ``BuildError`` with the compiler's messages.
        """
        text = source.text(**self.definitions())
        if text.key not in self._programs:
            self._programs[text.key] = Program(self, text, self._build(text))
        return self._programs[text.key]

    def definitions(self) -> dict[str, Value]:
        """Return what kernel texts may ask about the device."""
        return {"DEVICE_CPU": int(self.device.kind == "cpu")}

    # Time.

    @abstractmethod
    def timed(self, work: Callable[[], T], times: int = 1) -> tuple[T, float]:
        """Do ``work`` some times; return its last result and the device's seconds of one time.

        From the start of the first launch to the end of the last one, by the device's clock.
        """

    @contextmanager
    def recorded(self) -> Iterator[list[Launch]]:
        """Give a list that holds, at the end of the block, every launch made within it."""
        launches: list[Launch] = []
        self._start_recording()
        try:
            yield launches
        finally:
            found = self._stop_recording()
        if found:
            zero = found[0].start if found[0].queued is None else found[0].queued
            launches += [_from(zero, one) for one in found]

    @abstractmethod
    def synchronize(self) -> None:
        """Wait until all queued work is done."""

    def pci_address(self) -> str | None:
        """Return the PCI address of an NVIDIA GPU; ``None`` for what is none."""
        return None

    @abstractmethod
    def describe(self) -> dict[str, Any]:
        """Return device, driver and compiler, as results record them."""

    # What a language's driver does.

    @abstractmethod
    def _allocate(self, nbytes: int) -> Any:
        """Return bytes of the device; raises ``MemoryError`` where the driver has none left."""

    @abstractmethod
    def _free(self, handle: Any) -> None: ...

    @abstractmethod
    def _write(self, buffer: Buffer, array: Array, offset: int) -> None: ...

    @abstractmethod
    def _read(self, buffer: Buffer, array: Array, offset: int) -> None: ...

    @abstractmethod
    def _fill_zero(self, buffer: Buffer) -> None: ...

    @abstractmethod
    def _copy_to(self, target: Buffer, source: Buffer) -> None: ...

    @abstractmethod
    def _build(self, text: Text) -> Any: ...

    @abstractmethod
    def _kernel(self, program: Any, name: str) -> Any: ...

    @abstractmethod
    def _kernel_limits(self, handle: Any) -> tuple[int, int]: ...

    @abstractmethod
    def _launch(
        self, kernel: Kernel, groups: tuple[int, ...], arguments: tuple[Argument, ...], local: int
    ) -> None: ...

    @abstractmethod
    def _start_recording(self) -> None: ...

    @abstractmethod
    def _stop_recording(self) -> list[Launch]: ...


def _from(zero: float, launch: Launch) -> Launch:
    def after(moment: float | None) -> float | None:
        return None if moment is None else moment - zero

    return replace(
        launch,
        start=launch.start - zero,
        end=launch.end - zero,
        queued=after(launch.queued),
        submitted=after(launch.submitted),
    )
