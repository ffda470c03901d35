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
    section = ceiling(PROFILE, "cpu", 2, WORK, bytes_moved=1000, seconds=1e-6)
    operations, memory = section["operations"], section["memory"]
    assert operations["rate"]["value"] == pytest.approx(6e8)
    assert operations["roof"]["value"] == 2e9
    assert operations["roof"]["source"] == "profile: ceilings.multiply_64.avx2.threads_2"
    assert operations["fraction"]["value"] == pytest.approx(0.3)
    assert operations["per_byte"] == pytest.approx(0.6)
    assert memory["fraction"]["value"] == pytest.approx(0.1)
    assert section["bound"] == "operations"


def test_memory_is_the_bound_where_its_share_is_larger():
    assert ceiling(PROFILE, "cpu", 2, WORK, 9000, 1e-6)["bound"] == "memory"


def test_another_number_of_threads_than_was_measured_has_no_share():
    section = ceiling(PROFILE, "cpu", 1, WORK, 1000, 1e-6)
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
        ("cuda", WORK, 1e-6, "memory", "backend cuda does not compute in host memory"),
    ],
)
def test_where_there_is_no_share_the_reason_stands(backend, work, seconds, side, reason):
    section = ceiling(PROFILE, backend, 2, work, 1000, seconds)
    assert section[side]["fraction"]["value"] is None
    assert section[side]["fraction"]["reason"] == reason
    assert section["bound"] is None


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
