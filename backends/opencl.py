"""The ``opencl`` backend: OpenCL devices."""

from __future__ import annotations

from zkmark.backends.planned import PlannedBackend


class OpenclBackend(PlannedBackend):
    """Kernels for OpenCL devices."""

    name = "opencl"
    device_class = "OpenCL devices"
