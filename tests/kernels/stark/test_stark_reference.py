"""The reference of a STARK's operations: what must hold of them whatever the numbers."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from zkmark.kernels.fields.reference import (
    extension_add,
    extension_inverse,
    extension_multiply,
    extension_power,
    extension_subtract,
)
from zkmark.kernels.merkle.api import merkle_tree
from zkmark.kernels.ntt.reference import bit_reverse
from zkmark.kernels.stark.domain import (
    GOLDILOCKS,
    MODULUS,
    block_power,
    block_shift,
    point,
    root,
    shift,
)
from zkmark.kernels.stark.openings import combined_root
from zkmark.kernels.stark.operations import DeepTerm, Opening
from zkmark.kernels.stark.reference import ReferenceStarkKernels, extension, grinding_word

HASHES = ("blake3", "rpo-256", "poseidon2-goldilocks-12")
Words = NDArray[np.uint64]


def random_words(seed: int, *shape: int) -> Words:
    return np.random.default_rng(seed).integers(0, MODULUS, shape, dtype=np.uint64)


def kernels(degree: int = 2) -> ReferenceStarkKernels:
    return ReferenceStarkKernels(degree, hash_backend="cpu")


def degree_of(values: Words, blocks: int) -> int:
    """The degree of the polynomial of one column on all blocks, by a sum over its points."""
    blocks_, height = values.shape
    assert blocks_ == blocks
    points = [point(height, blocks, i) for i in range(blocks * height)]
    # Newton's divided differences: the last that is not zero.
    table = [int(x) for x in values.reshape(-1)]
    coefficients = []
    for k in range(len(points)):
        coefficients.append(table[0])
        table = [
            (table[i + 1] - table[i]) * pow(points[i + k + 1] - points[i], -1, MODULUS) % MODULUS
            for i in range(len(table) - 1)
        ]
    return max((k for k, c in enumerate(coefficients) if c), default=-1)


@pytest.mark.parametrize("height", [1, 2, 8, 64])
def test_shifts_lift(height: int) -> None:
    for tall in (height, 4 * height, 1 << 20):
        assert pow(shift(tall), tall // height, MODULUS) == shift(height)
        for block in range(4):
            lifted = pow(point(tall, 4, block * tall + height // 2), tall // height, MODULUS)
            assert lifted == point(height, 4, block * height + (height // 2) % height)


def test_extend_evaluates_and_coset_interpolation_undoes_it() -> None:
    device = kernels()
    coefficients = random_words(0, 3, 1, 8)
    values = device.download(device.extend(device.upload(coefficients), 4))
    for block, row in ((0, 0), (1, 3), (3, 7)):
        x = point(8, 4, block * 8 + row)
        assert pow(x, 8, MODULUS) == block_power(4, block)
        for column in range(3):
            want = sum(int(c) * pow(x, i, MODULUS) for i, c in enumerate(coefficients[column, 0]))
            assert values[column, block, row] == want % MODULUS
    back = device.download(device.interpolate(device.upload(values), coset=True))
    assert np.array_equal(back.reshape(3, 4, 8), np.repeat(coefficients, 4, axis=1))


def test_interpolation_of_a_trace() -> None:
    device = kernels()
    trace = random_words(1, 2, 1, 8)
    coefficients = device.interpolate(device.upload(trace))
    points = np.zeros((8, 2), dtype=np.uint64)
    points[:, 0] = [pow(root(8), r, MODULUS) for r in range(8)]
    values = device.evaluate(coefficients, points)
    assert np.array_equal(values[:, :, 0].T, trace[:, 0])
    assert not values[:, :, 1].any()


@pytest.mark.parametrize("degree", [2, 3])
@pytest.mark.parametrize("ways", [2, 4, 8])
def test_folding_keeps_a_low_degree_and_mixes_the_parts(degree: int, ways: int) -> None:
    device, field = kernels(degree), extension(degree)
    coefficients = random_words(2, degree, 1, 16)
    challenge = random_words(3, degree)
    folded = device.fold(device.extend(device.upload(coefficients), 2), ways, challenge)
    assert (folded.count, folded.blocks, folded.height) == (degree, 2, 16 // ways)
    got = device.download(device.interpolate(folded, coset=True)).reshape(degree, 2, 16 // ways)
    assert np.array_equal(got[:, 0], got[:, 1])  # one polynomial of that degree on both blocks
    at = tuple(challenge.tolist())
    for i in range(16 // ways):
        want = (0,) * degree
        for j in range(ways):
            part = tuple(coefficients[:, 0, i * ways + j].tolist())
            power = extension_power(at, j, field)
            want = extension_add(want, extension_multiply(power, part, field), field)
        assert tuple(got[:, 0, i].tolist()) == want


@pytest.mark.parametrize("degree", [2, 3])
def test_deep_is_of_low_degree_only_for_the_right_values(degree: int) -> None:
    """Two heights, lifted: their sum of quotients has degree N - 2, unless a value is wrong."""
    device = kernels(degree)
    tall = device.upload(random_words(4, 3, 1, 8))
    short = device.upload(random_words(5, 2, 1, 2))
    at = random_words(6, degree)
    lifted_at = np.array(extension_power(tuple(at.tolist()), 4, extension(degree)), dtype=np.uint64)
    weights = random_words(7, 5, degree)
    field = extension(degree)
    value = (0,) * degree
    parts = (*device.evaluate(tall, at[np.newaxis])[0], *device.evaluate(short, lifted_at[None])[0])
    for weight, part in zip(weights.tolist(), parts, strict=True):
        product = extension_multiply(tuple(weight), tuple(part.tolist()), field)
        value = extension_add(value, product, field)
    columns = (
        device.combine([device.extend(tall, 2)], weights[:3]),
        device.combine([device.extend(short, 2)], weights[3:]),
    )
    for wrong in (0, 1):
        claimed = np.array(value, dtype=np.uint64)
        claimed[0] = (int(claimed[0]) + wrong) % MODULUS
        term = DeepTerm(columns, at, claimed, random_words(8, degree))
        out = device.download(device.deep([term, term], 2, 8))
        assert out.shape == (degree, 2, 8)
        degrees = {degree_of(out[k], 2) for k in range(degree)}
        assert degrees == ({15} if wrong else {6})


@pytest.mark.parametrize("degree", [2, 3])
def test_fractions(degree: int) -> None:
    device, field = kernels(degree), extension(degree)
    top, bottom = random_words(9, 2 * degree, 1, 4), random_words(10, 2 * degree, 1, 4)
    columns, total = device.fractions(device.upload(top), device.upload(bottom))
    out = device.download(columns).reshape(3, degree, 4)
    want = (0,) * degree
    for k in range(2):
        for row in range(4):
            a, b = (tuple(x.reshape(2, degree, 4)[k, :, row].tolist()) for x in (top, bottom))
            q = tuple(out[k, :, row].tolist())
            assert extension_multiply(q, b, field) == a
            want = extension_add(want, q, field)
    assert tuple(total.tolist()) == want
    share = tuple(x * pow(4, -1, MODULUS) % MODULUS for x in want)
    for row in range(4):
        step = extension_add(tuple(out[0, :, row].tolist()), tuple(out[1, :, row].tolist()), field)
        after = extension_add(tuple(out[2, :, row].tolist()), step, field)
        after = extension_subtract(after, share, field)
        assert after == tuple(out[2, :, (row + 1) % 4].tolist())
    assert not out[2, :, 0].any()
    with pytest.raises(ZeroDivisionError):
        device.fractions(device.upload(top), device.upload(np.zeros_like(bottom)))


def test_split_names_the_same_memory_in_parts() -> None:
    device = kernels()
    values = random_words(11, 2, 2, 8)
    split = device.upload(values).split(4)
    assert (split.count, split.height) == (8, 2)
    parts = device._values(split)
    for column in range(2):
        for way in range(4):
            want = values[column, :, way * 2 : way * 2 + 2]
            assert np.array_equal(parts[column * 4 + way], want)


@pytest.mark.parametrize("hash", HASHES)
def test_one_matrix_makes_the_tree_of_its_rows(hash: str) -> None:
    device = kernels()
    values = random_words(12, 5, 2, 8)
    leaves = [values[:, j, bit_reverse(i, 3)] for j in range(2) for i in range(8)]
    tree = merkle_tree(
        np.ascontiguousarray(leaves), hash, leaf_type="goldilocks", backend="reference"
    )
    commitment = device.commit([device.upload(values)], hash)
    assert commitment.root.tobytes() == tree.root.tobytes()


@pytest.mark.parametrize("hash", HASHES)
@pytest.mark.parametrize("heights", [(8,), (8, 8), (2, 16, 4), (16, 1, 16, 1)])
def test_openings_lead_to_the_root_and_changed_ones_do_not(
    hash: str, heights: tuple[int, ...]
) -> None:
    device = kernels()
    matrices = [
        device.upload(random_words(20 + i, 1 + 3 * i, 4, height))
        for i, height in enumerate(heights)
    ]
    commitment = device.commit(matrices, hash)
    tallest, root_bytes = max(heights), commitment.root.tobytes()

    def verify(indices: NDArray[np.int64], opening: Opening) -> bool:
        return combined_root(hash, 4, heights, indices, opening, "cpu") == root_bytes

    rng = np.random.default_rng(30)
    for count in (1, 2, 5, 4 * tallest):
        indices = np.sort(rng.choice(4 * tallest, count, replace=False))
        opening = commitment.open(indices)
        for matrix, rows in zip(matrices, opening.rows, strict=True):
            block, row = np.divmod(indices, tallest)
            want = device.download(matrix)[:, block, row % matrix.height].T
            assert np.array_equal(rows, want)
        assert verify(indices, opening)
        if count == 4 * tallest:
            assert len(opening.siblings) == 0
            continue
        assert not verify((indices + 1) % (4 * tallest), opening)
        assert not verify(indices, Opening(opening.rows, opening.siblings[:-1]))
        more = np.concatenate([opening.siblings, opening.siblings[:1]])
        assert not verify(indices, Opening(opening.rows, more))
        other = opening.siblings.copy()
        other[-1, 0] ^= 1
        assert not verify(indices, Opening(opening.rows, other))
        for m in range(len(heights)):
            rows = [r.copy() for r in opening.rows]
            rows[m][-1, -1] = (int(rows[m][-1, -1]) + 1) % MODULUS
            assert not verify(indices, Opening(tuple(rows), opening.siblings))


def test_elements_that_are_not_canonical_are_refused() -> None:
    device = kernels()
    values = np.zeros((1, 2, 4), dtype=np.uint64)
    indices = np.array([1])
    for hash in HASHES:
        commitment = device.commit([device.upload(values)], hash)
        opening = commitment.open(indices)
        assert combined_root(hash, 2, [4], indices, opening) == commitment.root.tobytes()
        same = Opening((opening.rows[0] + np.uint64(MODULUS),), opening.siblings)
        assert combined_root(hash, 2, [4], indices, same) is None


@pytest.mark.parametrize("hash", HASHES)
def test_grinding_finds_the_least_nonce(hash: str) -> None:
    seed = random_words(13, 4).view(np.uint8)
    nonce = kernels().grind(hash, seed, 4)
    words = [grinding_word(hash, seed, n) for n in range(nonce + 1)]
    assert [word % 16 == 0 for word in words] == [False] * nonce + [True]
    assert kernels().grind(hash, seed, 0) == 0


def test_the_native_and_the_reference_hashes_make_one_root() -> None:
    values = random_words(14, 3, 2, 2)
    for hash in HASHES:
        roots = {
            ReferenceStarkKernels(2, backend)
            .commit([ReferenceStarkKernels(2).upload(values)], hash)
            .root.tobytes()
            for backend in ("reference", "cpu")
        }
        assert len(roots) == 1


def test_the_shift_is_of_odd_order() -> None:
    odd = (MODULUS - 1) >> GOLDILOCKS.two_adicity
    assert pow(shift(1), odd, MODULUS) == 1
    assert block_shift(8, 2, 0) == shift(8)
    assert extension_inverse((1, 0), extension(2)) == (1, 0)
