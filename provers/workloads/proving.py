"""A proof with all that a result document keeps of it: sizes, shapes, and where its time went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zkmark.provers.stackvm.air import air_of
from zkmark.provers.stackvm.proving import Compiled, Statement
from zkmark.provers.stark.layout import layout
from zkmark.provers.stark.phases import NO_RECORDER, Phase, Recorder

# The family of the steps that run the program, which are no kernels of a proof.
EXECUTION = "execution"
_EXECUTION_STEPS = ("execute", "fill the tables")
_OTHER = "other"


@dataclass(frozen=True, eq=False)
class Proven:
    """A program's run that was proven, up to the bytes; ``steps`` tell where the time went."""

    compiled: Compiled
    statement: Statement
    data: bytes
    steps: Phase | None = None

    def details(self) -> dict[str, Any]:
        """Return what a result document keeps of the run."""
        statement, proof, program = self.statement, self.statement.proof, self.compiled.program
        air = air_of(program)
        shape = layout(air, proof.options, proof.log_heights)
        found: dict[str, Any] = {
            "program": {"digest": self.compiled.digest.hex(), "rows": len(program)},
            "inputs": statement.inputs,
            "outputs": statement.outputs,
            "cycles": statement.cycles,
            "tables": [
                {
                    "name": table.name,
                    "rows": height,
                    "preprocessed": len(table.preprocessed_columns),
                    "main": len(table.main),
                    "auxiliary": air.auxiliary_columns(table),
                }
                for table, height in shape.present
            ],
            "security": {
                "conjectured": shape.security.conjectured,
                "proven": shape.security.proven,
            },
            "options": proof.options.to_json(),
            "proof": {
                "bytes": len(self.data),
                "parts": proof.size,
                "sha256": sha256(self.data).hexdigest(),
            },
        }
        if self.steps is not None:
            found["steps"] = self.steps.to_json()
            found["kernels"] = family_seconds(self.steps)
        return found


def prove_program(
    compiled: Compiled,
    inputs: Sequence[int],
    advice: Sequence[int] | NDArray[np.uint64],
    recorder: Recorder | None = None,
) -> Proven:
    """Run a program and prove the run; ``ExecutionError`` says where a program fails.

    With a recorder, every step is noted.
    """
    statement = compiled.prove(inputs, advice, recorder=recorder or NO_RECORDER)
    began = perf_counter()
    data = statement.proof.to_bytes()
    seconds = perf_counter() - began
    if recorder is None:
        return Proven(compiled, statement, data)
    steps = recorder.root
    steps.steps.append(Phase("serialise", _OTHER, seconds))
    steps.seconds += seconds
    for leaf in steps.leaves():
        if leaf.name in _EXECUTION_STEPS:
            leaf.family = EXECUTION
    return Proven(compiled, statement, data, steps)


def family_seconds(steps: Phase) -> dict[str, float]:
    """Return the seconds of each family of steps; ``other`` has what no step noted, too."""
    found: dict[str, float] = {}
    for leaf in steps.leaves():
        family = leaf.family or _OTHER
        found[family] = found.get(family, 0.0) + leaf.seconds
    rest = steps.seconds - sum(found.values())
    found[_OTHER] = found.get(_OTHER, 0.0) + max(rest, 0.0)
    return found
