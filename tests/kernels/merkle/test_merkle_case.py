"""The Merkle case: its name, its input, its verdicts, its counts."""

import numpy as np
import pytest

from zkmark.backends import get_backend
from zkmark.kernels.case import case_from_parameters
from zkmark.kernels.hashes import HASHES
from zkmark.kernels.implementation import find_implementation, implementations_of, run_case
from zkmark.kernels.merkle import case as case_module
from zkmark.kernels.merkle import vectorized
from zkmark.kernels.merkle.case import MerkleCase
from zkmark.kernels.merkle.reference import merkle_tree

BYTE_HASHES = [id for id, h in HASHES.items() if h.kind == "bytes"]
ALGEBRAIC = [id for id, h in HASHES.items() if h.kind == "algebraic"]


def backends_of(hash):
    return ["reference", "cpu"] if hash in BYTE_HASHES else ["reference", "cpu", "numba"]


def test_slugs():
    assert MerkleCase("sha-256", 16, 64).slug == "merkle/sha-256/2^16/64-bytes"
    assert str(MerkleCase("poseidon2-babybear-16", 16, 8)) == (
        "merkle/poseidon2-babybear-16/2^16/8-babybear"
    )
    assert MerkleCase("blake3", 4, 3, "bls12-381-fq").slug == "merkle/blake3/2^4/3-bls12-381-fq"


def test_parameters_make_the_same_case_again():
    case = MerkleCase("rpo-256", 3, 8)
    assert case.parameters() == {
        "hash": "rpo-256",
        "log_size": 3,
        "leaf_width": 8,
        "leaf_type": "goldilocks",
    }
    assert case_from_parameters("merkle", case.parameters()) == case
    assert case == MerkleCase("rpo-256", 3, 8, "goldilocks")


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"hash": "md5", "log_size": 1, "leaf_width": 1}, "hash: got 'md5', want one of"),
        ({"hash": "blake3", "log_size": -1, "leaf_width": 1}, "log_size: got -1, want a whole"),
        ({"hash": "blake3", "log_size": 33, "leaf_width": 1}, "log_size: got 33, .* 0 to 32"),
        ({"hash": "blake3", "log_size": True, "leaf_width": 1}, "log_size: got True"),
        ({"hash": "blake3", "log_size": 1, "leaf_width": 0}, "leaf_width: got 0, want a whole"),
        ({"hash": "blake3", "log_size": 1, "leaf_width": 2.5}, "leaf_width: got 2.5"),
        ({"hash": "blake3", "log_size": 1}, "leaf_width: got nothing"),
        (
            {"hash": "rpo-256", "log_size": 1, "leaf_width": 1, "leaf_type": "babybear"},
            "leaf_type: got 'babybear', want 'goldilocks'",
        ),
        ({"hash": "blake3", "log_size": 1, "leaf_width": 1, "arity": 4}, "arity: not a parameter"),
    ],
)
def test_bad_parameters_are_refused_in_one_sentence(parameters, sentence):
    with pytest.raises(ValueError, match=sentence):
        case_from_parameters("merkle", parameters)


