"""Counts of operations: what they are made of, and that every fast path has one."""

from __future__ import annotations

import pytest

from zkmark import _native
from zkmark.backends import get_backend
from zkmark.hardware_profiles import ceiling_path
from zkmark.kernels.case import Case
from zkmark.kernels.fields.parameters import FIELDS
from zkmark.kernels.implementation import implementations_of
from zkmark.kernels.merkle.case import MerkleCase
from zkmark.kernels.msm.case import MsmCase
from zkmark.kernels.ntt.case import NttCase
from zkmark.kernels.work import Work, field_products

HASHES = (
    ("sha-256", 64),
    ("blake3", 64),
    ("keccak-256", 64),
    ("poseidon2-babybear-16", 8),
    ("poseidon2-babybear-24", 16),
    ("poseidon2-koalabear-16", 8),
    ("poseidon2-goldilocks-8", 4),
    ("poseidon2-goldilocks-12", 8),
    ("rpo-256", 8),
)
CASES: list[Case] = [
    *(NttCase(name, 4) for name in FIELDS if FIELDS[name].two_adicity >= 4),
    NttCase("goldilocks", 6, batch=3, direction="inverse", coset=True),
    NttCase("babybear", 0),
    *(MsmCase(curve, size) for curve in ("bn254-g1", "pallas") for size in (0, 1, 1 << 12)),
    *(MsmCase("bls12-381-g1", size) for size in (3, 1 << 16)),
    *(MerkleCase(name, 3, width) for name, width in HASHES),
]


@pytest.mark.parametrize("isa", _native.isa_levels())
@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_case_of_the_cpu_backend_has_a_count_and_a_probe_for_it(case: Case, isa: str) -> None:
    backend = get_backend("cpu", isa=isa)
    for implementation in implementations_of(case.kernel, "cpu"):
        work = implementation.work(case, backend)
        assert isinstance(work, Work)
        assert work.operations >= 0
        assert ceiling_path(work.unit, work.level, 1) is not None
        assert work.level in (*_native.isa_levels()[: _native.isa_levels().index(isa) + 1], "sha")


def test_products_are_those_of_the_literature() -> None:
    got = {
        (name, level): field_products(name, level)
        for name in ("babybear", "goldilocks", "bn254-fr", "bls12-381-fq")
        for level in ("portable", "avx2", "avx512")
    }
    assert got["babybear", "avx512"].multiply == 3
    assert got["goldilocks", "portable"].multiply == 1
    assert (got["goldilocks", "avx2"].multiply, got["goldilocks", "avx2"].square) == (4, 3)
    assert (got["bn254-fr", "avx2"].unit, got["bn254-fr", "avx2"].multiply) == ("multiply_64", 36)
    assert got["bn254-fr", "avx512"].multiply == 100
    assert got["bls12-381-fq", "portable"].multiply == 78
    assert got["bls12-381-fq", "avx512"].multiply == 256


def test_counts_stay_below_the_textbooks() -> None:
    """A path that does less than the textbook is not credited with what it leaves out."""
    backend = get_backend("cpu", isa="portable")
    for case in (MsmCase("bls12-381-g1", 1 << 14), MsmCase("bn254-g1", 1 << 16)):
        (implementation,) = implementations_of("msm", "cpu")
        work = implementation.work(case, backend)
        assert isinstance(work, Work)
        assert work.operations < case.counts().word_multiplications


def test_the_reference_and_unknown_code_say_why_they_have_no_count() -> None:
    case = NttCase("babybear", 3)
    (implementation,) = implementations_of("ntt", "reference")
    assert "Python integers" in str(implementation.work(case, get_backend("reference")))
