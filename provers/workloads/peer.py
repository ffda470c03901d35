"""Workloads by today's Miden VM: the same programs, by its own prover at its own settings."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from zkmark.backends.base import Backend
from zkmark.kernels.case import Array, Case, Inputs
from zkmark.kernels.implementation import Implementation, Procedure, Step
from zkmark.kernels.peer import PeerImplementation, output_form
from zkmark.provers.stackvm.peer import NAME, PHASES, MidenVm, PeerRun
from zkmark.provers.workloads.case import WorkloadCase
from zkmark.provers.workloads.workload import STACK

# What Miden's own settings give, and it has no others.
SECURITY = 96
HASH = "blake3"


class MidenProcedure(Procedure):
    """A workload compiled, proven and verified in the peer's process, timed by its own clock.

    The process is started by the first run and lives as long as the procedure.
    """

    phases = PHASES
    core = "prove"

    def __init__(self, case: WorkloadCase, threads: int) -> None:
        self.case = case
        self.threads = threads
        self._machine: MidenVm | None = None
        self._inputs: dict[str, Array] = {}
        self._last: PeerRun | None = None

    def steps(self) -> tuple[Step, ...]:
        """Return none: the peer takes them all in one go (``timed``)."""
        return ()

    def run(self, inputs: Inputs) -> Array:
        """Compile, prove and verify once; return the public outputs."""
        return self.timed(inputs, 1)[1]

    def timed(self, inputs: Inputs, times: int) -> tuple[tuple[float, ...], Array]:
        """Have the peer compile, prove and verify some times."""
        machine = self._opened(inputs)
        runs = machine.run(times)
        self._last = runs[-1]
        means = tuple(sum(getattr(run, phase) for run in runs) / times for phase in PHASES)
        return means, np.array(machine.outputs(), dtype=np.uint64)

    def _opened(self, inputs: Inputs) -> MidenVm:
        same = self._inputs.keys() == inputs.keys() and all(
            self._inputs[name] is array for name, array in inputs.items()
        )
        if self._machine is None or not same:
            if self._machine is not None:
                self._machine.close()
            self._machine = MidenVm(
                self.case.program.source,
                inputs["inputs"].tolist(),
                inputs["advice"].tolist(),
                self.threads,
                self.case.parameters(),
            )
            self._inputs = dict(inputs)
            weakref.finalize(self, self._machine.close)
        return self._machine

    def clock(self, backend: Backend) -> str:
        """Name the peer's own clock."""
        return backend.clock

    def peak_bytes(self) -> int | None:
        """Return the most memory that the peer's process held."""
        return None if self._machine is None else self._machine.peak_bytes()

    def differences(self) -> list[str]:
        """Return what the peer said when it was ready."""
        return [] if self._machine is None else list(self._machine.differs)

    def details(self, inputs: Inputs) -> dict[str, Any]:
        """Return what the peer tells of its last run; the steps of its proving it does not."""
        if self._last is None:
            self.run(inputs)
        assert self._last is not None
        run, trace = self._last, self._last.trace
        stack = inputs["inputs"].tolist()
        return {
            "program": {"digest": run.digest, "rows": None},
            "inputs": stack + [0] * (STACK - len(stack)),
            "outputs": self._opened(inputs).outputs(),
            "cycles": trace["cycles"],
            "tables": [
                {
                    "name": "processor",
                    "rows": trace["rows"],
                    "preprocessed": 0,
                    "main": trace["main_columns"],
                    "auxiliary": trace["auxiliary_columns"],
                }
            ],
            "security": {"conjectured": run.security_bits, "proven": None},
            "options": run.options,
            "proof": {"bytes": run.proof_bytes, "parts": {}, "sha256": None},
            "steps": None,
            "kernels": {},
        }


class MidenImplementation(PeerImplementation):
    """Workloads by the peer ``miden-vm``."""

    def __init__(self) -> None:
        super().__init__(NAME, WorkloadCase.kernel, _lacks, _form)

    def plan(self, case: Case, backend: Backend) -> MidenProcedure:
        """Prepare a case; the peer is started by the first run."""
        assert isinstance(case, WorkloadCase)
        self.command()  # says so at once if there is none
        return MidenProcedure(case, backend.threads)


def _lacks(case: WorkloadCase) -> str | None:
    if case.security > SECURITY:
        return f"Miden VM's settings give {SECURITY} bits of security, not {case.security}"
    if case.hash != HASH:
        return f"Miden VM is measured with commitments of {HASH}, its default, not {case.hash}"
    return None


def _form(case: WorkloadCase) -> Any:
    return output_form("<u8", (STACK,))


IMPLEMENTATIONS: list[Implementation] = [MidenImplementation()]
