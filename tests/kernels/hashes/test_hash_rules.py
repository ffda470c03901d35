"""The rules that stand between a permutation and a hash, and what bad input is told."""

import pytest

from zkmark.kernels.hashes import HASHES, compress, hash_bytes, hash_elements, permute
from zkmark.kernels.hashes.api import _modulus
from zkmark.kernels.seeded import SeededStream

POSEIDON2 = [id for id in HASHES if id.startswith("poseidon2-")]
ALGEBRAIC = [*POSEIDON2, "rpo-256"]
BACKENDS = ["reference", "cpu"]


def elements(count, first=1):
    return list(range(first, first + count))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("id", POSEIDON2)
def test_one_full_block_is_one_permutation_with_a_zero_capacity(id, backend):
    h = HASHES[id]
    block = elements(h.rate)
    state = permute(id, block + [0] * (h.width - h.rate))
    assert hash_elements(id, block, backend) == state[: h.digest_length]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("id", POSEIDON2)
def test_a_short_last_block_overwrites_only_what_it_holds(id, backend):
    h = HASHES[id]
    state = permute(id, elements(h.rate) + [0] * (h.width - h.rate))
    state[0] = 1000
    expected = permute(id, state)[: h.digest_length]
    assert hash_elements(id, [*elements(h.rate), 1000], backend) == expected


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("id", POSEIDON2)
def test_two_digests_are_compressed_by_a_truncated_permutation(id, backend):
    h = HASHES[id]
    left, right = elements(h.digest_length), elements(h.digest_length, 100)
    state = permute(id, left + right + [0] * (h.width - 2 * h.digest_length))
    assert compress(id, left, right, backend) == state[: h.digest_length]


@pytest.mark.parametrize("id", POSEIDON2)
def test_without_padding_a_zero_more_gives_the_same_digest(id):
    assert hash_elements(id, [5]) == hash_elements(id, [5, 0])


def test_rpo_tells_a_message_from_the_same_with_a_zero_more():
    assert hash_elements("rpo-256", [5]) != hash_elements("rpo-256", [5, 0])


@pytest.mark.parametrize("id", ALGEBRAIC)
@pytest.mark.parametrize("count", [0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 24, 33, 64])
def test_cpu_and_reference_hash_alike(id, count):
    values = [(i * 0x9E3779B97F4A7C15) % 0x78000001 for i in range(count)]
    assert hash_elements(id, values, "cpu") == hash_elements(id, values)


@pytest.mark.parametrize("id", ALGEBRAIC)
def test_cpu_and_reference_permute_edge_states_alike(id):
    h = HASHES[id]
    p = _modulus(h)
    for state in ([0] * h.width, [1] * h.width, [p - 1] * h.width, [p - 1, 0] * (h.width // 2)):
        assert permute(id, state, "cpu") == permute(id, state)


@pytest.mark.parametrize("id", ALGEBRAIC)
def test_cpu_and_reference_permute_random_states_alike(id):
    # The native kernels reduce late; states near the modulus drive their sums to the bounds.
    h = HASHES[id]
    p = _modulus(h)
    stream = SeededStream(1, id)
    for bound in (p, 2**20, 2**4):
        for _ in range(15):
            state = [(-1 - stream.integer(bound)) % p for _ in range(h.width)]
            assert permute(id, state, "cpu") == permute(id, state)


def test_a_byte_hash_refuses_elements_and_an_algebraic_one_bytes():
    with pytest.raises(ValueError, match=r"hash: got 'sha-256', which hashes bytes.*hash_bytes"):
        hash_elements("sha-256", [1])
    with pytest.raises(
        ValueError, match=r"hash: got 'rpo-256', which hashes elements.*hash_elements"
    ):
        hash_bytes("rpo-256", b"")
    with pytest.raises(ValueError, match=r"hash: got 'blake3', which hashes bytes"):
        permute("blake3", [0])


@pytest.mark.parametrize("backend", BACKENDS)
def test_elements_not_below_the_modulus_are_refused_by_index(backend):
    with pytest.raises(ValueError, match=r"elements: got 2013265921 at index 1, want .*babybear"):
        hash_elements("poseidon2-babybear-16", [0, 2013265921], backend)
    with pytest.raises(ValueError, match=r"left: got -1 at index 0"):
        compress("rpo-256", [-1, 0, 0, 0], [0] * 4, backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_states_and_digests_of_another_length_are_refused(backend):
    with pytest.raises(ValueError, match="state: got 3 elements, want 12"):
        permute("rpo-256", [0] * 3, backend)
    with pytest.raises(ValueError, match="right: got 5 elements, want 4"):
        compress("rpo-256", [0] * 4, [0] * 5, backend)
    with pytest.raises(ValueError, match="left: got b'x', want a digest of 32 bytes"):
        compress("blake3", b"x", bytes(32), backend)


def test_an_unknown_backend_is_refused():
    with pytest.raises(ValueError, match="backend: got 'gpu', want reference or cpu"):
        hash_bytes("blake3", b"", "gpu")
