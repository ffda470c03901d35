"""What the kernels on OpenCL and CUDA share: a plan on a session, and an implementation around it.

The plans of a family stand in ``kernels/<kernel>/device``, once for both; its registrations in
``kernels/<kernel>/opencl`` and ``kernels/<kernel>/cuda``.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from zkmark.backends.base import Backend
from zkmark.backends.device import Buffer, DeviceBackend, Session, Source
from zkmark.kernels.case import Case
from zkmark.kernels.implementation import Implementation, Plan
from zkmark.kernels.work import Work, device_work


def device_sources() -> dict[str, Source]:
    """Return every program of every family by a name: what the compilers' tests compile.

    Each family's package ``kernels/<family>/device`` has a function ``sources``.
    """
    found: dict[str, Source] = {}
    for folder in sorted(Path(__file__).parent.iterdir()):
        if (folder / "device" / "__init__.py").exists():
            family = import_module(f"zkmark.kernels.{folder.name}.device")
            if hasattr(family, "sources"):
                found |= family.sources()
    return found


class DevicePlan(Plan):
    """A plan whose steps work on ``session``.

    What ``upload`` returns is what ``compute`` reads: a buffer, a tuple of buffers, or ``None``.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self._copies: list[Any] = []
        self._turn = 0

    def timed_compute(self, uploaded: Any, times: int) -> tuple[Any, float]:
        """Compute some times; the seconds are the device's, by its own clock.

        On a GPU each time from another copy of the input, as many of them as go past its cache:
        a prover's data, too, comes from memory.
        """
        inputs = self._inputs(uploaded)

        def compute() -> Any:
            self._turn += 1
            return self.compute(inputs[self._turn % len(inputs)])

        return self.session.timed(compute, times)

    def _inputs(self, uploaded: Any) -> list[Any]:
        session = self.session
        parts = uploaded if isinstance(uploaded, tuple) else (uploaded,)
        buffers = [one for one in parts if isinstance(one, Buffer)]
        if not self._copies and session.device.kind == "gpu" and buffers:
            nbytes = sum(one.nbytes for one in buffers)
            # Until the first comes again, at least a cache full of others has been read.
            wanted = -(-session.cache_bytes // nbytes)
            while len(self._copies) < wanted and session.lacks_room(nbytes) is None:
                copies = tuple(session.copied(one) for one in buffers)
                self._copies.append(copies if isinstance(uploaded, tuple) else copies[0])
        session.inputs = 1 + len(self._copies)
        return [uploaded, *self._copies]


class DeviceImplementation(Implementation):
    """A kernel on ``opencl`` or ``cuda``.

    ``make`` makes its plan; ``lacks`` says in a sentence why it has no such case; ``memory`` counts
    the bytes that a case holds on the device: all together, and its largest buffer.
    """

    def __init__(
        self,
        backend: str,
        kernel: str,
        make: Callable[[Any, Session], DevicePlan],
        lacks: Callable[[Any], str | None],
        memory: Callable[[Any], tuple[int, int]],
    ) -> None:
        self.id = backend  # type: ignore[misc]
        self.backend = backend  # type: ignore[misc]
        self.kernel = kernel
        self._make = make
        self._lacks = lacks
        self._memory = memory

    def unsupported(self, case: Case) -> str | None:
        """Say why there is no kernel for this case; ``None`` when there is one."""
        return self._lacks(case)

    def unsupported_on(self, case: Case, backend: Backend) -> str | None:
        """Say how much memory a case needs that the device does not have."""
        assert isinstance(backend, DeviceBackend)
        return backend.session.lacks_room(*self._memory(case))

    def plan(self, case: Case, backend: Backend) -> DevicePlan:
        """Compile the kernels and allocate."""
        assert isinstance(backend, DeviceBackend)
        backend.activate()
        return self._make(case, backend.session)

    def path(self, case: Case, backend: Backend) -> str:
        """Name the kind of device: ``opencl/cpu``."""
        assert isinstance(backend, DeviceBackend)
        return f"{self.backend}/{backend.device.kind}"

    def work(self, case: Case, backend: Backend) -> Work | str:
        """Count what the textbook's algorithm takes of the device's multipliers."""
        assert isinstance(backend, DeviceBackend)
        return device_work(case, self.backend, backend.device.kind)
