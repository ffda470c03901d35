"""The catalogue: files hold to their schema, figures name their sources, all are profiles."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

import jsonschema
import pytest

from zkmark.hardware_profiles import catalogue as module
from zkmark.hardware_profiles import check_profile
from zkmark.hardware_profiles.boards import RESOURCES, board_ids
from zkmark.hardware_profiles.catalogue import (
    KINDS,
    UNITS,
    catalogue,
    catalogue_profile,
    catalogue_schema,
    figures,
    source_kinds,
)
from zkmark.hardware_profiles.cpu import FEATURES
from zkmark.hardware_profiles.source import SOURCE_KINDS, sources_of
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
    assert {"kind", "title"} <= set.intersection(*map(set, document["sources"].values()))
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
        assert field["source_kind"] in (*SOURCE_KINDS, "computed"), path
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
            # From HBM2 to GDDR7, memory moves 1.75 to 28 billion bits a second and pin.
            assert 1.6e9 < 8 * bandwidth / bus < 32e9
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
    assert gpu["source"].startswith("132 multiprocessors x 64 ")
    assert gpu["source_kind"] == "computed"
    memory = value_field(catalogue_profile("xeon-8480plus"), "memory.bandwidth_peak")
    assert memory["value"] == pytest.approx(8 * 4.8e9 * 8)
    assert memory["source"].startswith("1 x 8 channels x 4800 M transfers/s x 8 bytes")
    assert memory["source_kind"] == "computed"


def test_what_no_source_says_is_not_there() -> None:
    device = catalogue_profile("rtx-5090")["gpus"]["devices"][0]
    assert "multiply_add_32_peak" not in device
    field = value_field(catalogue_profile("epyc-9965"), "cpu.clock_maximum")
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


def test_an_instance_has_the_boards_that_its_provider_puts_into_it() -> None:
    profile = catalogue_profile("aws-f2-48xlarge")
    assert plain(profile, "fpgas.count") == 8
    assert profile["fpgas"]["devices"] == catalogue_profile("aws-f2")["fpgas"]["devices"]
    boards = {it["fpgas"]["board"] for it in DOCUMENTS.values() if "fpgas" in it}
    assert boards <= set(board_ids())


def test_sources_say_how_near_they_are_to_the_maker() -> None:
    profile = catalogue_profile("mi325x")
    kinds = {n: f["source_kind"] for n, f in profile["gpus"]["devices"][0].items()}
    assert kinds["multiprocessors"] == "primary"
    assert kinds["memory_bandwidth_peak"] == "secondary"
    text = profile["gpus"]["devices"][0]["multiprocessors"]["source"]
    assert "https://rocm.docs.amd.com/" in text and "ROCm 7.13.0" in text


def test_figures_are_counted_by_the_kind_of_their_source() -> None:
    eight, one = (source_kinds(catalogue_profile(f"aws-p5-{n}xlarge")) for n in (48, 4))
    # Eight GPUs that are alike are no more figures than one.
    assert eight == {"primary": 10, "secondary": 0, "assumed": 0, "computed": 0}
    assert one == eight
    assert source_kinds(catalogue_profile("xeon-8480plus"))["computed"] == 1
    assert source_kinds(catalogue_profile("ulx3s-85f"))["assumed"] == len(RESOURCES)


def test_an_instance_has_the_features_of_its_microarchitecture_with_their_source() -> None:
    instance, part = catalogue_profile("aws-c7a-xlarge"), catalogue_profile("epyc-9654")
    assert "features" not in DOCUMENTS["aws-c7a-xlarge"]["cpu"]
    assert instance["cpu"]["features"] == part["cpu"]["features"]
    assert "znver4" in instance["cpu"]["features"]["avx2"]["source"]
    # Nobody says which processors these are.
    assert "features" not in catalogue_profile("lambda-1x-h100-pcie")["cpu"]


@pytest.mark.parametrize("id", DOCUMENTS)
def test_a_page_has_its_edition_or_the_day_it_was_read(id: str) -> None:
    for key, source in sources_of(DOCUMENTS[id]["sources"]).items():
        if source.url is not None:
            assert source.edition or source.read, key
        if source.read is not None:
            assert date.fromisoformat(source.read) <= date.today(), key


def test_a_source_of_a_kind_that_there_is_none_of_is_refused() -> None:
    with pytest.raises(ValueError, match=r"sources.a.kind: got 'rumour', want one of primary, "):
        sources_of({"a": {"kind": "rumour", "title": "somebody said so"}})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"kind": "rumour"}, "'rumour' is not one of"),
        ({"kind": "computed"}, "'computed' is not one of"),
        ({"title": "a page"}, "'a page' is too short"),
        ({"url": "docs.example.com"}, "does not match"),
        ({"edition": None}, "None is not of type 'string'"),
        ({"read": "yesterday"}, "does not match"),
        ({"author": "somebody"}, "'author' was unexpected"),
    ],
)
def test_the_schema_refuses_what_is_no_source(change: dict[str, Any], says: str) -> None:
    document = copy.deepcopy(DOCUMENTS["l4"])
    document["sources"]["tpu"].update(change)
    assert any(says in text for text in wrong(document)), wrong(document)


def test_the_schema_refuses_a_page_without_its_edition_or_the_day_it_was_read() -> None:
    document = copy.deepcopy(DOCUMENTS["l4"])
    del document["sources"]["tpu"]["edition"]
    assert any("is not valid under any of" in text for text in wrong(document))
    document["sources"]["tpu"]["read"] = "2026-11-27"
    assert wrong(document) == []


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
        ("aws-g5-xlarge", "gpus", {"name": ["A10G", "types"]}, "is valid under each of"),
        ("aws-f2-48xlarge", "fpgas", {"count": [0, "f2"]}, "0 is less than the minimum"),
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
    paths = [path for path, *_ in rows]
    assert paths.count("gpu.name") == 1 and "gpus.count" in paths
    (features,) = [row for row in declared_rows(catalogue_profile("epyc-9654")) if "feat" in row[0]]
    assert "avx512ifma" in features[1]
    texts = {path: text for path, text, *_ in declared_rows(catalogue_profile("h100-sxm5"))}
    assert texts["gpu.clock_sm_maximum"] == "1.98 GHz"
    assert texts["gpu.memory_bandwidth_peak"] == "3.35 TB/s"
