"""Whether CUDA can be used here, and if not, why: asked of the driver first, then of CuPy.

CuPy's own errors mislead where there is no driver (it says that the driver is too old), so the
driver library is asked by ``ctypes`` before CuPy is looked for. CuPy itself is not imported: that
takes a second.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distributions
from typing import Any

from zkmark.backends.device.choice import Device

_LIBRARY = "libcuda.so.1"
_NO_DEVICE = 100
# CUresult values that a person can do something about.
_FAULTS = {
    3: "it is not initialised; restart the machine",
    34: "it is a stub without a driver behind it; install NVIDIA's driver",
    100: "it sees no GPU",
    803: "its parts are of different versions; restart the machine after an update of the driver",
    804: "its compatibility package does not support this GPU; remove the package",
}
# CUdevice_attribute
_MAJOR, _MINOR, _UNITS, _CLOCK_KHZ, _ECC, _CACHE_BYTES = 75, 76, 16, 13, 32, 38
_OLDEST_CUDA = 12


@dataclass(frozen=True)
class CudaFound:
    """The GPUs that the driver names, or the one reason why none can be used."""

    devices: tuple[Device, ...] = ()
    reason: str | None = None


def _load_driver() -> Any:
    return ctypes.CDLL(_LIBRARY)


def cupy_distribution() -> str | None:
    """Return the name of the installed CuPy wheel, ``cupy-cuda13x``; ``None`` without one."""
    for one in distributions():
        name = str(one.metadata["Name"] or "").lower()
        if name == "cupy" or name.startswith("cupy-cuda"):
            return name
    return None


@cache
def find_gpus() -> CudaFound:
    """Ask the driver, then look for CuPy; never raises."""
    try:
        driver = _load_driver()
    except OSError:
        return CudaFound(
            reason=f"there is no NVIDIA driver ({_LIBRARY} is not there); on a machine with an "
            "NVIDIA GPU, install its driver"
        )
    version = ctypes.c_int(0)
    driver.cuDriverGetVersion(ctypes.byref(version))
    cuda = f"{version.value // 1000}.{version.value % 1000 // 10}"
    count = ctypes.c_int(0)
    fault = driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count))
    if fault or count.value == 0:
        what = _FAULTS.get(fault or _NO_DEVICE, f"it does not start (CUresult {fault})")
        return CudaFound(reason=f"the NVIDIA driver for CUDA {cuda} is there, but {what}")
    if version.value < _OLDEST_CUDA * 1000:
        return CudaFound(
            reason=f"the NVIDIA driver is for CUDA {cuda} and CUDA {_OLDEST_CUDA} is needed; "
            "update the driver"
        )
    wheel = cupy_distribution()
    fitting = _packages(version.value // 1000)
    if wheel is None:
        return CudaFound(reason=f"CuPy is not installed; run `pip install {fitting}`")
    made_for = wheel.removeprefix("cupy-cuda").removesuffix("x")
    if made_for.isdigit() and int(made_for) > version.value // 1000:
        return CudaFound(
            reason=f"{wheel} needs a driver for CUDA {made_for} and this one is for CUDA {cuda}; "
            f"update the driver, or run `pip uninstall {wheel}` and `pip install {fitting}`"
        )
    return CudaFound(tuple(_device(driver, index, cuda) for index in range(count.value)))


def _packages(major: int) -> str:
    """Return CuPy and what it compiles with, for a driver's major version of CUDA."""
    if major >= 13:
        return "cupy-cuda13x nvidia-cuda-nvrtc nvidia-cuda-runtime"
    return "cupy-cuda12x nvidia-cuda-nvrtc-cu12 nvidia-cuda-runtime-cu12"


def _device(driver: Any, index: int, cuda: str) -> Device:
    handle = ctypes.c_int(0)
    driver.cuDeviceGet(ctypes.byref(handle), index)
    name = ctypes.create_string_buffer(128)
    driver.cuDeviceGetName(name, len(name), handle)
    memory = ctypes.c_size_t(0)
    driver.cuDeviceTotalMem_v2(ctypes.byref(memory), handle)

    def attribute(number: int) -> int:
        value = ctypes.c_int(0)
        driver.cuDeviceGetAttribute(ctypes.byref(value), number, handle)
        return value.value

    return Device(
        backend="cuda",
        index=index,
        name=name.value.decode(errors="replace"),
        platform=f"CUDA, sm_{attribute(_MAJOR)}{attribute(_MINOR)}",
        kind="gpu",
        memory_bytes=memory.value,
        compute_units=attribute(_UNITS),
        driver=f"CUDA {cuda}",
        clock_hz=attribute(_CLOCK_KHZ) * 1000 or None,
        ecc=attribute(_ECC) == 1,
        cache_bytes=attribute(_CACHE_BYTES) or None,
    )
