"""The ``opencl`` backend: every OpenCL device, GPUs as well as the processor itself."""

from __future__ import annotations

from collections.abc import Sequence

from zkmark.backends.base import BackendStatus
from zkmark.backends.device.backend import DeviceBackend
from zkmark.backends.device.choice import Device
from zkmark.backends.device.session import Session


class OpenclBackend(DeviceBackend):
    """Kernels on one OpenCL device."""

    name = "opencl"

    @classmethod
    def status(cls) -> BackendStatus:
        """Say which devices there are, or which of the ways to have none it is."""
        from zkmark.backends.opencl.discovery import discover

        found = discover()
        if found.reason is not None:
            return BackendStatus(cls.name, False, reason=found.reason)
        names = "; ".join(f"{one.index} = {one}" for one in found.devices)
        return BackendStatus(cls.name, True, device=names)

    @classmethod
    def devices(cls) -> Sequence[Device]:
        """Return the devices of all platforms."""
        from zkmark.backends.opencl.discovery import discover

        return discover().devices

    @property
    def session(self) -> Session:
        """Open the device; with fewer threads than it has, a part of it."""
        from zkmark.backends.opencl.session import open_session

        return open_session(self.device.index, self.threads)