def test_input_depends_on_the_seed_alone():
    case = MerkleCase("keccak-256", 5, 24)
    first, again, other = (case.make_input(seed)["leaves"] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    case.validate({"leaves": first})
    wide = MerkleCase("sha-256", 2, 3, "bls12-381-fq")
    assert wide.make_input(1)["leaves"].shape == (4, 3, 6)
    wide.validate(wide.make_input(1))


def test_bad_input_is_refused_before_work_starts():
    case = MerkleCase("poseidon2-koalabear-16", 2, 3)
    backend = get_backend("cpu", threads=1)
    with pytest.raises(ValueError, match=r"leaves: got nothing, want an array of shape \[4, 3\]"):
        run_case(case, {}, backend)
    with pytest.raises(ValueError, match=r"leaves: got shape \(4, 4\), want \(4, 3\)"):
        run_case(case, {"leaves": np.zeros((4, 4), np.uint32)}, backend)
    with pytest.raises(ValueError, match="leaves: got 2130706433 at index"):
        run_case(case, {"leaves": np.full((4, 3), 2130706433, np.uint32)}, backend)
    with pytest.raises(ValueError, match=r"leaves: got shape \(4, 3\), want \(8, 3\) bytes"):
        MerkleCase("blake3", 3, 3).validate({"leaves": np.zeros((4, 3), np.uint8)})


@pytest.mark.parametrize("hash", list(HASHES))
def test_every_backend_gives_the_root_and_can_be_run_again(hash):
    case = MerkleCase(hash, 3, 4)
    inputs = case.make_input(5)
    expected = case.reference(inputs)
    for name in backends_of(hash):
        backend = get_backend(name, threads=1)
        np.testing.assert_array_equal(run_case(case, inputs, backend), expected)
        plan = find_implementation(case, name).plan(case, backend)
        uploaded = plan.upload(inputs)
        for _ in range(2):
            np.testing.assert_array_equal(plan.download(plan.compute(uploaded)), expected)


@pytest.mark.parametrize("hash", list(HASHES))
def test_a_small_output_is_held_to_the_reference(hash):
    case = MerkleCase(hash, 2, 3)
    inputs = case.make_input(1)
    root = case.reference(inputs)
    good = case.check(inputs, root, 1)
    assert good.ok and good.method == "reference" and good.detail is None
    for at in range(root.size):
        wrong = root.copy()
        wrong[at] ^= root.dtype.type(1)
        bad = case.check(inputs, wrong, 1)
        assert not bad.ok and "want" in bad.detail


@pytest.mark.parametrize("hash", list(HASHES))
def test_a_large_output_is_held_to_trees_made_in_other_ways(hash, monkeypatch):
    monkeypatch.setattr(case_module, "_REFERENCE_CHECK_SECONDS", 0.0)
    case = MerkleCase(hash, 4, 3)
    inputs = case.make_input(1)
    root = case.reference(inputs)
    good = case.check(inputs, root, 1)
    assert good.ok
    if hash in ("blake3", "keccak-256"):
        assert good.method.startswith("tree made again in NumPy; 32 openings")
    elif hash != "sha-256":
        assert good.method.startswith("tree made again in portable C++ and Numba; 32 openings")
    for at in range(root.size):
        wrong = root.copy()
        wrong[at] ^= root.dtype.type(1)
        bad = case.check(inputs, wrong, 1)
        assert not bad.ok and bad.detail


@pytest.mark.parametrize("hash", ["blake3", "rpo-256"])
def test_the_check_finds_a_root_that_other_leaves_have(hash, monkeypatch):
    monkeypatch.setattr(case_module, "_REFERENCE_CHECK_SECONDS", 0.0)
    case = MerkleCase(hash, 4, 3)
    inputs = case.make_input(1)
    inputs["leaves"][13, 1] ^= inputs["leaves"].dtype.type(1)
    other = case.reference(inputs)
    assert not case.check(case.make_input(1), other, 1).ok


def test_an_error_common_to_all_fast_ways_is_found_by_the_openings(monkeypatch):
    # Both twins are made to forget the last leaf's bytes; the output agrees with them.
    from zkmark.kernels.merkle import check

    monkeypatch.setattr(case_module, "_REFERENCE_CHECK_SECONDS", 0.0)
    case = MerkleCase("keccak-256", 2, 4)
    inputs = case.make_input(1)
    forgotten = inputs["leaves"].copy()
    forgotten[-1] = 0
    layers = vectorized.merkle_layers("keccak-256", forgotten)
    monkeypatch.setattr(check, "_numpy_layers", lambda case, leaves: layers.__getitem__)
    verdict = case.check(inputs, layers[-1][0], 1)
    assert not verdict.ok and "opening of leaf 3" in verdict.detail


def test_the_form_of_an_output_is_checked():
    case = MerkleCase("blake3", 1, 3)
    inputs = case.make_input(1)
    bad = case.check(inputs, np.zeros(8, np.uint32), 1)
    assert not bad.ok and bad.detail == "got uint32[8], want uint8[32]"


@pytest.mark.parametrize("width", [1, 64, 136, 200, 1024, 1025, 2049])
@pytest.mark.parametrize("hash", ["blake3", "keccak-256"])
def test_the_numpy_twins_build_the_reference_s_tree(hash, width):
    case = MerkleCase(hash, 1, width)
    leaves = case.make_input(3)["leaves"]
    layers = merkle_tree(case.rules.messages(leaves), case.rules)
    got = vectorized.merkle_layers(hash, leaves)
    assert [[d.tobytes() for d in layer] for layer in got] == layers


def test_the_cpu_names_its_path():
    case = MerkleCase("sha-256", 2, 3)
    (implementation,) = implementations_of("merkle", "cpu")
    assert (
        implementation.path(case, get_backend("cpu", threads=1, isa="portable")) == "cpu/portable"
    )


def test_counts():
    counts = MerkleCase("sha-256", 10, 64).counts()
    assert counts.items == 2047 and counts.item_unit == "hashes"
    assert counts.bytes_moved == 1024 * 64 + 32
    assert counts.field_multiplications == counts.word_multiplications == 0

    # 2^10 leaves of two blocks each and 2^10 - 1 pairs; 8 x 16 + 13 S-boxes of 4 multiplications.
    counts = MerkleCase("poseidon2-babybear-16", 10, 9).counts()
    assert counts.field_multiplications == (2 * 1024 + 1023) * 141 * 4
    assert counts.word_multiplications == 3 * counts.field_multiplications
    assert counts.bytes_moved == 1024 * 9 * 4 + 32

    counts = MerkleCase("rpo-256", 0, 8).counts()
    assert counts.field_multiplications == counts.word_multiplications == 7 * 12 * 76


@pytest.mark.parametrize(
    ("hash", "width", "calls"),
    [
        ("sha-256", 55, 1),
        ("sha-256", 56, 2),
        ("keccak-256", 135, 1),
        ("keccak-256", 136, 2),
        ("blake3", 64, 1),
        ("blake3", 65, 2),
        ("blake3", 1024, 16),
        ("blake3", 1025, 18),
        ("rpo-256", 8, 1),
        ("rpo-256", 9, 2),
    ],
)
def test_calls_of_the_inner_function_a_leaf(hash, width, calls):
    assert MerkleCase(hash, 0, width).inner_calls == calls


def test_the_reference_s_time_grows_with_the_tree():
    small, large = (MerkleCase("rpo-256", n, 8).reference_seconds for n in (4, 14))
    assert 0 < small < 1 < large
