"""Workloads on a backend: compile, prove, verify."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from zkmark.backends.base import Backend
from zkmark.kernels.case import Array, Case, Inputs, WrongOutputError
from zkmark.kernels.implementation import Implementation, Procedure, Step
from zkmark.kernels.stark.api import stark_kernels
from zkmark.kernels.stark.operations import StarkKernels
from zkmark.provers.stackvm.proving import Compiled, verify
from zkmark.provers.stark.phases import Recorder
from zkmark.provers.workloads.case import WorkloadCase
from zkmark.provers.workloads.proving import Proven, prove_program

# A run is looked at so often to see where its time goes, but once only if it takes longer.
_LOOKS = 3
_LONG = 1.0


@dataclass(frozen=True, eq=False)
class _Started:
    """A program and what it is to be run on."""

    compiled: Compiled
    inputs: list[int]
    advice: Array


class WorkloadProcedure(Procedure):
    """A workload in three steps: compile to a digest, prove to bytes, verify from the bytes."""

    phases = ("compile", "prove", "verify")
    core = "prove"

    def __init__(self, case: WorkloadCase, backend: Backend, kernels: StarkKernels) -> None:
        self.case = case
        self.backend = backend
        self.kernels = kernels
        self.source = case.program.source

    def steps(self) -> tuple[Step, ...]:
        """Return compile, prove, verify."""
        return self.compile, self.prove, self.verify

    def compile(self, inputs: Inputs) -> _Started:
        """Assemble the program and commit to it."""
        compiled = Compiled(self.source, self.case.options, self.kernels)
        return _Started(compiled, inputs["inputs"].tolist(), inputs["advice"])

    def prove(self, started: _Started) -> Proven:
        """Run the program, and prove the run, up to the proof's bytes."""
        return prove_program(started.compiled, started.inputs, started.advice)

    def verify(self, proven: Proven) -> Array:
        """Verify the bytes and return the public outputs; ``WrongOutputError`` if rejected."""
        statement = proven.statement
        verdict = verify(
            proven.data,
            proven.compiled.digest,
            statement.inputs,
            statement.outputs,
            self.case.security,
        )
        if not verdict:
            raise WrongOutputError(f"the verifier rejects the proof: {verdict.reason}")
        return np.array(statement.outputs, dtype=np.uint64)

    def details(self, inputs: Inputs) -> dict[str, Any]:
        """Prove again with every step noted, and return the look whose time is the median one."""
        started = self.compile(inputs)
        looks: list[Proven] = []
        while len(looks) < _LOOKS and not (looks and _seconds(looks[0]) > _LONG):
            recorder = Recorder(self.backend.synchronize)
            looks.append(prove_program(started.compiled, started.inputs, started.advice, recorder))
        return sorted(looks, key=_seconds)[len(looks) // 2].details()


def _seconds(proven: Proven) -> float:
    assert proven.steps is not None
    return proven.steps.seconds


class WorkloadImplementation(Implementation):
    """Workloads proven by the kernels of one backend."""

    kernel = "stackvm"

    def __init__(self, backend: str) -> None:
        self.id = backend  # type: ignore[misc]
        self.backend = backend  # type: ignore[misc]

    def unsupported(self, case: Case) -> str | None:
        """Return ``None``: every workload runs on every backend that has the kernels."""
        return None

    def plan(self, case: Case, backend: Backend) -> WorkloadProcedure:
        """Open the kernels of the case's extension field."""
        assert isinstance(case, WorkloadCase)
        return WorkloadProcedure(case, backend, stark_kernels(backend, case.options.degree))

    def path(self, case: Case, backend: Backend) -> str:
        """Name the instruction set, where there is a choice of them."""
        isa = backend.describe().get("isa")
        return f"{self.id}/{isa}" if isa else self.id
