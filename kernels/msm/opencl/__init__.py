"""Multi-scalar multiplication on OpenCL; the plan is that of ``kernels/msm/device``."""

from __future__ import annotations

from zkmark.kernels.implementation import Implementation
from zkmark.kernels.msm.device import msm_on

IMPLEMENTATIONS: list[Implementation] = [msm_on("opencl")]
