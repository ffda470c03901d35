"""The ``cuda`` backend: NVIDIA GPUs, through CuPy."""

from __future__ import annotations

from collections.abc import Sequence

from zkmark.backends.base import BackendStatus
from zkmark.backends.device.backend import DeviceBackend
from zkmark.backends.device.choice import Device
from zkmark.backends.device.session import Session


class CudaBackend(DeviceBackend):
    """Kernels on one NVIDIA GPU."""

    name = "cuda"

    @classmethod
    def status(cls) -> BackendStatus:
        """Say which GPUs there are, or which of the ways to have none it is."""
        from zkmark.backends.cuda.probe import find_gpus

        found = find_gpus()
        if found.reason is not None:
            return BackendStatus(cls.name, False, reason=found.reason)
        names = "; ".join(f"{one.index} = {one}" for one in found.devices)
        return BackendStatus(cls.name, True, device=names)

    @classmethod
    def devices(cls) -> Sequence[Device]:
        """Return the GPUs in the driver's order (``CUDA_VISIBLE_DEVICES`` is respected)."""
        from zkmark.backends.cuda.probe import find_gpus

        return find_gpus().devices

    @property
    def session(self) -> Session:
        """Open the GPU."""
        from zkmark.backends.cuda.session import open_session

        return open_session(self.device.index)
