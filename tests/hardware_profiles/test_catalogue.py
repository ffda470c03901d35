"""The catalogue: files hold to their schema, figures name their sources, all are profiles."""

from __future__ import annotations

import copy
from typing import Any

import jsonschema
import pytest

from zkmark.hardware_profiles import catalogue as module
from zkmark.hardware_profiles import check_profile
from zkmark.hardware_profiles.boards import board_ids
from zkmark.hardware_profiles.catalogue import (
    KINDS,
    UNITS,
    catalogue,
    catalogue_profile,
    catalogue_schema,
    figures,
)
from zkmark.hardware_profiles.cpu import FEATURES
from zkmark.hardware_profiles.summary import declared_rows
from zkmark.hardware_profiles.value import plain, value_field, walk

DOCUMENTS = module._documents()
IDS = [entry.id for entry in catalogue()]


def wrong(document: dict[str, Any]) -> list[str]:
    errors = jsonschema.Draft202012Validator(catalogue_schema()).iter_errors(document)
    return [f"{error.json_path}: {error.message}" for error in errors]


@pytest.mark.parametrize("id", DOCUMENTS)
def test_a_file_holds_to_the_schema_and_names_its_sources(id: str) -> None:
    document = DOCUMENTS[id]
    assert wrong(document) == []
    found = list(figures(document))
    assert found
    for path, value, key in found:
        assert path in UNITS, path
        assert key in document["sources"], f"{path}: no source {key}"
        assert value not in (None, "", [])
    unused = set(document["sources"]) - {key for _, _, key in found}
    assert not unused
    known = set(FEATURES["x86_64"]) | set(FEATURES["aarch64"])
    assert set(document.get("cpu", {}).get("features", [[]])[0]) <= known


@pytest.mark.parametrize("id", IDS)
def test_an_entry_is_a_declared_profile(id: str) -> None:
    profile = check_profile(catalogue_profile(id))
    assert profile["origin"] == "declared"
    leaves = dict(walk(profile))
    assert leaves
    for path, field in leaves.items():
        assert field["status"] == "declared", path
        assert len(field["source"]) >= 10, path


@pytest.mark.parametrize("id", IDS)
def test_an_entry_adds_up(id: str) -> None:
    profile = catalogue_profile(id)
    cores, processors = plain(profile, "cpu.cores"), plain(profile, "cpu.processors")
    if cores and processors:
        assert processors in (cores, 2 * cores)
    base, most = plain(profile, "cpu.clock_base"), plain(profile, "cpu.clock_maximum")
    if base and most:
        assert base <= most
    channels, rate = plain(profile, "memory.channels"), plain(profile, "memory.transfer_rate")
    if channels and rate:
        assert plain(profile, "memory.bandwidth_peak") == pytest.approx(channels * rate * 8)
    for device in profile.get("gpus", {}).get("devices", []):
        bus, bandwidth = plain(device, "memory_bus_width"), plain(device, "memory_bandwidth_peak")
        if bus and bandwidth:
            # Memory of today moves 2 to 32 bits a second and pin, in billions.
            assert 2e9 < 8 * bandwidth / bus < 32e9
        cores, count = plain(device, "cores"), plain(device, "multiprocessors")
        if cores and count:
            assert cores / count in (64, 128)
        base, most = plain(device, "clock_sm_base"), plain(device, "clock_sm_maximum")
        if base and most:
            assert base < most


def test_every_kind_is_there_and_every_board() -> None:
    kinds = {entry.kind for entry in catalogue()}
    assert kinds == set(KINDS)
    assert {entry.id for entry in catalogue() if entry.kind == "fpga"} == set(board_ids())
    assert len(IDS) == len(set(IDS))
    assert [entry.kind for entry in catalogue()] == sorted(
        (entry.kind for entry in catalogue()), key=KINDS.index
    )


def test_a_gpus_rate_and_a_processors_bandwidth_are_computed_and_say_so() -> None:
    gpu = catalogue_profile("h100-sxm5")["gpus"]["devices"][0]["multiply_add_32_peak"]
    assert gpu["value"] == pytest.approx(132 * 64 * 1.98e9)
    assert gpu["source"].startswith("computed: 132 multiprocessors x 64 ")
    memory = value_field(catalogue_profile("xeon-8480plus"), "memory.bandwidth_peak")
    assert memory["value"] == pytest.approx(8 * 4.8e9 * 8)
    assert memory["source"].startswith("computed: 1 x 8 channels x 4800 M transfers/s x 8 bytes")


