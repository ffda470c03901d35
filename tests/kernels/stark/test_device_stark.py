"""A STARK's operations on OpenCL and CUDA: each against its definition in Python integers."""

from __future__ import annotations

import numpy as np
import pytest

from zkmark.backends.device import Session
from zkmark.kernels.stark.device import DeviceStarkKernels
from zkmark.kernels.stark.domain import MODULUS
from zkmark.kernels.stark.operations import Columns, DeepTerm, StarkKernels, Words
from zkmark.kernels.stark.program import Operand, Operation, Program, operand
from zkmark.kernels.stark.reference import ReferenceStarkKernels, grinding_word

HASHES = ("blake3", "rpo-256", "poseidon2-goldilocks-12")
EDGES = np.array([0, 1, MODULUS - 1, 2**32 - 1, 2**32, MODULUS - 2**32], dtype=np.uint64)


def some_words(seed: int, *shape: int) -> Words:
    """Random elements, some of them at the edges of the field."""
    rng = np.random.default_rng(seed)
    values = rng.integers(0, MODULUS, shape, dtype=np.uint64)
    return np.where(rng.integers(0, 4, shape) == 0, rng.choice(EDGES, shape), values)


def reference(degree: int = 2) -> ReferenceStarkKernels:
    return ReferenceStarkKernels(degree, hash_backend="cpu")


def same(device: StarkKernels, got: Columns, want: Words) -> None:
    assert (got.count, got.blocks, got.height) == want.shape
    assert np.array_equal(device.download(got), want)


@pytest.mark.parametrize(
    ("count", "blocks", "height"), [(1, 1, 1), (3, 2, 2), (2, 4, 8), (17, 2, 64)]
)
def test_between_values_and_coefficients(
    device_session: Session, count: int, blocks: int, height: int
) -> None:
    device, plain = DeviceStarkKernels(device_session, 2), reference()
    values = some_words(height, count, blocks, height)
    uploaded = device.upload(values)
    same(device, uploaded, values)
    for coset in (False, True):
        want = plain.download(plain.interpolate(plain.upload(values), coset))
        same(device, device.interpolate(uploaded, coset), want)
    same(device, uploaded, values)  # and is as it was
    polynomials = some_words(height + 1, count, 1, height)
    want = plain.download(plain.extend(plain.upload(polynomials), blocks))
    coefficients = device.upload(polynomials)
    same(device, device.extend(coefficients, blocks), want)
    same(device, coefficients, polynomials)


# Matrices as (count, height, ways): of one height, of several, and split; rows that fill no block
# and rows that fill several, and more matrices than a program takes at the least.
MIXES: list[list[tuple[int, int, int]]] = [
    [(1, 1, 1)],
    [(3, 16, 1)],
    [(8, 8, 1), (9, 8, 1)],
    [(2, 4, 1), (5, 16, 1), (1, 2, 1), (3, 16, 1), (17, 4, 1)],
    [(2, 32, 4)],
    [(1, 16, 2), (1, 1, 1)],
    [(1, 8, 1)] * 5,
]


