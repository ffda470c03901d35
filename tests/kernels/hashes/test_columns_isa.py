"""Messages whose words lie in columns have the digests that they have in rows, by every path."""

import numpy as np
import pytest

from zkmark import _native
from zkmark.kernels.fields.parameters import FIELDS

MODULUS = FIELDS["goldilocks"].modulus
HASHES = ["blake3", "sha-256", "poseidon2-goldilocks-8", "poseidon2-goldilocks-12", "rpo-256"]
PATHS = [(hash, path) for hash in HASHES for path in _native.hash_paths(hash)]


def check(hash, path, length, height, row=0, seed=1):
    columns = np.random.default_rng(seed).integers(0, MODULUS, (length, height), np.uint64)
    columns[:, ::7] = MODULUS - 1
    rows = np.ascontiguousarray(columns[:, row:].T)
    expected = _native.hash_many(hash, rows.view(np.uint8).reshape(-1), height - row, "portable")
    np.testing.assert_array_equal(_native.hash_columns(hash, columns, row, path), expected)


@pytest.mark.parametrize(("hash", "path"), PATHS)
def test_any_count_of_rows(hash, path):
    """Less than a group of lanes, several, a run of groups, and what is left after each."""
    for height in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 32, 33, 41, 64, 97):
        check(hash, path, 9, height)


@pytest.mark.parametrize(("hash", "path"), PATHS)
def test_any_length(hash, path):
    for length in range(1, 20):
        check(hash, path, length, 13, seed=length)


@pytest.mark.parametrize("path", _native.hash_paths("blake3"))
@pytest.mark.parametrize("height", [8, 127, 128, 129, 300, 512])
@pytest.mark.parametrize("length", [8, 60, 127, 128, 129, 136, 257, 400])
def test_blake3_of_many_chunks_in_more_than_a_run(path, length, height):
    check("blake3", path, length, height)


@pytest.mark.parametrize(("hash", "path"), PATHS)
def test_rows_from_any_one_on(hash, path):
    for row in (1, 3, 8, 30, 33):
        check(hash, path, 10, 34, row)


def test_bad_input():
    columns = np.zeros((2, 4), np.uint64)
    with pytest.raises(ValueError, match="row: want one of the columns'"):
        _native.hash_columns("blake3", columns, 5)
    with pytest.raises(ValueError, match="another field"):
        _native.hash_columns("poseidon2-babybear-16", columns, 0)
