"""Compiling, proving and verifying a program of the stack machine on some kernels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from time import perf_counter
from typing import Any

from zkmark.kernels.stark.operations import StarkKernels
from zkmark.provers.stackvm.air import air_of, machine_air
from zkmark.provers.stackvm.assembler import Program, assemble
from zkmark.provers.stackvm.machine import MAX_CYCLES, Machine, stack_of
from zkmark.provers.stackvm.trace import preprocessed, witness
from zkmark.provers.stark.layout import Layout, layout
from zkmark.provers.stark.options import Options
from zkmark.provers.stark.phases import NO_RECORDER, Phase, Recorder
from zkmark.provers.stark.proof import Proof, ProofError
from zkmark.provers.stark.prover import Prover
from zkmark.provers.stark.verifier import Verdict, verify

# What proving is grouped by beside the families of the prover's own steps.
EXECUTION = "execution"
OTHER = "other"


@dataclass(frozen=True, eq=False)
class Compiled:
    """A program ready to be proven: assembled, and committed to; a verifier knows the digest."""

    program: Program
    prover: Prover

    @property
    def digest(self) -> bytes:
        """What a verifier knows of the program."""
        found = self.prover.digest
        assert found is not None, "every program has preprocessed columns"
        return found


@dataclass(frozen=True, eq=False)
class Proven:
    """A run that was proven. ``inputs`` and ``outputs`` are public: 16 elements, top first."""

    compiled: Compiled
    inputs: list[int]
    outputs: list[int]
    cycles: int
    proof: Proof
    data: bytes
    steps: Phase | None = None

    @cached_property
    def shape(self) -> Layout:
        """The shape of the trace, and what follows from it."""
        prover = self.compiled.prover
        return layout(prover.air, self.proof.options, self.proof.log_heights)

    def details(self) -> dict[str, Any]:
        """Return what a result document keeps of the run."""
        air, security = self.compiled.prover.air, self.shape.security
        found: dict[str, Any] = {
            "program": {"digest": self.compiled.digest.hex(), "rows": len(self.compiled.program)},
            "inputs": self.inputs,
            "outputs": self.outputs,
            "cycles": self.cycles,
            "tables": [
                {
                    "name": table.name,
                    "rows": height,
                    "preprocessed": len(table.preprocessed_columns),
                    "main": len(table.main),
                    "auxiliary": air.auxiliary_columns(table),
                }
                for table, height in self.shape.present
            ],
            "security": {"conjectured": security.conjectured, "proven": security.proven},
            "options": self.proof.options.to_json(),
            "proof": {
                "bytes": len(self.data),
                "parts": self.proof.size,
                "sha256": sha256(self.data).hexdigest(),
            },
        }
        if self.steps is not None:
            found["steps"] = self.steps.to_json()
            found["kernels"] = family_seconds(self.steps)
        return found


def compile_program(source: str, options: Options, kernels: StarkKernels) -> Compiled:
    """Assemble a program and commit to it; ``AssemblyError`` names line and column."""
    program = assemble(source)
    return Compiled(program, Prover(air_of(program), kernels, options, preprocessed(program)))


def prove_program(
    compiled: Compiled,
    inputs: Sequence[int],
    advice: Sequence[int],
    recorder: Recorder | None = None,
) -> Proven:
    """Run a program and prove the run; ``ExecutionError`` says where a program fails.

    With a recorder, ``steps`` tells where the time went.
    """
    began = perf_counter()
    machine = Machine(compiled.program, inputs, advice)
    machine.run(MAX_CYCLES)
    tables = witness(machine)
    public = {"inputs": stack_of(inputs), "outputs": machine.stack}
    executed = perf_counter()
    proof = compiled.prover.prove(tables, public, recorder=recorder or NO_RECORDER)
    proven = perf_counter()
    data = proof.to_bytes()
    ended = perf_counter()
    steps = None
    if recorder is not None:
        recorder.root.name = "prove the run"
        parts = [
            Phase("run the program", EXECUTION, executed - began),
            recorder.root,
            Phase("serialise", OTHER, ended - proven),
        ]
        steps = Phase("prove", None, ended - began, steps=parts)
    return Proven(
        compiled, public["inputs"], public["outputs"], machine.clk - 1, proof, data, steps
    )


def family_seconds(steps: Phase) -> dict[str, float]:
    """Return the seconds of each family of kernels; ``other`` has what no step noted."""
    found: dict[str, float] = {}
    for leaf in steps.leaves():
        family = leaf.family or OTHER
        found[family] = found.get(family, 0.0) + leaf.seconds
    rest = steps.seconds - sum(found.values())
    found[OTHER] = found.get(OTHER, 0.0) + max(rest, 0.0)
    return found


def verify_program(
    data: bytes,
    digest: bytes,
    inputs: Sequence[int],
    outputs: Sequence[int],
    security: int,
) -> Verdict:
    """Say whether bytes prove that the program of a digest makes these outputs of these inputs.

    Nothing is known of the program but its digest, nor of the run but what is public.
    """
    public = {"inputs": stack_of(inputs), "outputs": stack_of(outputs)}
    try:
        tables = len(Proof.from_bytes(data).log_heights)
    except ProofError as error:
        return Verdict(False, str(error))
    whole = machine_air(True)
    air = whole if tables == len(whole.tables) else machine_air(False)
    return verify(air, data, public, digest=digest, minimum_security=security)
