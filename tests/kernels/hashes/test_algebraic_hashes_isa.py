"""Every instruction set hashes field elements as the portable code does."""

import numpy as np
import pytest

from zkmark import _native
from zkmark.kernels.fields.parameters import FIELDS
from zkmark.kernels.hashes.parameters import (
    hash_parameters,
    poseidon2_parameters,
    rpo_parameters,
)
from zkmark.kernels.hashes.reference import poseidon2, rpo256

RATES = {
    "poseidon2-babybear-16": 8,
    "poseidon2-babybear-24": 16,
    "poseidon2-koalabear-16": 8,
    "poseidon2-goldilocks-8": 4,
    "poseidon2-goldilocks-12": 8,
    "rpo-256": 8,
}
PATHS = [(hash, path) for hash in RATES for path in _native.hash_paths(hash) if path != "portable"]
# Below, at and above the lanes of any path: 4, 8, 16.
COUNTS = range(1, 34)
KINDS = ["random", "edges", "zeros", "largest", "alternating"]


def elements(hash, kind, count):
    field = FIELDS[hash_parameters(hash).field]
    p, random = field.modulus, np.random.default_rng([count, KINDS.index(kind)])
    if kind == "random":
        values = random.integers(0, p, count, np.uint64)
    elif kind == "edges":
        edges = [0, 1, 2, p // 2, p // 2 + 1, p - 2, p - 1, (1 << 32) % p, ((1 << 32) - 1) % p]
        values = random.choice(np.array(edges, np.uint64), count)
    elif kind == "alternating":
        values = np.where(np.arange(count) % 2, np.uint64(p - 1), np.uint64(0))
    else:
        values = np.full(count, 0 if kind == "zeros" else p - 1, np.uint64)
    return values.astype(field.dtype)


def as_bytes(values):
    return values.view(np.uint8)


def check_messages(hash, path, values, count):
    data = as_bytes(values)
    expected = _native.hash_many(hash, data, count, "portable")
    np.testing.assert_array_equal(_native.hash_many(hash, data, count, path), expected)


@pytest.mark.parametrize(("hash", "path"), PATHS)
@pytest.mark.parametrize("kind", KINDS)
def test_messages_of_any_length(hash, path, kind):
    for length in range(1, 2 * RATES[hash] + 2):
        check_messages(hash, path, elements(hash, kind, 19 * length), 19)


@pytest.mark.parametrize(("hash", "path"), PATHS)
def test_any_count_of_messages_and_of_pairs(hash, path):
    digest_elements = 32 // FIELDS[hash_parameters(hash).field].dtype.itemsize
    for count in COUNTS:
        check_messages(hash, path, elements(hash, "random", 9 * count), count)
        pairs = as_bytes(elements(hash, "random", 2 * digest_elements * count))
        np.testing.assert_array_equal(
            _native.hash_compress_pairs(hash, pairs, path),
            _native.hash_compress_pairs(hash, pairs, "portable"),
        )


@pytest.mark.parametrize(("hash", "path"), PATHS)
@pytest.mark.parametrize("kind", KINDS)
def test_pairs_of_edge_digests(hash, path, kind):
    digest_elements = 32 // FIELDS[hash_parameters(hash).field].dtype.itemsize
    pairs = as_bytes(elements(hash, kind, 2 * digest_elements * 48))
    np.testing.assert_array_equal(
        _native.hash_compress_pairs(hash, pairs, path),
        _native.hash_compress_pairs(hash, pairs, "portable"),
    )


@pytest.mark.parametrize(("hash", "path"), PATHS)
def test_messages_without_an_element(hash, path):
    empty = np.zeros(0, np.uint8)
    for count in (1, 5, 17):
        np.testing.assert_array_equal(
            _native.hash_many(hash, empty, count, path),
            _native.hash_many(hash, empty, count, "portable"),
        )


@pytest.mark.parametrize(("hash", "path"), PATHS)
def test_as_the_reference(hash, path):
    """Enough messages for lanes to be used, and each as the definition has it."""
    length, count = RATES[hash] + 3, 5
    values = elements(hash, "edges", length * count)
    got = _native.hash_many(hash, as_bytes(values), count, path)
    rows = values.reshape(count, length).tolist()
    if hash == "rpo-256":
        digests = [rpo256.hash_elements(row) for row in rows]
    else:
        parameters = poseidon2_parameters(hash)
        digests = [poseidon2.hash_elements(row, parameters) for row in rows]
    np.testing.assert_array_equal(got, as_bytes(np.array(digests, values.dtype).reshape(-1)))


def rate_for(targets, lanes):
    """Return the 8 elements whose first S-box takes ``targets`` on so many ``lanes`` of RPO."""
    parameters = rpo_parameters()
    p, n, row = parameters.modulus, parameters.width, parameters.mds_first_row
    left = [
        [row[(j - i) % n] for j in range(8)] + [(target - parameters.ark1[0][i]) % p]
        for target, i in zip(targets, lanes, strict=True)
    ]
    for column in range(8):  # Gauss and Jordan
        pivot = next(r for r in range(column, 8) if left[r][column])
        left[column], left[pivot] = left[pivot], left[column]
        scale = pow(left[column][column], -1, p)
        left[column] = [value * scale % p for value in left[column]]
        for r in range(8):
            if r != column:
                factor = left[r][column]
                left[r] = [(a - factor * b) % p for a, b in zip(left[r], left[column], strict=True)]
    return [line[8] for line in left]


@pytest.mark.parametrize("path", _native.hash_paths("rpo-256"))
@pytest.mark.parametrize("count", [1, 3, 5, 14])
@pytest.mark.parametrize("lanes", [range(8), range(4, 12), [0, 1, 2, 3, 8, 9, 10, 11]], ids=str)
def test_rpo_squares_at_the_edges_of_words(path, count, lanes):
    """2^48 has the square 2^96, whose reduction borrows from a low word of zero, and so on."""
    p = rpo_parameters().modulus
    edges = [1 << k for k in (16, 31, 32, 33, 47, 48, 49, 56, 62, 63)]
    edges += [p - 1, p - 2, p - (1 << 32), (1 << 32) - 1, ((1 << 32) - 1) << 16, 3 << 47, 0]
    words = [(edge + shift) % p for edge in edges for shift in (0, 1, -1)]
    random = np.random.default_rng([count, lanes[0], lanes[4]])
    rates = [
        rate_for([words[i] for i in random.integers(0, len(words), 8)], lanes) for _ in range(count)
    ]
    got = _native.hash_compress_pairs("rpo-256", as_bytes(np.array(rates, np.uint64).ravel()), path)
    expected = [rpo256.compress(rate[:4], rate[4:]) for rate in rates]
    np.testing.assert_array_equal(got, as_bytes(np.array(expected, np.uint64).ravel()))
