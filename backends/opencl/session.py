"""A session on an OpenCL device, by pyopencl: one context, one queue in order with profiling."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import cache
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
from zkmark.backends.opencl.discovery import discover

_OPTIONS = ("-cl-std=CL1.2",)
_LOG_LINES = 20
_STAGE_BYTES = 16 << 20
_MESSAGE = re.compile(r"(error|undefined|unresolved|fatal)", re.IGNORECASE)
# Compilers' small talk: it says nothing about the text.
_NOISE = re.compile(
    r"^(Device .* failed to build|Compilation (started|done|failed)|Linking (started|done)|"
    r"Device build (started|done)|Options used by backend|Kernel <.*> was|Done\.|Build on <|"
    r"\(options: |\d+ errors? generated|clBuildProgram failed)"
)


@cache
def open_session(index: int, threads: int) -> OpenclSession:
    """Return this process's session on a device, for a CPU on some of its threads."""
    found = discover()
    return OpenclSession(found.devices[index], found.handles[index], threads)


def filtered_log(log: str) -> str:
    """Return what a build log says about the text: its errors, or its last lines if it names none.

    Lines that every build writes are left out.
    """
    lines = [line.strip() for line in log.splitlines()]
    lines = [line for line in lines if line and not _NOISE.match(line)]
    errors = [line for line in lines if _MESSAGE.search(line)]
    shown = list(dict.fromkeys(errors or lines[-_LOG_LINES:]))
    more = [f"(and {len(shown) - _LOG_LINES} more)"] if len(shown) > _LOG_LINES else []
    return "\n".join([*shown[:_LOG_LINES], *more])


class OpenclSession(Session):
    """Work on one OpenCL device. Events are kept only while somebody times or records."""

    language = "opencl"

    def __init__(self, device: Device, handle: Any, threads: int) -> None:
        import pyopencl as cl

        self._cl = cl
        self._whole = handle
        self._handle = _part_of(cl, handle, threads) if device.kind == "cpu" else handle
        device = replace(device, compute_units=int(self._handle.max_compute_units))
        super().__init__(device, _limits(handle, device), int(handle.global_mem_cache_size))
        self._context = cl.Context([self._handle])
        # On the part itself: PoCL takes the whole device for a context's only one.
        profiling = cl.command_queue_properties.PROFILING_ENABLE
        self._queue = cl.CommandQueue(self._context, self._handle, profiling)
        self._types: dict[Kernel, list[Any]] = {}
        # Where data cross a bus they go by memory that the driver need not pin first.
        self.pinned = device.kind == "gpu" and not handle.host_unified_memory
        self._pinned: list[_Stage] = []
        self._span: _Span | None = None
        self._record: list[tuple[str, Any]] | None = None

    def describe(self) -> dict[str, Any]:
        """Return platform, driver and versions."""
        return {
            "device_kind": self.device.kind,
            "driver": self.device.driver,
            "platform": " ".join(self._whole.platform.version.split()),
            "opencl_c": " ".join(self._whole.opencl_c_version.split()),
            "compute_units": self.device.compute_units,
            "pyopencl": self._cl.VERSION_TEXT,
        }

    def pci_address(self) -> str | None:
        """Return the address, which NVIDIA's driver tells by an extension."""
        try:
            bus, slot = int(self._whole.pci_bus_id_nv), int(self._whole.pci_slot_id_nv)
            domain = int(getattr(self._whole, "pci_domain_id_nv", 0))
        except (AttributeError, self._cl.Error):
            return None
        # A slot is a device of five bits and a function of three.
        return f"{domain:08x}:{bus:02x}:{slot >> 3:02x}.{slot & 7}"

    def synchronize(self) -> None:
        """Wait for the queue."""
        self._queue.finish()

    def timed(self, work: Callable[[], T], times: int = 1) -> tuple[T, float]:
        """Time by the profiling events of the first and the last command."""
        self._span = span = _Span()
        try:
            for _ in range(times):
                result = work()
        finally:
            self._span = None
        self._queue.finish()
        return result, span.seconds() / times

    def _note(self, event: Any, name: str | None = None) -> None:
        if self._span is not None:
            self._span.take(event)
        if self._record is not None and name is not None:
            self._record.append((name, event))

    def _start_recording(self) -> None:
        self._record = []

    def _stop_recording(self) -> list[Launch]:
        record, self._record = self._record or [], None
        self._queue.finish()
        found = []
        for name, event in record:
            at = event.profile
            times = (at.start, at.end, at.queued, at.submit)
            found.append(Launch(name, *(moment * 1e-9 for moment in times)))
        return found

    def _allocate(self, nbytes: int) -> Any:
        try:
            return self._cl.Buffer(self._context, self._cl.mem_flags.READ_WRITE, nbytes)
        except self._cl.MemoryError as error:
            raise MemoryError(str(error)) from None

    def _free(self, handle: Any) -> None:
        handle.release()

    def _write(self, buffer: Buffer, array: Array, offset: int) -> None:
        if not self.pinned:
            self._note(self._copy(buffer.handle, array, dst_offset=offset))
            return
        data = array.reshape(-1).view(np.uint8)
        for number, at in enumerate(range(0, data.size, _STAGE_BYTES)):
            stage = self._stages()[number % 2]
            stage.wait()
            part = stage.view[: min(_STAGE_BYTES, data.size - at)]
            part[:] = data[at : at + part.size]
            stage.event = self._copy(buffer.handle, part, False, dst_offset=offset + at)
            self._note(stage.event)
        self._queue.flush()

    def _read(self, buffer: Buffer, array: Array, offset: int) -> None:
        if not self.pinned:
            self._note(self._copy(array, buffer.handle, src_offset=offset))
            return
        data = array.reshape(-1).view(np.uint8)
        under_way: list[tuple[_Stage, int, int]] = []
        for number, at in enumerate(range(0, data.size, _STAGE_BYTES)):
            stage = self._stages()[number % 2]
            if len(under_way) == 2:
                _unload(data, *under_way.pop(0))
            stage.wait()  # an upload may still read it
            size = min(_STAGE_BYTES, data.size - at)
            stage.event = self._copy(
                stage.view[:size], buffer.handle, False, src_offset=offset + at
            )
            self._note(stage.event)
            self._queue.flush()
            under_way.append((stage, at, size))
        for one in under_way:
            _unload(data, *one)

    def _stages(self) -> list[_Stage]:
        """Return two mapped pieces of pinned memory: one is copied while the host has the other."""
        flags = self._cl.mem_flags.READ_WRITE | self._cl.mem_flags.ALLOC_HOST_PTR
        access: Any = self._cl.map_flags.READ | self._cl.map_flags.WRITE
        mapped: Any = self._cl.enqueue_map_buffer
        while len(self._pinned) < 2:
            buffer = self._cl.Buffer(self._context, flags, _STAGE_BYTES)
            view, _ = mapped(self._queue, buffer, access, 0, (_STAGE_BYTES,), np.uint8)
            self._pinned.append(_Stage(view))
        return self._pinned

    def _copy(self, to: Any, of: Any, wait: bool = True, **where: int) -> Any:
        copy: Any = self._cl.enqueue_copy
        return copy(self._queue, to, of, is_blocking=wait, **where)

    def _fill_zero(self, buffer: Buffer) -> None:
        zero = np.zeros(1, dtype=np.uint8)
        event = self._cl.enqueue_fill_buffer(self._queue, buffer.handle, zero, 0, buffer.nbytes)
        self._note(event)

    def _copy_to(self, target: Buffer, source: Buffer) -> None:
        copy: Any = self._cl.enqueue_copy
        self._note(copy(self._queue, target.handle, source.handle))

    def _build(self, text: Text) -> Any:
        program = self._cl.Program(self._context, text.text)
        try:
            with warnings.catch_warnings():
                # Logs of builds that worked, which some compilers always write.
                warnings.simplefilter("ignore")
                # Binaries stay on disk, by source, options and device: pyopencl keeps them, or the
                # driver where it does so itself (PoCL, NVIDIA).
                return program.build(options=list(_OPTIONS))
        except (self._cl.Error, RuntimeError) as error:
            raise BuildError(
                f"{text.path} does not compile on {self.device}:\n{filtered_log(str(error))}"
            ) from None

    def _kernel(self, program: Any, name: str) -> Any:
        return self._cl.Kernel(program, name)

    def _kernel_limits(self, handle: Any) -> tuple[int, int]:
        info = self._cl.kernel_work_group_info
        local = handle.get_work_group_info(info.LOCAL_MEM_SIZE, self._handle)
        largest = handle.get_work_group_info(info.WORK_GROUP_SIZE, self._handle)
        return int(local), int(largest) or self.limits.group_size

    def _launch(
        self, kernel: Kernel, groups: tuple[int, ...], arguments: tuple[Argument, ...], local: int
    ) -> None:
        size = (kernel.group_size, *(1 for _ in groups[1:]))
        items = tuple(count * one for count, one in zip(groups, size, strict=True))
        values = [one.handle if isinstance(one, Buffer) else one for one in arguments]
        types = [None if isinstance(one, Buffer) else one.dtype for one in arguments]
        if local:
            values.append(self._cl.LocalMemory(local))
            types.append(None)
        if self._types.get(kernel) != types:
            # Told once: else pyopencl looks at every scalar of every launch, longer than all else.
            kernel.handle.set_scalar_arg_dtypes(types)
            self._types[kernel] = types
        event = kernel.handle(self._queue, items, size, *values)
        self._note(event, kernel.name)


