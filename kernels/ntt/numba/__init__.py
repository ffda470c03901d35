"""The ``numba`` backend's transforms: radix-2 butterflies, what a scientist would write first."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from zkmark.backends.base import Backend
from zkmark.kernels.case import Array, Case, Inputs
from zkmark.kernels.fields.encoding import dense
from zkmark.kernels.implementation import Implementation, Plan
from zkmark.kernels.ntt.case import NttCase
from zkmark.kernels.work import Work, highest_level

# One transform shorter than this is not worth sharing among threads.
_LOG_SIZE_WORTH_THREADS = 14


class NumbaNttPlan(Plan):
    """Tables made and code compiled."""

    def __init__(self, case: NttCase, threads: int) -> None:
        from zkmark.backends.numba.cache import prepare_cache

        prepare_cache(Path(__file__).parent)
        from zkmark.kernels.ntt.numba.transform import progression, transform

        self.case = case
        self._transform = transform
        self._share_rows = (
            threads == 1 or case.batch >= threads or case.log_size < _LOG_SIZE_WORTH_THREADS
        )
        field, n = case.field_parameters, case.size
        forward = case.direction == "forward"
        p, sign = field.modulus, 1 if forward else -1
        one, modulus = np.uint64(1), np.uint64(p)
        self._modulus = modulus
        # Natural to bit-reversed order is the one way of the two that needs no reordering first.
        self._decimate = forward and case.order == "bit-reversed"
        natural = case.order == "natural"
        reversal = _bit_reversal(case.log_size) if natural else np.empty(0, np.uint32)
        twiddles = np.ones(n, np.uint64)
        for layer in range(case.log_size):
            root = pow(field.root_of_order(layer + 1), sign, p)
            half = 1 << layer
            twiddles[half : 2 * half] = progression(one, np.uint64(root), half, modulus)
        before = after = np.empty(0, np.uint64)
        if forward and case.coset:
            before = progression(one, np.uint64(field.generator), n, modulus)
        if not forward:
            shift = pow(field.generator, -1, p) if case.coset else 1
            after = progression(np.uint64(pow(n, -1, p)), np.uint64(shift), n, modulus)
        self._tables = (reversal, twiddles, before, after)
        self._compile()

    def _compile(self) -> None:
        """Transform one element, so that what is not in the cache yet is compiled now."""
        values = np.zeros((1, 1), self.case.field_parameters.dtype)
        a, b, c, d = self._tables
        first = (a[:1], b[:1], c[:1], d[:1])
        self._transform(
            values, values.copy(), first, self._modulus, self._decimate, self._share_rows
        )

    def upload(self, inputs: Inputs) -> Array:
        """Return the values; copied only if they are not contiguous."""
        return dense(inputs["values"])

    def compute(self, uploaded: Array) -> Array:
        """Transform into a fresh array."""
        output = np.empty_like(uploaded)
        self._transform(
            uploaded, output, self._tables, self._modulus, self._decimate, self._share_rows
        )
        return output

    def download(self, result: Array) -> Array:
        """Return the result as it is."""
        return result


def _bit_reversal(bits: int) -> Array:
    reversal = np.zeros(1, np.uint32)
    for _ in range(bits):
        reversal = np.concatenate([2 * reversal, 2 * reversal + 1]).astype(np.uint32)
    return reversal


class NumbaNtt(Implementation):
    """Compiled Python for the fields whose elements are one machine word."""

    id = "numba"
    backend = "numba"
    kernel = "ntt"

    def unsupported(self, case: Case) -> str | None:
        """Say why fields of several words are left out."""
        assert isinstance(case, NttCase)
        limbs = case.field_parameters.limbs
        if limbs == 1:
            return None
        return (
            f"elements of {case.field} are {limbs} words of 64 bits and Numba has no integers "
            "wider than one; use the backend cpu"
        )

    def plan(self, case: Case, backend: Backend) -> Plan:
        """Make the tables and compile for the backend's thread count."""
        assert isinstance(case, NttCase)
        backend.activate()
        return NumbaNttPlan(case, backend.threads)

    def work(self, case: Case, backend: Backend) -> Work | str:
        """Count the multiplications by twiddles; LLVM compiles for all that this processor has."""
        from zkmark.kernels.ntt.work import radix_2_work

        assert isinstance(case, NttCase)
        return radix_2_work(case, highest_level())


IMPLEMENTATIONS: list[Implementation] = [NumbaNtt()]
