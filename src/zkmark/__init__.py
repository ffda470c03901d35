"""zkmark: how fast does this hardware run zero-knowledge proving, and where does the time go.

Everything here is imported when it is first used (PEP 562), so ``import zkmark`` is immediate.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from zkmark._version import __version__

if TYPE_CHECKING:
    from zkmark.api import read_results, run
    from zkmark.backends import BackendUnavailableError, get_backend
    from zkmark.backends import backend_statuses as list_backends
    from zkmark.hardware_profiles import detect_profile
    from zkmark.kernels.hashes import hash_bytes, hash_elements
    from zkmark.kernels.merkle.api import MerkleTree, merkle_tree, verify_opening
    from zkmark.kernels.merkle.case import MerkleCase
    from zkmark.kernels.msm.api import msm
    from zkmark.kernels.msm.case import MsmCase
    from zkmark.kernels.ntt.api import ntt
    from zkmark.kernels.ntt.case import NttCase
    from zkmark.provers.workloads.case import WorkloadCase
    from zkmark.reports import write_report
    from zkmark.suites import (
        Measurement,
        Result,
        Settings,
        Suite,
        find_suite,
        load_result,
        run_suite,
    )
    from zkmark.suites import measure_case as measure

# Each public name, the module that it lives in and its name there. A test holds it to the imports
# above, which type checkers and editors read.
_HOMES: dict[str, tuple[str, str]] = {
    "BackendUnavailableError": ("zkmark.backends", "BackendUnavailableError"),
    "Measurement": ("zkmark.suites", "Measurement"),
    "MerkleCase": ("zkmark.kernels.merkle.case", "MerkleCase"),
    "MerkleTree": ("zkmark.kernels.merkle.api", "MerkleTree"),
    "MsmCase": ("zkmark.kernels.msm.case", "MsmCase"),
    "NttCase": ("zkmark.kernels.ntt.case", "NttCase"),
    "Result": ("zkmark.suites", "Result"),
    "Settings": ("zkmark.suites", "Settings"),
    "Suite": ("zkmark.suites", "Suite"),
    "WorkloadCase": ("zkmark.provers.workloads.case", "WorkloadCase"),
    "detect_profile": ("zkmark.hardware_profiles", "detect_profile"),
    "find_suite": ("zkmark.suites", "find_suite"),
    "get_backend": ("zkmark.backends", "get_backend"),
    "hash_bytes": ("zkmark.kernels.hashes", "hash_bytes"),
    "hash_elements": ("zkmark.kernels.hashes", "hash_elements"),
    "list_backends": ("zkmark.backends", "backend_statuses"),
    "load_result": ("zkmark.suites", "load_result"),
    "measure": ("zkmark.suites", "measure_case"),
    "merkle_tree": ("zkmark.kernels.merkle.api", "merkle_tree"),
    "msm": ("zkmark.kernels.msm.api", "msm"),
    "ntt": ("zkmark.kernels.ntt.api", "ntt"),
    "read_results": ("zkmark.api", "read_results"),
    "run": ("zkmark.api", "run"),
    "run_suite": ("zkmark.suites", "run_suite"),
    "verify_opening": ("zkmark.kernels.merkle.api", "verify_opening"),
    "write_report": ("zkmark.reports", "write_report"),
}

__all__ = [
    "BackendUnavailableError",
    "Measurement",
    "MerkleCase",
    "MerkleTree",
    "MsmCase",
    "NttCase",
    "Result",
    "Settings",
    "Suite",
    "WorkloadCase",
    "__version__",
    "detect_profile",
    "find_suite",
    "get_backend",
    "hash_bytes",
    "hash_elements",
    "list_backends",
    "load_result",
    "measure",
    "merkle_tree",
    "msm",
    "ntt",
    "read_results",
    "run",
    "run_suite",
    "verify_opening",
    "write_report",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its home; it is a plain attribute from then on."""
    if name not in _HOMES:
        raise AttributeError(f"module 'zkmark' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    value = getattr(import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names beside the module's own."""
    return sorted({*globals(), *_HOMES})
