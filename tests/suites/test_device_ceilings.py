"""Devices' figures in a profile: measured, or unavailable with the reason."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from zkmark.backends import threads
from zkmark.backends.device import Device, Session, probes
from zkmark.hardware_profiles import check_profile
from zkmark.hardware_profiles.value import walk
from zkmark.kernels.ntt.case import NttCase
from zkmark.suites import device_ceilings as module
from zkmark.suites import worker_process
from zkmark.suites.device_ceilings import (
    FIELDS,
    device_ceilings,
    device_of,
    measured_devices,
    probed,
    used_device,
)
from zkmark.suites.engine import run_suite
from zkmark.suites.errors import NothingMeasuredError
from zkmark.suites.settings import Settings
from zkmark.suites.suite import CaseGroup, Contender, Suite
from zkmark.suites.worker_process import Outcome


def profile_of(devices: dict[str, Any]) -> dict[str, Any]:
    return {
        "schema": "zkmark-profile",
        "schema_version": "1.2.0",
        "origin": "detected",
        "name": "here",
        "devices": devices,
    }


def test_every_backend_has_its_devices_or_the_reason() -> None:
    devices = device_ceilings(measure=False)
    check_profile(profile_of(devices))
    assert {key.partition("_")[0] for key in devices} == {"cuda", "opencl"}
    for _, field in walk(devices):
        if field["status"] == "unavailable":
            assert field["reason"]


@pytest.mark.driver
def test_a_device_that_is_here_is_measured() -> None:
    devices = {k: v for k, v in device_ceilings().items() if k.startswith("opencl_")}
    if not devices:
        pytest.skip("no OpenCL device")
    check_profile(profile_of(devices))
    for device in devices.values():
        for name, (unit, counts) in FIELDS.items():
            field = device[name]
            assert (field["status"], field["unit"]) == ("measured", unit), field
            assert field["counts"].startswith(counts)
            assert field["low"] <= field["value"] <= field["high"]


RIGHT: dict[str, Any] = {
    "multiply_add_rate": lambda session: [1e9, 3e9],
    "product_rate": lambda session, bits: [bits * 1e8],
    "copy_rates": lambda session: {"to": [1e9], "within": [2e9], "from": [3e9]},
    "copy_bytes": lambda session: 1 << 20,
    "launch_seconds": lambda session: [1e-5, 3e-5, 2e-5],
}


def fails(session: Session) -> Any:
    raise probes.ProbeError("it is wrong")


@pytest.mark.parametrize(
    ("change", "name", "says"),
    [
        ({"multiply_add_rate": fails}, "multiply_add_32", "ProbeError: it is wrong"),
        ({"multiply_add_rate": lambda s: [1e17]}, "multiply_add_32", "no device does"),
        ({"copy_rates": fails}, "copy_from", "ProbeError: it is wrong"),
        (
            {"copy_rates": lambda s: {"to": [1e9], "within": [1e15], "from": [1e9]}},
            "copy_within",
            "it is not believed",
        ),
        ({"launch_seconds": lambda s: [1e-9]}, "launch_latency", "no device does"),
    ],
)
def test_what_cannot_be_is_unavailable(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], name: str, says: str
) -> None:
    session: Any = None
    for probe, answer in {**RIGHT, **change}.items():
        monkeypatch.setattr(probes, probe, answer)
    found = probed(session)
    assert set(found) == set(FIELDS)
    assert found[name]["value"] is None and says in found[name]["reason"]
    others = [n for n in FIELDS if n != name and "copy" not in n]
    assert all(found[other]["status"] == "measured" for other in others)


def test_rates_are_the_most_and_latencies_the_usual(monkeypatch: pytest.MonkeyPatch) -> None:
    session: Any = None
    for probe, answer in RIGHT.items():
        monkeypatch.setattr(probes, probe, answer)
    found = probed(session)
    assert found["multiply_add_32"]["value"] == 3e9
    assert [found[f"multiply_{bits}"]["value"] for bits in (32, 64)] == [3.2e9, 6.4e9]
    assert found["launch_latency"]["value"] == 2e-5
    assert found["copy_within"]["counts"].endswith("; 1 MiB")


def test_a_device_that_cannot_be_opened_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot(device: Any) -> Any:
        raise RuntimeError("it is taken")

    monkeypatch.setattr(module, "_session", cannot)
    for key, device in device_ceilings().items():
        if "_" in key:
            assert "it is taken" in device["multiply_add_32"]["reason"]


def an_identity() -> dict[str, Any]:
    return {"name": {"value": "Some GPU", "source": "test", "status": "reported"}}


CONTENDER = {"backend": "opencl", "implementation": None, "options": {"device": "1"}}


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        (Outcome("crashed", None, "it touched memory", 1.0), "(crashed): it touched memory"),
        (Outcome("unsupported", None, "it is taken", 1.0), "(unsupported): it is taken"),
        (Outcome("ok", {"launch_latency": {"value": 1e-5}}, None, 1.0), None),
    ],
)
def test_a_run_asks_a_process_for_each_device(
    monkeypatch: pytest.MonkeyPatch, outcome: Outcome, says: str | None
) -> None:
    jobs = []

    def answered(job: dict[str, Any], timeout: float, plugins: Any) -> Outcome:
        jobs.append(job)
        return outcome

    monkeypatch.setattr(worker_process, "run_job", answered)
    found = measured_devices({"opencl_1": (CONTENDER, an_identity())}, 2)
    assert jobs == [{"job": "device_ceilings", "contender": CONTENDER, "threads": 2}]
    assert found["opencl_1"]["name"]["value"] == "Some GPU"
    if says is None:
        assert found["opencl_1"]["launch_latency"]["value"] == 1e-5
    else:
        assert says in found["opencl_1"]["multiply_64"]["reason"]


def test_a_run_without_ceilings_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_process, "run_job", None)
    found = measured_devices({"opencl_1": (CONTENDER, an_identity())}, None, measure=False)
    assert "only when asked for" in found["opencl_1"]["copy_within"]["reason"]


def test_a_part_of_a_processor_stands_beside_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "available_threads", lambda: 8)

    def key(kind: Any, count: int) -> str:
        device = Device("opencl", 1, "Some device", "Some platform", kind, 1 << 30, 8, "1.0")
        backend: Any = SimpleNamespace(device=device, threads=count)
        return used_device(backend)[0]

    assert [key("cpu", 8), key("cpu", 2), key("gpu", 1)] == [
        "opencl_1",
        "opencl_1_threads_2",
        "opencl_1",
    ]


@pytest.mark.driver
def test_a_run_measures_the_devices_of_its_cases_and_keeps_them(tmp_path: Path) -> None:
    group = CaseGroup(NttCase("babybear", 4), (Contender("opencl", optional=True),))
    settings = Settings(time_budget=0.1, min_processes=1, max_processes=1)
    suite = Suite("one", (group,), settings, "one case on a device")
    try:
        result = run_suite(suite, output=tmp_path)
    except NothingMeasuredError:
        pytest.skip("no OpenCL device")
    (case,) = result.cases
    key = device_of(case["settings"], "opencl", result.profile)
    assert list(result.profile["devices"]) == [key]
    operations = case["ceiling"]["operations"]
    assert operations["roof"]["source"] == f"profile: devices.{key}.{operations['unit']}"
    assert operations["fraction"]["value"] > 0 and case["ceiling"]["bound"] is not None
    again = run_suite(suite, resume=result.path)
    assert again.profile["devices"] == result.profile["devices"]


def test_a_device_tells_clock_errors_and_cache_or_that_nobody_does() -> None:
    told = Device("cuda", 0, "H100", "CUDA", "gpu", 1 << 37, 132, "13", 1980000000, True, 50 << 20)
    silent = Device("opencl", 0, "CPU", "Some platform", "cpu", 1 << 30, 2, "1.0")
    for device, values in ((told, (1980000000, True, 50 << 20)), (silent, (None, None, None))):
        found = used_device(SimpleNamespace(device=device, threads=1))[1]  # type: ignore[arg-type]
        assert tuple(found[name]["value"] for name in ("clock_maximum", "ecc", "cache")) == values
        check_profile(profile_of({"one": found}))
