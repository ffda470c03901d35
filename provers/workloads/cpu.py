"""Workloads on the host's processors."""

from zkmark.provers.workloads.implementation import WorkloadImplementation

IMPLEMENTATIONS = [WorkloadImplementation("cpu")]
