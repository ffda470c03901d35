"""Multi-scalar multiplication on simulated hardware: the designs of ``kernels/msm/rtl``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from zkmark.backends.fpga.design import Design
from zkmark.backends.fpga.simulation import Words, integers_of
from zkmark.hardware_profiles.boards import Board
from zkmark.kernels.case import Array, Case, Inputs
from zkmark.kernels.curves.encoding import point_from_tuple
from zkmark.kernels.curves.parameters import CurveParameters, curve
from zkmark.kernels.curves.reference import Point
from zkmark.kernels.fields.rtl.wide import wide_field
from zkmark.kernels.fpga import FpgaImplementation, FpgaPlan, Simulated
from zkmark.kernels.implementation import Implementation
from zkmark.kernels.msm.case import MsmCase
from zkmark.kernels.msm.rtl import SCALAR_BITS, Windows, best_windows, cycles, msm

# Up to here a sum is simulated whole, in seconds; these sizes stand for all larger ones.
_MOST_SIMULATED = 1 << 10
_SIMULATED = (1 << 6, 1 << 8, 1 << 10)
# What sharing points among instances may cost, each of which reduces buckets of its own.
_UNEVEN = 0.01


@dataclass(frozen=True)
class UploadedSum:
    """Points and scalars as the design's streams have them."""

    points: Words
    scalars: Words


def affine(item: int, parameters: CurveParameters) -> Point:
    """Return a projective point {Z, Y, X} of the design in affine form: one inversion."""
    width, p = wide_field(parameters.base_field).width, parameters.base.modulus
    x, y, z = (item >> width * i & (1 << width) - 1 for i in range(3))
    if z % p == 0:
        return None
    inverse = pow(z, -1, p)
    return x * inverse % p, y * inverse % p


class FpgaMsmPlan(FpgaPlan):
    """A sum on one instance.

    ``upload`` converts nothing: the design takes canonical affine coordinates. ``compute`` is from
    them to a projective sum; ``download`` makes it affine.
    """

    case: MsmCase

    def __init__(self, case: MsmCase, on: Board, windows: Windows | None = None) -> None:
        super().__init__(case, msm(case.curve), on)
        self.windows = windows or best_windows(case.curve, case.size)

    def upload(self, inputs: Inputs) -> UploadedSum:
        """Lay points and scalars out as items of 32-bit words."""
        point, scalar = self.design.inputs

        def words(array: Array, count: int) -> Words:
            found = np.ascontiguousarray(array, dtype="<u8").view("<u4")
            return np.asarray(found, dtype=np.uint32).reshape(self.case.size, count)

        return UploadedSum(
            words(inputs["points"], point.words), words(inputs["scalars"], scalar.words)
        )

    def compute(self, uploaded: UploadedSum) -> Simulated:
        """Simulate clearing, accumulation, reduction and combination."""
        run = self.simulator.run(
            {"point": uploaded.points, "scalar": uploaded.scalars},
            {"result": 1},
            settings={
                "point_count": self.case.size,
                "window_bits": self.windows.bits,
                "windows": self.windows.count,
            },
        )
        bytes_in, bytes_out = _bytes(self.case)
        return Simulated(
            integers_of(run.outputs["result"])[0],
            run.cycles,
            bytes_in,
            bytes_out,
            counters=run.counters,
            seconds=run.seconds,
        )

    def download(self, result: Simulated) -> Array:
        """Return the sum in affine form."""
        parameters = self.case.curve_parameters
        return point_from_tuple(affine(result.result, parameters), parameters)


def _bytes(case: MsmCase) -> tuple[int, int]:
    """Count what goes in and out: affine points and scalars, once; a projective point."""
    parameters = case.curve_parameters
    width = wide_field(parameters.base_field).width
    return case.size * (2 * width + SCALAR_BITS) // 8, 3 * width // 8


class FpgaMsm(FpgaImplementation):
    """Sums on one curve; the points come over PCIe with the scalars and are streamed once."""

    kernel = "msm"

    def __init__(self, curve_id: str) -> None:
        curve(curve_id)
        self.curve = curve_id
        self.id = f"fpga/msm-{curve_id}"  # type: ignore[misc]

    def unsupported(self, case: Case) -> str | None:
        """Take sums on this curve of points that were not known before."""
        assert isinstance(case, MsmCase)
        if case.curve != self.curve:
            return f"{self.id} has the curve {self.curve}, not {case.curve}"
        if case.fixed_base:
            return f"{self.id} has no multiples of fixed points; take the case without fixed_base"
        if case.size >= 1 << 32:
            return f"{self.id} counts points in 32 bits, which {case.size} is beyond"
        return None

    def design(self, case: Any) -> Design:
        """Return the curve's design, which is one for all sizes."""
        return msm(case.curve)

    def make(self, case: Any, on: Board) -> FpgaMsmPlan:
        """Prepare a sum with the windows that take the fewest cycles."""
        return FpgaMsmPlan(case, on)

    def simulated_instead(self, case: Any) -> list[Any]:
        """Return smaller sums for one that takes longer than seconds."""
        if case.size <= _MOST_SIMULATED:
            return []
        return [MsmCase(case.curve, size) for size in _SIMULATED]

    def formula(self, case: Any, on: Board) -> Simulated:
        """Return the cycles that ``kernels/msm/rtl`` counts."""
        windows = best_windows(case.curve, case.size)
        found = cycles(case.curve_parameters, case.size, windows)
        return Simulated(None, found.total, *_bytes(case))

    def most_instances(self, case: Any) -> int:
        """Return how many instances can share the points while their reductions do not count."""
        windows = best_windows(case.curve, case.size)
        found = cycles(case.curve_parameters, case.size, windows)
        return 1 + int(_UNEVEN * found.accumulate / (found.total - found.accumulate))


IMPLEMENTATIONS: list[Implementation] = [FpgaMsm("bls12-381-g1"), FpgaMsm("bn254-g1")]
