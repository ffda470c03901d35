"""The ``cuda`` backend: NVIDIA GPUs."""

from __future__ import annotations

from zkmark.backends.planned import PlannedBackend


class CudaBackend(PlannedBackend):
    """Kernels for NVIDIA GPUs."""

    name = "cuda"
    device_class = "NVIDIA GPUs"
