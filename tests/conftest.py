"""What tests on several floors share: sessions on devices, FPGA tools, the order and the count."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.what_ran import WhatRan

from zkmark.backends import BackendUnavailableError, get_backend
from zkmark.backends.cuda.host import HostSession
from zkmark.backends.device import DeviceBackend, Session

# A file of tests stays with one process (--dist loadfile): those that take longest begin, so that
# none is left over for one process while the others have nothing to do.
_LONGEST = (
    "kernels/test_cuda_resources.py",
    "cli/test_run.py",
    "provers/stark/test_device_proofs.py",
    "suites/test_engine.py",
    "kernels/msm/test_msm_fpga.py",
    "backends/fpga/test_simulation.py",
    "kernels/msm/test_device_msm.py",
    "backends/fpga/test_building.py",
    "api/test_examples.py",
    "kernels/fields/test_wide_rtl.py",
    "suites/test_case_run.py",
    "backends/fpga/test_synthesis.py",
    "kernels/fields/test_narrow_rtl.py",
)


def pytest_configure(config: pytest.Config) -> None:
    """Count what really ran, and print it at the end."""
    config.pluginmanager.register(WhatRan(), "zkmark-what-ran")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, in the order of their list."""
    ranks = {f"tests/{path}": rank for rank, path in enumerate(_LONGEST)}
    items.sort(key=lambda item: ranks.get(item.nodeid.partition("::")[0], len(ranks)))


def pocl_session() -> Session:
    """The processor by PoCL, which the extra ``test`` brings."""
    backend = get_backend("opencl", device="pocl")
    assert isinstance(backend, DeviceBackend)
    return backend.session


def gpu_session() -> Session:
    """The first NVIDIA GPU; without one a test is skipped, with the reason."""
    try:
        backend = get_backend("cuda")
    except BackendUnavailableError as error:
        pytest.skip(str(error))
    assert isinstance(backend, DeviceBackend)
    return backend.session


# CUDA's threads run on the host one after the other, and in the other order too: a missing barrier
# shows in one of the two.
_SESSIONS: dict[str, Callable[[], Session]] = {
    "opencl": pocl_session,
    "cuda": gpu_session,
    "cuda-on-host": HostSession,
    "cuda-on-host-backward": lambda: HostSession(backward=True),
}
_MARKS = {"opencl": (pytest.mark.driver,), "cuda": (pytest.mark.driver, pytest.mark.gpu)}


@pytest.fixture(
    scope="session",
    params=[pytest.param(name, marks=_MARKS.get(name, ())) for name in _SESSIONS],
)
def device_session(request: pytest.FixtureRequest) -> Session:
    """The same kernel text and host plan on OpenCL, on a GPU, and on CUDA as the host runs it."""
    session: Session = _SESSIONS[request.param]()
    return session


@pytest.fixture(params=[pytest.param("opencl", marks=pytest.mark.driver)])
def opencl_session(request: pytest.FixtureRequest) -> Session:
    """OpenCL alone, for what the host's reading of CUDA would take too long for."""
    return pocl_session()


@pytest.fixture(scope="session")
def fpga_tools() -> None:
    """What simulating designs needs; without it a test is skipped, with the reason."""
    from zkmark.backends.fpga.tools import MissingToolError, find_compiler, find_verilator

    try:
        find_verilator()
        find_compiler()
    except MissingToolError as error:
        pytest.skip(str(error))
