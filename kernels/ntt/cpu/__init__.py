"""The ``cpu`` backend's transforms: native C++, multi-threaded, every field and option."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np

from zkmark.backends.base import Backend
from zkmark.kernels.case import Array, Case, Inputs
from zkmark.kernels.fields.encoding import dense
from zkmark.kernels.implementation import Implementation, Plan
from zkmark.kernels.ntt.case import NttCase
from zkmark.kernels.work import Work

if TYPE_CHECKING:
    from zkmark._native import NttPlan


class CpuNttPlan(Plan):
    """A native plan: twiddles made, passes laid out.

    Elements are used as they lie in the caller's array (the transform is linear, so canonical data
    times twiddles in Montgomery form stay canonical): nothing is copied or converted before or
    after.
    """

    def __init__(self, case: NttCase, native: NttPlan) -> None:
        self.case = case
        self.native = native
        self._output: Array | None = None

    def upload(self, inputs: Inputs) -> Array:
        """Return the values; copied only if they are not contiguous."""
        return dense(inputs["values"])

    def compute(self, uploaded: Array) -> Array:
        """Transform into an array of its own, the last one's again if nobody holds that any more.

        To be given fresh pages by the system takes as long as a third of a long transform.
        """
        output, self._output = self._output, None
        # Two references: the name here, and getrefcount's argument. A view would hold a third.
        if output is None or sys.getrefcount(output) > 2:
            output = np.empty(self.case.shape, dtype=self.case.field_parameters.dtype)
        self.native.transform(uploaded, output)
        self._output = output
        return output

    def download(self, result: Array) -> Array:
        """Return the result as it is: host memory, canonical."""
        return result


class CpuNtt(Implementation):
    """Native transforms at the best instruction-set level that the backend allows."""

    id = "cpu"
    backend = "cpu"
    kernel = "ntt"

    def unsupported(self, case: Case) -> str | None:
        """Return ``None``: every field and option is there."""
        return None

    def plan(self, case: Case, backend: Backend) -> Plan:
        """Make the twiddles and passes for the backend's threads and instruction set."""
        from zkmark import _native

        assert isinstance(case, NttCase)
        backend.activate()
        native = _native.ntt_plan(
            case.field,
            case.log_size,
            case.batch,
            inverse=case.direction == "inverse",
            bit_reversed=case.order == "bit-reversed",
            coset=case.coset,
        )
        return CpuNttPlan(case, native)

    def path(self, case: Case, backend: Backend) -> str:
        """Name the instruction set: ``cpu/portable``."""
        from zkmark import _native

        assert isinstance(case, NttCase)
        backend.activate()
        return f"cpu/{_native.ntt_isa(case.field)}"

    def work(self, case: Case, backend: Backend) -> Work | str:
        """Count the multiplications by twiddles."""
        from zkmark.kernels.ntt.work import radix_2_work

        assert isinstance(case, NttCase)
        return radix_2_work(case, self.path(case, backend).removeprefix("cpu/"))


IMPLEMENTATIONS: list[Implementation] = [CpuNtt()]
