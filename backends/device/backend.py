"""What the backends ``opencl`` and ``cuda`` share: a device, a session on it, its clock."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from zkmark.backends.base import Backend
from zkmark.backends.device.choice import Device, choose_device
from zkmark.backends.device.session import Session
from zkmark.backends.threads import check_threads


class DeviceBackend(Backend):
    """Runs kernels on ``device``: an index or a part of a name, the first GPU unless told.

    ``threads`` is for devices that are the host's processor; others have no use for it.
    """

    clock = "device-event"

    def __init__(self, threads: int | None = None, device: str | int | None = None) -> None:
        self.device = choose_device(self.devices(), device)
        super().__init__(check_threads(threads) if self.device.kind == "cpu" else 1)

    @classmethod
    @abstractmethod
    def devices(cls) -> Sequence[Device]:
        """Return every device that this backend can use, in the order of their indices."""

    @property
    @abstractmethod
    def session(self) -> Session:
        """The device, opened: the same session every time in one process."""

    def activate(self) -> None:
        """Open the device."""
        _ = self.session

    def synchronize(self) -> None:
        """Wait until the device has done all that was queued."""
        self.session.synchronize()

    def gpu_address(self) -> str | None:
        """Return the GPU's PCI address, as NVIDIA's drivers tell it."""
        return self.session.pci_address() if self.device.kind == "gpu" else None

    def device_peak_bytes(self) -> int:
        """Return the most bytes that this process held on the device at one time."""
        return self.session.peak_bytes

    def describe(self) -> dict[str, Any]:
        """Return the device and its driver, and threads where they count."""
        found = {
            "threads": self.threads,
            "device": str(self.device),
            "device_index": self.device.index,
            **self.session.describe(),
        }
        if self.device.kind == "gpu":
            found |= {"cache_bytes": self.session.cache_bytes, "input_copies": self.session.inputs}
        return found