@pytest.mark.parametrize(
    ("hash", "mix"),
    [("blake3", mix) for mix in MIXES] + [(hash, mix) for hash in HASHES[1:] for mix in MIXES[3:5]],
)
def test_trees(device_session: Session, hash: str, mix: list[tuple[int, int, int]]) -> None:
    device, plain, blocks = DeviceStarkKernels(device_session, 2), reference(), 2
    values = [some_words(i, count, blocks, height) for i, (count, height, _) in enumerate(mix)]

    def made_by(kernels: StarkKernels) -> list[Columns]:
        whole = [kernels.upload(array) for array in values]
        return [
            one.split(ways) if ways > 1 else one
            for one, (_, _, ways) in zip(whole, mix, strict=True)
        ]

    got, want = device.commit(made_by(device), hash), plain.commit(made_by(plain), hash)
    assert got.root.tobytes() == want.root.tobytes()
    leaves = blocks * max(height // ways for _, height, ways in mix)
    for indices in ([0], list(range(leaves)), sorted({1 % leaves, leaves // 2, leaves - 1})):
        chosen = np.array(indices, dtype=np.int64)
        here, there = got.open(chosen), want.open(chosen)
        assert here.siblings.tobytes() == there.siblings.tobytes()
        assert here.siblings.shape == there.siblings.shape
        for rows, rows_there in zip(here.rows, there.rows, strict=True):
            assert np.array_equal(rows, rows_there)


def test_rows_of_several_chunks(device_session: Session) -> None:
    """BLAKE3 makes a tree of its own of rows of more than 128 elements."""
    device, plain = DeviceStarkKernels(device_session, 2), reference()
    for count in (127, 128, 129, 256, 300, 700):
        values = some_words(count, count, 1, 4)
        want = plain.commit([plain.upload(values)], "blake3").root
        assert device.commit([device.upload(values)], "blake3").root.tobytes() == want.tobytes()


def test_a_tree_that_takes_several_launches(device_session: Session) -> None:
    """More rows than a group, and than a work item, hashes; two shorter matrices."""
    device, plain = DeviceStarkKernels(device_session, 2), reference()
    values = [some_words(i, 2, 2, height) for i, height in enumerate((1024, 128, 16))]
    got = device.commit([device.upload(array) for array in values], "blake3")
    want = plain.commit([plain.upload(array) for array in values], "blake3")
    assert got.root.tobytes() == want.root.tobytes()
    chosen = np.array([3, 700, 1025, 2047])
    assert got.open(chosen).siblings.tobytes() == want.open(chosen).siblings.tobytes()


def some_program(seed: int, instructions: int, registers: int) -> Program:
    """A program of every operation and operand: random, but for what it must begin and end with."""
    rng = np.random.default_rng(seed)
    loads = np.array([[0, 0, 0], [0, 1, 1], [1, 0, 0], [1, 1, 1], [2, 0, 1]], dtype=np.uint32)
    kinds = [(Operand.CONSTANT, 4), (Operand.LOAD, len(loads)), (Operand.BLOCK, 2)]
    code = [
        [Operation.ADD, i, operand(Operand.LOAD, i % 5), operand(Operand.LOAD, 0), 0]
        for i in range(registers)
    ]

    def source() -> int:
        kind, count = [(Operand.REGISTER, registers), *kinds][rng.integers(0, 4)]
        return operand(kind, int(rng.integers(0, count)))

    for i in range(instructions):
        operation = Operation(i % 4)
        last = source() if operation == Operation.MULTIPLY_ADD else 0
        code.append([operation, int(rng.integers(0, registers)), source(), source(), last])
    stores = [operand(Operand.REGISTER, i) for i in range(registers)]
    stores += [operand(kind, 1) for kind, _ in kinds]
    code += [[Operation.STORE, i, one, 0, 0] for i, one in enumerate(stores)]
    return Program(np.array(code, dtype=np.uint32), loads, registers, 4, 2, len(stores))


# Blocks and height of the run, and those of the three sources.
SHAPES = [
    ((2, 8), [(2, 8), (4, 8), (2, 2)]),
    ((1, 2), [(1, 2), (1, 1), (2, 2)]),
    ((2, 128), [(2, 128), (2, 4), (8, 64)]),
]


@pytest.mark.parametrize("shape", SHAPES)
# In local memory for 128 threads, for fewer, and, in the host's reading of CUDA, for none.
@pytest.mark.parametrize("registers", [6, 40, 200])
def test_programs(
    device_session: Session,
    shape: tuple[tuple[int, int], list[tuple[int, int]]],
    registers: int,
) -> None:
    (blocks, height), sources = shape
    device, plain = DeviceStarkKernels(device_session, 2), reference()
    program = some_program(registers, 60, registers)
    values = [some_words(i, 2, *one) for i, one in enumerate(sources)]
    constants, of_block = some_words(7, 4), some_words(8, 2, blocks)
    want = plain.download(
        plain.run(program, [plain.upload(v) for v in values], constants, of_block, blocks, height)
    )
    uploaded = [device.upload(v) for v in values]
    for _ in range(2):
        got = device.run(program, uploaded, constants, of_block, blocks, height)
        same(device, got, want)


# A processor has programs of their own for columns shorter than a vector: one degree will do there.
@pytest.mark.parametrize(
    ("degree", "count", "height"), [(2, 1, 1), (2, 3, 2), (2, 2, 64), (3, 2, 64), (3, 1, 512)]
)
def test_fractions(device_session: Session, degree: int, count: int, height: int) -> None:
    device, plain = DeviceStarkKernels(device_session, degree), reference(degree)
    above = some_words(height, count * degree, 1, height)
    below = some_words(height + 1, count * degree, 1, height)
    below[::degree] |= np.uint64(1)  # none is zero
    want, want_sum = plain.fractions(plain.upload(above), plain.upload(below))
    got, got_sum = device.fractions(device.upload(above), device.upload(below))
    same(device, got, plain.download(want))
    assert np.array_equal(got_sum, want_sum)


def test_a_denominator_of_zero_is_refused(device_session: Session) -> None:
    device = DeviceStarkKernels(device_session, 2)
    below = some_words(3, 4, 1, 32) | np.uint64(1)
    below[2:, 0, 19] = 0
    with pytest.raises(ZeroDivisionError, match="denominators: got one that is zero"):
        device.fractions(device.upload(some_words(4, 4, 1, 32)), device.upload(below))


@pytest.mark.parametrize(
    ("degree", "count", "height"), [(2, 1, 1), (2, 5, 2), (2, 6, 64), (3, 6, 64), (2, 9, 512)]
)
def test_evaluation(device_session: Session, degree: int, count: int, height: int) -> None:
    device, plain = DeviceStarkKernels(device_session, degree), reference(degree)
    values, points = some_words(count, count, 1, height), some_words(9, 3, degree)
    points[2, 1:] = 0
    uploaded = device.upload(values)
    for chosen in (points, points[:1]):
        want = plain.evaluate(plain.upload(values), chosen)
        assert np.array_equal(device.evaluate(uploaded, chosen), want)


@pytest.mark.parametrize(
    ("degree", "blocks", "height"), [(2, 1, 1), (2, 2, 8), (2, 2, 256), (3, 2, 64)]
)
def test_combination(device_session: Session, degree: int, blocks: int, height: int) -> None:
    device, plain = DeviceStarkKernels(device_session, degree), reference(degree)
    values = [some_words(i, count, blocks, height) for i, count in enumerate((3, 1, 7))]
    weights = some_words(5, 11, degree)
    want = plain.combine([plain.upload(v) for v in values], weights)
    got = device.combine([device.upload(v) for v in values], weights)
    same(device, got, plain.download(want))


def test_more_terms_than_a_sum_holds(device_session: Session) -> None:
    """Sums of products are reduced after 1,024 of the largest, and go on."""
    device, plain = DeviceStarkKernels(device_session, 2), reference()
    values, weights = np.full((2050, 1, 4), MODULUS - 1, dtype=np.uint64), some_words(21, 2050, 2)
    weights[:1500] = MODULUS - 1
    want = plain.combine([plain.upload(values)], weights)
    same(device, device.combine([device.upload(values)], weights), plain.download(want))
    # A processor's work item has a 64th of a column: twice as many vectors as are summed at once.
    height = 1 << 19
    ones = np.array([[1, 0]], dtype=np.uint64)
    column = device.upload(np.full((1, 1, height), MODULUS - 1, dtype=np.uint64))
    assert device.evaluate(column, ones).tolist() == [[[MODULUS - height, 0]]]


@pytest.mark.parametrize(
    ("degree", "heights"), [(2, (8, 2, 8)), (2, (4, 64, 16)), (3, (32, 8, 32))]
)
def test_deep_quotients(device_session: Session, degree: int, heights: tuple[int, ...]) -> None:
    device, plain = DeviceStarkKernels(device_session, degree), reference(degree)
    values = [some_words(i, degree, 2, height) for i, height in enumerate(heights)]
    vectors = some_words(11, 6, degree)

    def made_by(kernels: StarkKernels) -> Columns:
        columns = [kernels.upload(v) for v in values]
        terms = [
            DeepTerm(tuple(columns), *vectors[:3]),
            DeepTerm((columns[0],), *vectors[3:]),
        ]
        return kernels.deep(terms, 2, max(heights))

    same(device, made_by(device), plain.download(made_by(plain)))


@pytest.mark.parametrize(("degree", "ways"), [(2, 1), (2, 2), (2, 4), (2, 8), (3, 2), (3, 4)])
def test_folding(device_session: Session, degree: int, ways: int) -> None:
    device, plain = DeviceStarkKernels(device_session, degree), reference(degree)
    challenge = some_words(13, degree)
    shapes = ((2, 4 * ways), (4, 64))
    for blocks, height in ((1, ways), *shapes) if degree == 2 else shapes:
        values = some_words(height, degree, blocks, height)
        want = plain.fold(plain.upload(values), ways, challenge)
        same(device, device.fold(device.upload(values), ways, challenge), plain.download(want))


@pytest.mark.parametrize("hash", HASHES)
def test_grinding(device_session: Session, hash: str) -> None:
    device = DeviceStarkKernels(device_session, 2)
    seed = some_words(17, 4).view(np.uint8)
    for bits in (0, 1, 9):
        nonce = device.grind(hash, seed, bits)
        assert grinding_word(hash, seed, nonce, "cpu") & ((1 << bits) - 1) == 0
        assert all(
            grinding_word(hash, seed, less, "cpu") & ((1 << bits) - 1) for less in range(nonce)
        )
