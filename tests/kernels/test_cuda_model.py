"""The model of an H200: its arithmetic, and that the document and the counts are those it makes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from importlib.metadata import PackageNotFoundError, version

import pytest

from zkmark.backends.cuda.compiler import compiler_version
from zkmark.backends.cuda.recording import RecordingSession
from zkmark.backends.cuda.walk import Place, walk
from zkmark.backends.device import Source
from zkmark.backends.device.choice import Device
from zkmark.kernels.case import Case
from zkmark.kernels.cuda_model import (
    CASES,
    DOCUMENT,
    H200,
    LIMITS,
    PROBE_TIMES,
    LaunchCount,
    launches_of,
    load_model,
    modelled,
    modelled_seconds,
    resident_groups,
    tables,
    with_tables,
)
from zkmark.kernels.cuda_resources import load_table
from zkmark.kernels.curves.device import curve_definitions
from zkmark.kernels.device import device_sources
from zkmark.kernels.merkle.case import MerkleCase
from zkmark.kernels.msm.case import MsmCase
from zkmark.kernels.ntt.case import NttCase
from zkmark.kernels.stark.device.work import StarkStep

_AGAIN = "run `python -m zkmark.kernels.cuda_model`"
# Another version of the compiler makes other code.
_SLACK = 0.1
_LAUNCH = LaunchCount("k", 1, 132 * 8, 256, 32, 0, 1000, 800, 600, 0, 10, 5000, 10**6, 10**6)


@pytest.mark.parametrize(
    ("taken", "groups", "limit"),
    [
        # Registers, local memory, threads: figures of NVIDIA's occupancy tables for 9.0.
        ((32, 0, 256), 8, "registers"),
        ((33, 0, 256), 6, "registers"),
        ((64, 0, 256), 4, "registers"),
        ((255, 0, 256), 1, "registers"),
        ((16, 0, 32), 32, "groups"),
        ((16, 0, 1024), 2, "warps"),
        ((32, 48 * 1024, 128), 4, "local memory"),
        ((32, 227 * 1024, 128), 1, "local memory"),
    ],
)
def test_occupancy_is_that_of_the_programming_guide(
    taken: tuple[int, int, int], groups: int, limit: str
) -> None:
    assert resident_groups(*taken) == (groups, limit)


def test_the_longest_of_three_times_rules() -> None:
    parts = modelled(_LAUNCH)
    assert parts.memory == 2e6 / H200.bytes_per_second
    # 8 groups of 8 warps on the busiest multiprocessor, 16 warps a quarter.
    assert parts.units == 16 * 1000 / H200.hertz
    assert parts.waiting == 5000 / H200.hertz
    assert parts.seconds == parts.units
    by_multiplying = replace(_LAUNCH, multiply_cycles=2000)
    assert modelled(by_multiplying).units == 16 * 2000 / H200.hertz
    by_moving = replace(_LAUNCH, words=500)
    assert modelled(by_moving).units == 64 * 500 / H200.hertz
    alone = replace(_LAUNCH, groups=1)
    assert modelled(alone).seconds == modelled(alone).waiting
    in_rounds = replace(_LAUNCH, groups=132 * 8 + 1)
    assert modelled(in_rounds).waiting == 2 * 5000 / H200.hertz
    assert modelled_seconds([replace(_LAUNCH, times=3)]) == 3 * parts.seconds


def test_the_document_has_the_tables_that_the_counts_make() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert with_tables(text, tables(load_model()["cases"])) == text, _AGAIN


def test_every_case_has_counts_of_kernels_as_the_resources_say() -> None:
    cases, resources = load_model()["cases"], load_table()["programs"]
    assert list(cases) == list(CASES), _AGAIN
    for name, launches in cases.items():
        kernels = {k: v for one in _programs(CASES[name][0]) for k, v in resources[one].items()}
        for one in launches:
            row = kernels[one.kernel]["sm_90"]
            found = (one.registers, one.shared_bytes)
            assert found == (row["registers"], row["shared_bytes"]), f"{name}: {_AGAIN}"


def _programs(case: Case | StarkStep) -> list[str]:
    if isinstance(case, NttCase):
        return [f"ntt/{case.field}"]
    if isinstance(case, MsmCase):
        return [f"msm/{case.curve}"]
    if isinstance(case, MerkleCase):
        return [f"merkle/{case.hash}/{case.leaf_width}-{case.leaf_type}"]
    assert isinstance(case, StarkStep)
    if case.step == "commit":
        return [f"stark/rows/{case.hash}", f"stark/layers/{case.hash}"]
    return [
        f"stark/fold/{case.degree}/4" if case.step == "fold" else f"stark/columns/{case.degree}"
    ]


def test_the_resources_have_the_programs_of_the_cases() -> None:
    programs = {program for case, _ in CASES.values() for program in _programs(case)}
    assert programs <= set(device_sources())


@pytest.fixture
def disassembler() -> Iterator[None]:
    try:
        version("nvidia-cuda-nvdisasm")
    except PackageNotFoundError:
        pytest.skip("nvidia-cuda-nvdisasm is not installed")
    yield


@pytest.mark.driver
@pytest.mark.parametrize("name", ["NTT BabyBear 2^24", "Merkle blake3 2^20", "STARK fold by 4"])
def test_counts_are_those_of_the_machine_code(name: str, disassembler: None) -> None:
    model = load_model()
    written, found = model["cases"][name], launches_of(CASES[name][0])
    if model["nvrtc"] == compiler_version():
        assert found == written, _AGAIN
    # What the compiler has no part in, and its part within reason.
    for one, before in zip(found, written, strict=True):
        for place in ("kernel", "times", "groups", "threads", "bytes_read", "bytes_written"):
            assert asdict(one)[place] == asdict(before)[place], _AGAIN
        assert one.instructions == pytest.approx(before.instructions, rel=_SLACK), _AGAIN


@pytest.mark.driver
def test_a_probe_stands_for_an_entry_of_a_list(disassembler: None) -> None:
    session = RecordingSession(Device("cuda", 0, "H200", "", "gpu", 0, 132, ""), LIMITS, 90)
    source = Source(
        "kernels/msm/device/probes.cl", curve_definitions("bn254-g1") | {"THREADS": 128}
    )
    kernel = session.build(source).kernel("add_entries").handle
    once, twice, thrice = (
        walk(kernel.code, {PROBE_TIMES: n}, Place(), general=True) for n in (1, 2, 3)
    )
    added = twice.opcodes - once.opcodes
    assert added == thrice.opcodes - twice.opcodes
    # Ten products of 8 limbs, Montgomery's reduction with them: 2 x 64 wide ones each, and 8 low.
    products = sum(n for name, n in added.items() if name.startswith(("IMAD.WIDE", "IMAD.HI")))
    assert products == pytest.approx(10 * 2 * 64, rel=0.1)
