"""Multipliers and adders of fields as hardware: of one word (``narrow``), of several (``wide``)."""

from __future__ import annotations

from importlib.util import find_spec

from zkmark.backends.fpga.design import Design
from zkmark.kernels.fields.rtl import narrow


def designs() -> list[Design]:
    """Return every unit, each as a design of its own."""
    found = narrow.designs()
    if find_spec(f"{__name__}.wide"):
        from zkmark.kernels.fields.rtl import wide

        found += wide.designs()
    return found
