"""Shares of the machine's ceilings: rate over the right roof, and a reason where there is none."""

import pytest

from zkmark.hardware_profiles import ceilings
from zkmark.suites.ceiling import ceiling, no_ceiling, threads_of
from zkmark.suites.engine import run_suite
from zkmark.suites.result import validate_document

WORK = {"unit": "multiply_64", "level": "avx512", "operations": 600, "formula": "made up"}


def leaf(value, unit):
    return {"value": value, "unit": unit, "source": "test", "status": "measured"}


PROFILE = {
    "ceilings": {
        "multiply_64": {
            "portable": {"threads_2": leaf(1e9, "multiplications/s")},
            "avx2": {"threads_2": leaf(2e9, "multiplications/s")},
        },
        "triad": {"threads_2": leaf(1e10, "bytes/s")},
    }
}


def test_a_share_is_the_rate_over_the_roof_of_the_same_level_and_threads():
    section = ceiling(PROFILE, "cpu", {"threads": 2}, WORK, bytes_moved=1000, seconds=1e-6)
    operations, memory = section["operations"], section["memory"]
    assert operations["rate"]["value"] == pytest.approx(6e8)
    assert operations["roof"]["value"] == 2e9
    assert operations["roof"]["source"] == "profile: ceilings.multiply_64.avx2.threads_2"
    assert operations["fraction"]["value"] == pytest.approx(0.3)
    assert operations["per_byte"] == pytest.approx(0.6)
    assert memory["fraction"]["value"] == pytest.approx(0.1)
    assert section["bound"] == "operations"


def test_memory_is_the_bound_where_its_share_is_larger():
    assert ceiling(PROFILE, "cpu", {"threads": 2}, WORK, 9000, 1e-6)["bound"] == "memory"


def test_another_number_of_threads_than_was_measured_has_no_share():
    section = ceiling(PROFILE, "cpu", {"threads": 1}, WORK, 1000, 1e-6)
    for side in ("operations", "memory"):
        assert section[side]["fraction"]["value"] is None
        assert "does not hold this field" in section[side]["fraction"]["reason"]
    assert section["bound"] is None


@pytest.mark.parametrize(
    ("backend", "work", "seconds", "side", "reason"),
    [
        ("cpu", "nobody counts", 1e-6, "operations", "nobody counts"),
        ("cpu", {**WORK, "unit": "divide"}, 1e-6, "operations", "no probe measures this"),
        ("cpu", WORK, 0.0, "operations", "no time was measured"),
        ("fpga", WORK, 1e-6, "memory", "backend fpga does not compute in host memory"),
    ],
)
def test_where_there_is_no_share_the_reason_stands(backend, work, seconds, side, reason):
    section = ceiling(PROFILE, backend, {"threads": 2}, work, 1000, seconds)
    assert section[side]["fraction"]["value"] is None
    assert section[side]["fraction"]["reason"] == reason
    assert section["bound"] is None


DEVICE_WORK = {"unit": "multiply_add_32", "level": "cuda/gpu", "operations": 600, "formula": "x"}


def devices(**more):
    one = {"multiply_add_32": leaf(4e9, "multiply-adds/s"), "copy_within": leaf(1e12, "bytes/s")}
    return {"devices": {"cuda_0": one, **more}}


def test_a_device_is_held_against_its_own_ceilings():
    part = {"multiply_add_32": leaf(2e9, ""), "copy_within": leaf(5e11, "bytes/s")}
    profile = PROFILE | devices(cuda_1=part, opencl_0_threads_1=part)
    for backend, index, threads, roof in (
        ("cuda", 0, 1, 4e9),
        ("cuda", 1, 1, 2e9),
        ("opencl", 0, 1, 2e9),
    ):
        settings = {"threads": threads, "device_index": index}
        section = ceiling(profile, backend, settings, DEVICE_WORK, 1000, 1e-6)
        assert section["operations"]["fraction"]["value"] == pytest.approx(6e8 / roof)
        memory = 1e9 / (1e12 if roof == 4e9 else 5e11)
        assert section["memory"]["fraction"]["value"] == pytest.approx(memory)
        assert section["bound"] == "operations"


@pytest.mark.parametrize("settings", [{"device_index": 3}, {}, {"device_index": 0, "threads": 1}])
def test_a_device_that_was_not_probed_has_no_share(settings):
    backend = "opencl" if settings.get("threads") else "cuda"
    section = ceiling(PROFILE | devices(), backend, settings, DEVICE_WORK, 1000, 1e-6)
    for side in ("operations", "memory"):
        reason = section[side]["fraction"]["reason"]
        assert reason == "the profile does not hold the ceilings of its device"


def test_threads_of_a_contender_are_its_own_or_the_suites_or_all():
    assert threads_of({"threads": 3}, 2) == 3
    assert threads_of({}, 2) == 2
    assert threads_of({}, None) >= 1


def test_a_run_has_ceilings_of_its_threads_and_shares_of_them(
    module_suite, plugin, monkeypatch, tmp_path
):
    asked = []

    def measured(caches, available, threads):
        asked.append(set(threads))
        one = {f"threads_{n}": leaf(1e10, "bytes/s") for n in threads}
        return {**ceilings.not_measured(), "triad": one}

    monkeypatch.setattr(ceilings, "measure", measured)
    suite = module_suite.with_settings(threads=1)
    result = run_suite(suite, plugins=[plugin], output=tmp_path)
    assert asked == [{1}]
    validate_document(result.document)
    for case in result.cases:
        section = case["ceiling"]
        assert "does not know which instructions" in section["operations"]["fraction"]["reason"]
        want = case["counts"]["bytes_moved"] / case["summary"]["compute"]["median"] / 1e10
        assert section["memory"]["fraction"]["value"] == pytest.approx(want)
    again = run_suite(suite, plugins=[plugin], resume=result.path)
    assert asked == [{1}]  # a run that is gone on with has the ceilings of its start
    assert again.document["profile"] == result.document["profile"]


def test_a_run_without_ceilings_says_so(module_suite, plugin, monkeypatch):
    monkeypatch.setattr(ceilings, "measure", None)
    result = run_suite(module_suite, plugins=[plugin], ceilings=False)
    for case in result.cases:
        assert "only when asked for" in case["ceiling"]["memory"]["fraction"]["reason"]


def test_a_case_that_failed_has_no_share():
    section = no_ceiling("the case is crashed")
    assert section["memory"]["fraction"]["reason"] == "the case is crashed"
