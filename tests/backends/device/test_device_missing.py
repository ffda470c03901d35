"""The ways in which a device can be missing: one sentence each, and imports never fail."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from zkmark.backends.cuda import CudaBackend, probe
from zkmark.backends.opencl import OpenclBackend, discovery, linker


@pytest.fixture(autouse=True)
def fresh() -> Any:
    """Nothing found before or here is remembered."""
    remembered = (discovery.discover, linker.can_link, probe.find_gpus)
    for one in remembered:
        one.cache_clear()
    yield
    for one in remembered:
        one.cache_clear()


INSTALLED = SimpleNamespace(submodule_search_locations=[])


def platform(name: str, devices: Any) -> Any:
    return SimpleNamespace(name=name, get_devices=devices)


class FakeOpencl:
    """As much of pyopencl as discovery asks for."""

    class Error(Exception):
        pass

    device_type = SimpleNamespace(CPU=2, GPU=4)

    def __init__(self, platforms: Any) -> None:
        self.platforms = platforms

    def get_platforms(self) -> Any:
        if self.platforms is None:
            raise self.Error("clGetPlatformIDs failed: PLATFORM_NOT_FOUND_KHR")
        return self.platforms


def none_there() -> Any:
    raise FakeOpencl.Error("clGetDeviceIDs failed: DEVICE_NOT_FOUND")


def opencl_reason(monkeypatch: pytest.MonkeyPatch, platforms: Any) -> str:
    monkeypatch.setitem(sys.modules, "pyopencl", FakeOpencl(platforms))
    monkeypatch.setattr(discovery, "find_spec", lambda name: INSTALLED)
    status = OpenclBackend.status()
    assert not status.available
    assert "\n" not in str(status.reason)
    return str(status.reason)


def test_pyopencl_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "find_spec", lambda name: None)
    reason = OpenclBackend.status().reason
    assert reason == "pyopencl is not installed; run `pip install 'pyopencl[pocl]'`"


def test_pyopencl_does_not_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyopencl", None)
    monkeypatch.setattr(discovery, "find_spec", lambda name: INSTALLED)
    assert "pyopencl does not load (import of pyopencl halted" in str(OpenclBackend.status().reason)


@pytest.mark.parametrize("platforms", [None, []])
def test_no_driver(monkeypatch: pytest.MonkeyPatch, platforms: Any) -> None:
    for name in ("OCL_ICD_VENDORS", "OPENCL_VENDOR_PATH"):
        monkeypatch.delenv(name, raising=False)
    assert opencl_reason(monkeypatch, platforms) == discovery.NO_PLATFORM


@pytest.mark.parametrize("name", ["OCL_ICD_VENDORS", "OPENCL_VENDOR_PATH"])
def test_a_variable_that_hides_every_driver(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv("OCL_ICD_VENDORS", raising=False)
    monkeypatch.setenv(name, "/nowhere")
    reason = opencl_reason(monkeypatch, None)
    assert f"since {name} is set to '/nowhere'" in reason
    assert reason.endswith(f"; run `unset {name}`")


@pytest.mark.parametrize("devices", [none_there, list])
def test_a_driver_without_a_device(monkeypatch: pytest.MonkeyPatch, devices: Any) -> None:
    reason = opencl_reason(monkeypatch, [platform("Clover", devices)])
    assert reason.startswith("the OpenCL drivers here (Clover) have no device; ")


def test_pocl_without_a_linker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "can_link", lambda: False)
    there = [platform("Portable Computing Language", lambda: pytest.fail("it must not be asked"))]
    assert opencl_reason(monkeypatch, there) == discovery.NO_LINKER


LIBRARIES = (
    "usr/lib/gcc/x86_64-linux-gnu/12/libgcc.a",
    "usr/lib/gcc/x86_64-linux-gnu/12/libgcc_s.so",
    "usr/lib/x86_64-linux-gnu/libc.so",
)


@pytest.mark.parametrize("missing", [None, "ld", *LIBRARIES])
def test_what_is_not_in_its_usual_place_is_tried(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, missing: str | None
) -> None:
    for name in LIBRARIES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        if name != missing:
            (tmp_path / name).touch()
    monkeypatch.setattr(linker.shutil, "which", lambda name: None if name == missing else name)
    for outcome in (True, False):
        monkeypatch.setattr(linker, "trial", lambda command, outcome=outcome: outcome)
        linker.can_link.cache_clear()
        assert linker.can_link(tmp_path) == (outcome if missing else True)


@pytest.mark.driver
def test_a_trial_links_a_kernel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "zkmark.backends.opencl.linker"]
    assert linker.trial(command)
    # A linker that fails ends the process, and nothing but that one.
    (tmp_path / "ld").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "ld").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not linker.trial(command)
    assert not linker.trial([str(tmp_path / "no command")])


def test_the_loader_is_shown_intels_runtime_beside_the_others(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import os

    library, drivers = tmp_path / "libintelocl.so", tmp_path / "vendors"
    library.touch()
    drivers.mkdir()
    (drivers / "vendor.icd").write_text("libvendor.so\n")
    seen: list[tuple[str, str]] = []

    class Listening(FakeOpencl):
        def get_platforms(self) -> Any:
            folder = Path(os.environ["OCL_ICD_VENDORS"])
            seen.extend((one.name, one.read_text()) for one in sorted(folder.glob("*.icd")))
            return []

    names = [SimpleNamespace(name="libintelocl.so", locate=lambda: library)]
    monkeypatch.setattr(discovery, "files", lambda name: names)
    monkeypatch.setattr(discovery, "_SYSTEM_DRIVERS", drivers)
    monkeypatch.setitem(sys.modules, "pyopencl", Listening([]))
    for name in ("OCL_ICD_VENDORS", "OPENCL_VENDOR_PATH"):
        monkeypatch.delenv(name, raising=False)
    discovery.show_loader_pip_runtimes()
    assert seen == [("intel-from-pip.icd", f"{library}\n"), ("vendor.icd", "libvendor.so\n")]
    assert "OCL_ICD_VENDORS" not in os.environ
    # What the user has set is left alone.
    monkeypatch.setenv("OCL_ICD_VENDORS", "/nowhere")
    discovery.show_loader_pip_runtimes()
    assert len(seen) == 2


def test_without_intels_runtime_the_loader_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(discovery, "files", missing)
    monkeypatch.setitem(sys.modules, "pyopencl", None)
    discovery.show_loader_pip_runtimes()


class FakeDriver:
    """As much of libcuda as the probe asks for."""

    def __init__(self, version: int = 13000, init: int = 0, count: int = 2) -> None:
        self.version, self.init, self.count = version, init, count

    def cuDriverGetVersion(self, out: Any) -> int:  # noqa: N802
        out._obj.value = self.version
        return 0

    def cuInit(self, flags: int) -> int:  # noqa: N802
        return self.init

    def cuDeviceGetCount(self, out: Any) -> int:  # noqa: N802
        out._obj.value = self.count
        return 0

    def cuDeviceGet(self, out: Any, index: int) -> int:  # noqa: N802
        out._obj.value = index
        return 0

    def cuDeviceGetName(self, buffer: Any, size: int, handle: Any) -> int:  # noqa: N802
        buffer.value = f"H{100 * (handle.value + 1)}".encode()
        return 0

    def cuDeviceTotalMem_v2(self, out: Any, handle: Any) -> int:  # noqa: N802
        out._obj.value = 1 << 37
        return 0

    def cuDeviceGetAttribute(self, out: Any, number: int, handle: Any) -> int:  # noqa: N802
        out._obj.value = {75: 9, 76: 0, 16: 132, 13: 1980000, 32: 1, 38: 50 << 20}[number]
        return 0


def cuda_status(monkeypatch: pytest.MonkeyPatch, driver: FakeDriver, wheel: str | None) -> Any:
    monkeypatch.setattr(probe, "_load_driver", lambda: driver)
    monkeypatch.setattr(probe, "cupy_distribution", lambda: wheel)
    return CudaBackend.status()


def test_no_nvidia_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Any:
        raise OSError("libcuda.so.1: cannot open shared object file")

    monkeypatch.setattr(probe, "_load_driver", fail)
    assert "there is no NVIDIA driver (libcuda.so.1 is not there)" in str(
        CudaBackend.status().reason
    )


@pytest.mark.parametrize(
    ("driver", "wheel", "said"),
    [
        (FakeDriver(count=0), "cupy-cuda13x", "driver for CUDA 13.0 is there, but it sees no GPU"),
        (FakeDriver(init=100), "cupy-cuda13x", "it sees no GPU"),
        (FakeDriver(init=803), None, "restart the machine"),
        (FakeDriver(init=999), None, "it does not start (CUresult 999)"),
        (FakeDriver(version=11080), None, "is for CUDA 11.8 and CUDA 12 is needed; update"),
        (
            FakeDriver(),
            None,
            "run `pip install cupy-cuda13x nvidia-cuda-nvrtc nvidia-cuda-runtime`",
        ),
        (
            FakeDriver(version=12040),
            None,
            "run `pip install cupy-cuda12x nvidia-cuda-nvrtc-cu12 nvid",
        ),
        (FakeDriver(version=12040), "cupy-cuda13x", "cupy-cuda13x needs a driver for CUDA 13 and"),
    ],
)
def test_a_driver_that_cannot_be_used(
    monkeypatch: pytest.MonkeyPatch, driver: FakeDriver, wheel: str | None, said: str
) -> None:
    status = cuda_status(monkeypatch, driver, wheel)
    assert not status.available
    assert said in str(status.reason)
    assert "\n" not in str(status.reason)


def test_every_gpu_is_a_device(monkeypatch: pytest.MonkeyPatch) -> None:
    status = cuda_status(monkeypatch, FakeDriver(), "cupy-cuda13x")
    assert status.available
    assert status.device == "0 = H100 (CUDA, sm_90); 1 = H200 (CUDA, sm_90)"
    first, second = CudaBackend.devices()
    assert (first.index, second.index, second.memory_bytes) == (0, 1, 1 << 37)


def test_asking_cuda_loads_no_cupy() -> None:
    code = (
        "import sys; from zkmark.backends.cuda import CudaBackend; CudaBackend.status(); "
        "print('cupy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
