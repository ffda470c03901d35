"""Packed fields compute as integers do, in every lane and at the ends of their ranges."""

import itertools

import numpy as np
import pytest

from zkmark import _native
from zkmark.kernels.fields.parameters import FIELDS

SMALL = [("babybear", 1 << 32), ("koalabear", 1 << 32)]
VECTOR_LEVELS = _native.isa_levels()[1:]
OPERATIONS = {
    "add": lambda a, b, p, r: (a + b) % p,
    "subtract": lambda a, b, p, r: (a - b) % p,
    "multiply": lambda a, b, p, r: a * b * pow(r, -1, p) % p,
    "square": lambda a, b, p, r: a * a * pow(r, -1, p) % p,
    "factor": lambda a, b, p, r: a * b * pow(r, -1, p) % p,
}


def _operands(p, limit, word):
    """Pairs of edge values and random ones: a is below limit, b below p."""
    edges = [0, 1, 2, 3, p // 2, p // 2 + 1, p - 2, p - 1]
    edges += [x % p for x in (1 << 16, (1 << 31) - 1, 1 << 27, (1 << 32) - 1, 1 << 32)]
    above = [] if limit == p else [p, p + 1, 2 * p - 1, limit - 1]
    pairs = list(itertools.product(edges + above, edges))
    random = np.random.default_rng(5)
    pairs += [
        (int(random.integers(limit, dtype=np.uint64)), int(random.integers(p, dtype=np.uint64)))
        for _ in range(4096 - len(pairs))
    ]
    return [np.array(column, dtype=word) for column in zip(*pairs, strict=True)]


@pytest.mark.parametrize("isa", VECTOR_LEVELS)
@pytest.mark.parametrize(("field", "r"), SMALL)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_packed_as_integers(field, r, operation, isa):
    p = FIELDS[field].modulus
    # A factor multiplies any word, reduced or not.
    a, b = _operands(p, r if operation == "factor" else p, FIELDS[field].dtype)
    out = np.zeros_like(a)
    assert _native.field_packed(isa, field, operation, a, b, out)
    expected = [OPERATIONS[operation](int(x), int(y), p, r) for x, y in zip(a, b, strict=True)]
    np.testing.assert_array_equal(out, np.array(expected, dtype=out.dtype))


@pytest.mark.parametrize("isa", VECTOR_LEVELS)
@pytest.mark.parametrize("operation", ["add", "subtract", "multiply", "square", "constants"])
def test_packed_goldilocks_as_integers(operation, isa):
    """Its words need not be reduced: any word stands for its residue, in both operands."""
    p = FIELDS["goldilocks"].modulus
    epsilon = (1 << 32) - 1
    edges = [0, 1, 2, epsilon - 1, epsilon, epsilon + 1, (1 << 63) - 1, 1 << 63, p - 2, p - 1]
    edges += [p, p + 1, p + epsilon - 2, (1 << 64) - 1, (1 << 64) - (1 << 32), 0xFFFFFFFE00000001]
    pairs = list(itertools.product(edges, edges))
    random = np.random.default_rng(6).integers(0, 1 << 64, (4096 - len(pairs), 2), np.uint64)
    random[::7, 0] >>= 32
    random[1::7, 0] |= np.uint64(epsilon << 32)
    a, b = np.concatenate([np.array(pairs, dtype=np.uint64), random]).T.copy()
    out = np.zeros_like(a)
    assert _native.field_packed(isa, "goldilocks", operation, a, b, out)
    compute = {
        "add": lambda x, y: x + y,
        "subtract": lambda x, y: x - y,
        "multiply": lambda x, y: x * y,
        "square": lambda x, y: x * x,
        "constants": lambda x, y: x * epsilon << 255,
    }[operation]
    expected = [compute(int(x), int(y)) % p for x, y in zip(a, b, strict=True)]
    np.testing.assert_array_equal(out, np.array(expected, dtype=out.dtype))


def test_no_packed_path_says_so():
    words = np.zeros((16, 4), dtype=np.uint64)
    assert not _native.field_packed("portable", "bn254-fr", "add", words, words, words.copy())
