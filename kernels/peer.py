"""What the peers of all kernels share: a plan that is a process, and an implementation around it.

``kernels/<kernel>/peer`` says which library does which case.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from zkmark.backends.base import Backend, BackendUnavailableError
from zkmark.kernels.case import Array, Case, Inputs
from zkmark.kernels.implementation import Implementation, Plan, Procedure


class PeerPlan(Plan):
    """One case on one peer. The process is started by the first upload, with its input.

    It lives as long as the plan, so that the library's tables and threads stay warm from run to
    run.
    """

    def __init__(
        self, id: str, command: list[str], case: Case, threads: int, form: OutputForm
    ) -> None:
        self.id = id
        self.command = command
        self.case = case
        self.threads = threads
        self.form = form
        self._process: Any = None
        self._inputs: dict[str, Array] = {}
        self._differs: list[str] = []

    def upload(self, inputs: Inputs) -> Any:
        """Start the peer with these inputs, unless it has the same arrays already."""
        from zkmark.backends.peer.process import PeerProcess

        same = self._inputs.keys() == inputs.keys() and all(
            self._inputs[name] is array for name, array in inputs.items()
        )
        if self._process is None or not same:
            self.close()
            job = {
                "kernel": self.case.kernel,
                "parameters": self.case.parameters(),
                "threads": self.threads,
            }
            data = {name: _bytes_of(array) for name, array in inputs.items()}
            self._process = PeerProcess(self.id, self.command, job, data)
            self._finalizer = weakref.finalize(self, self._process.close)
            self._inputs = dict(inputs)
            self._differs = self._process.differs
        return self._process

    def compute(self, uploaded: Any) -> Any:
        """Have the library called once."""
        uploaded.run(1)
        return uploaded

    def timed_compute(self, uploaded: Any, times: int) -> tuple[Any, float]:
        """Have the library called some times; the seconds are by the peer's own clock."""
        return uploaded, sum(uploaded.run(times)) / times

    def download(self, result: Any) -> Array:
        """Read the last run's output."""
        dtype, shape = self.form
        size = int(np.prod(shape)) * dtype.itemsize
        return np.frombuffer(result.output(size), dtype=dtype.newbyteorder("<")).reshape(shape)

    def differences(self) -> list[str]:
        """Return what the peer said when it was ready."""
        return list(self._differs)

    def close(self) -> None:
        """End the process, if there is one."""
        if self._process is not None:
            self._finalizer()
            self._process = None


OutputForm = tuple[np.dtype[Any], tuple[int, ...]]


def output_form(dtype: DTypeLike, shape: tuple[int, ...]) -> OutputForm:
    """Return the type and shape of a case's output."""
    return np.dtype(dtype), shape


def _bytes_of(array: Array) -> memoryview:
    little = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False)
    return little.reshape(-1).view(np.uint8).data


class PeerImplementation(Implementation):
    """A kernel by one library. Subclasses say what the library lacks and what the output is."""

    backend = "peer"

    def __init__(
        self,
        name: str,
        kernel: str,
        lacks: Callable[[Any], str | None],
        form: Callable[[Any], OutputForm],
    ) -> None:
        self.name = name
        self.id = f"peer/{name}"  # type: ignore[misc]
        self.kernel = kernel
        self._lacks = lacks
        self._form = form

    def lacks(self, case: Case) -> str | None:
        """Say in one sentence why the library has no such case, whether or not it is built."""
        return self._lacks(case)

    def missing(self) -> str | None:
        """Say in one sentence why the peer cannot be started here, and what would help."""
        from zkmark.backends.peer.build import peer_state
        from zkmark.backends.peer.catalogue import peer

        return peer_state(peer(self.name)).reason

    def unsupported(self, case: Case) -> str | None:
        """Say why it cannot compute this case: the library has no such case, or is not built."""
        return self.lacks(case) or self.missing()

    def plan(self, case: Case, backend: Backend) -> Procedure:
        """Find the built program; it is started when there is input."""
        return PeerPlan(self.id, self.command(), case, backend.threads, self._form(case))

    def path(self, case: Case, backend: Backend) -> str:
        """Name the library and its version: ``plonky3 0.8.0``."""
        from zkmark.backends.peer.catalogue import peer

        return f"{self.name} {peer(self.name).version() or ''}".strip()

    def work(self, case: Case, backend: Backend) -> str:
        """Say that nobody counts a library's instructions."""
        return f"zkmark does not count the instructions of {self.id}"

    def command(self) -> list[str]:
        """Return the command line of the peer's program, without its job."""
        from zkmark.backends.peer.build import peer_state
        from zkmark.backends.peer.catalogue import peer

        state = peer_state(peer(self.name))
        if state.program is None:
            raise BackendUnavailableError(state.reason)
        return [str(state.program)]
