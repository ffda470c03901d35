"""Columns are interpolated and extended natively as by the definition, at every level."""

from __future__ import annotations

import numpy as np
import pytest

from zkmark import _native
from zkmark.backends.cpu import CpuBackend
from zkmark.kernels.stark import domain
from zkmark.kernels.stark.cpu import CpuStarkKernels
from zkmark.kernels.stark.domain import MODULUS
from zkmark.kernels.stark.reference import ReferenceStarkKernels

LEVELS = _native.isa_levels()


@pytest.fixture(autouse=True)
def _restore():
    yield
    CpuBackend().activate()


def random_words(shape, seed=1):
    return np.random.default_rng(seed).integers(0, MODULUS, shape, dtype=np.uint64)


def edges(height):
    """Make columns of one block that put every lazy sum at its ends."""
    i = np.arange(height)
    top, one = np.uint64(MODULUS - 1), np.uint64(1)
    columns = [
        np.zeros(height, np.uint64),
        np.full(height, one),
        np.full(height, top),
        np.where(i == 0, top, np.uint64(0)),
        np.where(i == height - 1, top, np.uint64(0)),
        np.where(i & 1, np.uint64(0), top),
        np.where(i & 2, np.uint64((1 << 32) - 1), top),
    ]
    return np.stack(columns)[:, np.newaxis, :]


def both(degree=2):
    return CpuStarkKernels(degree), ReferenceStarkKernels(degree)


def check(native, reference, columns, expected):
    assert (columns.count, columns.blocks, columns.height, columns.ways) == (
        expected.count,
        expected.blocks,
        expected.height,
        expected.ways,
    )
    np.testing.assert_array_equal(native.download(columns), reference.download(expected))


@pytest.mark.parametrize("isa", LEVELS)
@pytest.mark.parametrize("log_height", range(10))
@pytest.mark.parametrize(("count", "blocks"), [(1, 2), (3, 8), (20, 4)])
def test_as_the_reference(log_height, count, blocks, isa):
    CpuBackend(isa=isa).activate()
    native, reference = both()
    height = 1 << log_height
    values = random_words((count, blocks, height))
    check(
        native,
        reference,
        native.interpolate(native.upload(values), coset=True),
        reference.interpolate(reference.upload(values), coset=True),
    )
    trace = values[:, :1]
    coefficients = native.interpolate(native.upload(trace))
    expected = reference.interpolate(reference.upload(trace))
    check(native, reference, coefficients, expected)
    check(
        native, reference, native.extend(coefficients, blocks), reference.extend(expected, blocks)
    )


@pytest.mark.parametrize("isa", LEVELS)
@pytest.mark.parametrize("log_height", [0, 1, 2, 5, 6, 7])
def test_edges_as_the_reference(log_height, isa):
    CpuBackend(isa=isa).activate()
    native, reference = both()
    values = edges(1 << log_height)
    for blocks in (2, 16):
        check(
            native,
            reference,
            native.extend(native.upload(values), blocks),
            reference.extend(reference.upload(values), blocks),
        )
    as_blocks = values.transpose(1, 0, 2)[:, :4]
    check(
        native,
        reference,
        native.interpolate(native.upload(as_blocks), coset=True),
        reference.interpolate(reference.upload(as_blocks), coset=True),
    )


def value_at(coefficients, x):
    """Return a polynomial's value, by baby and giant steps in Python integers."""
    step = 1 << (len(coefficients).bit_length() // 2)
    powers = [pow(x, i, MODULUS) for i in range(step)]
    total = 0
    for start in reversed(range(0, len(coefficients), step)):
        part = coefficients[start : start + step].tolist()
        baby = sum(c * power for c, power in zip(part, powers, strict=False))
        total = (total * pow(x, step, MODULUS) + baby) % MODULUS
    return total


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("isa", LEVELS)
@pytest.mark.parametrize(
    ("log_height", "count", "blocks"),
    [
        (11, 7, 2),
        (12, 1, 16),
        (13, 5, 4),
        (14, 2, 2),
        (16, 40, 2),
        (17, 3, 4),
        (18, 1, 2),
        (20, 1, 2),
    ],
)
def test_large_ones_at_points_and_back(log_height, count, blocks, isa, threads):
    CpuBackend(isa=isa).activate()
    _native.set_thread_count(threads)
    native = CpuStarkKernels(2)
    height = 1 << log_height
    coefficients = random_words((count, 1, height), log_height)
    extended = native.extend(native.upload(coefficients), blocks)
    values = native.download(extended)
    for column, index in ((0, 0), (count - 1, blocks * height - 1), (count // 2, height + 5)):
        expected = value_at(coefficients[column, 0], domain.point(height, blocks, index))
        assert int(values[column].reshape(-1)[index]) == expected
    back = native.download(native.interpolate(extended, coset=True))
    for block in range(blocks):
        np.testing.assert_array_equal(back[block::blocks], coefficients)


@pytest.mark.parametrize("isa", LEVELS)
def test_split_columns(isa):
    CpuBackend(isa=isa).activate()
    native, reference = both()
    values = random_words((2, 2, 32))
    for kernels in (native, reference):
        assert kernels.upload(values).split(4).count == 8
    parts = native.download(native.upload(values).split(4))
    for column in range(2):
        for part in range(4):
            rows = slice(part * 8, (part + 1) * 8)
            np.testing.assert_array_equal(parts[column * 4 + part], values[column][:, rows])
    check(
        native,
        reference,
        native.interpolate(native.upload(values).split(4), coset=True),
        reference.interpolate(reference.upload(values).split(4), coset=True),
    )


def test_columns_start_at_cache_lines_and_are_copies():
    native = CpuStarkKernels(2)
    values = random_words((3, 2, 8))
    columns = native.upload(values)
    assert columns.handle.ctypes.data % 64 == 0
    assert not np.shares_memory(columns.handle, values)
    np.testing.assert_array_equal(native.download(columns), values)


def test_only_polynomials_of_one_block_are_extended():
    native = CpuStarkKernels(2)
    with pytest.raises(ValueError, match="coefficients: got 2 blocks, want one"):
        native.extend(native.upload(random_words((1, 2, 4))), 2)
