"""The scratch file: measured, gone afterwards, and not believed when it comes back changed."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from zkmark.hardware_profiles import declared, detect_profile, scratch, summary_lines
from zkmark.hardware_profiles.value import plain

SMALL = 8 << 20


def test_both_directions_are_measured_and_nothing_stays(tmp_path: Path) -> None:
    found = scratch.measure(tmp_path, "ext4", SMALL)
    for direction in ("sequential_write", "sequential_read"):
        field = found[direction]
        assert (field["status"], field["unit"]) == ("measured", "bytes/s"), field
        assert len(field["samples"]) == 3 and field["low"] <= field["value"] <= field["high"]
        assert "8 MiB in blocks of 4 MiB, ext4" in field["counts"]
    assert not list(tmp_path.iterdir())


def test_without_direct_reads_the_figure_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "O_DIRECT")
    counts = scratch.measure(tmp_path, "tmpfs", SMALL)["sequential_read"]["counts"]
    assert "what it kept came from memory" in counts
    assert counts.endswith("tmpfs: this is memory, not a disk")


def reasons(found: dict[str, Any]) -> set[str]:
    assert {field["status"] for field in found.values()} == {"unavailable"}
    return {field["reason"] for field in found.values()}


def test_a_file_that_comes_back_changed_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = os.readv

    def changed(descriptor: int, buffers: list[Any]) -> int:
        got = read(descriptor, buffers)
        buffers[0][17] ^= 1
        return got

    monkeypatch.setattr(os, "readv", changed)
    assert reasons(scratch.measure(tmp_path, "ext4", SMALL)) == {
        "the scratch file read back is not what was written"
    }
    assert not list(tmp_path.iterdir())


def test_a_rate_that_no_storage_has_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scratch, "_MOST_BYTES_PER_SECOND", 1.0)
    found = reasons(scratch.measure(tmp_path, "ext4", SMALL))
    assert all("it is not believed" in reason for reason in found)


def test_no_folder_and_no_room_are_reasons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (reason,) = reasons(scratch.measure(tmp_path / "missing", None, SMALL))
    assert "No such file or directory" in reason
    monkeypatch.setattr(scratch.shutil, "disk_usage", lambda folder: SimpleNamespace(free=1 << 20))
    (reason,) = reasons(scratch.measure(tmp_path, None, SMALL))
    assert "too little room is free (1048576 bytes)" in reason


def test_a_profile_holds_what_was_declared_and_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scratch, "_BYTES", SMALL)
    monkeypatch.setattr(scratch.measure, "__defaults__", (SMALL,))
    profile = detect_profile(scratch_folder=tmp_path, price_per_hour=1.25, power_watts=300)
    assert plain(profile, "storage.sequential_read") > 0
    assert plain(profile, "storage.scratch_folder") == str(tmp_path)
    assert profile["economics"]["price_per_hour"] == {
        "value": 1.25,
        "unit": "USD/h",
        "source": "--price-per-hour",
        "status": "declared",
    }
    lines = dict(summary_lines(profile))
    assert lines["price"] == "1.25 USD/h (declared)" and lines["power"] == "300 W (declared)"
    assert "write" in lines["scratch file"] and "read" in lines["scratch file"]


def test_what_nobody_declared_is_unavailable() -> None:
    found = declared.economics()
    assert {field["status"] for field in found.values()} == {"unavailable"}
    assert "--power-watts" in found["power"]["reason"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"price_per_hour": -1.0}, "price-per-hour: got -1, want a number of 0 or more"),
        ({"price_per_hour": float("nan")}, "price-per-hour: got nan"),
        ({"power_watts": 0.0}, "power-watts: got 0, want a number above 0"),
        ({"power_watts": float("inf")}, "power-watts: got inf"),
    ],
)
def test_no_price_and_no_power_are_refused(given: dict[str, float], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        declared.economics(**given)
