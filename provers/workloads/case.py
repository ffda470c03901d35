"""The case of a workload: which program, how large, and how its proof is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np

from zkmark.kernels.case import Array, Case, Check, Inputs, OperationCounts
from zkmark.kernels.stark.domain import MODULUS
from zkmark.provers.stark.options import Options
from zkmark.provers.workloads.catalogue import check_workload, make_workload
from zkmark.provers.workloads.workload import STACK, Workload

_ARRAYS = ("inputs", "advice")


@dataclass(frozen=True)
class WorkloadCase(Case):
    """A program of the stack machine, compiled, proven, and verified from the proof's bytes.

    ``variant`` is the workload's first one unless given, ``scale`` makes it larger. ``security``
    asks for bits of conjectured security, with ``hash`` for commitments and ``blowup`` cosets.
    Input: the public ``inputs`` and the secret ``advice``, both ``uint64`` vectors, the same for
    every seed. Output: the public outputs, ``uint64[16]``; there is none unless the verifier
    accepts the proof.
    """

    kernel: ClassVar[str] = "stackvm"
    reference_method: ClassVar[str] = (
        "outputs of an independent oracle; every proof verified from its bytes"
    )

    workload: str
    variant: str | None = None
    scale: int = 1
    security: int = 96
    hash: str = "blake3"
    blowup: int = 8

    def __post_init__(self) -> None:
        variant = check_workload(self.workload, self.variant, self.scale)
        object.__setattr__(self, "variant", variant)
        if isinstance(self.security, bool) or not isinstance(self.security, int):
            raise ValueError(f"security: got {self.security!r}, want a whole number of bits")
        try:
            _ = self.options
        except ValueError as error:
            # What options call bits is security here.
            raise ValueError(str(error).replace("bits: ", "security: ", 1)) from None

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Self:
        """Make the case from its parameters; ``ValueError`` for unknown, missing or bad ones."""
        if "workload" not in parameters:
            raise ValueError("workload: got nothing, want it among the parameters of stackvm")
        return super().from_parameters(parameters)

    @cached_property
    def program(self) -> Workload:
        """The program with its data."""
        return make_workload(self.workload, self.variant, self.scale)

    @property
    def options(self) -> Options:
        """The options of the proof: the fewest queries that give the security asked for."""
        return Options.for_security(self.security, hash=self.hash, blowup=self.blowup)

    @property
    def slug(self) -> str:
        """The name: ``stackvm/fibonacci/iter-93/96-bit/blake3``, with the scale if it is not 1."""
        parts = [self.kernel, self.workload]
        if self.variant != self.workload:
            parts.append(str(self.variant))
        if self.scale != 1:
            parts.append(f"x{self.scale}")
        parts += [f"{self.security}-bit", self.hash]
        if self.blowup != type(self).blowup:
            parts.append(f"blowup-{self.blowup}")
        return "/".join(parts)

    def make_input(self, seed: int) -> dict[str, Array]:
        """Make ``inputs`` and ``advice``; the seed changes nothing: a workload is what it is."""
        made = self.program
        values = (made.inputs, made.advice)
        return {
            name: np.array(one, dtype=np.uint64) for name, one in zip(_ARRAYS, values, strict=True)
        }

    def validate(self, inputs: Inputs) -> None:
        """Raise ``ValueError`` unless ``inputs`` and ``advice`` are vectors of elements."""
        for name in _ARRAYS:
            if name not in inputs:
                raise ValueError(f"{name}: got nothing, want a vector of uint64")
            array = inputs[name]
            if array.dtype != np.uint64 or array.ndim != 1:
                raise ValueError(
                    f"{name}: got {array.dtype}{list(array.shape)}, want a vector of uint64"
                )
            if array.size and int(array.max()) >= MODULUS:
                raise ValueError(f"{name}: got {int(array.max())}, want elements below the prime")

    def reference(self, inputs: Inputs) -> Array:
        """Return the outputs that an oracle computed without the program."""
        return np.array(self.program.outputs, dtype=np.uint64)

    def check(self, inputs: Inputs, output: Array, seed: int) -> Check:
        """Compare the public outputs with the oracle's."""
        expected = self.reference(inputs)
        if output.dtype != np.uint64 or output.shape != (STACK,):
            detail = f"got {output.dtype}{list(output.shape)}, want uint64[{STACK}]"
            return Check(False, "form of the output", detail)
        if np.array_equal(output, expected):
            return Check(True, self.reference_method)
        place = int(np.flatnonzero(output != expected)[0])
        detail = f"output {place} is {int(output[place])}, want {int(expected[place])}"
        return Check(False, self.reference_method, detail)

    def counts(self) -> OperationCounts:
        """Count what the workload is about; multiplications depend on the prover's options."""
        made = self.program
        return OperationCounts(
            items=made.items,
            item_unit=made.item_unit,
            field_multiplications=0,
            word_multiplications=0,
            bytes_moved=8 * (len(made.inputs) + len(made.advice) + STACK),
            formula=(
                "inputs, advice and outputs in bytes; the steps of the proof have their own counts"
            ),
        )

    @property
    def reference_seconds(self) -> float:
        """Guess what the oracle takes: next to nothing, but for BLAKE3 in Python."""
        return 3e-6 * self.program.items if self.program.item_unit == "bytes" else 1e-3

    def about(self) -> dict[str, Any]:
        """Return what result documents say of the program."""
        made = self.program
        return {
            "machine": self.kernel,
            "name": made.name,
            "variant": made.variant,
            "scale": made.scale,
            "title": made.title,
            "claim": made.claim,
        }
