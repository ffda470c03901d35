"""Today's Miden VM on the machine's own programs: the peer ``miden-vm``, as workloads need it.

The peer's program stands in ``peers/rust/miden-vm``. Nothing of it is imported here: it is a
process, asked for runs, that times each part by its own clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import numpy as np

from zkmark.backends.base import BackendUnavailableError
from zkmark.backends.peer.build import peer_state
from zkmark.backends.peer.catalogue import peer
from zkmark.backends.peer.process import PeerProcess
from zkmark.provers.stackvm.translation import to_miden

NAME = "miden-vm"
ID = f"peer/{NAME}"
# Miden's public inputs and outputs are what it shows of the stack.
PUBLIC_ELEMENTS = 16
PHASES = ("compile", "prove", "verify")


@dataclass(frozen=True)
class PeerRun:
    """One program compiled, proven and verified by the peer.

    Times in seconds. ``digest``: what its verifier knows of the program, in hexadecimal digits.
    ``proof_bytes``: the proof's size. ``security_bits``: what the library's
    verifier says of the proof. ``options`` and ``trace``: the parameters and the shape of the
    trace, as the peer names them.
    """

    compile: float
    prove: float
    verify: float
    digest: str
    proof_bytes: int
    security_bits: int
    options: dict[str, Any]
    trace: dict[str, int]

    @property
    def total(self) -> float:
        """Seconds of the three phases together."""
        return self.compile + self.prove + self.verify


def version() -> str:
    """Return the library's name and version as the lock file has it: ``miden-vm 0.23.5``."""
    return f"{NAME} {peer(NAME).version() or ''}".strip()


def missing() -> str | None:
    """Say in one sentence why the peer cannot be started here; None when it can."""
    return peer_state(peer(NAME)).reason


class MidenVm:
    """The peer at work on one program with one set of inputs.

    ``program``: the machine's assembly. ``stack``: the initial stack, its top first, at most 16
    elements. ``advice``: the advice stack, what is read first in front. ``parameters``:
    the case's, if it is one. Raises
    ``BackendUnavailableError`` with one sentence when the peer is not built, or does not take the
    program or its inputs.
    """

    def __init__(
        self,
        program: str,
        stack: Sequence[int],
        advice: Sequence[int] = (),
        threads: int = 1,
        parameters: Mapping[str, Any] | None = None,
        timeout: float = 600.0,
    ) -> None:
        state = peer_state(peer(NAME))
        if state.program is None:
            raise BackendUnavailableError(state.reason)
        job = {"kernel": "stackvm", "parameters": dict(parameters or {}), "threads": threads}
        inputs = {
            "program": memoryview(to_miden(program).encode()),
            "stack": _words(stack),
            "advice": _words(advice),
        }
        self._process = PeerProcess(ID, [str(state.program)], job, inputs, timeout)
        self.differs = self._process.differs

    def run(self, times: int = 1) -> list[PeerRun]:
        """Have the program compiled, proven and verified some times; raises ``PeerError``."""
        told = self._process.run_parts(times)
        facts = told.facts
        try:
            return [
                PeerRun(
                    compile=told.phases["compile"][index],
                    prove=told.phases["prove"][index],
                    verify=told.phases["verify"][index],
                    digest=str(facts["digest"]),
                    proof_bytes=int(facts["proof_bytes"]),
                    security_bits=int(facts["security_bits"]),
                    options=dict(facts["options"]),
                    trace=dict(facts["trace"]),
                )
                for index in range(times)
            ]
        except (KeyError, TypeError, ValueError):
            raise self._process.nonsense([told.phases, facts]) from None

    def outputs(self) -> list[int]:
        """Return the last run's final stack, its top first: 16 elements."""
        data = self._process.output(8 * PUBLIC_ELEMENTS)
        return [int(word) for word in np.frombuffer(data, dtype="<u8")]

    def peak_bytes(self) -> int | None:
        """Return the most memory that the peer's process has held; None where nobody counts it."""
        return self._process.peak_bytes()

    def close(self) -> None:
        """End the process; again is harmless."""
        self._process.close()

    def __enter__(self) -> MidenVm:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _words(values: Sequence[int]) -> memoryview:
    return np.asarray(values, dtype="<u8").view(np.uint8).data
