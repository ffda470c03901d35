"""Workloads on NVIDIA GPUs."""

from zkmark.provers.workloads.implementation import WorkloadImplementation

IMPLEMENTATIONS = [WorkloadImplementation("cuda")]