class _Stage:
    """A piece of pinned memory, and the copy that it is part of."""

    def __init__(self, view: Array) -> None:
        self.view = view
        self.event: Any = None

    def wait(self) -> None:
        """Wait until it is free."""
        if self.event is not None:
            self.event.wait()
            self.event = None


def _unload(data: Array, stage: _Stage, at: int, size: int) -> None:
    stage.wait()
    data[at : at + size] = stage.view[:size]


class _Span:
    """The first and the last of the events that it is given."""

    def __init__(self) -> None:
        self.first: Any = None
        self.last: Any = None

    def take(self, event: Any) -> None:
        self.first, self.last = self.first or event, event

    def seconds(self) -> float:
        """Return what lies between their start and end; they must be done."""
        if self.last is None:
            return 0.0
        return float(self.last.profile.end - self.first.profile.start) * 1e-9


def _limits(handle: Any, device: Device) -> Limits:
    memory = int(handle.global_mem_size)
    if device.kind == "cpu":
        import psutil

        # A CPU driver counts what is installed, not what is free.
        memory = min(memory, int(psutil.virtual_memory().available))
    return Limits(
        group_size=int(handle.max_work_group_size),
        local_bytes=int(handle.local_mem_size),
        memory_bytes=memory,
        buffer_bytes=min(memory, int(handle.max_mem_alloc_size)),
    )


def _part_of(cl: Any, handle: Any, threads: int) -> Any:
    """Return a CPU device on ``threads`` of its compute units; the device itself for all of them.

    Raises ``ValueError`` for a driver that cannot divide its device.
    """
    if threads >= handle.max_compute_units:
        return handle
    try:
        return handle.create_sub_devices([cl.device_partition_property.BY_COUNTS, threads])[0]
    except cl.Error as error:
        raise ValueError(
            f"threads: got {threads}, and the driver of {handle.name.strip()} "
            f"cannot use fewer than {handle.max_compute_units} ({error})"
        ) from None
