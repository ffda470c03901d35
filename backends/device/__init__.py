"""What OpenCL and CUDA share: kernel text, sessions, buffers, launches, the choice of a device.

A kernel is written once, in the words of ``language.h``, and so is its host plan, against
``Session``. ``backends/opencl`` and ``backends/cuda`` make sessions on real devices;
``backends/cuda/host`` runs the CUDA reading of the text on the host's processor, for tests.
"""

from zkmark.backends.device.backend import DeviceBackend
from zkmark.backends.device.choice import Device, choose_device
from zkmark.backends.device.session import (
    Buffer,
    BuildError,
    DeviceLimitError,
    DeviceMemoryError,
    Kernel,
    Launch,
    Limits,
    Program,
    Session,
)
from zkmark.backends.device.source import Source, Text

__all__ = [
    "Buffer",
    "BuildError",
    "Device",
    "DeviceBackend",
    "DeviceLimitError",
    "DeviceMemoryError",
    "Kernel",
    "Launch",
    "Limits",
    "Program",
    "Session",
    "Source",
    "Text",
    "choose_device",
]
