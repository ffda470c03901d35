"""Workloads on OpenCL devices."""

from zkmark.provers.workloads.implementation import WorkloadImplementation

IMPLEMENTATIONS = [WorkloadImplementation("opencl")]
