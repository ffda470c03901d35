"""Hardware designs of the hashes: compression functions of byte hashes, permutations."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from zkmark.backends.fpga.design import Design

_MODULES = ("bytewise", "poseidon2")


def designs() -> list[Design]:
    """Return every core by itself, unrolled and folded."""
    found: list[Design] = []
    for module in _MODULES:
        if find_spec(f"{__name__}.{module}") is not None:
            found += import_module(f"{__name__}.{module}").designs()
    return found
