"""Which backends there are, and how to get one by name."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from inspect import signature

from zkmark.backends.base import Backend, BackendStatus, BackendUnavailableError

# In the order in which tables show them. The value is module and class; imported when asked for, so
# that a backend whose libraries are slow to load costs nothing to the others.
_CLASSES = {
    "reference": ("zkmark.backends.reference", "ReferenceBackend"),
    "numba": ("zkmark.backends.numba", "NumbaBackend"),
    "cpu": ("zkmark.backends.cpu", "CpuBackend"),
    "cuda": ("zkmark.backends.cuda", "CudaBackend"),
    "opencl": ("zkmark.backends.opencl", "OpenclBackend"),
    "fpga": ("zkmark.backends.fpga", "FpgaBackend"),
    "peer": ("zkmark.backends.peer", "PeerBackend"),
}

BACKEND_NAMES: tuple[str, ...] = tuple(_CLASSES)


def _backend_class(name: str) -> type[Backend]:
    if name not in _CLASSES:
        raise ValueError(f"backend: got {name!r}, want one of {', '.join(BACKEND_NAMES)}")
    module, cls = _CLASSES[name]
    found: type[Backend] = getattr(import_module(module), cls)
    return found


def backend_statuses() -> list[BackendStatus]:
    """Say of every backend whether it can run here."""
    return [_backend_class(name).status() for name in BACKEND_NAMES]


def get_backend(name: str, **options: object) -> Backend:
    """Return the backend called ``name``, ready to run.

    ``options`` are the backend's own: ``threads`` for all, ``isa`` for ``cpu``.

    Raises ``ValueError`` for an unknown name or a bad option and ``BackendUnavailableError`` for a
    backend that cannot run here.
    """
    cls = _backend_class(name)
    status = cls.status()
    if not status.available:
        raise BackendUnavailableError(f"backend {name} is not available: {status.reason}")
    known = [name for name in signature(cls.__init__).parameters if name != "self"]
    for option in options:
        if option not in known:
            raise ValueError(
                f"{option}: not an option of backend {name}, want some of {', '.join(known)}"
            )
    make: Callable[..., Backend] = cls
    return make(**options)


def ready_backend(backend: str | Backend, threads: int | None = None) -> Backend:
    """Return a backend given by name or as it is; ``threads`` goes with a name only.

    Raises what ``get_backend`` raises, and ``ValueError`` for ``threads`` beside a ready backend.
    """
    if isinstance(backend, str):
        return get_backend(backend, threads=threads)
    if threads is not None:
        raise ValueError(f"threads: got {threads} beside a ready backend, want one or the other")
    return backend
