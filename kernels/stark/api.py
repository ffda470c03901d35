"""A STARK's kernels by the name of a backend."""

from __future__ import annotations

from zkmark.backends import Backend
from zkmark.backends.registry import ready_backend
from zkmark.kernels.stark.operations import StarkKernels

BACKENDS = ("reference", "cpu", "opencl", "cuda")


def stark_kernels(
    backend: str | Backend,
    degree: int,
    threads: int | None = None,
    device: str | int | None = None,
) -> StarkKernels:
    """Return the operations on a backend, by its name or ready, for an extension's degree.

    ``threads`` and ``device`` go with a name only. Raises what ``get_backend`` raises, and
    ``ValueError`` for a backend that has no such kernels or another degree than 2 and 3.
    """
    name = backend if isinstance(backend, str) else backend.name
    if name not in BACKENDS:
        raise ValueError(f"backend: got {name!r}, want one of {', '.join(BACKENDS)}")
    ready = ready_backend(backend, threads, device)
    ready.activate()
    if name == "reference":
        from zkmark.kernels.stark.reference import ReferenceStarkKernels

        return ReferenceStarkKernels(degree)
    if name == "cpu":
        from zkmark.kernels.stark.cpu import CpuStarkKernels

        return CpuStarkKernels(degree)
    if name == "opencl":
        from zkmark.kernels.stark.opencl import OpenclStarkKernels

        return OpenclStarkKernels(degree, ready)
    from zkmark.kernels.stark.cuda import CudaStarkKernels

    return CudaStarkKernels(degree, ready)
