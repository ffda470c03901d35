"""The profile of the machine that runs the tests: whole, checked, and the same when taken twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from zkmark.hardware_profiles import (
    ProfileError,
    check_profile,
    detect_profile,
    differences,
    load_profile,
    profile_key,
    summary_lines,
    value_field,
    walk,
    write_profile,
)


@pytest.fixture(scope="module")
def profile() -> dict[str, Any]:
    return detect_profile()


def test_it_holds_to_the_schema(profile: dict[str, Any]) -> None:
    assert check_profile(profile) is profile


def test_every_leaf_is_a_value_or_says_why_not(profile: dict[str, Any]) -> None:
    leaves = dict(walk(profile))
    assert len(leaves) > 60
    for path, field in leaves.items():
        assert (field["value"] is None) == (field["status"] == "unavailable"), path
        assert bool(field.get("reason")) == (field["status"] == "unavailable"), path
        assert field["source"], path


def test_it_knows_what_any_linux_machine_says(profile: dict[str, Any]) -> None:
    for path in ("cpu.architecture", "cpu.processors", "memory.total", "operating_system.kernel"):
        assert value_field(profile, path)["status"] == "reported", path


def test_no_detector_failed_as_a_whole(profile: dict[str, Any]) -> None:
    assert not [path for path, _ in walk(profile) if path.endswith(".detector")]


def test_a_second_look_finds_the_same_machine(profile: dict[str, Any]) -> None:
    second = detect_profile()
    assert profile_key(second) == profile_key(profile)
    assert [d for d in differences(profile, second) if d.decisive] == []


def test_written_and_read_back_it_is_the_same(profile: dict[str, Any], tmp_path: Path) -> None:
    path = write_profile(tmp_path / "here.json", profile)
    assert load_profile(path) == profile
    assert [p.name for p in tmp_path.iterdir()] == ["here.json"]


def test_summary_has_a_line_for_what_matters(profile: dict[str, Any]) -> None:
    lines = dict(summary_lines(profile))
    assert {"machine", "processor", "cores", "memory", "GPU", "energy counters"} <= set(lines)
    assert all(text for text in lines.values())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"schema": "zkmark-result"}, "not a hardware profile"),
        ({"schema_version": "2.0.0"}, "schema_version: got '2.0.0', this zkmark reads '1.3.0'"),
        ({"origin": "guessed"}, "origin: 'guessed' is not one of"),
        ({"cpu": {"model": {"value": None, "source": "x", "status": "reported"}}}, "cpu.model"),
        ({"cpu": {"model": {"value": 1, "source": "x", "status": "unavailable"}}}, "cpu.model"),
        ({"cpu": {"model": {"value": 1, "source": "x", "status": "rumoured"}}}, "cpu.model.status"),
        ({"cpu": {"model": "AMD"}}, "cpu.model"),
    ],
)
def test_a_document_out_of_shape_is_refused(
    profile: dict[str, Any], tmp_path: Path, change: dict[str, Any], says: str
) -> None:
    path = tmp_path / "bad.json"
    path.write_text(json.dumps({**profile, **change}))
    with pytest.raises(ProfileError, match=r"bad\.json: ") as error:
        load_profile(path)
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_files_that_are_no_profile_are_refused_in_one_sentence(tmp_path: Path) -> None:
    missing = tmp_path / "missing.json"
    with pytest.raises(ProfileError, match="cannot be read"):
        load_profile(missing)
    with pytest.raises(ProfileError, match="cannot be read"):
        load_profile(tmp_path)
    (tmp_path / "text.json").write_text("{")
    with pytest.raises(ProfileError, match="not JSON"):
        load_profile(tmp_path / "text.json")
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ProfileError, match="not a text file"):
        load_profile(tmp_path / "binary.json")
    (tmp_path / "list.json").write_text("[]")
    with pytest.raises(ProfileError, match="got 'list'"):
        load_profile(tmp_path / "list.json")


def test_a_profile_out_of_shape_is_not_written(profile: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ProfileError):
        write_profile(tmp_path / "bad.json", {**profile, "origin": "guessed"})
    assert list(tmp_path.iterdir()) == []