def test_what_no_source_says_is_not_there() -> None:
    device = catalogue_profile("rtx-5090")["gpus"]["devices"][0]
    assert "multiply_add_32_peak" not in device
    field = value_field(catalogue_profile("epyc-9755"), "economics.power")
    assert field["status"] == "unavailable"


def test_an_instance_has_its_gpus_as_often_as_it_says() -> None:
    profile = catalogue_profile("lambda-8x-a100-80gb")
    devices = profile["gpus"]["devices"]
    assert plain(profile, "gpus.count") == len(devices) == 8
    assert devices == catalogue_profile("a100-sxm4-80gb")["gpus"]["devices"] * 8
    # Where the provider leaves the form open, so does the catalogue.
    device = catalogue_profile("aws-p5-48xlarge")["gpus"]["devices"][7]
    assert set(device) == {"name", "memory_total"}


def test_every_device_that_an_instance_names_is_an_entry() -> None:
    named = {
        id: document["gpus"]["device"]
        for id, document in DOCUMENTS.items()
        if "device" in document.get("gpus", {})
    }
    assert named
    for id, device in named.items():
        assert DOCUMENTS[device]["kind"] == "gpu", id


@pytest.mark.parametrize(
    ("id", "section", "change", "says"),
    [
        ("epyc-9654", "cpu", {"cores": [96.5, "amd"]}, "96.5 is not of type 'integer'"),
        ("epyc-9654", "cpu", {"cores": [96]}, "[96] is too short"),
        ("epyc-9654", "cpu", {"cores": 96}, "96 is not of type 'array'"),
        ("epyc-9654", "cpu", {"core": [96, "amd"]}, "'core' was unexpected"),
        ("epyc-9654", "cpu", {"clock_base": [2.4, "amd"]}, "2.4 is less than the minimum"),
        ("epyc-9654", "cpu", {"architecture": ["x86", "amd"]}, "'x86' is not one of"),
        ("l4", "gpu", {"memory_total": [24, "tpu"]}, "24 is less than the minimum"),
        ("l4", "gpu", {"power_limit": [0, "tpu"]}, "0 is less than or equal to the minimum"),
        ("aws-g5-xlarge", "economics", {"price_per_hour": [-1, "prices"]}, "-1 is less than"),
        ("aws-g5-xlarge", "gpus", {"name": ["A10G", "prices"]}, "is valid under each of"),
    ],
)
def test_the_schema_refuses_what_is_no_figure(
    id: str, section: str, change: dict[str, Any], says: str
) -> None:
    document = copy.deepcopy(DOCUMENTS[id])
    document[section].update(change)
    assert any(says in text for text in wrong(document)), wrong(document)


@pytest.mark.parametrize("lacking", ["kind", "name", "sources", "cpu"])
def test_the_schema_refuses_a_file_that_lacks_something(lacking: str) -> None:
    document = copy.deepcopy(DOCUMENTS["epyc-9654"])
    del document[lacking]
    assert wrong(document)


def test_an_unknown_machine_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="profile: got 'abacus', want one of epyc-7763, "):
        catalogue_profile("abacus")


def test_rows_for_people_show_alike_gpus_once_and_features_in_one_row() -> None:
    rows = declared_rows(catalogue_profile("lambda-8x-a100-80gb"))
    paths = [path for path, _, _ in rows]
    assert paths.count("gpu.name") == 1 and "gpus.count" in paths
    (features,) = [row for row in declared_rows(catalogue_profile("epyc-9654")) if "feat" in row[0]]
    assert "avx512ifma" in features[1]
    texts = {path: text for path, text, _ in declared_rows(catalogue_profile("h100-sxm5"))}
    assert texts["gpu.clock_sm_maximum"] == "1.98 GHz"
    assert texts["gpu.memory_bandwidth_peak"] == "3.35 TB/s"
