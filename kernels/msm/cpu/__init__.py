"""Multi-scalar multiplication by the native extension: Pippenger's algorithm on all threads.

The processor reads the caller's arrays where they are, so upload has nothing to move. Compute is
everything from canonical points and scalars down to one point, their conversion to Montgomery form
included; download makes that point affine and canonical.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmark.backends.base import Backend
from zkmark.kernels.case import Array, Case, Inputs
from zkmark.kernels.fields.encoding import dense
from zkmark.kernels.implementation import Implementation, Plan
from zkmark.kernels.msm.case import MsmCase
from zkmark.kernels.work import Work

if TYPE_CHECKING:
    from zkmark._native import MsmSum

# An entry of the sorted lists is 32 bits: the point's index and the digit's sign.
_SIZE_LIMIT = 1 << 31


class CpuMsmPlan(Plan):
    """A multi-scalar multiplication on the ``cpu`` backend; nothing is prepared before upload."""

    def __init__(self, case: MsmCase) -> None:
        self.case = case

    def upload(self, inputs: Inputs) -> tuple[Array, Array]:
        """Return points and scalars in contiguous memory, copied only if they are not."""
        return dense(inputs["points"]), dense(inputs["scalars"])

    def compute(self, uploaded: tuple[Array, Array]) -> MsmSum:
        """Compute the sum; it stays in projective coordinates and Montgomery form."""
        from zkmark import _native

        return _native.msm_compute(self.case.curve, *uploaded)

    def download(self, result: MsmSum) -> Array:
        """Return the sum as a canonical affine point, ``uint64[2, limbs]``."""
        from zkmark import _native

        return _native.msm_download(result)


class CpuMsm(Implementation):
    """Pippenger's algorithm in C++."""

    id = "cpu"
    backend = "cpu"
    kernel = "msm"

    def unsupported(self, case: Case) -> str | None:
        """Return ``None`` for all curves and all sizes below 2^31, without a fixed base."""
        if not isinstance(case, MsmCase):
            return f"implementation cpu of msm does not compute {case.kernel}"
        if case.fixed_base:
            return "the native kernels prepare nothing for a fixed base"
        if case.size >= _SIZE_LIMIT:
            return f"its sorted lists hold fewer than 2^{_SIZE_LIMIT.bit_length() - 1} points"
        return None

    def plan(self, case: Case, backend: Backend) -> Plan:
        """Prepare a case."""
        if not isinstance(case, MsmCase):
            raise ValueError(f"case: got {case.kernel}, want msm")
        backend.activate()
        return CpuMsmPlan(case)

    def path(self, case: Case, backend: Backend) -> str:
        """Name the instruction-set level whose kernels run: ``cpu/portable``."""
        from zkmark import _native

        backend.activate()
        assert isinstance(case, MsmCase)
        return f"cpu/{_native.msm_isa(case.curve)}"

    def work(self, case: Case, backend: Backend) -> Work | str:
        """Count the additions of points in the schedule that runs."""
        from zkmark.kernels.msm.work import pippenger_work

        assert isinstance(case, MsmCase)
        level = self.path(case, backend).removeprefix("cpu/")
        return pippenger_work(case, level, backend.threads)


IMPLEMENTATIONS = [CpuMsm()]
