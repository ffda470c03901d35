"""Why workloads are not measured on the reference."""

from __future__ import annotations

from zkmark.backends.base import Backend
from zkmark.kernels.case import Case
from zkmark.kernels.stark.operations import StarkKernels
from zkmark.provers.workloads.implementation import WorkloadImplementation


def _kernels(backend: Backend, degree: int) -> StarkKernels:
    from zkmark.kernels.stark.reference import ReferenceStarkKernels

    return ReferenceStarkKernels(degree)


class ReferenceWorkloads(WorkloadImplementation):
    """The prover on the definition of its kernels: for tests, which call ``plan`` themselves."""

    def unsupported(self, case: Case) -> str | None:
        """Say that it would take too long."""
        return "a proof by the definition in Python integers takes minutes; tests make small ones"


IMPLEMENTATIONS = [ReferenceWorkloads("reference", _kernels)]
