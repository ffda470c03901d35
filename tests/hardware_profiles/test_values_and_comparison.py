"""What a value may be, how profiles are walked, and what makes two machines the same."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from zkmark.hardware_profiles import (
    Value,
    describe_machine,
    detect_profile,
    differences,
    plain,
    profile_key,
    profile_schema,
    summary_lines,
    value_field,
    walk,
    write_profile,
)
from zkmark.hardware_profiles.summary import rate_text, size_text
from zkmark.hardware_profiles.value import (
    NotAvailableError,
    ask,
    declared,
    measured,
    reported,
    unavailable,
)


@pytest.fixture(scope="module")
def here() -> dict[str, Any]:
    return detect_profile()


def changed(profile: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return a copy with another value at a path."""
    copied = copy.deepcopy(profile)
    node = copied
    *parents, last = path.split(".")
    for key in parents:
        node = node[key]
    node[last] = reported(value, "test").to_json()
    return copied


# ---- values


def test_json_forms() -> None:
    assert reported(4, "sysfs").to_json() == {"value": 4, "source": "sysfs", "status": "reported"}
    assert unavailable("no file", "sysfs", "bytes").to_json() == {
        "value": None,
        "unit": "bytes",
        "source": "sysfs",
        "status": "unavailable",
        "reason": "no file",
    }
    assert declared(225, "data sheet", "W").to_json()["status"] == "declared"
    assert measured([3.0, 1.0, 2.0], "probe", "Hz", "cycles").to_json() == {
        "value": 2.0,
        "unit": "Hz",
        "source": "probe",
        "status": "measured",
        "samples": [3.0, 1.0, 2.0],
        "low": 1.0,
        "high": 3.0,
        "counts": "cycles",
    }


@pytest.mark.parametrize(
    "arguments",
    [
        {"value": None, "status": "reported"},
        {"value": 0, "status": "unavailable", "reason": "why"},
        {"value": None, "status": "unavailable"},
        {"value": 1, "status": "reported", "reason": "why"},
        {"value": 1, "status": "guessed"},
    ],
)
def test_a_value_that_contradicts_itself_cannot_be_made(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^(value|reason|status): got"):
        Value(source="test", **arguments)


def test_measuring_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="samples: got none"):
        measured([], "probe")


def test_asking_never_raises() -> None:
    def fails(error: Exception) -> Any:
        def question() -> Any:
            raise error

        return question

    assert ask(lambda: 0, "x").value == 0
    assert ask(lambda: None, "x").reason == "the source does not say"
    assert ask(fails(NotAvailableError("no such thing")), "x").reason == "no such thing"
    assert ask(fails(TypeError("odd")), "x").reason == "TypeError: odd"


def test_paths_reach_leaves_and_nothing_else() -> None:
    leaf = reported("A", "x").to_json()
    tree = {"gpus": {"devices": [{"name": leaf}]}, "note": "text"}
    assert dict(walk(tree)) == {"gpus.devices.0.name": leaf}
    assert plain(tree, "gpus.devices.0.name") == "A"
    for path in ("gpus.devices.1.name", "gpus.devices.x", "gpus", "note", "none.at.all"):
        assert value_field(tree, path)["reason"] == "the profile does not hold this field"


# ---- the schema


def test_the_schema_is_itself_valid_and_forbids_what_contradicts() -> None:
    import jsonschema

    jsonschema.Draft202012Validator.check_schema(profile_schema())


def test_a_declared_profile_may_hold_little(tmp_path: Path) -> None:
    board = {
        "schema": "zkmark-profile",
        "schema_version": "1.0.0",
        "origin": "declared",
        "name": "Alveo C1100",
        "fpga": {"dsp": declared(5952, "data sheet DS1003").to_json()},
    }
    assert json.loads(write_profile(tmp_path / "c1100.json", board).read_text()) == board
    assert summary_lines(board)
    assert profile_key(board)["cpu.model"] is None


# ---- comparison


