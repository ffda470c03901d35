"""zkmark: how fast does this hardware run zero-knowledge proving, and where does the time go.

Everything here is imported when it is first used (PEP 562), so ``import zkmark`` itself is immediate.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from zkmark._version import __version__

if TYPE_CHECKING:
    from zkmark.api import merkle_root, msm, ntt, run
    from zkmark.backends import BackendUnavailableError, get_backend
    from zkmark.backends import backend_statuses as list_backends
    from zkmark.hardware_profiles import detect_profile
    from zkmark.suites.result import Result, load_result

# Each public name, the module that it lives in and its name there. A test holds it to the imports above,
# which type checkers and editors read.
_HOMES: dict[str, tuple[str, str]] = {
    "BackendUnavailableError": ("zkmark.backends", "BackendUnavailableError"),
    "Result": ("zkmark.suites.result", "Result"),
    "detect_profile": ("zkmark.hardware_profiles", "detect_profile"),
    "get_backend": ("zkmark.backends", "get_backend"),
    "list_backends": ("zkmark.backends", "backend_statuses"),
    "load_result": ("zkmark.suites.result", "load_result"),
    "merkle_root": ("zkmark.api", "merkle_root"),
    "msm": ("zkmark.api", "msm"),
    "ntt": ("zkmark.api", "ntt"),
    "run": ("zkmark.api", "run"),
}

__all__ = [
    "BackendUnavailableError",
    "Result",
    "__version__",
    "detect_profile",
    "get_backend",
    "list_backends",
    "load_result",
    "merkle_root",
    "msm",
    "ntt",
    "run",
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
