"""The case of a number-theoretic transform: which field, how long, which way, in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from zkmark.kernels.case import Array, Case, Check, Inputs, OperationCounts
from zkmark.kernels.fields.encoding import check_elements, from_integers, to_integers
from zkmark.kernels.fields.parameters import FieldParameters, field
from zkmark.kernels.seeded import SeededStream

DIRECTIONS = ("forward", "inverse")
ORDERS = ("natural", "bit-reversed")

# Up to this many butterflies (some 50 ms in Python) an output is checked against the reference.
_REFERENCE_CHECK_BUTTERFLIES = 1 << 16
# What one butterfly costs the reference: about 0.3 us up to 64 bits, more for wide fields.
_REFERENCE_SECONDS_PER_BUTTERFLY = {1: 0.3e-6, 4: 0.5e-6, 6: 0.7e-6}


@dataclass(frozen=True)
class NttCase(Case):
    """Transforms of ``batch`` polynomials with n = 2^log_size coefficients each.

    Forward turns coefficients into values at the n-th roots of unity (on a coset: at the field's
    generator times these), inverse turns values into coefficients; ``kernels/ntt/reference.py`` has
    the sums. ``order`` is that of the values: ``bit-reversed`` is natural in, bit-reversed out for
    forward and bit-reversed in, natural out for inverse. Input ``values`` and output are canonical
    elements of shape ``[batch, n]`` (``[batch, n, limbs]`` for wide fields).
    """

    kernel: ClassVar[str] = "ntt"

    field: str
    log_size: int
    batch: int = 1
    direction: str = "forward"
    order: str = "natural"
    coset: bool = False

    def __post_init__(self) -> None:
        most = field(self.field).two_adicity
        if not _is_whole(self.log_size) or not 0 <= self.log_size <= most:
            raise ValueError(
                f"log_size: got {self.log_size!r}, "
                f"want a whole number from 0 to {most} for the field {self.field}"
            )
        if not _is_whole(self.batch) or self.batch < 1:
            raise ValueError(f"batch: got {self.batch!r}, want a whole number from 1")
        if self.direction not in DIRECTIONS:
            raise ValueError(
                f"direction: got {self.direction!r}, want one of {', '.join(DIRECTIONS)}"
            )
        if self.order not in ORDERS:
            raise ValueError(f"order: got {self.order!r}, want one of {', '.join(ORDERS)}")
        if not isinstance(self.coset, bool):
            raise ValueError(f"coset: got {self.coset!r}, want True or False")

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Self:
        """Make the case from its parameters; ``ValueError`` for unknown, missing or bad ones."""
        for name in ("field", "log_size"):
            if name not in parameters:
                raise ValueError(f"{name}: got nothing, want it among the parameters of ntt")
        return super().from_parameters(parameters)

    @property
    def field_parameters(self) -> FieldParameters:
        """The parameters of the field."""
        return field(self.field)

    @property
    def size(self) -> int:
        """The length n of one transform."""
        return 1 << self.log_size

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the input and of the output."""
        return (self.batch, self.size, *self.field_parameters.element_shape)

    @property
    def slug(self) -> str:
        """The name; options that are off are left out: ``ntt/goldilocks/2^20/forward/batch-64``."""
        parts = ["ntt", self.field, f"2^{self.log_size}", self.direction]
        if self.batch > 1:
            parts.append(f"batch-{self.batch}")
        if self.order != "natural":
            parts.append(self.order)
        if self.coset:
            parts.append("coset")
        return "/".join(parts)

    def make_input(self, seed: int) -> dict[str, Array]:
        """Make ``values``: uniform elements, the same for all directions, orders and cosets."""
        parameters = self.field_parameters
        stream = SeededStream(seed, f"ntt/{self.field}/{self.log_size}/{self.batch}")
        limbs = stream.integers_below(
            parameters.modulus, self.batch * self.size, max(1, parameters.limbs)
        )
        return {"values": limbs.astype(parameters.dtype, copy=False).reshape(self.shape)}

    def validate(self, inputs: Inputs) -> None:
        """Raise ``ValueError`` unless ``values`` holds canonical elements in the case's shape."""
        if "values" not in inputs:
            raise ValueError(f"values: got nothing, want an array of shape {list(self.shape)}")
        check_elements("values", inputs["values"], self.field_parameters, (self.batch, self.size))

    def reference(self, inputs: Inputs) -> Array:
        """Compute the output by radix-2 butterflies in Python integers."""
        from zkmark.kernels.ntt.reference import ntt

        parameters = self.field_parameters
        transformed: list[int] = []
        for row in inputs["values"]:
            integers = to_integers(row, parameters)
            transformed += ntt(integers, parameters, self.direction, self.order, self.coset)
        return from_integers(transformed, parameters, (self.batch, self.size))

    def check(self, inputs: Inputs, output: Array, seed: int) -> Check:
        """Compare with the reference when small, else with an identity at secret random points."""
        from zkmark.kernels.ntt.identity import check_identity

        try:
            check_elements("output", output, self.field_parameters, (self.batch, self.size))
        except ValueError as error:
            return Check(False, "form of the output", str(error))
        if self._butterflies() > _REFERENCE_CHECK_BUTTERFLIES:
            return check_identity(self, inputs["values"], output)
        wrong = np.argwhere(output != self.reference(inputs))
        if not wrong.size:
            return Check(True, "reference")
        row, index = wrong[0][:2]
        return Check(False, "reference", f"element {index} of transform {row} is wrong")

    def counts(self) -> OperationCounts:
        """Count one multiplication a radix-2 butterfly, and one an element for shift or scale."""
        parameters = self.field_parameters
        formula = "(n/2) log2 n"
        multiplications = self._butterflies()
        if self.coset or self.direction == "inverse":
            formula += " + n"
            multiplications += self.batch * self.size
        if self.batch > 1:
            formula = f"batch ({formula})"
        # A product of Goldilocks is one 64 x 64 multiplication, reduced by shifts and additions;
        # that of the others is Montgomery's: w^2 for the product, w^2 + w for the reduction.
        w = parameters.limbs
        word = 1 if self.field == "goldilocks" else 2 * w * w + w
        return OperationCounts(
            items=self.batch * self.size,
            item_unit="elements",
            field_multiplications=multiplications,
            word_multiplications=multiplications * word,
            bytes_moved=2 * self.batch * self.size * parameters.bytes_per_element,
            formula=f"{formula} field multiplications of {word} word multiplications",
        )

    @property
    def reference_seconds(self) -> float:
        """Estimate the reference's time from its butterflies, conversions included."""
        each = _REFERENCE_SECONDS_PER_BUTTERFLY[self.field_parameters.limbs]
        return each * (self._butterflies() + 3 * self.batch * self.size)

    def _butterflies(self) -> int:
        return self.batch * self.log_size * self.size // 2


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
