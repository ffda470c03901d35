"""Trees by the backend ``fpga``: the root of any case, and the model of a large one's time."""

from __future__ import annotations

import numpy as np
import pytest

from zkmark.backends.fpga import FpgaBackend
from zkmark.hardware_profiles.boards import board
from zkmark.kernels.implementation import find_implementation, run_case
from zkmark.kernels.merkle.case import MerkleCase
from zkmark.kernels.merkle.fpga import BLAKE3, SHA_256, MerkleFpga

BOARD = "u250"
IMPLEMENTATIONS = {"sha-256": SHA_256, "blake3": BLAKE3}
HASHES = list(IMPLEMENTATIONS)


def implementation(hash: str) -> MerkleFpga:
    return IMPLEMENTATIONS[hash]


@pytest.mark.usefixtures("fpga_tools")
@pytest.mark.parametrize("hash", HASHES)
@pytest.mark.parametrize(
    ("log_size", "width", "leaf_type"),
    [
        (0, 1, "bytes"),
        (3, 64, "bytes"),
        (4, 1000, "bytes"),
        (5, 7, "babybear"),
        (5, 8, "goldilocks"),
        (3, 3, "bn254-fr"),
    ],
)
def test_the_root_is_that_of_the_reference(hash: str, log_size: int, width: int, leaf_type: str):
    case = MerkleCase(hash, log_size, width, leaf_type)
    inputs = case.make_input(1)
    assert np.array_equal(run_case(case, inputs, FpgaBackend()), case.reference(inputs))


@pytest.mark.usefixtures("fpga_tools")
@pytest.mark.parametrize("hash", HASHES)
def test_a_small_case_is_simulated_whole(hash: str):
    case = MerkleCase(hash, 6, 64)
    inputs = case.make_input(2)
    found = implementation(hash).model(case, inputs, FpgaBackend(), seed=2)
    assert found.cycles_are == "simulated"
    assert found.output is not None
    assert np.array_equal(found.output, case.reference(inputs))
    assert found.bytes_in == 64 * 64
    assert found.bytes_out == 32
    assert found.counters["jobs"] == implementation(hash).tree.jobs(6, 64)


@pytest.mark.usefixtures("fpga_tools")
@pytest.mark.parametrize("hash", HASHES)
def test_a_large_case_is_extrapolated_from_trees_that_the_formula_fits(hash: str):
    case = MerkleCase(hash, 20, 64)
    found = implementation(hash).model(case, None, FpgaBackend(), seed=3)
    assert found.cycles_are == "extrapolated"
    assert len(found.compared) == 3
    assert all(abs(one.deviation) < 0.01 for one in found.compared)
    jobs = implementation(hash).tree.jobs(20, 64)
    assert jobs < found.cycles < 1.01 * jobs
    assert found.bytes_in == 64 << 20
    assert found.terms["pcie"] == pytest.approx(
        found.bytes_in / (board(BOARD).pcie_bytes_per_second or 0)
    )
    assert "external-memory" not in found.terms


@pytest.mark.parametrize("hash", HASHES)
def test_a_case_too_long_to_simulate_says_what_can_be_done(hash: str):
    with pytest.raises(ValueError, match="too long to simulate"):
        implementation(hash).plan(MerkleCase(hash, 24, 64), FpgaBackend())


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (MerkleCase("blake3", 4, 1025), r"up to 1024 bytes \(one chunk of BLAKE3\).*of 1025"),
        (MerkleCase("sha-256", 0, 1 << 20), r"up to 131063 bytes"),
        (MerkleCase("keccak-256", 4, 64), "not with keccak-256"),
    ],
    ids=lambda value: value.slug if isinstance(value, MerkleCase) else "",
)
def test_cases_that_the_designs_cannot_take_are_refused(case: MerkleCase, reason: str):
    hash = case.hash if case.hash in IMPLEMENTATIONS else "sha-256"
    with pytest.raises(ValueError, match=reason):
        find_implementation(case, "fpga", f"fpga/merkle-{hash}")


def test_leaves_too_wide_to_keep_the_core_full_are_not_extrapolated():
    case = MerkleCase("sha-256", 20, 8000)
    with pytest.raises(ValueError, match="too few of its leaves of 8000 bytes"):
        SHA_256.formula(case, board(BOARD))


@pytest.mark.parametrize("hash", HASHES)
def test_each_case_is_found_without_naming_the_implementation(hash: str):
    assert find_implementation(MerkleCase(hash, 3, 64), "fpga") is implementation(hash)


@pytest.mark.parametrize("hash", HASHES)
def test_instances_share_a_tree_only_where_that_is_even(hash: str):
    many = implementation(hash)
    assert many.most_instances(MerkleCase(hash, 8, 64)) == 1
    counts = [many.most_instances(MerkleCase(hash, log_size, 64)) for log_size in (16, 20, 24)]
    assert counts == sorted(counts)
    assert counts[-1] > counts[0]
    for log_size, count in zip((16, 20, 24), counts, strict=True):
        part = MerkleCase(hash, log_size - (count.bit_length() - 1), 64)
        whole = many.tree.cycles(log_size, 64)
        assert many.tree.cycles(part.log_size, 64) * count == pytest.approx(whole, rel=0.01)
