"""Proving runs of the stack machine: compile a program once, prove its runs, verify their bytes.

A verifier needs the program's digest, the stack before and after, and the proof: not the program.

    compiled = Compiled(assemble("begin push.2 add end"))
    statement = compiled.prove([40])
    verify(statement.proof.to_bytes(), compiled.digest, [40], statement.outputs)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zkmark.kernels.stark.cpu import CpuStarkKernels
from zkmark.kernels.stark.operations import StarkKernels
from zkmark.provers.stackvm import trace
from zkmark.provers.stackvm.air import air_of, machine_air
from zkmark.provers.stackvm.assembler import Program, assemble
from zkmark.provers.stackvm.execution import Advice, Execution, execute
from zkmark.provers.stackvm.machine import MAX_CYCLES, stack_of
from zkmark.provers.stark import verifier
from zkmark.provers.stark.options import Options
from zkmark.provers.stark.phases import NO_RECORDER, AnyRecorder
from zkmark.provers.stark.proof import Proof
from zkmark.provers.stark.prover import Prover
from zkmark.provers.stark.verifier import DEFAULT_SECURITY, Verdict

DIGEST_BYTES = 32
# Where a proof says how many tables there are (proof.py): the two AIRs differ in that.
TABLES_AT = 13


@dataclass(frozen=True, eq=False)
class Statement:
    """A proof, and what it proves: that the program makes ``outputs`` of ``inputs``."""

    proof: Proof
    inputs: list[int]
    outputs: list[int]
    cycles: int


class Compiled:
    """A program whose table is committed to: ready to prove runs of it on one device.

    ``program`` may be its source. ``kernels`` are the host's unless given.
    """

    def __init__(
        self,
        program: Program | str,
        options: Options | None = None,
        kernels: StarkKernels | None = None,
        recorder: AnyRecorder = NO_RECORDER,
    ) -> None:
        self.options = options or Options()
        if isinstance(program, str):
            with recorder.step("assemble", "other"):
                program = assemble(program)
        self.program = program
        self._prover = Prover(
            air_of(program),
            kernels or CpuStarkKernels(self.options.degree),
            self.options,
            trace.preprocessed(program),
            recorder,
        )

    @property
    def digest(self) -> bytes:
        """The 32 bytes that a verifier knows the program by, for this hash and this blowup."""
        digest = self._prover.digest
        assert digest is not None
        return digest

    def prove(
        self,
        inputs: Sequence[int] = (),
        advice: Advice = (),
        max_cycles: int = MAX_CYCLES,
        recorder: AnyRecorder = NO_RECORDER,
    ) -> Statement:
        """Run the program and prove the run; ``ExecutionError`` if it fails, and no proof."""
        with recorder.whole():
            with recorder.step("execute", "other"):
                execution = execute(self.program, inputs, advice, max_cycles)
            with recorder.step("fill the tables", "other"):
                witness = execution.witness
            proof = self._prover.prove(witness, execution.public, recorder=recorder)
        return Statement(proof, execution.inputs, execution.outputs, execution.cycles)

    def prove_execution(
        self, execution: Execution, check: bool = False, recorder: AnyRecorder = NO_RECORDER
    ) -> Proof:
        """Prove a run that is there already; ``check`` looks at all of its constraints first."""
        return self._prover.prove(
            execution.witness, execution.public, check=check, recorder=recorder
        )


def prove(
    program: Program | str,
    inputs: Sequence[int] = (),
    advice: Advice = (),
    options: Options | None = None,
    kernels: StarkKernels | None = None,
) -> Statement:
    """Compile a program, run it and prove the run."""
    return Compiled(program, options, kernels).prove(inputs, advice)


def verify(
    data: bytes,
    digest: bytes,
    inputs: Sequence[int],
    outputs: Sequence[int],
    min_bits: int = DEFAULT_SECURITY,
    options: Options | None = None,
) -> Verdict:
    """Say whether bytes prove that the program of a digest makes ``outputs`` of ``inputs``.

    Stacks that are shorter than 16 elements have zeros below. The proof must have ``min_bits`` of
    conjectured security, and exactly ``options`` if they are given. Raises ``ValueError`` for a
    digest or stacks that are none; a proof never raises.
    """
    if not isinstance(digest, bytes) or len(digest) != DIGEST_BYTES:
        raise ValueError(f"digest: want {DIGEST_BYTES} bytes")
    public = {"inputs": stack_of(inputs, "inputs"), "outputs": stack_of(outputs, "outputs")}
    # The digest is bound to the AIR, so a proof gains nothing by asking for the other one.
    processor_alone = data[TABLES_AT : TABLES_AT + 1] == bytes([len(machine_air(False).tables)])
    return verifier.verify(
        machine_air(not processor_alone),
        data,
        public,
        digest=digest,
        minimum_security=min_bits,
        options=options,
    )
