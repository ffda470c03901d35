"""Devices' figures in a profile: measured, or unavailable with the reason."""

from __future__ import annotations

from typing import Any

import pytest

from zkmark.backends.device import Session, probes
from zkmark.hardware_profiles import check_profile
from zkmark.hardware_profiles.value import walk
from zkmark.suites import device_ceilings as module
from zkmark.suites.device_ceilings import FIELDS, device_ceilings, probed


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
    assert found["launch_latency"]["value"] == 2e-5
    assert found["copy_within"]["counts"].endswith("; 1 MiB")


def test_a_device_that_cannot_be_opened_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot(device: Any) -> Any:
        raise RuntimeError("it is taken")

    monkeypatch.setattr(module, "_session", cannot)
    for key, device in device_ceilings().items():
        if "_" in key:
            assert "it is taken" in device["multiply_add_32"]["reason"]
