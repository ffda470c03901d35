"""Why workloads are not measured on the reference."""

from zkmark.kernels.case import Case
from zkmark.provers.workloads.implementation import WorkloadImplementation


class ReferenceWorkloads(WorkloadImplementation):
    """The prover on the definition of its kernels: for tests, which call ``plan`` themselves."""

    def unsupported(self, case: Case) -> str | None:
        """Say that it would take too long."""
        return "a proof by the definition in Python integers takes minutes; tests make small ones"


IMPLEMENTATIONS = [ReferenceWorkloads("reference")]
