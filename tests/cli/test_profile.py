"""``zkmark profile``: this machine, the catalogue, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from zkmark.hardware_profiles import scratch
from zkmark.hardware_profiles.value import plain


def test_the_catalogue_is_listed(here: Any) -> None:
    done = here("list", "profiles", "--json")
    rows = json.loads(done.out)["profiles"]
    assert {row["kind"] for row in rows} == {"processor", "gpu", "fpga", "instance"}
    prices = {row["id"]: row["usd_per_hour"] for row in rows}
    assert prices["aws-g5-xlarge"] == 1.006 and prices["h100-sxm5"] is None


def test_the_catalogue_is_listed_by_kind_and_by_words(here: Any) -> None:
    gpus = here("list", "profiles", "--kind", "gpu")
    assert gpus.out.startswith("GPUs\n") and "aws-" not in gpus.out
    both = json.loads(here("list", "profiles", "--match", "h100 AZURE", "--json").out)["profiles"]
    assert [row["id"] for row in both] == ["azure-nc40ads-h100-v5", "azure-nd96isr-h100-v5"]
    assert all(row["sources"]["primary"] > 0 for row in both)
    all_of_them = here("list", "profiles").out
    titles = ["Processors\n", "\nGPUs\n", "\nFPGA boards\n", "\nCloud instances\n"]
    places = [all_of_them.index(title) for title in titles]
    assert places == sorted(places)
    assert "none" in here("list", "profiles", "--match", "abacus").out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["profiles", "--kind", "gpus"], "--kind: got 'gpus'; did you mean gpu?"),
        (["fields", "--match", "x"], "--match: it chooses among profiles"),
        (["--kind", "gpu"], "--kind: it chooses among profiles"),
    ],
)
def test_a_filter_for_what_is_no_profile_is_refused(
    here: Any, arguments: list[str], says: str
) -> None:
    done = here("list", *arguments)
    assert done.code == 2
    assert says in done.err and done.err.count("\n") == 1


def test_the_catalogue_is_listed_when_asked_for_only(zkmark: Any) -> None:
    # In a process of its own: other tests add kernels of theirs to this one.
    done = zkmark("list", "--json")
    assert done.code == 0, done.err
    sections = json.loads(done.out)
    assert "suites" in sections and "profiles" not in sections


def test_a_machine_of_the_catalogue_shows_every_source(here: Any) -> None:
    done = here("profile", "h100-sxm5")
    assert done.code == 0
    assert "gpu.multiply_add_32_peak" in done.out and "computed: 132 multiprocessors" in done.out
    assert "secondary: TechPowerUp GPU database" in done.out
    assert "primary: AMD, ROCm documentation" in here("profile", "mi300x").out


def test_a_machine_of_the_catalogue_goes_to_a_file_and_comes_back(
    here: Any, tmp_path: Path
) -> None:
    path = tmp_path / "l4.json"
    first = here("profile", "l4", "--json", "-o", str(path))
    again = here("profile", str(path), "--json")
    assert json.loads(first.out) == json.loads(again.out) == json.loads(path.read_text())


def test_what_is_declared_stands_in_the_profile(here: Any) -> None:
    done = here("profile", "--price-per-hour", "2.5", "--power-watts", "300", "--json")
    profile = json.loads(done.out)
    assert plain(profile, "economics.price_per_hour") == 2.5
    assert plain(profile, "economics.power") == 300
    assert profile["devices"]
    assert plain(profile, "storage.sequential_read") is None


def test_measuring_takes_the_folder_that_it_is_given(
    here: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from zkmark.hardware_profiles import ceilings
    from zkmark.suites import device_ceilings

    monkeypatch.setattr(scratch.measure, "__defaults__", (4 << 20,))
    monkeypatch.setattr(ceilings, "measure", lambda *all: ceilings.not_measured())
    monkeypatch.setattr(device_ceilings, "device_ceilings", lambda measure: {})
    done = here("profile", "--measure", "--scratch", str(tmp_path), "--json")
    profile = json.loads(done.out)
    assert plain(profile, "storage.scratch_folder") == str(tmp_path)
    assert plain(profile, "storage.sequential_write") > 0
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["h200"], "did you mean h200-sxm?"),
        (["h100"], "; zkmark list profiles --match h100 shows "),
        (["epyc-9645"], "did you mean epyc-9"),
        (["l4", "--measure"], "--measure: it is about this machine, not about l4"),
        (["l4", "--price-per-hour", "1"], "--price-per-hour: it is about this machine"),
        (["--scratch", "."], "--scratch: it says where --measure writes"),
        (["--measure", "--scratch", "/nowhere"], "--scratch: there is no folder /nowhere"),
        (["--power-watts", "0"], "--power-watts: got 0, want a number above 0"),
        (["--price-per-hour", "-1"], "--price-per-hour: got -1, want a number of 0 or more"),
    ],
)
def test_bad_input_is_one_sentence(here: Any, arguments: list[str], says: str) -> None:
    done = here("profile", *arguments)
    assert done.code == 2
    assert says in done.err and done.err.count("\n") == 1


def test_a_file_that_is_no_profile_is_refused(here: Any, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text("{}")
    done = here("profile", str(path))
    assert done.code != 0 and "not a hardware profile" in done.err
