"""The kernels of a STARK on CUDA; their texts and host plan are those of ``device``."""

from __future__ import annotations

from zkmark.backends import get_backend
from zkmark.backends.base import Backend
from zkmark.backends.device import DeviceBackend
from zkmark.kernels.stark.device import DeviceStarkKernels


class CudaStarkKernels(DeviceStarkKernels):
    """All operations on a GPU of the backend ``cuda``: the first one unless given."""

    def __init__(self, degree: int, backend: Backend | None = None) -> None:
        ready = backend or get_backend("cuda")
        assert isinstance(ready, DeviceBackend)
        super().__init__(ready.session, degree)
