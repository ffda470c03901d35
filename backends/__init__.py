"""Floor 0: devices. Discovery, memory, compiling, launching and clocks; no mathematics.

A backend that cannot run here says why, in one sentence with the command that would fix it. Nothing
in this package raises at import.
"""

from zkmark.backends.base import Backend, BackendStatus, BackendUnavailableError
from zkmark.backends.registry import (
    BACKEND_NAMES,
    BOARD_BACKENDS,
    DEVICE_BACKENDS,
    backend_kind,
    backend_statuses,
    find_device,
    get_backend,
    list_devices,
    ready_backend,
)

__all__ = [
    "BACKEND_NAMES",
    "BOARD_BACKENDS",
    "DEVICE_BACKENDS",
    "Backend",
    "BackendStatus",
    "BackendUnavailableError",
    "backend_kind",
    "backend_statuses",
    "find_device",
    "get_backend",
    "list_devices",
    "ready_backend",
]
