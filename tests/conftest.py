"""What tests on several floors share: sessions on devices that need no GPU, and FPGA tools."""

from __future__ import annotations

import pytest

from zkmark.backends import get_backend
from zkmark.backends.cuda.host import HostSession
from zkmark.backends.device import DeviceBackend, Session


def pocl_session() -> Session:
    """The processor by PoCL, which the extra ``test`` brings."""
    backend = get_backend("opencl", device="pocl")
    assert isinstance(backend, DeviceBackend)
    return backend.session


# CUDA's threads run on the host one after the other, and in the other order too: a missing barrier
# shows in one of the two.
_SESSIONS = {
    "opencl": pocl_session,
    "cuda-on-host": HostSession,
    "cuda-on-host-backward": lambda: HostSession(backward=True),
}


@pytest.fixture(
    scope="session",
    params=[
        pytest.param(name, marks=pytest.mark.driver if name == "opencl" else ())
        for name in _SESSIONS
    ],
)
def device_session(request: pytest.FixtureRequest) -> Session:
    """The same kernel text and host plan on OpenCL and on CUDA as the host runs it."""
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
