"""Which OpenCL devices there are, a CPU runtime from pip among them, and why there are none.

pyopencl's wheels bring the loader; ``pyopencl[pocl]`` brings PoCL, which the loader finds by
itself. Intel's runtime (``intel-opencl-rt``) is not found by itself: the loader is shown it, beside
the drivers of the system, through ``OCL_ICD_VENDORS``, unless the user has set that.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, files
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from zkmark.backends.device.choice import Device
from zkmark.backends.opencl.linker import can_link

_SYSTEM_DRIVERS = Path("/etc/OpenCL/vendors")
_LOADER_VARIABLES = ("OCL_ICD_VENDORS", "OPENCL_VENDOR_PATH")
# Links each kernel with the system's linker, and ends the process where that fails.
_NEEDS_LINKER = "PoCL"
# What people call a platform that calls itself something else.
_KNOWN_AS = {"Portable Computing Language": "PoCL"}

NOT_INSTALLED = "pyopencl is not installed; run `pip install 'pyopencl[pocl]'`"
NO_PLATFORM = (
    "pyopencl finds no OpenCL driver; install the device's, or for the processor "
    "run `pip install 'pyopencl[pocl]'`"
)
DRIVERS_HIDDEN = (
    "pyopencl finds no OpenCL driver, since {name} is set to {value!r} and it looks nowhere else; "
    "run `unset {name}`"
)
NO_DEVICE = (
    "the OpenCL drivers here ({platforms}) have no device; for the processor "
    "run `pip install 'pyopencl[pocl]'`"
)
NO_LINKER = (
    "PoCL, the only OpenCL driver here, cannot link kernels: it needs the linker `ld` and the "
    "libraries of gcc and C; run `apt-get install gcc libc6-dev`"
)


@dataclass(frozen=True)
class Discovery:
    """What was found: devices with pyopencl's own objects beside them, or the reason for none."""

    devices: tuple[Device, ...]
    handles: tuple[Any, ...]
    reason: str | None = None


def _intel_runtime() -> Path | None:
    """Return the library of Intel's CPU runtime where pip has installed it."""
    try:
        names = files("intel-opencl-rt") or []
    except PackageNotFoundError:
        return None
    for name in names:
        if name.name == "libintelocl.so":
            library = Path(str(name.locate())).resolve()
            return library if library.is_file() else None
    return None


def show_loader_pip_runtimes() -> None:
    """Make the loader see Intel's runtime from pip; call it before pyopencl is first asked."""
    if any(name in os.environ for name in _LOADER_VARIABLES):
        return
    library = _intel_runtime()
    if library is None:
        return
    folder = Path(tempfile.mkdtemp(prefix="zkmark-opencl-"))
    for driver in _SYSTEM_DRIVERS.glob("*.icd"):
        (folder / driver.name).symlink_to(driver)
    (folder / "intel-from-pip.icd").write_text(f"{library}\n")
    # The folder is a hint to the loader, read once.
    os.environ["OCL_ICD_VENDORS"] = str(folder)
    try:
        import pyopencl

        pyopencl.get_platforms()
    except Exception:
        pass  # the discovery that follows says what is wrong
    finally:
        del os.environ["OCL_ICD_VENDORS"]
        shutil.rmtree(folder, ignore_errors=True)


@cache
def discover() -> Discovery:
    """Find every device of every platform, once a process; never raises."""
    if find_spec("pyopencl") is None:
        return Discovery((), (), NOT_INSTALLED)
    show_loader_pip_runtimes()
    try:
        import pyopencl as cl
    except Exception as error:
        return Discovery((), (), f"pyopencl does not load ({_brief(error)}); install it again")
    try:
        platforms = cl.get_platforms()
    except cl.Error:
        return Discovery((), (), _no_platform())  # the loader counts none as an error
    return _devices_of(cl, platforms)


def _devices_of(cl: Any, platforms: Any) -> Discovery:
    devices: list[Device] = []
    handles: list[Any] = []
    without_linker = False
    for platform in platforms:
        if _platform_name(platform) == _NEEDS_LINKER and not can_link():
            without_linker = True
            continue
        try:
            found = platform.get_devices()
        except cl.Error:
            continue  # a driver without a device says so by an error
        for one in found:
            devices.append(_device(cl, platform, one, len(devices)))
            handles.append(one)
    if devices:
        return Discovery(tuple(devices), tuple(handles))
    if without_linker:
        return Discovery((), (), NO_LINKER)
    if not platforms:
        return Discovery((), (), _no_platform())
    names = ", ".join(_platform_name(platform) for platform in platforms)
    return Discovery((), (), NO_DEVICE.format(platforms=names))


def _no_platform() -> str:
    """Say that there is no driver, and of a variable that hides all others that it does."""
    for name in _LOADER_VARIABLES:
        if value := os.environ.get(name):
            return DRIVERS_HIDDEN.format(name=name, value=value)
    return NO_PLATFORM


def _device(cl: Any, platform: Any, one: Any, index: int) -> Device:
    kind: Literal["cpu", "gpu", "accelerator"] = "accelerator"
    if one.type & cl.device_type.CPU:
        kind = "cpu"
    elif one.type & cl.device_type.GPU:
        kind = "gpu"
    return Device(
        backend="opencl",
        index=index,
        name=" ".join(one.name.split()),
        platform=_platform_name(platform),
        kind=kind,
        memory_bytes=int(one.global_mem_size),
        compute_units=int(one.max_compute_units),
        driver=" ".join(one.driver_version.split()),
        clock_hz=int(one.max_clock_frequency) * 10**6 or None,
        # A processor has the host's memory, of which its driver knows nothing.
        ecc=None if kind == "cpu" else bool(one.error_correction_support),
        cache_bytes=int(one.global_mem_cache_size) or None,
    )


def _platform_name(platform: Any) -> str:
    name = " ".join(platform.name.split())
    return _KNOWN_AS.get(name, name)


def _brief(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