def test_what_changes_by_the_minute_is_no_difference(here: dict[str, Any]) -> None:
    later = changed(changed(here, "load.average_1", 99.0), "memory.available", 1)
    assert differences(here, later) == []
    moved = {d.path for d in differences(here, later, volatile=True)}
    assert moved == {"load.average_1", "memory.available"}


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("cpu.model", "Another CPU", "cpu.model"),
        ("cpu.governor", "powersave", "cpu.governor"),
        ("cpu.usable_processors", 1000, "cpu.usable_processors"),
        ("cgroup.effective_processors", 0.5, "cgroup.effective_processors"),
        ("memory.total", 1 << 50, "memory.total (GiB)"),
        ("virtualization.hypervisor", "bhyve", "virtualization.hypervisor"),
        (
            "operating_system.kernel_release",
            "99.1.2-generic",
            "operating_system.kernel_release (major.minor)",
        ),
        ("cpu.features.adx", "maybe", "cpu.features"),
    ],
)
def test_what_makes_another_machine_is_decisive(
    here: dict[str, Any], path: str, value: Any, named: str
) -> None:
    if path == "cpu.features.adx" and plain(here, path) is not True:
        value = True
    other = changed(here, path, value)
    found = differences(here, other)
    assert [(d.path, d.decisive) for d in found if d.decisive] == [(named, True)]
    assert found[0].decisive, "the decisive ones come first"


def test_little_moves_do_not_make_another_machine(here: dict[str, Any]) -> None:
    release = str(plain(here, "operating_system.kernel_release"))
    total = plain(here, "memory.total")
    other = changed(here, "operating_system.host_name", "other-name")
    other = changed(other, "memory.total", total - 4096)
    other = changed(other, "operating_system.kernel_release", f"{release}-rebuilt")
    assert profile_key(other) == profile_key(here)
    assert not any(d.decisive for d in differences(here, other))
    assert "operating_system.host_name" in {d.path for d in differences(here, other)}


def test_the_key_is_plain_json(here: dict[str, Any]) -> None:
    assert json.loads(json.dumps(profile_key(here))) == profile_key(here)


# ---- the summary


def machine(**leaves: Any) -> dict[str, Any]:
    """Return a profile with these leaves (``cpu__model='x'``)."""
    profile: dict[str, Any] = {}
    for path, value in leaves.items():
        node = profile
        *parents, last = path.split("__")
        for key in parents:
            node = node.setdefault(key, {})
        node[last] = reported(value, "test").to_json()
    return profile


def test_one_line_says_what_a_machine_is() -> None:
    assert (
        describe_machine(
            machine(
                cpu__model="AMD EPYC",
                cpu__microarchitecture__archspec="zen4",
                cpu__cores=2,
                cpu__features__avx2=True,
                cpu__features__avx512ifma=True,
                memory__total=24 << 30,
                virtualization__hypervisor="kvm",
                virtualization__container="none",
            )
        )
        == "AMD EPYC (zen4 as archspec sees it), 2 cores, AVX-512 IFMA, 24 GiB, KVM guest"
    )
    bare = machine(cpu__model="Xeon", cpu__cores=1, virtualization__hypervisor="none")
    assert describe_machine(bare) == "Xeon, 1 core"


def test_limits_show_where_they_bind() -> None:
    limited = machine(
        cpu__processors=64,
        cgroup__effective_processors=1.5,
        memory__total=64 << 30,
        cgroup__memory_limit=2 << 30,
    )
    lines = dict(summary_lines(limited))
    assert lines["usable here"] == "1.5 processors"
    assert lines["memory limit"] == "2 GiB"
    free = machine(cpu__processors=4, cgroup__effective_processors=4, cgroup__memory_limit="none")
    assert not {"usable here", "memory limit"} & set(dict(summary_lines(free)))


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (512, "512 bytes"),
        (1023, "1023 bytes"),
        (1024, "1 KiB"),
        (48 << 10, "48 KiB"),
        (105 << 20, "105 MiB"),
        (25276514304, "23.5 GiB"),
        (1020 << 30, "1020 GiB"),
        (5000 << 40, "5000 TiB"),
    ],
)
def test_sizes_read_as_people_write_them(size: int, text: str) -> None:
    assert size_text(size) == text


def test_rates_read_as_people_write_them() -> None:
    assert rate_text(2.66e9, "multiplications/s") == "2.66 G multiplications/s"
    assert rate_text(31.9e9, "bytes/s") == "31.9 GB/s"
    assert rate_text(12.0, "hashes/s") == "12 hashes/s"
    assert rate_text(1.5e12, "bytes/s") == "1.5 TB/s"
