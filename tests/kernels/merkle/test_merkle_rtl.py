"""Trees in hardware: every root against the definition, and cycles against the model."""

from __future__ import annotations

import random
import struct

import numpy as np
import pytest

from zkmark.backends.fpga.design import Design
from zkmark.backends.fpga.simulation import Run, SimulationError, Simulator, Stalls
from zkmark.kernels.hashes.rtl import bytewise
from zkmark.kernels.merkle import rtl
from zkmark.kernels.merkle.fpga import TreeModel
from zkmark.kernels.merkle.reference import merkle_tree
from zkmark.kernels.merkle.rules import merkle_rules

MOST_CYCLES = 3_000_000  # a design that stands still is stopped
pytestmark = pytest.mark.usefixtures("fpga_tools")

FOLDED = bytewise.FOLDED
HASH_OF = {
    rtl.sha_256(): "sha-256",
    rtl.sha_256(FOLDED["sha-256"]): "sha-256",
    rtl.blake3(): "blake3",
    rtl.blake3(FOLDED["blake3"]): "blake3",
}
UNROLLED = [rtl.sha_256(), rtl.blake3()]
ALL = list(HASH_OF)
# Around the borders of blocks, of SHA-256's padding and of BLAKE3's chunk.
WIDTHS = [1, 31, 32, 55, 56, 63, 64, 65, 119, 120, 128, 200, 1023, 1024]


def named(design: Design) -> str:
    return design.name


