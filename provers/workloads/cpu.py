"""Workloads on the host's processors."""

from __future__ import annotations

from zkmark.backends.base import Backend
from zkmark.kernels.stark.operations import StarkKernels
from zkmark.provers.workloads.implementation import WorkloadImplementation


def _kernels(backend: Backend, degree: int) -> StarkKernels:
    from zkmark.kernels.stark.cpu import CpuStarkKernels

    return CpuStarkKernels(degree)


IMPLEMENTATIONS = [WorkloadImplementation("cpu", _kernels)]
