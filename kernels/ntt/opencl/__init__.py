"""Number-theoretic transforms on OpenCL; the plan is that of ``kernels/ntt/device``."""

from __future__ import annotations

from zkmark.kernels.implementation import Implementation
from zkmark.kernels.ntt.device import ntt_on

IMPLEMENTATIONS: list[Implementation] = [ntt_on("opencl")]
