"""Number-theoretic transforms on CUDA; the plan is that of ``kernels/ntt/device``."""

from __future__ import annotations

from zkmark.kernels.implementation import Implementation
from zkmark.kernels.ntt.device import ntt_on

IMPLEMENTATIONS: list[Implementation] = [ntt_on("cuda")]
