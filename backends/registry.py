"""Which backends there are, and how to get one by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from inspect import signature
from typing import TYPE_CHECKING, Literal

from zkmark.backends.base import Backend, BackendStatus, BackendUnavailableError

if TYPE_CHECKING:
    from zkmark.backends.device.choice import Device

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
# Those that take the option ``device``.
DEVICE_BACKENDS = ("cuda", "opencl")
# Those that take the option ``board``.
BOARD_BACKENDS = ("fpga",)


def _backend_class(name: str) -> type[Backend]:
    if name not in _CLASSES:
        raise ValueError(f"backend: got {name!r}, want one of {', '.join(BACKEND_NAMES)}")
    module, cls = _CLASSES[name]
    found: type[Backend] = getattr(import_module(module), cls)
    return found


def backend_kind(name: str) -> Literal["measured", "modelled"]:
    """Say whether a backend's seconds are measured, or modelled from what it simulates."""
    return _backend_class(name).kind


def backend_statuses(names: Sequence[str] = BACKEND_NAMES) -> list[BackendStatus]:
    """Say of every backend, or of those named, whether it can run here."""
    return [_backend_class(name).status() for name in names]


def list_devices(names: Sequence[str] = DEVICE_BACKENDS) -> list[Device]:
    """Return every device of the backends ``cuda`` and ``opencl``, or of one of them."""
    from zkmark.backends.device.backend import DeviceBackend

    found: list[Device] = []
    for name in names:
        cls = _backend_class(name)
        if issubclass(cls, DeviceBackend):
            found += cls.devices()
    return found


def find_device(
    wanted: str | int | None, names: Sequence[str] = DEVICE_BACKENDS
) -> dict[str, Device]:
    """Return the device that is meant on each of the backends that has such a one.

    Raises ``ValueError`` with the devices that there are when none has.
    """
    from zkmark.backends.device.choice import choose_device

    found: dict[str, Device] = {}
    problems: list[str] = []
    for name in names:
        devices = list_devices([name])
        try:
            if devices:
                found[name] = choose_device(devices, wanted)
        except ValueError as error:
            problems.append(str(error))
    if found:
        return found
    if not problems:
        reasons = [f"{one.name}: {one.reason}" for one in backend_statuses(names)]
        raise ValueError(f"device: got {wanted!r}, and there is no device; {'; '.join(reasons)}")
    raise ValueError("; ".join([problems[0], *(one.split(" on ", 1)[1] for one in problems[1:])]))


def get_backend(name: str, **options: object) -> Backend:
    """Return the backend called ``name``, ready to run.

    ``options`` are the backend's own: ``threads`` for all, ``isa`` for ``cpu``, ``device`` (an
    index or a part of a name) for ``cuda`` and ``opencl``, ``board`` for ``fpga``.

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


def ready_backend(
    backend: str | Backend, threads: int | None = None, device: str | int | None = None
) -> Backend:
    """Return a backend given by name or as it is; ``threads`` and ``device`` go with a name only.

    Raises what ``get_backend`` raises, and ``ValueError`` for these beside a ready backend.
    """
    options = {"threads": threads} | ({} if device is None else {"device": device})
    if isinstance(backend, str):
        return get_backend(backend, **options)
    for name, value in options.items():
        if value is not None:
            raise ValueError(f"{name}: got {value} beside a ready backend, want one or the other")
    if not isinstance(backend, Backend):
        raise ValueError(
            f"backend: got {type(backend).__name__}, want a name or what get_backend returned"
        )
    return backend
