"""Merkle trees on OpenCL and CUDA: roots, layers and openings against the reference."""

from __future__ import annotations

import numpy as np
import pytest

from zkmark import MerkleCase, get_backend, merkle_tree, run, verify_opening
from zkmark.backends.cuda.host import HostSession
from zkmark.backends.device import Limits, Session
from zkmark.kernels.hashes import HASHES
from zkmark.kernels.hashes.device import hash_definitions
from zkmark.kernels.implementation import implementations_of
from zkmark.kernels.merkle.device import DeviceMerklePlan, subtrees_source, tree_memory


def root_on(session: Session, case: MerkleCase) -> bytes:
    plan = DeviceMerklePlan(case, session)
    inputs = case.make_input(3)
    result = plan.compute(plan.upload(inputs))
    assert np.array_equal(plan.download(result), case.reference(inputs)), case.slug
    # Computed again on the same upload, it gives the same.
    return plan.download(plan.compute(plan.leaves)).tobytes()


BYTE_HASHES = [id for id, parameters in HASHES.items() if parameters.field is None]
ALGEBRAIC_HASHES = [id for id in HASHES if id not in BYTE_HASHES]
_OF_A_KIND = ("sha-256", "keccak-256", "poseidon2-babybear-16", "poseidon2-goldilocks-8")
OPENCL = pytest.param("opencl", marks=pytest.mark.driver)


# Widths around the ends of words and blocks, and numbers of leaves that fill no vector.
@pytest.mark.parametrize(
    ("log_size", "width"),
    [(0, 64), (1, 1), (3, 55), (5, 56), (2, 119), (3, 136), (4, 128), (2, 272), (1, 1024)],
)
@pytest.mark.parametrize("hash", BYTE_HASHES)
def test_roots_of_bytes(device_session: Session, hash: str, log_size: int, width: int) -> None:
    case = MerkleCase(hash, log_size, width)
    assert root_on(device_session, case) == root_on(device_session, case)


# Widths within, at and behind the end of one and two blocks of 4, 8 or 16 elements.
@pytest.mark.parametrize(("log_size", "width"), [(0, 8), (1, 1), (2, 16), (3, 7), (5, 17)])
@pytest.mark.parametrize("hash", ALGEBRAIC_HASHES)
def test_roots_of_elements(device_session: Session, hash: str, log_size: int, width: int) -> None:
    root_on(device_session, MerkleCase(hash, log_size, width))


# More leaves than one group, or one work item, takes.
@pytest.mark.parametrize("hash", HASHES)
def test_larger_trees(device_session: Session, hash: str) -> None:
    case = MerkleCase(hash, 10, 64 if hash in BYTE_HASHES else 8)
    inputs = case.make_input(8)
    plan = DeviceMerklePlan(case, device_session)
    root = plan.download(plan.compute(plan.upload(inputs)))
    assert np.array_equal(root, run(case, inputs, backend="cpu"))


@pytest.mark.parametrize("hash", ALGEBRAIC_HASHES)
def test_the_largest_and_the_smallest_elements(device_session: Session, hash: str) -> None:
    case = MerkleCase(hash, 4, 8)
    parameters = case.rules.leaf_field
    assert parameters is not None
    leaves = case.make_input(0)["leaves"]
    leaves[:] = parameters.modulus - 1
    leaves[1::2] = 0
    leaves[5, ::3] = 1
    plan = DeviceMerklePlan(case, device_session)
    root = plan.download(plan.compute(plan.upload({"leaves": leaves})))
    assert np.array_equal(root, case.reference({"leaves": leaves}))


# What another processor would take: vectors of other widths, SHA-256 without its own instructions.
@pytest.mark.parametrize(
    ("hash", "definitions"),
    [
        ("sha-256", {"WITHOUT_SHA_EXTENSION": 1}),
        *((hash, {"VECTOR_BITS": bits}) for bits in (128, 512) for hash in _OF_A_KIND),
    ],
)
@pytest.mark.parametrize(("log_size", "odd"), [(2, 1), (6, 0)])
@pytest.mark.parametrize("device_session", [OPENCL], indirect=True)
def test_vectors_of_every_width(
    device_session: Session, hash: str, definitions: dict[str, int], log_size: int, odd: int
) -> None:
    case = MerkleCase(hash, log_size, (64 if hash in BYTE_HASHES else 8) + odd)
    source = subtrees_source(case, **definitions)
    inputs = case.make_input(log_size)
    leaves = device_session.upload(case.rules.leaf_bytes(inputs["leaves"]))
    plan = DeviceMerklePlan(case, device_session)
    whole = (np.uint32(case.size), np.uint32(log_size), np.uint32(1))
    device_session.build(source).kernel("hash_subtrees").launch(
        1, leaves, plan.nodes, np.uint64(0), np.uint64(case.size), *whole
    )
    assert np.array_equal(plan.download(plan.nodes), case.reference(inputs))


