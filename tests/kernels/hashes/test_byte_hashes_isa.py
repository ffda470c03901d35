"""Every instruction set hashes as other people's packages do, any length and any count."""

import hashlib

import numpy as np
import pytest
from blake3 import blake3
from Crypto.Hash import keccak

from zkmark import _native
from zkmark.backends.cpu import CpuBackend

ORACLES = {
    "sha-256": lambda data: hashlib.sha256(data).digest(),
    "blake3": lambda data: blake3(data).digest(),
    "keccak-256": lambda data: keccak.new(digest_bits=256, data=data).digest(),
}
PATHS = [(hash, path) for hash in ORACLES for path in _native.hash_paths(hash)]
# Around the borders of blocks, of words that are copied, and of BLAKE3's chunks and their trees.
LENGTHS = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 55, 56, 57, 63, 64, 65]
LENGTHS += [119, 120, 127, 128, 129, 135, 136, 137, 184, 256, 271, 272, 273, 512]
LONG_LENGTHS = [1023, 1024, 1025, 2047, 2048, 2049, 3072, 3073, 4096, 5121, 7169]
# Less than, as many as, and more than the lanes of any path: 2, 4, 8, 16, 32.
COUNTS = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 25, 26, 27, 31, 32, 33, 49, 67]


@pytest.fixture(autouse=True)
def _restore():
    yield
    CpuBackend().activate()


def messages(count, length, seed=0):
    return np.random.default_rng([seed, count, length]).integers(0, 256, count * length, np.uint8)


def expected(hash, data, length, count):
    text = data.tobytes()
    return b"".join(ORACLES[hash](text[i * length : (i + 1) * length]) for i in range(count))


@pytest.mark.parametrize(("hash", "path"), PATHS)
@pytest.mark.parametrize("length", LENGTHS)
def test_messages_of_any_length(hash, path, length):
    count = 35
    data = messages(count, length)
    got = _native.hash_many(hash, data, count, path)
    assert got.tobytes() == expected(hash, data, length, count)


@pytest.mark.parametrize(("hash", "path"), PATHS)
@pytest.mark.parametrize("length", LONG_LENGTHS)
def test_messages_of_many_blocks(hash, path, length):
    for count in (1, 19):
        data = messages(count, length)
        got = _native.hash_many(hash, data, count, path)
        assert got.tobytes() == expected(hash, data, length, count)


@pytest.mark.parametrize(("hash", "path"), PATHS)
@pytest.mark.parametrize("count", COUNTS)
def test_any_count_of_messages_and_of_pairs(hash, path, count):
    for length in (33, 64):
        data = messages(count, length)
        got = _native.hash_many(hash, data, count, path)
        assert got.tobytes() == expected(hash, data, length, count)
    got = _native.hash_compress_pairs(hash, data, path)
    assert got.tobytes() == expected(hash, data, 64, count)


@pytest.mark.parametrize(("hash", "path"), PATHS)
@pytest.mark.parametrize("byte", [0, 0xFF])
def test_messages_all_alike(hash, path, byte):
    data = np.full(33 * 200, byte, np.uint8)
    got = _native.hash_many(hash, data, 33, path)
    assert got.tobytes() == ORACLES[hash](bytes([byte]) * 200) * 33


@pytest.mark.parametrize(("hash", "path"), PATHS)
@pytest.mark.parametrize("length", [3, 64, 136, 1500])
def test_messages_need_no_alignment_and_stay_within_their_array(hash, path, length):
    # The last message ends where the array does; a digest of any byte past it would differ.
    count = 17
    data = messages(count, length)
    for shift in (1, 3, 8):
        room = np.full(data.size + 64, shift, np.uint8)
        moved = room[shift : shift + data.size]
        moved[:] = data
        got = _native.hash_many(hash, moved, count, path)
        assert got.tobytes() == expected(hash, data, length, count)


@pytest.mark.parametrize("hash", list(ORACLES))
def test_the_allowed_level_chooses_the_path(hash):
    levels = _native.isa_levels()
    for isa in levels:
        CpuBackend(threads=1, isa=isa).activate()
        fits = isa
        if hash == "sha-256" and isa == "avx2" and _native.has_sha_extensions():
            fits = "sha"
        assert _native.hash_isa(hash) == fits
        data = messages(33, 100)
        assert _native.hash_many(hash, data, 33).tobytes() == expected(hash, data, 100, 33)


def test_a_path_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="path: this hash has none of this name"):
        _native.hash_many("blake3", np.zeros(1, np.uint8), 1, "sha")
    with pytest.raises(ValueError, match="messages: want `count` of one length"):
        _native.hash_many("blake3", np.zeros(3, np.uint8), 2)
    with pytest.raises(ValueError, match="pairs: want pairs of digests"):
        _native.hash_compress_pairs("blake3", np.zeros(63, np.uint8))
