"""A native tree does not depend on how its layers are cut into ranges and pieces for threads."""

from hashlib import sha256

import numpy as np
import pytest
from blake3 import blake3

from zkmark import _native
from zkmark.kernels.merkle.case import MerkleCase

DIGESTS = {
    "sha-256": lambda data: sha256(data).digest(),
    "blake3": lambda data: blake3(data).digest(),
}


@pytest.fixture(autouse=True)
def _restore():
    before = _native.thread_count()
    yield
    _native.set_thread_count(before)


def build(hash, log_size, width, threads):
    """Return the leaves and the tree, on more threads than there may be processors."""
    case = MerkleCase(hash, log_size, width)
    leaves = case.make_input(7)["leaves"]
    _native.set_thread_count(threads)
    tree = _native.MerkleTree(hash, log_size)
    tree.build(case.rules.leaf_bytes(leaves))
    return leaves, tree


@pytest.mark.parametrize("threads", [1, 2, 5, 24])
@pytest.mark.parametrize("log_size", [5, 6, 9, 10, 11, 13])
@pytest.mark.parametrize("hash", list(DIGESTS))
def test_trees_of_many_ranges(hash, log_size, threads):
    leaves, tree = build(hash, log_size, 3, threads)
    layer = [DIGESTS[hash](leaf.tobytes()) for leaf in leaves]
    for level in range(log_size + 1):
        assert tree.layer(level).tobytes() == b"".join(layer)
        layer = [DIGESTS[hash](a + b) for a, b in zip(layer[::2], layer[1::2], strict=False)]


def test_so_many_ranges_that_what_they_leave_is_shared_out_again():
    log_size = 16
    leaves, tree = build("sha-256", log_size, 1, 64)
    layer = tree.layer(0).tobytes()
    assert layer == b"".join(sha256(leaf.tobytes()).digest() for leaf in leaves)
    for level in range(1, log_size + 1):
        pairs = [layer[i : i + 64] for i in range(0, len(layer), 64)]
        layer = b"".join(sha256(pair).digest() for pair in pairs)
        assert tree.layer(level).tobytes() == layer


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize(("log_size", "width"), [(0, 70_000), (1, 50_000), (3, 30_000), (6, 5000)])
def test_few_long_leaves(log_size, width, threads):
    leaves, tree = build("blake3", log_size, width, threads)
    layer = [blake3(leaf.tobytes()).digest() for leaf in leaves]
    assert tree.layer(0).tobytes() == b"".join(layer)
    while len(layer) > 1:
        layer = [blake3(a + b).digest() for a, b in zip(layer[::2], layer[1::2], strict=True)]
    assert tree.root().tobytes() == layer[0]


@pytest.mark.parametrize("hash", ["poseidon2-babybear-16", "poseidon2-goldilocks-8", "rpo-256"])
def test_trees_of_algebraic_hashes_do_not_depend_on_threads(hash):
    log_size = 9
    _, alone = build(hash, log_size, 3, 1)
    for threads in (2, 3, 24):
        _, shared = build(hash, log_size, 3, threads)
        for level in range(log_size + 1):
            np.testing.assert_array_equal(shared.layer(level), alone.layer(level))


def test_a_tree_can_be_built_again_from_other_leaves():
    case = MerkleCase("keccak-256", 11, 40)
    tree = _native.MerkleTree("keccak-256", 11)
    roots = []
    for seed in (1, 2, 1):
        tree.build(case.rules.leaf_bytes(case.make_input(seed)["leaves"]))
        roots.append(tree.root().tobytes())
    assert roots[0] == roots[2] != roots[1]