@pytest.mark.parametrize("width", [1025, 2050, 7168])
def test_leaves_of_several_chunks(device_session: Session, width: int) -> None:
    root_on(device_session, MerkleCase("blake3", 2, width))


def test_leaves_of_field_elements(device_session: Session) -> None:
    root_on(device_session, MerkleCase("sha-256", 4, 3, "bls12-381-fq"))


@pytest.mark.parametrize("hash", HASHES)
@pytest.mark.parametrize("log_size", [0, 1, 4])
def test_layers_and_openings_are_the_references(
    device_session: Session, hash: str, log_size: int
) -> None:
    case = MerkleCase(hash, log_size, 5)
    inputs = case.make_input(2)
    plan = DeviceMerklePlan(case, device_session)
    nodes = plan.compute(plan.upload(inputs))
    want = merkle_tree(inputs["leaves"], hash, backend="reference")
    for level in range(log_size + 1):
        assert np.array_equal(plan.layer(nodes, level), want.layer(level))
    for index in range(case.size):
        assert np.array_equal(plan.path(nodes, index), want.open(index))


@pytest.mark.driver
@pytest.mark.parametrize("hash", HASHES)
def test_layers_and_openings(hash: str) -> None:
    leaves = MerkleCase(hash, 8, 64 if hash in BYTE_HASHES else 8).make_input(1)["leaves"]
    tree = merkle_tree(leaves, hash, backend="opencl")
    want = merkle_tree(leaves, hash, backend="cpu")
    assert np.array_equal(tree.root, want.root)
    for level in range(9):
        assert np.array_equal(tree.layer(level), want.layer(level))
    for index in (0, 1, 100, 255):
        path = tree.open(index)
        assert np.array_equal(path, want.open(index))
        assert verify_opening(tree.root, leaves[index], index, path, hash, log_size=8)
    alone = merkle_tree(leaves[:1], hash, backend="opencl")
    assert alone.open(0).shape == (0, *HASHES[hash].digest_shape)


@pytest.mark.driver
def test_the_front_door_takes_a_device() -> None:
    case = MerkleCase("sha-256", 6, 64)
    root = run(case, backend="opencl", device="pocl", seed=5)
    assert np.array_equal(root, run(case, backend="reference", seed=5))
    with pytest.raises(ValueError, match="device: got 'abacus', want an index or a part"):
        run(case, backend="opencl", device="abacus")
    with pytest.raises(ValueError, match="device: got 0 beside a ready backend"):
        run(case, backend=get_backend("opencl"), device=0)


def test_an_unknown_hash_has_no_text() -> None:
    with pytest.raises(ValueError, match="hash: got 'md5', want one of sha-256, blake3"):
        hash_definitions("md5", 64)


@pytest.mark.driver
def test_a_tree_larger_than_the_device_is_refused() -> None:
    case = MerkleCase("sha-256", 20, 64)
    needed = tree_memory(case)
    assert needed == ((64 + 64) * 2**20 - 32, 64 * 2**20)
    session = HostSession(limits=Limits(1024, 1024, memory_bytes=1 << 20, buffer_bytes=1 << 20))
    with pytest.raises(ValueError, match=rf"it needs {needed[0]} bytes of device memory, and"):
        DeviceMerklePlan(case, session)
    with pytest.raises(
        ValueError, match=r"backend opencl cannot compute merkle/.*: it needs \d+ b"
    ):
        run(MerkleCase("sha-256", 32, 64), {"leaves": _huge()}, backend="opencl")


def _huge() -> np.ndarray:
    """Leaves that nobody has memory for, and that take none."""
    return np.broadcast_to(np.zeros(1, dtype=np.uint8), (1 << 32, 64))


def test_cuda_has_the_same_kernels_as_opencl() -> None:
    for kernel in ("ntt", "msm", "merkle"):
        there = [len(implementations_of(kernel, backend)) for backend in ("opencl", "cuda")]
        assert there[0] == there[1]