def words_of_bytes(text: bytes, bits: int) -> np.ndarray:
    size = bits // 8
    text += b"\xa5" * (-len(text) % size)  # what stands behind a tree does not matter
    return np.frombuffer(text, "<u4").reshape(-1, size // 4)


def random_trees(trees: int, log_size: int, width: int, seed: int) -> list[list[bytes]]:
    draw = random.Random(seed)
    return [[draw.randbytes(width) for _ in range(1 << log_size)] for _ in range(trees)]


def simulate(design: Design, trees: list[list[bytes]], width: int, **how: object) -> Run:
    bits = design.inputs[0].bits
    words = np.concatenate([words_of_bytes(b"".join(leaves), bits) for leaves in trees])
    settings = {"leaf_bytes": width, "log_size": len(trees[0]).bit_length() - 1}
    return Simulator(design).run(
        {"leaves": words},
        {"root": len(trees)},
        settings=settings,
        max_cycles=MOST_CYCLES,
        **how,  # type: ignore[arg-type]
    )


def roots_by_definition(hash: str, trees: list[list[bytes]]) -> list[bytes]:
    rules = merkle_rules(hash)
    return [bytes(merkle_tree(leaves, rules)[-1][0]) for leaves in trees]


def check(design: Design, trees: list[list[bytes]], width: int, **how: object) -> Run:
    run = simulate(design, trees, width, **how)
    roots = [row.tobytes() for row in run.outputs["root"]]
    assert roots == roots_by_definition(HASH_OF[design], trees)
    return run


@pytest.mark.parametrize("design", ALL, ids=named)
@pytest.mark.parametrize("log_size", [0, 1, 2, 3, 5, 7])
def test_small_trees_of_any_size(design: Design, log_size: int):
    for width in (32, 64, 100):
        check(design, random_trees(1, log_size, width, seed=width), width)


@pytest.mark.parametrize("design", ALL, ids=named)
@pytest.mark.parametrize("width", WIDTHS)
def test_leaves_of_any_width(design: Design, width: int):
    check(design, random_trees(1, 4, width, seed=1), width, stalls=Stalls(0.2, 0.2), seed=width)


@pytest.mark.parametrize("design", UNROLLED, ids=named)
@pytest.mark.parametrize("width", [20, 64, 150])
def test_trees_that_keep_the_core_full(design: Design, width: int):
    check(design, random_trees(1, 9, width, seed=2), width)


@pytest.mark.slow
@pytest.mark.parametrize("design", ALL, ids=named)
@pytest.mark.parametrize("seed", range(4))
def test_random_trees(design: Design, seed: int):
    draw = random.Random(seed)
    for _ in range(20):
        width, log_size = draw.randrange(1, 1025), draw.randrange(8)
        stalls = Stalls(draw.random() * 0.8, draw.random() * 0.8)
        trees = random_trees(draw.randrange(1, 4), log_size, width, draw.getrandbits(30))
        check(design, trees, width, stalls=stalls, seed=draw.getrandbits(30))


@pytest.mark.parametrize("design", UNROLLED, ids=named)
@pytest.mark.parametrize("kind", ["zeros", "ones", "all-equal"])
def test_edge_leaves(design: Design, kind: str):
    byte = {"zeros": b"\0", "ones": b"\xff", "all-equal": b"\x80"}[kind]
    check(design, [[byte * 70] * 8], 70)


def test_sha_256_leaves_fill_the_ring_and_wrap_around_in_it():
    width, log_size = 1700, 8  # 27 blocks each: thrice what the ring holds
    run = check(rtl.sha_256(), random_trees(1, log_size, width, seed=3), width)
    assert run.transfers["leaves"].refused > 0


@pytest.mark.parametrize("design", ALL, ids=named)
@pytest.mark.parametrize("stalls", [Stalls(0.9, 0.0), Stalls(0.0, 0.9), Stalls(0.5, 0.5)], ids=str)
def test_trees_follow_one_another_with_bubbles_and_back_pressure(design: Design, stalls: Stalls):
    for log_size, width in ((0, 40), (1, 65), (4, 130)):
        check(design, random_trees(6, log_size, width, seed=4), width, stalls=stalls, seed=5)


@pytest.mark.parametrize("design", UNROLLED, ids=named)
def test_more_roots_than_their_queue_holds_wait(design: Design):
    trees = random_trees(3000, 0, 16, seed=6)
    run = check(design, trees, 16, stalls=Stalls(0.0, 0.97), seed=7)
    assert run.transfers["root"].refused > 0
    assert run.transfers["leaves"].refused > 0


@pytest.mark.parametrize("design", ALL, ids=named)
@pytest.mark.parametrize("at", [2, 9, 100, 333])
def test_a_reset_in_the_middle_leaves_nothing_behind(design: Design, at: int):
    check(design, random_trees(2, 5, 90, seed=8), 90, reset_at=at, seed=at)


@pytest.mark.parametrize("design", ALL, ids=named)
def test_registers_of_any_content_do_not_matter(design: Design):
    trees = random_trees(1, 3, 64, seed=9)
    cycles = {check(design, trees, 64, seed=seed).cycles for seed in range(4)}
    assert len(cycles) == 1


@pytest.mark.parametrize("design", ALL, ids=named)
def test_counters_are_the_bench_s_counts(design: Design):
    trees, width = random_trees(3, 5, 120, seed=10), 120
    run = check(design, trees, width)
    model = MODELS[design]
    assert run.counters["leaves_hashed"] == 3 * 32
    assert run.counters["nodes_hashed"] == 3 * 31
    assert run.counters["jobs"] == 3 * model.jobs(5, width)
    # From the first leaf's first job to the root is taken every cycle has a job or is idle; before
    # it a word is held, cut, shifted, padded, stored, counted and begun.
    first_job = FIRST_WORD_TO_JOB + model.leaf_blocks(width) - 1
    assert run.counters["jobs"] + run.counters["idle"] == run.cycles - first_job


FIRST_WORD_TO_JOB = 5
MODELS = {
    rtl.sha_256(): TreeModel(bytewise.sha_256_timing(), padding=9, node_blocks=2),
    rtl.blake3(): TreeModel(bytewise.blake3_timing()),
    rtl.sha_256(FOLDED["sha-256"]): TreeModel(
        bytewise.sha_256_timing(FOLDED["sha-256"]), padding=9, node_blocks=2, in_flight=8
    ),
    rtl.blake3(FOLDED["blake3"]): TreeModel(bytewise.blake3_timing(FOLDED["blake3"]), in_flight=8),
}


@pytest.mark.parametrize("design", ALL, ids=named)
def test_the_model_has_the_design_s_parameters(design: Design):
    parameters = dict(design.parameters)
    assert MODELS[design].in_flight == parameters["IN_FLIGHT"]
    assert MODELS[design].log_blocks == parameters["LOG_BLOCKS"]


@pytest.mark.parametrize("design", UNROLLED, ids=named)
@pytest.mark.parametrize(("log_size", "width"), [(10, 64), (10, 20), (9, 200), (8, 1000)])
def test_cycles_fit_the_formula(design: Design, log_size: int, width: int):
    run = simulate(design, random_trees(1, log_size, width, seed=11), width)
    assert MODELS[design].cycles(log_size, width) == pytest.approx(run.cycles, rel=0.01)


@pytest.mark.parametrize("design", [d for d in ALL if d not in UNROLLED], ids=named)
def test_cycles_of_folded_cores_fit_the_formula(design: Design):
    run = simulate(design, random_trees(1, 9, 64, seed=11), 64)
    assert MODELS[design].cycles(9, 64) == pytest.approx(run.cycles, rel=0.01)


@pytest.mark.parametrize("design", UNROLLED, ids=named)
def test_a_tree_of_one_leaf_takes_the_cycles_that_a_hand_counts(design: Design):
    """A word is held (1), shifted (1), padded (1) and stored (1) a block; the leaf is begun (1) and
    its job is there (1). Then a loop for each block and, instead of the last one's register, two
    for the root's queue and one to take it."""
    model = MODELS[design]
    for width in (1, 64, 300):
        blocks = model.leaf_blocks(width)
        run = simulate(design, random_trees(1, 0, width, seed=12), width)
        assert run.cycles == blocks + model.loop * blocks + 7


@pytest.mark.parametrize("design", UNROLLED, ids=named)
def test_while_leaves_are_left_the_core_has_a_job_each_cycle(design: Design):
    width, log_size = 64, 11
    run = simulate(design, random_trees(1, log_size, width, seed=13), width)
    model = MODELS[design]
    # What is idle is the filling and the way from the last leaf to the root, whatever the size.
    path = model.loop * (model.leaf_blocks(width) + log_size * model.node_blocks)
    assert run.counters["idle"] < path + model.loop
    assert run.counters["jobs"] == model.jobs(log_size, width)


def test_too_few_leaves_stand_still_and_say_so():
    leaves = random_trees(1, 2, 64, seed=14)[0][:3]
    words = words_of_bytes(b"".join(leaves), 512)
    with pytest.raises(SimulationError, match=r"stood still.*output 0 0 of 1"):
        Simulator(rtl.sha_256()).run(
            {"leaves": words},
            {"root": 1},
            settings={"leaf_bytes": 64, "log_size": 2},
            max_cycles=2000,
        )


def blocks_by_definition(leaf: bytes, size: int, padding: bool) -> list[bytes]:
    if padding:
        leaf += b"\x80" + bytes(-(len(leaf) + 9) % size) + struct.pack(">Q", 8 * len(leaf))
    leaf += bytes(-len(leaf) % size)
    return [leaf[start : start + size] for start in range(0, len(leaf), size)]


@pytest.mark.parametrize(("block_bytes", "padding"), [(64, True), (32, False)])
@pytest.mark.parametrize("stalls", [Stalls(), Stalls(0.5, 0.0), Stalls(0.0, 0.5), Stalls(0.3, 0.3)])
def test_leaves_are_cut_into_padded_blocks(block_bytes: int, padding: bool, stalls: Stalls):
    design = rtl.leaf_blocks(block_bytes, padding)
    draw = random.Random(15)
    for width in [*range(1, 140, 7), 55, 56, 63, 64, 119, 120, 127, 128, 257, 1000]:
        log_size = draw.randrange(5)
        trees = random_trees(3, log_size, width, seed=width)
        blocks = [
            block
            for leaves in trees
            for leaf in leaves
            for block in blocks_by_definition(leaf, block_bytes, padding)
        ]
        words = [words_of_bytes(b"".join(leaves), 8 * block_bytes) for leaves in trees]
        run = Simulator(design).run(
            {"word": np.concatenate(words)},
            {"block": len(blocks)},
            settings={"leaf_bytes": width, "log_size": log_size},
            stalls=stalls,
            seed=width,
            max_cycles=MOST_CYCLES,
        )
        assert [row.tobytes() for row in run.outputs["block"]] == blocks
        if stalls == Stalls():
            assert run.cycles <= len(blocks) + 3 + len(trees)
