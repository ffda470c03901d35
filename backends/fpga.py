"""The ``fpga`` backend: simulated FPGA designs."""

from __future__ import annotations

from zkmark.backends.planned import PlannedBackend


class FpgaBackend(PlannedBackend):
    """Kernels for simulated FPGA designs."""

    name = "fpga"
    device_class = "simulated FPGA designs"
