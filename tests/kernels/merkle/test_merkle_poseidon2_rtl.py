"""Trees of Poseidon2 in hardware: roots by the definition, cycles by the formula."""

from __future__ import annotations

import numpy as np
import pytest

from zkmark.backends.fpga import FpgaBackend
from zkmark.backends.fpga.simulation import Run, Simulator, Stalls
from zkmark.hardware_profiles.boards import board
from zkmark.kernels.fields.parameters import field
from zkmark.kernels.fpga import MOST_DEVIATION
from zkmark.kernels.merkle.case import MerkleCase
from zkmark.kernels.merkle.fpga import POSEIDON2, MerkleFpga
from zkmark.kernels.merkle.rtl import poseidon2_trees

pytestmark = pytest.mark.usefixtures("fpga_tools")

TREES = [pytest.param(one, id=one.hash) for one in POSEIDON2]


def root(tree: MerkleFpga, case: MerkleCase, leaves: np.ndarray) -> np.ndarray:
    plan = tree.make(case, board("u250"))
    return plan.download(plan.compute(plan.upload({"leaves": leaves})))


def run_twice(tree: MerkleFpga, case: MerkleCase, **how: object) -> tuple[Run, list[np.ndarray]]:
    """Two trees, one after the other, and their roots by the definition."""
    plan = tree.make(case, board("u250"))
    inputs = [case.make_input(seed) for seed in (1, 2)]
    words = np.concatenate([plan.upload(one) for one in inputs])
    settings = {
        "leaf_bytes": case.leaf_width * case.rules.bytes_per_unit,
        "log_size": case.log_size,
    }
    run = Simulator(plan.design).run({"leaves": words}, {"root": 2}, settings=settings, **how)  # type: ignore[arg-type]
    return run, [case.reference(one) for one in inputs]


def digests(run: Run, case: MerkleCase) -> np.ndarray:
    dtype = case.hash_parameters.digest_dtype
    return np.ascontiguousarray(run.outputs["root"]).view(dtype)


@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize("width", [1, 7, 8, 9, 17])
def test_leaves_of_any_width(tree: MerkleFpga, width: int) -> None:
    for log_size in (0, 1, 2, 3, 5):
        case = MerkleCase(tree.hash, log_size, width)
        inputs = case.make_input(width)
        np.testing.assert_array_equal(
            root(tree, case, inputs["leaves"]), case.reference(inputs), err_msg=case.slug
        )


@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize("value", [0, 1, -1])
def test_leaves_of_edges(tree: MerkleFpga, value: int) -> None:
    case = MerkleCase(tree.hash, 3, 11)
    p = field(str(case.leaf_type)).modulus
    leaves = np.full((8, 11), value % p, case.rules.leaf_dtype)
    np.testing.assert_array_equal(root(tree, case, leaves), case.reference({"leaves": leaves}))


@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize(
    "stalls", [Stalls(inputs=0.9), Stalls(outputs=0.99), Stalls(inputs=0.5, outputs=0.5)]
)
def test_bubbles_and_back_pressure_change_nothing(tree: MerkleFpga, stalls: Stalls) -> None:
    case = MerkleCase(tree.hash, 4, 9)
    run, roots = run_twice(tree, case, stalls=stalls, seed=5)
    np.testing.assert_array_equal(digests(run, case), roots)


@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize("cycle", [1, 900, 2900])
def test_reset_in_the_middle_of_work(tree: MerkleFpga, cycle: int) -> None:
    case = MerkleCase(tree.hash, 3, 17)
    run, roots = run_twice(tree, case, reset_at=cycle, seed=cycle)
    np.testing.assert_array_equal(digests(run, case), roots)


@pytest.mark.parametrize("tree", TREES)
def test_counters_count_every_job(tree: MerkleFpga) -> None:
    case = MerkleCase(tree.hash, 5, 17)  # three blocks a leaf
    run, _ = run_twice(tree, case)
    assert run.counters["jobs"] == 2 * case.inner_calls
    assert run.counters["leaves_hashed"] == 2 * 32
    assert run.counters["nodes_hashed"] == 2 * 31


@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize(("width", "log_sizes"), [(8, (8, 10)), (17, (9,))])
def test_cycles_are_the_formula_s_once_the_core_is_full(
    tree: MerkleFpga, width: int, log_sizes: tuple[int, ...]
) -> None:
    on = board("u250")
    for log_size in log_sizes:
        case = MerkleCase(tree.hash, log_size, width)
        plan, inputs = tree.make(case, on), case.make_input(3)
        found = plan.compute(plan.upload(inputs))
        assert case.check(inputs, plan.download(found), 3).ok
        assert abs(tree.formula(case, on).cycles / found.cycles - 1) < MOST_DEVIATION, case.slug
        # One permutation in PERIOD cycles, and little besides.
        assert found.cycles >= poseidon2_trees.PERIOD * case.inner_calls


@pytest.mark.parametrize("tree", TREES)
def test_a_million_leaves_are_extrapolated(tree: MerkleFpga) -> None:
    case = MerkleCase(tree.hash, 20, 8)
    modelled = tree.model(case, None, FpgaBackend(), seed=1)
    assert modelled.cycles_are == "extrapolated"
    assert modelled.cycles == pytest.approx(8 * case.inner_calls, rel=0.002)
    assert all(abs(one.deviation) < MOST_DEVIATION for one in modelled.compared)
