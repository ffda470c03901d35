"""The cycles of the four-step machine, by its design alone."""

from __future__ import annotations

from zkmark.kernels.fields.rtl.narrow import MULTIPLIER_LATENCY
from zkmark.kernels.ntt.case import NttCase
from zkmark.kernels.ntt.fpga.layout import Layout, Pass, widths
from zkmark.kernels.ntt.rtl import BUTTERFLY_LATENCY

# Between layers: from the reading of the last rows to their writing.
PAUSE = BUTTERFLY_LATENCY + 2


def transform_cycles(one: Pass) -> int:
    """Return the cycles for which the engine has a block under way."""
    if not one.log_rows:
        return 0
    layer = 1 << (one.log_rows + one.log_width - 1)
    return one.log_rows * (layer + PAUSE) + MULTIPLIER_LATENCY
