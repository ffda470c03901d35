"""Backends are found by name, say why they cannot run, and refuse bad options before any work."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from zkmark import _native
from zkmark.backends import (
    BACKEND_NAMES,
    Backend,
    BackendStatus,
    BackendUnavailableError,
    backend_statuses,
    get_backend,
)
from zkmark.backends.threads import available_threads


@pytest.fixture(autouse=True)
def native_settings() -> Any:
    """Leave this process's native settings as they were."""
    threads, isa = _native.thread_count(), _native.isa_allowed()
    yield
    _native.set_thread_count(threads)
    _native.set_isa_allowed(isa)


def test_every_backend_has_a_status_in_the_tables_order() -> None:
    statuses = backend_statuses()
    assert tuple(s.name for s in statuses) == BACKEND_NAMES
    assert BACKEND_NAMES == ("reference", "numba", "cpu", "cuda", "opencl", "fpga", "peer")
    for status in statuses:
        assert status.available == (status.reason is None), status
        assert (status.device is not None) == status.available, status
        assert "\n" not in (status.reason or "")


def test_what_a_fresh_installation_has_can_be_used() -> None:
    available = {s.name for s in backend_statuses() if s.available}
    assert {"reference", "numba", "cpu"} <= available
    for name in available:
        backend = get_backend(name)
        assert isinstance(backend, Backend)
        assert backend.name == name
        backend.activate()
        backend.synchronize()
        assert backend.describe()["threads"] == backend.threads >= 1


def test_an_unknown_backend_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"backend: got 'gpu', want one of reference, numba, cpu"):
        get_backend("gpu")


def test_a_backend_that_cannot_run_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    from zkmark.backends.numba import NumbaBackend

    status = BackendStatus("numba", False, reason="Numba is not installed; run `pip install numba`")
    monkeypatch.setattr(NumbaBackend, "status", classmethod(lambda cls: status))
    with pytest.raises(
        BackendUnavailableError,
        match=r"backend numba is not available: Numba is not installed; run `pip install numba`",
    ):
        get_backend("numba")


def test_numba_missing_is_said_without_importing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from zkmark.backends import numba as module

    monkeypatch.setattr(module, "find_spec", lambda name: None)
    status = module.NumbaBackend.status()
    assert not status.available
    assert status.reason == "Numba is not installed; run `pip install numba`"


def test_a_native_extension_that_does_not_load_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    import zkmark
    from zkmark.backends.cpu import CpuBackend

    monkeypatch.delattr(zkmark, "_native")
    monkeypatch.setitem(sys.modules, "zkmark._native", None)
    status = CpuBackend.status()
    assert not status.available
    assert "the native extension does not load" in str(status.reason)


@pytest.mark.parametrize("name", ["cpu", "numba"])
@pytest.mark.parametrize("threads", [0, -1, 10**6, 1.5, "2", True])
def test_thread_counts_that_cannot_be_are_refused(name: str, threads: Any) -> None:
    most = available_threads()
    with pytest.raises(ValueError, match=rf"threads: got .*, want a whole number from 1 to {most}"):
        get_backend(name, threads=threads)


@pytest.mark.parametrize("name", ["cpu", "numba"])
def test_threads_default_to_what_this_process_may_use(name: str) -> None:
    assert get_backend(name).threads == get_backend(name, threads=None).threads
    assert 1 <= get_backend(name).threads <= available_threads()
    assert get_backend(name, threads=1).threads == 1


def test_the_reference_has_one_thread_whatever_is_asked() -> None:
    assert get_backend("reference", threads=7).threads == 1


def test_an_option_that_a_backend_lacks_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="isa: not an option of backend numba, want some of threa"):
        get_backend("numba", isa="avx2")
    with pytest.raises(ValueError, match="device: not an option of backend cpu, want some of thre"):
        get_backend("cpu", device=0)


@pytest.mark.parametrize("isa", ["avx1024", "", "AVX2"])
def test_an_instruction_set_that_is_not_there_is_refused(isa: str) -> None:
    with pytest.raises(ValueError, match=r"isa: got .*, want one of portable.* on this machine"):
        get_backend("cpu", isa=isa)


def test_activating_the_cpu_sets_threads_and_instruction_set() -> None:
    for isa in _native.isa_levels():
        backend = get_backend("cpu", threads=1, isa=isa)
        backend.activate()
        assert _native.thread_count() == 1
        assert _native.isa_allowed() == isa
        assert backend.describe() == {"threads": 1, "isa": isa}


def test_the_cpu_takes_the_highest_level_unless_told() -> None:
    assert get_backend("cpu").describe()["isa"] == _native.isa_levels()[-1]


def test_native_settings_refuse_what_is_not_there() -> None:
    before = _native.isa_allowed()
    assert not _native.set_isa_allowed("avx1024")
    assert _native.isa_allowed() == before


def test_levels_agree_with_what_linux_says() -> None:
    from zkmark.hardware_profiles import detect_profile, plain

    profile = detect_profile()
    if plain(profile, "cpu.architecture") != "x86_64":
        assert _native.isa_levels() == ["portable"]
        return

    def has(*names: str) -> bool:
        return all(plain(profile, f"cpu.features.{name}") for name in names)

    levels = ["portable"]
    if has("avx2", "bmi2", "adx"):
        levels.append("avx2")
        if has("avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512ifma"):
            levels.append("avx512")
    assert _native.isa_levels() == levels
    assert _native.has_sha_extensions() == has("sha_ni")


def test_the_build_describes_itself() -> None:
    assert _native.compiler().split()[0] in ("GNU", "Clang", "AppleClang")
    assert "-O3" in _native.compiler_flags()


def test_asking_for_statuses_loads_no_heavy_library() -> None:
    code = (
        # opencl alone has to load its library: only the loader knows the devices.
        "import sys; from zkmark.backends import backend_statuses; backend_statuses(); "
        "heavy = {'numba', 'pandas', 'scipy', 'plotly', 'cupy'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
