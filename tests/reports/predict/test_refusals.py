"""What cannot be predicted, and whether its reason says what would help."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import pytest
from tests.reports.predict.conftest import leaf
from tests.reports.predict.test_by_hand import on_gpu, timed

from zkmark.hardware_profiles.catalogue import catalogue, catalogue_profile
from zkmark.reports.predict import predict
from zkmark.reports.predict.formats import notes
from zkmark.suites.result import Result

HINT = "zkmark profile MACHINE --json"


def refused(case: Any, target: Mapping[str, Any], result: Result) -> str:
    found = predict([case], target, [result])
    assert found.made == ()
    # The way to add a figure is told where a figure is missing, and only there.
    assert any(HINT in note for note in notes(found)) == (
        "does not say" in found.not_made[0].reason
    )
    return found.not_made[0].reason


def declared(**cpu: Any) -> dict[str, Any]:
    return {
        "origin": "declared",
        "name": "T",
        "cpu": {
            "features": {"avx2": leaf(True)},
            "clock_base": leaf(2e9),
            **{name: leaf(value) for name, value in cpu.items()},
        },
    }


@pytest.fixture
def known(machine: Any) -> Result:
    return timed(machine("a", 4e9), 10e-3, 8e-3)


def test_a_virtual_processor_may_be_half_a_core(known: Result, ntt: Any) -> None:
    said = "T does not say how many cores its 4 processors are (as many or half as many)"
    assert refused(ntt(12), declared(processors=4), known) == said
    # It does not matter which where either way there are more than enough.
    (one,) = predict([ntt(12)], declared(processors=8), [known]).made
    assert one.threads == 4
    # And what a user writes into the profile is taken.
    (one,) = predict([ntt(12)], declared(processors=4, cores=2), [known]).made
    assert one.threads == 4
    assert one.total == pytest.approx(10e-3)


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (catalogue_profile("l4"), "is no whole machine"),
        (catalogue_profile("u250"), "is no whole machine"),
        (declared(), "T does not say how many cores it has"),
        (catalogue_profile("azure-nc40ads-h100-v5"), "does not say its clock"),
        (catalogue_profile("graviton4"), "is aarch64, which has no avx2: A used it, a run with"),
        (catalogue_profile("aws-g6-xlarge"), "does not say that it has avx2, which A used (a run"),
    ],
)
def test_why_no_processor_is_predicted(
    known: Result, ntt: Any, target: dict[str, Any], reason: str
) -> None:
    assert reason in refused(ntt(12), target, known)


def test_memory_that_nobody_knows(known: Result, ntt: Any) -> None:
    for case in known.cases:
        case["ceiling"]["bound"] = "memory"
    target = catalogue_profile("ryzen-9-7950x")
    assert "does not say how fast its memory is" in refused(ntt(12), target, known)


@pytest.mark.parametrize(
    ("id", "bound", "reason"),
    [
        ("mi300x", "memory", "does not run CUDA"),
        ("epyc-9654", "memory", "has no GPU"),
        ("b200", "operations", "does not say how many 32-bit multiply-adds its GPU does"),
        ("aws-p5-48xlarge", "memory", "does not say how fast its GPU's memory is"),
    ],
)
def test_why_no_gpu_is_predicted(known: Result, ntt: Any, id: str, bound: str, reason: str) -> None:
    result = on_gpu(known, 8e12, 2e12, bound)
    assert reason in refused(ntt(12), catalogue_profile(id), result)


@pytest.mark.parametrize("id", [entry.id for entry in catalogue()])
def test_every_machine_of_the_catalogue_is_predicted_or_has_a_reason(
    known: Result, machine: Any, ntt: Any, id: str
) -> None:
    gpu = on_gpu(copy.deepcopy(machine("g", 4e9)), 8e12, 2e12, "operations")
    found = predict([ntt(12)], catalogue_profile(id), [known, gpu])
    labels = [*(one.label for one in found.made), *(one.label for one in found.not_made)]
    assert sorted(map(str, labels)) == ["cpu", "cuda"]
    assert all(one.total > 0 and one.no_band for one in found.made)
    for one in found.not_made:
        told = ("does not say", "is aarch64", "is no whole machine", "has no GPU", "not run CUDA")
        assert any(words in one.reason for words in told), one.reason
