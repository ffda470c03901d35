"""The case of a multi-scalar multiplication: the sum of scalars[i] * points[i] on a curve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from zkmark.kernels.case import Array, Case, Check, Inputs, OperationCounts
from zkmark.kernels.curves.encoding import (
    check_points,
    point_from_tuple,
    point_to_tuple,
    points_from_tuples,
    points_to_tuples,
)
from zkmark.kernels.curves.parameters import CurveParameters, curve
from zkmark.kernels.curves.reference import Point, multiply
from zkmark.kernels.fields.encoding import check_elements, to_integers
from zkmark.kernels.seeded import SeededStream

# Up to here the reference is the plain sum; beyond, Pippenger's algorithm in the same integers.
_DEFINITION_LIMIT = 16

_METHOD = "discrete logarithms of the points"


@dataclass(frozen=True)
class MsmCase(Case):
    """A multi-scalar multiplication of ``size`` points (any number from 0) on a curve.

    Input: ``points``, ``uint64[size, 2, limbs]``, affine, infinity all zeros, on the curve and in
    its subgroup of prime order; ``scalars``, ``uint64[size, 4]``, below the subgroup's order.
    Output: ``uint64[2, limbs]``, affine.

    The points that ``make_input`` makes are known multiples of one base point, so that any output
    can be checked exactly at any size.

    With ``fixed_base`` the points are known long before the scalars, as a prover's are: what an
    implementation makes ready of them (multiples, tables) belongs to ``upload``, not to
    ``compute``.
    """

    kernel: ClassVar[str] = "msm"
    input_is_expensive: ClassVar[bool] = True

    curve: str
    size: int
    fixed_base: bool = False

    def __post_init__(self) -> None:
        curve(self.curve)
        if not isinstance(self.size, int) or isinstance(self.size, bool) or self.size < 0:
            raise ValueError(f"size: got {self.size!r}, want a whole number from 0")
        if not isinstance(self.fixed_base, bool):
            raise ValueError(f"fixed_base: got {self.fixed_base!r}, want True or False")

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Self:
        """Make the case from its parameters; ``ValueError`` for unknown, missing or bad ones."""
        for name in ("curve", "size"):
            if name not in parameters:
                raise ValueError(f"{name}: got nothing, want it among the parameters of msm")
        return super().from_parameters(parameters)

    @property
    def curve_parameters(self) -> CurveParameters:
        """The parameters of the curve."""
        return curve(self.curve)

    @property
    def slug(self) -> str:
        """The name, with the size as a power of two where it is one: ``msm/pallas/2^16``."""
        log_size = self.size.bit_length() - 1
        power = self.size > 1 and self.size == 1 << log_size
        base = f"msm/{self.curve}/{f'2^{log_size}' if power else self.size}"
        return f"{base}/fixed-base" if self.fixed_base else base

    def parameters(self) -> dict[str, Any]:
        """Return the parameters; a base that is not fixed is left out."""
        return {"curve": self.curve, "size": self.size} | (
            {"fixed_base": True} if self.fixed_base else {}
        )

    def make_input(self, seed: int) -> dict[str, Array]:
        """Make points a_i * B and scalars.

        B is a seeded multiple of the generator, the a_i are random 64-bit integers other than 0,
        the scalars uniform below the order.
        """
        from zkmark import _native

        base = point_from_tuple(self._base_point(seed), self.curve_parameters)
        return {
            "points": _native.points_of_base(self.curve, base, self._discrete_logarithms(seed)),
            "scalars": self._scalars(seed),
        }

    def validate(self, inputs: Inputs) -> None:
        """Raise ``ValueError`` unless the points are on the curve and the scalars below its order.

        That the points are in the subgroup of prime order is taken on trust: on BLS12-381, the only
        curve here with other points, to check it takes longer than the multiplication itself
        (``zkmark.kernels.curves.encoding.check_points`` does when asked).
        """
        for name in ("points", "scalars"):
            if name not in inputs:
                raise ValueError(f"{name}: got nothing, want an array of {self.size}")
        parameters = self.curve_parameters
        check_points("points", inputs["points"], parameters, self.size)
        check_elements("scalars", inputs["scalars"], parameters.scalar, (self.size,))

    def reference(self, inputs: Inputs) -> Array:
        """Compute the sum in Python integers: up to 16 points plainly, more by Pippenger."""
        from zkmark.kernels.msm.reference import msm_by_definition, msm_pippenger

        parameters = self.curve_parameters
        points = points_to_tuples(inputs["points"], parameters)
        scalars = to_integers(inputs["scalars"], parameters.scalar)
        compute = msm_by_definition if self.size <= _DEFINITION_LIMIT else msm_pippenger
        return point_from_tuple(compute(points, scalars, parameters), parameters)

    def check(self, inputs: Inputs, output: Array, seed: int) -> Check:
        """Compare the output with (sum of a_i s_i) * B, the points being a_i * B for known a_i.

        The a_i and B are made again from the seed, the scalars and a sample of the points compared
        with it first.
        """
        fault = self._input_fault(inputs, seed)
        if fault:
            return Check(False, _METHOD, fault)
        parameters = self.curve_parameters
        shape = parameters.point_shape
        if output.dtype != np.uint64 or output.shape != shape:
            got = f"{output.dtype}{list(output.shape)}"
            return Check(False, _METHOD, f"the output is {got}, not uint64{list(shape)}")
        logarithm = _dot_product(self._discrete_logarithms(seed), inputs["scalars"])
        expected = multiply(logarithm, self._base_point(seed), parameters)
        got_point = point_to_tuple(output, parameters)
        if got_point == expected:
            return Check(True, _METHOD)
        return Check(False, _METHOD, f"got {_show(got_point)}, want {_show(expected)}")

    def counts(self) -> OperationCounts:
        """Count by the textbook's Pippenger: unsigned digits, in the window that is cheapest."""
        from zkmark.kernels.msm.reference import pippenger_cost, pippenger_window

        parameters = self.curve_parameters
        bits = parameters.order.bit_length()
        window = pippenger_window(self.size, bits)
        multiplications = pippenger_cost(self.size, window, bits) if self.size else 0
        limbs = parameters.base.limbs
        return OperationCounts(
            items=self.size,
            item_unit="points",
            field_multiplications=multiplications,
            word_multiplications=multiplications * (2 * limbs * limbs + limbs),
            bytes_moved=self.size
            * (parameters.bytes_per_point + parameters.scalar.bytes_per_element)
            + parameters.bytes_per_point,
            formula=(
                f"Pippenger, windows of c = {window} bits: "
                f"ceil({bits} / c) (11 n + 32 (2^c - 1) + 7 c) field multiplications "
                f"of 2 w^2 + w word multiplications, w = {limbs}"
            ),
        )

    @property
    def reference_seconds(self) -> float:
        """Estimate the reference at 0.4 us a multiplication of integers, its overhead included."""
        if self.size <= _DEFINITION_LIMIT:
            return 0.0015 * self.size
        return self.counts().field_multiplications * 0.4e-6

    def _stream(self, seed: int, what: str) -> SeededStream:
        # The same input with a fixed base as without.
        return SeededStream(seed, f"{self.slug.removesuffix('/fixed-base')}/{what}")

    def _base_point(self, seed: int) -> Point:
        parameters = self.curve_parameters
        logarithm = 1 + self._stream(seed, "base").integer(parameters.order - 1)
        return multiply(logarithm, parameters.generator, parameters)

    def _discrete_logarithms(self, seed: int) -> NDArray[np.uint64]:
        words = self._stream(seed, "points").words(self.size)
        words[words == 0] = 1
        return words

    def _scalars(self, seed: int) -> NDArray[np.uint64]:
        scalar = self.curve_parameters.scalar
        return self._stream(seed, "scalars").integers_below(scalar.modulus, self.size, scalar.limbs)

    def _input_fault(self, inputs: Inputs, seed: int) -> str | None:
        """Say why the inputs are not those of the seed; looks at all scalars and three points."""
        points, scalars = inputs["points"], inputs["scalars"]
        if not np.array_equal(scalars, self._scalars(seed)):
            return f"the scalars are not those that make_input({seed}) makes"
        if points.shape != (self.size, *self.curve_parameters.point_shape):
            return f"the points are not those that make_input({seed}) makes"
        parameters = self.curve_parameters
        base = self._base_point(seed)
        logarithms = self._discrete_logarithms(seed)
        for i in sorted({0, self.size // 2, self.size - 1}) if self.size else []:
            want = multiply(int(logarithms[i]), base, parameters)
            if not np.array_equal(points[i], points_from_tuples([want], parameters)[0]):
                return f"points[{i}] is not the one that make_input({seed}) makes"
        return None


def _dot_product(logarithms: NDArray[np.uint64], scalars: NDArray[np.uint64]) -> int:
    """Return the sum of logarithms[i] * scalars[i] as an integer.

    In 16-bit pieces, whose products sum without overflow in 64 bits up to 2^32 terms.
    """
    left = logarithms.astype("<u8").view("<u2").reshape(-1, 4).astype(np.uint64)
    right = (
        np.ascontiguousarray(scalars.astype("<u8"))
        .view("<u2")
        .reshape(len(left), 4 * scalars.shape[1])
    )
    total = 0
    for i in range(left.shape[1]):
        column = np.ascontiguousarray(left[:, i])
        for j in range(right.shape[1]):
            total += int((column * right[:, j]).sum(dtype=np.uint64)) << (16 * (i + j))
    return total


def _show(point: Point) -> str:
    return "infinity" if point is None else f"({point[0]:#x}, {point[1]:#x})"
