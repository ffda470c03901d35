"""Published answers and independent oracles, for the reference and the CPU alike."""

import json
from pathlib import Path

import pytest
from blake3 import blake3 as blake3_oracle
from Crypto.Hash import keccak as keccak_oracle
from hypothesis import given, settings
from hypothesis import strategies as st

from zkmark.kernels.hashes import compress, hash_bytes, hash_elements, permute

VECTORS = Path(__file__).parents[2] / "vectors"
POSEIDON2 = sorted(VECTORS.glob("poseidon2_*.json"))
RPO = json.loads((VECTORS / "rpo_256.json").read_text())
BACKENDS = ["reference", "cpu"]

# Around every border: a block of each hash, BLAKE3's chunk of 1024 bytes and its tree.
LENGTHS = [0, 1, 31, 55, 56, 63, 64, 65, 119, 120, 127, 128, 129, 135, 136, 137, 271, 272, 273]
TREE_LENGTHS = [1023, 1024, 1025, 2047, 2048, 2049, 3072, 3073, 4096, 4097, 5121, 7168, 7169, 8193]


def message(length: int) -> bytes:
    """The pattern of BLAKE3's own test vectors: 0, 1, ..., 250, 0, 1, ..."""
    return bytes(i % 251 for i in range(length))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("text", "digest"),
    [
        # FIPS 180-4's examples, published by NIST with the standard.
        (b"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
        ),
        (b"a" * 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ],
    ids=["empty", "abc", "two-blocks", "million-a"],
)
def test_sha256_gives_the_standard_s_examples(backend, text, digest):
    assert hash_bytes("sha-256", text, backend).hex() == digest


@pytest.mark.parametrize("length", LENGTHS + TREE_LENGTHS)
def test_sha256_on_the_cpu_equals_hashlib(length):
    text = message(length)
    assert hash_bytes("sha-256", text, "cpu") == hash_bytes("sha-256", text)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("length", LENGTHS + TREE_LENGTHS)
def test_blake3_equals_its_authors_package(backend, length):
    text = message(length)
    assert hash_bytes("blake3", text, backend) == blake3_oracle(text).digest()


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("length", LENGTHS)
def test_keccak256_equals_pycryptodome(backend, length):
    text = message(length)
    oracle = keccak_oracle.new(digest_bits=256, data=text).digest()
    assert hash_bytes("keccak-256", text, backend) == oracle


@pytest.mark.parametrize("backend", BACKENDS)
def test_keccak256_of_nothing_is_ethereum_s_empty_hash(backend):
    # keccak256("") in the Ethereum yellow paper; SHA3-256 would give a7ffc6f8...
    assert hash_bytes("keccak-256", b"", backend).hex() == (
        "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    )


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=700))
def test_byte_hashes_agree_with_their_oracles_on_any_message(text):
    for backend in ("reference", "cpu"):
        assert hash_bytes("blake3", text, backend) == blake3_oracle(text).digest()
        oracle = keccak_oracle.new(digest_bits=256, data=text).digest()
        assert hash_bytes("keccak-256", text, backend) == oracle


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("path", POSEIDON2, ids=lambda path: path.stem)
def test_poseidon2_gives_the_published_permutations(backend, path):
    data = json.loads(path.read_text())
    assert data["permutation_tests"]
    for known in data["permutation_tests"]:
        # Published inputs are random words; one of them is not below its modulus.
        state = [word % data["p"] for word in known["input"]]
        assert permute(data["name"], state, backend) == known["output"]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("known", RPO["hash_tests"], ids=lambda known: f"{len(known['input'])}")
def test_rpo_gives_the_published_digests(backend, known):
    assert hash_elements("rpo-256", known["input"], backend) == known["digest"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_merging_two_rpo_digests_is_hashing_their_eight_elements(backend):
    # Eight elements have length 0 modulo the rate, so the capacity is zero in both.
    left, right = [1, 2, 3, 4], [5, 6, 7, 2**64 - 2**32]
    assert compress("rpo-256", left, right, backend) == hash_elements("rpo-256", left + right)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("hash_id", ["sha-256", "blake3", "keccak-256"])
def test_compressing_two_byte_digests_is_hashing_their_64_bytes(backend, hash_id):
    left, right = bytes(range(32)), bytes(range(100, 132))
    assert compress(hash_id, left, right, backend) == hash_bytes(hash_id, left + right)
