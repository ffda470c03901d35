"""Merkle trees: every backend builds the reference's tree, and only true openings are accepted."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zkmark.backends.threads import available_threads
from zkmark.kernels.fields.parameters import FIELDS
from zkmark.kernels.hashes import HASHES, compress, hash_bytes, hash_elements
from zkmark.kernels.merkle.api import merkle_tree, verify_opening
from zkmark.kernels.merkle.case import MerkleCase

BYTE_HASHES = [id for id, h in HASHES.items() if h.kind == "bytes"]
ALGEBRAIC = [id for id, h in HASHES.items() if h.kind == "algebraic"]
# 24 and more than two threads are tried by the pool's own tests.
THREADS = sorted({1, available_threads()})


def leaves_of(hash, log_size, width, leaf_type=None, seed=7):
    return MerkleCase(hash, log_size, width, leaf_type).make_input(seed)["leaves"]


def fast_backends(hash):
    return ["cpu"] if hash in BYTE_HASHES else ["cpu", "numba"]


def assert_same_tree(leaves, hash, leaf_type=None, threads=1):
    expected = merkle_tree(leaves, hash, leaf_type=leaf_type, backend="reference")
    for backend in fast_backends(hash):
        tree = merkle_tree(leaves, hash, leaf_type=leaf_type, backend=backend, threads=threads)
        assert tree.log_size == expected.log_size
        for level in range(tree.log_size + 1):
            np.testing.assert_array_equal(tree.layer(level), expected.layer(level), backend)
        assert tree.root.dtype == expected.root.dtype
        np.testing.assert_array_equal(tree.root, expected.root)


@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("log_size", range(6))
@pytest.mark.parametrize("hash", list(HASHES))
def test_every_backend_builds_the_reference_s_tree(hash, log_size, threads):
    assert_same_tree(leaves_of(hash, log_size, 5), hash, threads=threads)


@pytest.mark.parametrize("hash", ["sha-256", "poseidon2-goldilocks-8"])
@pytest.mark.parametrize("log_size", [6, 7, 8])
def test_deeper_trees_are_split_over_threads_alike(hash, log_size):
    assert_same_tree(leaves_of(hash, log_size, 1), hash, threads=THREADS[-1])


@pytest.mark.parametrize("width", [1, 3, 4, 7, 8, 9, 16, 17, 24, 64])
@pytest.mark.parametrize("hash", list(HASHES))
def test_leaves_of_any_width(hash, width):
    assert_same_tree(leaves_of(hash, 1, width), hash)


@pytest.mark.parametrize("width", [55, 56, 63, 65, 119, 135, 136, 137, 1024, 1025, 3073])
@pytest.mark.parametrize("hash", BYTE_HASHES)
def test_leaves_of_bytes_around_the_borders_of_blocks(hash, width):
    assert_same_tree(leaves_of(hash, 1, width), hash)


@settings(max_examples=25, deadline=None)
@given(
    hash=st.sampled_from(list(HASHES)),
    width=st.integers(1, 70),
    log_size=st.integers(0, 3),
    seed=st.integers(0, 2**32),
)
def test_any_shape_of_tree(hash, width, log_size, seed):
    assert_same_tree(leaves_of(hash, log_size, width, seed=seed), hash)


@pytest.mark.parametrize("leaf_type", list(FIELDS))
@pytest.mark.parametrize("hash", BYTE_HASHES)
def test_elements_are_hashed_as_their_little_endian_bytes(hash, leaf_type):
    field = FIELDS[leaf_type]
    leaves = leaves_of(hash, 1, 3, leaf_type)
    assert_same_tree(leaves, hash, leaf_type)
    as_bytes = leaves.astype(leaves.dtype.newbyteorder("<")).tobytes()
    half = 3 * field.bytes_per_element
    digests = [hash_bytes(hash, as_bytes[:half]), hash_bytes(hash, as_bytes[half:])]
    root = merkle_tree(leaves, hash, leaf_type=leaf_type).root
    assert root.tobytes() == hash_bytes(hash, digests[0] + digests[1])


@pytest.mark.parametrize("hash", ALGEBRAIC)
def test_edge_elements(hash):
    p = FIELDS[HASHES[hash].field].modulus
    dtype = HASHES[hash].digest_dtype
    for value in (0, 1, p - 1):
        assert_same_tree(np.full((4, 9), value, dtype=dtype), hash)


@pytest.mark.parametrize("hash", list(HASHES))
def test_the_root_of_one_leaf_is_its_digest_and_of_two_their_compression(hash):
    leaves = leaves_of(hash, 1, 3)
    if hash in BYTE_HASHES:
        digests = [hash_bytes(hash, leaf.tobytes()) for leaf in leaves]
        parent = list(compress(hash, *digests))
        first = list(digests[0])
    else:
        digests = [hash_elements(hash, leaf.tolist()) for leaf in leaves]
        parent = compress(hash, *digests)
        first = digests[0]
    assert merkle_tree(leaves[:1], hash).root.tolist() == first
    assert merkle_tree(leaves, hash).root.tolist() == parent


def test_leaves_that_are_not_contiguous_are_hashed_by_their_values():
    leaves = leaves_of("blake3", 3, 10)
    strided = np.asfortranarray(leaves)
    np.testing.assert_array_equal(
        merkle_tree(strided, "blake3").root, merkle_tree(leaves, "blake3").root
    )
    elements = leaves_of("rpo-256", 3, 10)[:, ::2]
    assert_same_tree(elements, "rpo-256")


def test_the_input_is_not_written_to():
    leaves = leaves_of("poseidon2-babybear-16", 4, 9)
    before = leaves.copy()
    leaves.flags.writeable = False
    for backend in ("cpu", "numba", "reference"):
        merkle_tree(leaves, "poseidon2-babybear-16", backend=backend)
    np.testing.assert_array_equal(leaves, before)


@pytest.mark.parametrize("log_size", [0, 1, 3])
@pytest.mark.parametrize("hash", list(HASHES))
def test_every_leaf_opens_on_every_backend(hash, log_size):
    leaves = leaves_of(hash, log_size, 3)
    reference = merkle_tree(leaves, hash, backend="reference")
    for backend in ["reference", *fast_backends(hash)]:
        tree = merkle_tree(leaves, hash, backend=backend)
        for index, leaf in enumerate(leaves):
            path = tree.open(index)
            assert path.shape == (log_size, *HASHES[hash].digest_shape)
            np.testing.assert_array_equal(path, reference.open(index))
            assert verify_opening(tree.root, leaf, index, path, hash, log_size=log_size)


def flipped(array):
    """Each copy of an array with one bit flipped: of every word, its lowest and its highest bit."""
    for at in range(array.size):
        for bit in (0, array.dtype.itemsize * 8 - 1):
            copy = array.copy()
            copy.reshape(-1)[at] ^= array.dtype.type(1 << bit)
            yield copy


@pytest.mark.parametrize(
    ("hash", "leaf_type"),
    [
        ("sha-256", None),
        ("blake3", None),
        ("keccak-256", None),
        ("sha-256", "bn254-fr"),
        ("poseidon2-babybear-16", None),
        ("poseidon2-goldilocks-8", None),
        ("rpo-256", None),
    ],
)
def test_any_flipped_bit_is_rejected(hash, leaf_type):
    # Keccak and RPO in Python are slow: two layers are as good as ten.
    log_size, index = 2, 2
    leaves = leaves_of(hash, log_size, 2, leaf_type)
    tree = merkle_tree(leaves, hash, leaf_type=leaf_type)
    root, leaf, path = tree.root, leaves[index], tree.open(index)

    def accepts(root=root, leaf=leaf, index=index, path=path):
        return verify_opening(root, leaf, index, path, hash, leaf_type)

    assert accepts()
    assert not any(accepts(root=wrong) for wrong in flipped(root))
    assert not any(accepts(leaf=wrong) for wrong in flipped(leaf))
    assert not any(accepts(path=wrong) for wrong in flipped(path))
    assert not any(accepts(index=index ^ (1 << bit)) for bit in range(8))
    assert not accepts(index=-1)
    assert not accepts(path=path[::-1].copy())
    assert not accepts(path=path[:1])


def test_elements_that_are_not_canonical_are_not_valid_in_an_opening():
    # 0 and p are the same element; accepting both would give one leaf two encodings.
    hash, p = "poseidon2-babybear-16", FIELDS["babybear"].modulus
    leaves = np.zeros((2, 3), dtype=np.uint32)
    tree = merkle_tree(leaves, hash)
    assert verify_opening(tree.root, leaves[0], 0, tree.open(0), hash)
    twin = leaves[0].copy()
    twin[1] = p
    assert not verify_opening(tree.root, twin, 0, tree.open(0), hash)


def test_a_verifier_who_knows_the_depth_refuses_an_inner_node_as_a_leaf():
    leaves = leaves_of("sha-256", 2, 64)
    tree = merkle_tree(leaves, "sha-256")
    node = tree.layer(0)[:2].reshape(64)  # two digests look like a 64-byte leaf
    path = tree.open(0)[1:]
    assert verify_opening(tree.root, node, 0, path, "sha-256")
    assert not verify_opening(tree.root, node, 0, path, "sha-256", log_size=2)


def test_bad_leaves_are_refused_in_one_sentence():
    def build(leaves, hash="sha-256", **options):
        merkle_tree(leaves, hash, **options)

    with pytest.raises(ValueError, match="leaves: got 3 leaves, want a power of two"):
        build(np.zeros((3, 4), np.uint8))
    with pytest.raises(ValueError, match="leaves: got 0 leaves, want a power of two"):
        build(np.zeros((0, 4), np.uint8))
    with pytest.raises(ValueError, match="leaves: got width 0, want leaves of 1 or more"):
        build(np.zeros((4, 0), np.uint8))
    with pytest.raises(ValueError, match="leaves: got width 0"):
        build(np.zeros((4, 0), np.uint32), "poseidon2-babybear-16")
    with pytest.raises(ValueError, match="leaves: got int64, want a NumPy array of uint8"):
        build(np.zeros((4, 4), np.int64))
    with pytest.raises(ValueError, match="leaves: got list, want a NumPy array of uint8"):
        build([[1, 2]])
    with pytest.raises(ValueError, match=r"leaves: got shape \(4,\), want \(any, any\) bytes"):
        build(np.zeros(4, np.uint8))
    with pytest.raises(ValueError, match="leaves: got dtype uint64, want uint32"):
        build(np.zeros((4, 4), np.uint64), "poseidon2-babybear-16")
    with pytest.raises(ValueError, match=r"leaves: got 2013265921 at index \[1, 2\]"):
        leaves = np.zeros((2, 4), np.uint32)
        leaves[1, 2] = 2013265921
        build(leaves, "poseidon2-babybear-24")


def test_bad_choices_are_refused_in_one_sentence():
    leaves = np.zeros((2, 4), np.uint8)
    with pytest.raises(ValueError, match="hash: got 'md5', want one of sha-256"):
        merkle_tree(leaves, "md5")
    with pytest.raises(ValueError, match="leaf_type: got 'bits', want one of bytes, goldilocks"):
        merkle_tree(leaves, "blake3", leaf_type="bits")
    with pytest.raises(ValueError, match="leaf_type: got 'bytes', want 'babybear'"):
        merkle_tree(leaves, "poseidon2-babybear-16", leaf_type="bytes")
    with pytest.raises(ValueError, match=r"numba cannot compute .*hash field elements .*not bytes"):
        merkle_tree(leaves, "blake3", backend="numba")
    with pytest.raises(ValueError, match="backend: got 'gpu'"):
        merkle_tree(leaves, "blake3", backend="gpu")


def test_bad_openings_are_refused_in_one_sentence():
    leaves = leaves_of("blake3", 2, 4)
    tree = merkle_tree(leaves, "blake3")
    path = tree.open(1)
    with pytest.raises(ValueError, match="index: got 4, want 0 to 3"):
        tree.open(4)
    with pytest.raises(ValueError, match="level: got 3, want 0 to 2"):
        tree.layer(3)
    with pytest.raises(ValueError, match=r"root: got uint8\[31\], want uint8\[32\]"):
        verify_opening(tree.root[:31], leaves[1], 1, path, "blake3")
    with pytest.raises(ValueError, match=r"path: got uint64\[2, 32\], want uint8\[2, 32\]"):
        verify_opening(tree.root, leaves[1], 1, path.astype(np.uint64), "blake3")
    with pytest.raises(ValueError, match="path: want an array of digests"):
        verify_opening(tree.root, leaves[1], 1, path[0], "blake3")
    with pytest.raises(ValueError, match="leaf: want one row of leaves of bytes"):
        verify_opening(tree.root, leaves, 1, path, "blake3")
