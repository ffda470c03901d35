"""Ceilings: what this machine's multipliers and memory can do at the most, measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zkmark.hardware_profiles.value import unavailable

_SOURCE = "zkmark's native probes"


def not_measured() -> dict[str, Any]:
    """Return the tree of ceilings with every leaf ``unavailable``: nobody asked for them."""
    reason = "ceilings are measured only when asked for"
    pair = {
        "one_thread": unavailable(reason, _SOURCE).to_json(),
        "all_threads": unavailable(reason, _SOURCE).to_json(),
    }
    return {
        "clock": unavailable(reason, _SOURCE, "Hz").to_json(),
        "multiply_64": pair,
        "multiply_32": pair,
        "multiply_52": pair,
        "triad": pair,
        "random_load_latency": unavailable(reason, _SOURCE, "s").to_json(),
    }


def measure(caches: Mapping[str, Any], available_bytes: int | None) -> dict[str, Any]:
    """Measure every ceiling."""
    return not_measured()
