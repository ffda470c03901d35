"""A session on an NVIDIA GPU, by CuPy: one stream, NVRTC, pinned staging for transfers."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from zkmark.backends.base import BackendUnavailableError
from zkmark.backends.cuda.probe import find_gpus
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

OPTIONS = ("-std=c++17",)
# Local memory of a group above this must be asked for.
_LOCAL_UNASKED = 48 * 1024
# Two of these are pinned: while one is copied to the device, the host fills the other.
_STAGE_BYTES = 16 << 20


@cache
def open_session(index: int) -> CudaSession:
    """Return this process's session on a GPU."""
    return CudaSession(find_gpus().devices[index])


class CudaSession(Session):
    """Work on one GPU, in one stream that no other library waits for."""

    language = "cuda"

    def __init__(self, device: Device) -> None:
        try:
            import cupy
        except Exception as error:  # CuPy tells a broken installation in many ways
            raise BackendUnavailableError(
                f"backend cuda is not available: CuPy does not load ({_first_line(error)}); "
                "install it again"
            ) from None
        self._cupy = cupy
        self._gpu = cupy.cuda.Device(device.index)
        self._gpu.use()
        free, _ = self._gpu.mem_info
        attributes = self._gpu.attributes
        local = int(attributes["MaxSharedMemoryPerBlockOptin"])
        group = int(attributes["MaxThreadsPerBlock"])
        limits = Limits(group, local, int(free), int(free))
        super().__init__(device, limits, int(attributes["L2CacheSize"]))
        self._stream = cupy.cuda.Stream(non_blocking=True)
        # The pool keeps what is given back, so that a run's second case allocates nothing.
        self._pool = cupy.cuda.MemoryPool()
        self._stages: list[Any] = []
        self._record: list[tuple[str, Any, Any]] | None = None

    def describe(self) -> dict[str, Any]:
        """Return driver, compiler and versions."""
        nvrtc = ".".join(str(part) for part in self._cupy.cuda.nvrtc.getVersion())
        return {
            "device_kind": self.device.kind,
            "driver": self.device.driver,
            "compute_capability": str(self._gpu.compute_capability),
            "compute_units": self.device.compute_units,
            "nvrtc": nvrtc,
            "cupy": str(self._cupy.__version__),
        }

    def pci_address(self) -> str | None:
        """Return the GPU's address."""
        return str(self._gpu.pci_bus_id)

    def synchronize(self) -> None:
        """Wait for the stream."""
        self._stream.synchronize()

    def timed(self, work: Callable[[], T], times: int = 1) -> tuple[T, float]:
        """Time by an event before and one behind."""
        begin, end = self._cupy.cuda.Event(), self._cupy.cuda.Event()
        begin.record(self._stream)
        for _ in range(times):
            result = work()
        end.record(self._stream)
        end.synchronize()
        milliseconds = self._cupy.cuda.get_elapsed_time(begin, end)
        return result, milliseconds * 1e-3 / times

    def _start_recording(self) -> None:
        self._record = []

    def _stop_recording(self) -> list[Launch]:
        record, self._record = self._record or [], None
        self._stream.synchronize()
        if not record:
            return []
        zero = record[0][1]

        def moment(event: Any) -> float:
            return float(self._cupy.cuda.get_elapsed_time(zero, event)) * 1e-3

        return [Launch(name, moment(begin), moment(end)) for name, begin, end in record]

    def _allocate(self, nbytes: int) -> Any:
        with self._gpu, self._stream:
            return self._pool.malloc(nbytes)

    def _free(self, handle: Any) -> None:
        """Nothing: the pool has it back when the last reference goes, which is the caller's."""

    def _stage(self) -> list[tuple[Any, Array, Any]]:
        """Return two pinned pieces of host memory: pointer, array over it, event of its copy."""
        if not self._stages:
            for _ in range(2):
                pinned = self._cupy.cuda.alloc_pinned_memory(_STAGE_BYTES)
                view = np.frombuffer(pinned, dtype=np.uint8, count=_STAGE_BYTES)
                self._stages.append((pinned, view, self._cupy.cuda.Event()))
        return self._stages

    def _write(self, buffer: Buffer, array: Array, offset: int) -> None:
        data = array.reshape(-1).view(np.uint8)
        stages = self._stage()
        for number, at in enumerate(range(0, data.size, _STAGE_BYTES)):
            pinned, view, done = stages[number % 2]
            done.synchronize()
            size = min(_STAGE_BYTES, data.size - at)
            view[:size] = data[at : at + size]
            target = buffer.handle + offset + at
            target.copy_from_host_async(pinned.ptr, size, self._stream)
            done.record(self._stream)

    def _read(self, buffer: Buffer, array: Array, offset: int) -> None:
        data = array.reshape(-1).view(np.uint8)
        stages = self._stage()
        copied: list[tuple[int, int, int]] = []
        for number, at in enumerate(range(0, data.size, _STAGE_BYTES)):
            pinned, _, done = stages[number % 2]
            if len(copied) == 2:
                self._unload(data, *copied.pop(0))
            else:
                done.synchronize()  # an upload may still read it
            size = min(_STAGE_BYTES, data.size - at)
            source = buffer.handle + offset + at
            source.copy_to_host_async(pinned.ptr, size, self._stream)
            done.record(self._stream)
            copied.append((number % 2, at, size))
        for one in copied:
            self._unload(data, *one)

    def _unload(self, data: Array, number: int, at: int, size: int) -> None:
        _, view, done = self._stages[number]
        done.synchronize()
        data[at : at + size] = view[:size]

    def _fill_zero(self, buffer: Buffer) -> None:
        buffer.handle.memset_async(0, buffer.nbytes, self._stream)

    def _copy_to(self, target: Buffer, source: Buffer) -> None:
        target.handle.copy_from_device_async(source.handle, source.nbytes, self._stream)

    def _build(self, text: Text) -> Any:
        # CuPy keeps cubins on disk, by source, options and architecture.
        module = self._cupy.RawModule(code=text.text, options=OPTIONS, backend="nvrtc")
        try:
            with self._gpu:
                module.compile()
        except Exception as error:
            raise BuildError(f"{text.path} does not compile on {self.device}:\n{error}") from None
        return module

    def _kernel(self, program: Any, name: str) -> Any:
        with self._gpu:
            return program.get_function(name)

    def _kernel_limits(self, handle: Any) -> tuple[int, int]:
        return int(handle.shared_size_bytes), int(handle.max_threads_per_block)

    def _launch(
        self, kernel: Kernel, groups: tuple[int, ...], arguments: tuple[Argument, ...], local: int
    ) -> None:
        if (
            kernel.local_bytes + local > _LOCAL_UNASKED
            and kernel.handle.max_dynamic_shared_size_bytes < local
        ):
            kernel.handle.max_dynamic_shared_size_bytes = local
        values = [one.handle.ptr if isinstance(one, Buffer) else one for one in arguments]
        values = [np.uint64(one) if isinstance(one, int) else one for one in values]
        grid = (*groups, 1, 1)[:3]
        begin = end = None
        if self._record is not None:
            begin, end = self._cupy.cuda.Event(), self._cupy.cuda.Event()
            begin.record(self._stream)
        with self._gpu, self._stream:
            kernel.handle(grid, (kernel.group_size, 1, 1), tuple(values), shared_mem=local)
        if self._record is not None:
            end.record(self._stream)  # type: ignore[union-attr]
            self._record.append((kernel.name, begin, end))


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
