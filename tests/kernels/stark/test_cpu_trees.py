"""Native commitments to columns, their openings and proofs of work are the reference's."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from zkmark import _native
from zkmark.backends.cpu import CpuBackend
from zkmark.kernels.hashes import hash_bytes
from zkmark.kernels.stark.cpu import CpuStarkKernels
from zkmark.kernels.stark.cpu.trees import verify_openings
from zkmark.kernels.stark.domain import MODULUS
from zkmark.kernels.stark.openings import combined_root
from zkmark.kernels.stark.operations import Opened, Opening
from zkmark.kernels.stark.reference import ReferenceStarkKernels, grinding_word

LEVELS = _native.isa_levels()
HASHES = ["blake3", "rpo-256", "poseidon2-goldilocks-12"]

# Blocks, and (columns, log2 of the height, ways) of each matrix.
SHAPES = [
    (2, [(1, 0, 1)]),
    (16, [(3, 0, 1)]),
    (2, [(5, 1, 1)]),
    (4, [(9, 2, 1)]),
    (2, [(8, 3, 1), (1, 3, 1)]),
    (2, [(2, 5, 1), (7, 4, 1), (3, 5, 1), (1, 0, 1)]),
    (8, [(1, 6, 1), (16, 2, 1), (5, 2, 1)]),
    (2, [(4, 7, 1), (2, 6, 1), (2, 5, 1), (2, 4, 1), (2, 3, 1), (2, 2, 1), (2, 1, 1), (2, 0, 1)]),
    (2, [(16, 6, 8)]),
    (4, [(6, 5, 2), (3, 5, 1), (4, 3, 4)]),
]


@pytest.fixture(autouse=True)
def _restore():
    yield
    CpuBackend().activate()


def verify_opening(hash, heights, blocks, indices, rows, siblings, root):
    opened = Opened(tuple(heights), indices, Opening(tuple(rows), siblings), root)
    (verdict,) = verify_openings(hash, blocks, [opened])
    return verdict


def columns_of(kernels, shape, seed=3):
    """Make the matrices of a shape; split ones are unsplit columns before."""
    blocks, matrices = shape
    rng = np.random.default_rng(seed)
    made = []
    for count, log_height, ways in matrices:
        size = (count // ways, blocks, ways << log_height)
        values = rng.integers(0, MODULUS, size, dtype=np.uint64)
        values.reshape(-1)[:2] = MODULUS - 1
        columns = kernels.upload(values)
        made.append(columns.split(ways) if ways > 1 else columns)
    return made


def heights_of(shape):
    return [1 << log_height for _, log_height, _ in shape[1]]


def choices(leaves):
    """Yield some leaves to open: one, all, the two ends, siblings, random ones."""
    yield [0]
    yield [leaves - 1]
    yield list(range(leaves))
    yield sorted({0, leaves - 1})
    yield sorted({0, leaves // 2})
    rng = np.random.default_rng(leaves)
    yield sorted(rng.choice(leaves, max(1, leaves // 5), replace=False).tolist())


@pytest.mark.parametrize("isa", LEVELS)
@pytest.mark.parametrize("hash", HASHES)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_root_and_openings_as_the_reference(shape, hash, isa):
    CpuBackend(isa=isa).activate()
    native, reference = CpuStarkKernels(2), ReferenceStarkKernels(2, hash_backend="cpu")
    tree = native.commit(columns_of(native, shape), hash)
    expected = reference.commit(columns_of(reference, shape), hash)
    assert bytes(tree.root) == bytes(expected.root)
    blocks, heights = shape[0], heights_of(shape)
    for indices in choices(blocks * max(heights)):
        at = np.array(indices, np.int64)
        opening, wanted = tree.open(at), expected.open(at)
        assert len(opening.rows) == len(wanted.rows)
        for rows, wanted_rows in zip(opening.rows, wanted.rows, strict=True):
            np.testing.assert_array_equal(rows, wanted_rows)
        np.testing.assert_array_equal(opening.siblings, wanted.siblings)
        assert combined_root(hash, blocks, heights, at, opening, "cpu") == bytes(tree.root)
        assert verify_opening(hash, heights, blocks, at, opening.rows, opening.siblings, tree.root)


@pytest.mark.parametrize("threads", [1, 2, 7])
@pytest.mark.parametrize("isa", LEVELS)
@pytest.mark.parametrize(
    ("hash", "shape"),
    [
        ("blake3", (2, [(3, 12, 1), (2, 10, 1), (70, 5, 1)])),
        ("blake3", (8, [(1, 13, 1)])),
        ("blake3", (2, [(4, 11, 4), (1, 9, 1)])),
        ("poseidon2-goldilocks-12", (2, [(9, 9, 1), (2, 8, 1)])),
        ("sha-256", (2, [(3, 10, 1), (2, 4, 1)])),
        ("poseidon2-goldilocks-8", (2, [(3, 7, 1)])),
    ],
    ids=str,
)
def test_many_tiles_and_threads(hash, shape, isa, threads):
    CpuBackend(isa=isa).activate()
    _native.set_thread_count(threads)
    native, reference = CpuStarkKernels(2), ReferenceStarkKernels(2, hash_backend="cpu")
    tree = native.commit(columns_of(native, shape), hash)
    expected = reference.commit(columns_of(reference, shape), hash)
    assert bytes(tree.root) == bytes(expected.root)
    leaves = shape[0] * max(heights_of(shape))
    at = np.sort(np.random.default_rng(5).choice(leaves, 60, replace=False))
    opening = tree.open(at)
    np.testing.assert_array_equal(opening.siblings, expected.open(at).siblings)
    arguments = (hash, heights_of(shape), shape[0], at, opening.rows, opening.siblings)
    assert verify_opening(*arguments, tree.root)


@pytest.mark.parametrize("isa", LEVELS)
@pytest.mark.parametrize("columns", [0, 1, 7, 8, 9, 127, 128, 129, 256, 300, 513])
def test_leaves_of_every_length(columns, isa):
    """Of a tree of one leaf a block and two blocks, of up to five chunks."""
    CpuBackend(isa=isa).activate()
    native = CpuStarkKernels(2)
    for height in (1, 64):
        values = np.random.default_rng(columns).integers(
            0, MODULUS, (columns, 2, height), dtype=np.uint64
        )
        tree = native.commit([native.upload(values)], "blake3")
        reference = ReferenceStarkKernels(2, hash_backend="cpu")
        expected = reference.commit([reference.upload(values)], "blake3")
        assert bytes(tree.root) == bytes(expected.root)
    leaf = tree.open(np.array([0], np.int64)).rows[0]
    sibling = tree.open(np.array([height // 2], np.int64)).siblings[0]
    assert bytes(sibling) == hash_bytes("blake3", leaf.tobytes())


@pytest.fixture(scope="module")
def opened():
    shape = (4, [(3, 6, 1), (2, 4, 1), (4, 6, 2), (1, 0, 1)])
    kernels = CpuStarkKernels(2)
    found = {}
    for hash in HASHES:
        tree = kernels.commit(columns_of(kernels, shape), hash)
        at = np.array([0, 16, 17, 32, 63, 64, 130, 255], np.int64)
        found[hash] = (shape, at, tree.open(at), tree.root)
    return found


@pytest.mark.parametrize("hash", HASHES)
def test_every_change_of_an_opening_is_refused(hash, opened):
    shape, at, opening, root = opened[hash]

    def verdict(
        at=at,
        opening=opening,
        root=root,
    ):
        blocks, heights = shape[0], heights_of(shape)
        native = verify_opening(hash, heights, blocks, at, opening.rows, opening.siblings, root)
        twin = combined_root(hash, blocks, heights, at, opening, "cpu")
        assert native == (twin == bytes(root))
        return native

    assert verdict()
    for byte in range(32):
        changed = root.copy()
        changed[byte] ^= 1
        assert not verdict(root=changed)
    for i in range(len(opening.siblings)):
        for byte, bit in ((0, 1), (31, 0x80), (15, 0x10)):
            siblings = opening.siblings.copy()
            siblings[i, byte] ^= bit
            assert not verdict(opening=dataclasses.replace(opening, siblings=siblings))
    for m, rows in enumerate(opening.rows):
        for i in range(rows.shape[0]):
            for c in range(rows.shape[1]):
                for value in (rows[i, c] ^ np.uint64(1), np.uint64(MODULUS), ~np.uint64(0)):
                    changed_rows = list(opening.rows)
                    changed_rows[m] = rows.copy()
                    changed_rows[m][i, c] = value
                    assert not verdict(
                        opening=dataclasses.replace(opening, rows=tuple(changed_rows))
                    )
    fewer = dataclasses.replace(opening, siblings=opening.siblings[:-1])
    more = dataclasses.replace(
        opening, siblings=np.concatenate([opening.siblings, opening.siblings[:1]])
    )
    none = dataclasses.replace(opening, siblings=opening.siblings[:0])
    assert not verdict(opening=fewer)
    assert not verdict(opening=more)
    assert not verdict(opening=none)
    moved = at.copy()
    moved[-1] -= 1
    assert not verdict(at=moved)
    short = dataclasses.replace(opening, rows=tuple(rows[:-1] for rows in opening.rows))
    assert not verdict(opening=short)
    assert not verdict(at=at[:-1], opening=short)
    assert not verdict(at=at[:-1])
    assert not verdict(
        opening=dataclasses.replace(opening, rows=(*opening.rows[:-1], opening.rows[-1][:, :0]))
    )


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("hash", HASHES)
def test_many_openings_each_have_their_own_verdict(hash, threads, opened):
    """Openings of several trees at once, of which some are wrong."""
    _native.set_thread_count(threads)
    shape, at, opening, root = opened[hash]
    wrong = root.copy()
    wrong[7] ^= 1
    right = Opened(tuple(heights_of(shape)), at, opening, root)
    other = dataclasses.replace(right, root=wrong)
    short = dataclasses.replace(right, indices=at[:-1])
    kernels = CpuStarkKernels(2)
    tree = kernels.commit(columns_of(kernels, (4, [(5, 3, 1)]), seed=4), hash)
    few = np.array([2, 9, 30], np.int64)
    small = Opened((8,), few, tree.open(few), tree.root)
    assert verify_openings(hash, 4, []) == []
    asked = [right, other, small, short, right, dataclasses.replace(small, root=root)]
    assert verify_openings(hash, 4, asked * 3) == [True, False, True, False, True, False] * 3


@pytest.mark.parametrize("hash", HASHES)
def test_words_that_are_not_canonical_are_refused(hash):
    """Zero written as the modulus hashes to the same by an algebraic hash."""
    kernels = CpuStarkKernels(2)
    values = np.zeros((1, 2, 4), np.uint64)
    tree = kernels.commit([kernels.upload(values)], hash)
    at = np.array([1], np.int64)
    opening = tree.open(at)
    rows = opening.rows[0]
    assert verify_opening(hash, [4], 2, at, [rows], opening.siblings, tree.root)
    assert not verify_opening(
        hash, [4], 2, at, [rows + np.uint64(MODULUS)], opening.siblings, tree.root
    )


def test_shorter_rows_that_two_leaves_share_must_agree(opened):
    """Even where the one that is hashed is right."""
    shape, at, opening, root = opened["blake3"]
    # Leaves 0, 16, 32 are row 0 of the matrix of 16 rows.
    for i in (0, 1, 3):
        rows = list(opening.rows)
        rows[1] = rows[1].copy()
        rows[1][i, 0] ^= np.uint64(1)
        assert not verify_opening("blake3", heights_of(shape), 4, at, rows, opening.siblings, root)


def test_bad_input():
    kernels = CpuStarkKernels(2)
    a, b = (kernels.upload(np.zeros((1, blocks, 4), np.uint64)) for blocks in (2, 4))
    with pytest.raises(ValueError, match="matrices: got none"):
        kernels.commit([], "blake3")
    with pytest.raises(ValueError, match="got 4 and 2 blocks, want equal"):
        kernels.commit([a, b], "blake3")
    with pytest.raises(ValueError, match="hash"):
        kernels.commit([a], "md5")
    with pytest.raises(ValueError, match="another field"):
        kernels.commit([a], "poseidon2-babybear-16")
    tree = kernels.commit([a], "blake3")
    for indices in ([1, 1], [2, 1], [-1], [8]):
        with pytest.raises(ValueError, match="indices: want ascending distinct leaves"):
            tree.open(np.array(indices, np.int64))
    with pytest.raises(ValueError, match="bits: got 61"):
        kernels.grind("blake3", np.zeros(32, np.uint8), 61)
    with pytest.raises(ValueError, match="seed: got 31 bytes"):
        kernels.grind("blake3", np.zeros(31, np.uint8), 1)


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("isa", LEVELS)
@pytest.mark.parametrize(("hash", "bits"), [("blake3", 12), ("rpo-256", 5), (HASHES[2], 9)])
def test_grinding_finds_the_least_nonce(hash, bits, isa, threads):
    CpuBackend(isa=isa).activate()
    _native.set_thread_count(threads)
    native = CpuStarkKernels(2)
    for trial in range(3):
        seed = np.random.default_rng(trial).integers(0, MODULUS, 4, dtype=np.uint64).view(np.uint8)
        for few in (0, 1, 3, bits):
            nonce = native.grind(hash, seed, few)
            words = (grinding_word(hash, seed, i, "cpu") for i in range(nonce + 1))
            assert [i for i, word in enumerate(words) if word % (1 << few) == 0] == [nonce]
