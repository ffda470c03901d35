"""Merkle trees on CUDA; the plan is that of ``kernels/merkle/device``."""

from __future__ import annotations

from zkmark.kernels.implementation import Implementation
from zkmark.kernels.merkle.device import merkle_on

IMPLEMENTATIONS: list[Implementation] = [merkle_on("cuda")]
