"""Price and power: said outright, taken over from another profile, and whether that fits."""

from __future__ import annotations

from typing import Any

import pytest

from zkmark.hardware_profiles import declared, economics, with_economics
from zkmark.hardware_profiles.catalogue import catalogue_profile


def leaf(value: Any, status: str = "reported") -> dict[str, Any]:
    return {"value": value, "source": "test", "status": status}


def a_machine(processors: int = 4, memory: float = 7.6, **more: Any) -> dict[str, Any]:
    return {
        "name": "here",
        "cpu": {
            "architecture": leaf("x86_64"),
            "processors": leaf(processors),
            "model": leaf("A processor"),
        },
        "memory": {"total": leaf(int(memory * (1 << 30)))},
        **more,
    }


def test_an_instance_gives_its_price_with_its_source() -> None:
    found = economics(machine=catalogue_profile("aws-c7a-xlarge"))
    price = found["price_per_hour"]
    assert (price["value"], price["unit"], price["status"]) == (0.20528, "USD/h", "declared")
    assert price["source"].startswith("AWS EC2 c7a.xlarge: ") and "us-east-1" in price["source"]
    assert found["power"]["status"] == "unavailable"


def test_what_is_said_outright_comes_before_what_a_machine_declares() -> None:
    machine = {"name": "other", "economics": economics(0.5, 300)}
    found = economics(price_per_hour=0.25, machine=machine)
    assert (found["price_per_hour"]["value"], found["price_per_hour"]["source"]) == (
        0.25,
        "--price-per-hour",
    )
    assert (found["power"]["value"], found["power"]["source"]) == (300, "other: --power-watts")


def test_only_what_is_declared_replaces_what_a_profile_has() -> None:
    profile = {"name": "here", "economics": economics(0.5, 300)}
    changed = with_economics(profile, economics(price_per_hour=0.25))
    assert changed["economics"]["price_per_hour"]["value"] == 0.25
    assert changed["economics"]["power"]["value"] == 300
    assert profile["economics"]["price_per_hour"]["value"] == 0.5


@pytest.mark.parametrize(
    ("here", "says"),
    [
        (a_machine(), []),
        (a_machine(processors=2), ["its processors: 4, here 2"]),
        (a_machine(memory=23.5), ["its memory: 8.0 GiB, here 23.5"]),
        ({"name": "here"}, []),
    ],
)
def test_another_machine_is_seen(here: dict[str, Any], says: list[str]) -> None:
    assert list(declared.misfits(catalogue_profile("aws-c7a-xlarge"), here)) == says


def test_gpus_and_a_detected_machines_processor_are_compared() -> None:
    a_gpu = {"devices": [{"name": leaf("NVIDIA A10G")}]}
    assert "its GPUs: 1, here 0" in list(declared.misfits(a_machine(gpus=a_gpu), a_machine()))
    other = a_machine(origin="detected")
    other["cpu"]["model"] = leaf("Another processor")
    assert list(declared.misfits(other, a_machine())) == [
        "its processor: Another processor, here A processor"
    ]
