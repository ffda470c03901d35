"""Expression programs run natively as by the definition: whole columns, and single points."""

from __future__ import annotations

import numpy as np
import pytest

from zkmark import _native
from zkmark.backends.cpu import CpuBackend
from zkmark.kernels.fields.reference import extension_add, extension_multiply, extension_subtract
from zkmark.kernels.stark.cpu import CpuStarkKernels
from zkmark.kernels.stark.cpu.vectors import run_at
from zkmark.kernels.stark.domain import MODULUS
from zkmark.kernels.stark.program import OPERAND_MASK, OPERAND_SHIFT, Operand, Operation, Program
from zkmark.kernels.stark.program import operand as code_of
from zkmark.kernels.stark.reference import ReferenceStarkKernels, extension

LEVELS = _native.isa_levels()
EDGES = np.array(
    [0, 1, MODULUS - 1, (1 << 32) - 1, 1 << 32, MODULUS - (1 << 32), MODULUS // 2], np.uint64
)
REGISTER, CONSTANT, LOAD, BLOCK = Operand


@pytest.fixture(autouse=True)
def _restore():
    yield
    CpuBackend().activate()


def words(rng, *shape):
    """Random elements, a third of them where carries and borrows are decided."""
    random = rng.integers(0, MODULUS, shape, dtype=np.uint64)
    return np.where(rng.random(shape) < 1 / 3, rng.choice(EDGES, shape), random)


def program_of(instructions, loads=((0, 0, 0),), registers=0, constants=0, block=0, outputs=1):
    code = [[*instruction, 0, 0, 0, 0][:5] for instruction in instructions]
    return Program(
        np.array(code, np.uint32).reshape(-1, 5),
        np.array(loads, np.uint32).reshape(-1, 3),
        registers,
        constants,
        block,
        outputs,
    )


def random_program(rng, shapes, length=120, registers=9):
    """Every operation on operands of every kind; at last all registers are stored, and one each."""
    loads = [
        (source, column, ahead)
        for source, shape in enumerate(shapes)
        for column in range(shape[0])
        for ahead in (0, 1)
    ]
    constants, block = 5, 2

    def operand(written):
        kind = Operand(rng.choice([0, 0, 0, 1, 2, 2, 3]))
        if kind == REGISTER and not written:
            kind = LOAD
        limits = {CONSTANT: constants, LOAD: len(loads), BLOCK: block}
        index = rng.choice(sorted(written)) if kind == REGISTER else rng.integers(limits[kind])
        return code_of(kind, int(index))

    written = set()
    instructions = []
    for i in range(length):
        operation = Operation(i % 4)
        target = int(rng.integers(registers)) if i > registers else i % registers
        a, b, c = (operand(written) for _ in range(3))
        if rng.random() < 0.2:
            b = a
        last = c if operation == Operation.MULTIPLY_ADD else 0
        instructions.append((operation, target, a, b, last))
        written.add(target)
    stored = [code_of(REGISTER, r) for r in range(registers)]
    stored += [code_of(CONSTANT, 1), code_of(LOAD, 1), code_of(BLOCK, 1)]
    instructions += [(Operation.STORE, i, a) for i, a in enumerate(stored)]
    return program_of(instructions, loads, registers, constants, block, len(stored))


def compare(program, arrays, constants, block_constants, **shape):
    native, reference = CpuStarkKernels(2), ReferenceStarkKernels(2)
    got = native.run(
        program, [native.upload(a) for a in arrays], constants, block_constants, **shape
    )
    want = reference.run(
        program, [reference.upload(a) for a in arrays], constants, block_constants, **shape
    )
    assert (got.count, got.blocks, got.height) == (want.count, want.blocks, want.height)
    np.testing.assert_array_equal(native.download(got), reference.download(want))


@pytest.mark.parametrize("isa", LEVELS)
@pytest.mark.parametrize("height", [1, 2, 4, 8, 16, 64])
def test_random_programs_on_lifted_sources(isa, height):
    CpuBackend(isa=isa).activate()
    rng = np.random.default_rng(height)
    for blocks in (1, 2, 4):
        heights = [h for h in (height, 1, height // 2, max(1, height // 8)) if h]
        shapes = [(2, blocks * (1 + i % 2), h) for i, h in enumerate(heights)]
        program = random_program(rng, shapes)
        constants = words(rng, 5)
        constants[1:3] = rng.choice([0, 1, 2, 7, (1 << 32) - 1], 2)
        arrays = [words(rng, *shape) for shape in shapes]
        compare(program, arrays, constants, words(rng, 2, blocks))


@pytest.mark.parametrize("isa", LEVELS)
@pytest.mark.parametrize("threads", [1, 2])
def test_tiles_join_at_next_rows(isa, threads):
    """Blocks of several tiles, whose last row's next one is the block's first."""
    CpuBackend(isa=isa, threads=threads).activate()
    rng = np.random.default_rng(5)
    code = [
        (Operation.SUBTRACT, 0, code_of(LOAD, 1), code_of(LOAD, 0)),
        (Operation.MULTIPLY_ADD, 0, code_of(REGISTER, 0), code_of(LOAD, 3), code_of(LOAD, 2)),
        (Operation.STORE, 0, code_of(REGISTER, 0)),
    ]
    loads = [(0, 0, 0), (0, 0, 1), (1, 0, 0), (1, 0, 1)]
    program = program_of(code, loads, registers=1)
    native = CpuStarkKernels(2)
    for height, short in ((2048, 512), (1024, 16)):
        a, b = words(rng, 1, 4, height), words(rng, 1, 2, short)
        out = native.run(program, [native.upload(x) for x in (a, b)], words(rng, 0), blocks=2)
        a, b = a[0, ::2].astype(object), np.tile(b[0].astype(object), height // short)
        want = (np.roll(a, -1, axis=1) - a) * np.roll(b, -1, axis=1) + b
        np.testing.assert_array_equal(native.download(out)[0], (want % MODULUS).astype(np.uint64))


@pytest.mark.parametrize("isa", LEVELS)
def test_many_registers(isa):
    """Tiles become shorter, so that they stay in the cache."""
    CpuBackend(isa=isa).activate()
    rng = np.random.default_rng(6)
    program = random_program(rng, [(2, 1, 64)], length=4000, registers=2000)
    compare(program, [words(rng, 2, 1, 64)], words(rng, 5), words(rng, 2, 1))


@pytest.mark.parametrize("isa", LEVELS)
def test_chains_of_sums_at_their_ends(isa):
    """Sums, differences and products of registers that hold words above the modulus."""
    CpuBackend(isa=isa).activate()
    r, load = (lambda i: code_of(REGISTER, i)), (lambda i: code_of(LOAD, i))
    code = [
        (Operation.ADD, 0, load(0), load(1)),
        (Operation.ADD, 1, r(0), r(0)),
        (Operation.SUBTRACT, 2, load(0), r(1)),
        (Operation.SUBTRACT, 3, r(2), r(0)),
        (Operation.SUBTRACT, 4, r(0), load(1)),
        (Operation.MULTIPLY, 5, r(0), r(3)),
        (Operation.MULTIPLY_ADD, 6, r(5), r(2), r(0)),
        (Operation.MULTIPLY_ADD, 7, code_of(CONSTANT, 0), r(0), r(1)),
        (Operation.MULTIPLY_ADD, 8, r(0), code_of(CONSTANT, 1), r(6)),
        *((Operation.STORE, i, r(i)) for i in range(9)),
    ]
    program = program_of(code, [(0, 0, 0), (0, 1, 0)], 9, 2, outputs=9)
    pairs = np.array([[a, b] for a in EDGES for b in EDGES] * 2, np.uint64)[:64]
    for constants in ((3, (1 << 32) - 1), (MODULUS - 1, 1 << 32)):
        compare(program, [pairs.T.reshape(2, 1, 64)], np.array(constants, np.uint64), None)


def sums_program(rng, length):
    """Sums of products with constants, side by side: of the same values or of others, read early.

    What folds constraints looks so; three registers hold sums, the others what is added to them.
    """
    constants, loads = 12, [(0, column, ahead) for column in range(3) for ahead in (0, 1)]

    def value():
        if rng.random() < 0.5:
            return code_of(LOAD, int(rng.integers(len(loads))))
        return code_of(REGISTER, 3 + int(rng.integers(4)))

    def constant():
        return code_of(CONSTANT, int(rng.integers(constants)))

    code = [(Operation.ADD, i, code_of(LOAD, i % 6), constant()) for i in range(7)]
    stores = 0
    for _ in range(length):
        kind = rng.random()
        if kind < 0.6:
            # A term for each sum, of one value or of several.
            same = value()
            for j in range(int(rng.integers(1, 4))):
                term = same if rng.random() < 0.95 else value()
                factors = (term, constant()) if rng.random() < 0.5 else (constant(), term)
                code.append((Operation.MULTIPLY_ADD, j, *factors, code_of(REGISTER, j)))
        elif kind < 0.63:
            code.append((Operation.MULTIPLY, int(rng.integers(3)), value(), constant()))
        elif kind < 0.66:
            addend = code_of(Operand(rng.integers(1, 3)), 2)
            code.append((Operation.MULTIPLY_ADD, int(rng.integers(3)), value(), constant(), addend))
        elif kind < 0.69:
            code.append((Operation.STORE, stores, code_of(REGISTER, int(rng.integers(3)))))
            stores += 1
        elif kind < 0.72:
            a, b = (code_of(REGISTER, int(rng.integers(3))) for _ in range(2))
            code.append((Operation.MULTIPLY, 3 + int(rng.integers(4)), a, b))
        else:
            code.append((Operation.ADD, 3 + int(rng.integers(4)), value(), value()))
    code += [(Operation.STORE, stores + i, code_of(REGISTER, i)) for i in range(7)]
    return program_of(code, loads, 7, constants, outputs=stores + 7)


@pytest.mark.parametrize("isa", LEVELS)
@pytest.mark.parametrize("seed", range(6))
def test_sums_of_products_with_constants(isa, seed):
    """Enough points that such sums are computed together, and reduced at their end only."""
    CpuBackend(isa=isa).activate()
    rng = np.random.default_rng(seed)
    constants = words(rng, 12)
    if seed == 0:
        constants[:] = MODULUS - 1
    constants[:2] = (1, (1 << 32) - 1)
    values = words(rng, 3, 2, 128)
    values[:, :, :8] = MODULUS - 1
    for length in (20, 60, 150):
        compare(sums_program(rng, length), [values], constants, None)


def test_a_program_without_sources():
    code = [
        (Operation.ADD, 0, code_of(CONSTANT, 0), code_of(BLOCK, 0)),
        (Operation.STORE, 0, code_of(REGISTER, 0)),
    ]
    program = program_of(code, [], 1, 1, 1)
    compare(
        program,
        [],
        np.array([5], np.uint64),
        np.array([[1, MODULUS - 5]], np.uint64),
        blocks=2,
        height=4,
    )


def test_split_sources():
    rng = np.random.default_rng(8)
    native = CpuStarkKernels(2)
    columns = native.upload(words(rng, 2, 2, 16))
    program = program_of(
        [(Operation.STORE, i, code_of(LOAD, i)) for i in range(8)],
        [(0, i, 0) for i in range(8)],
        outputs=8,
    )
    out = native.download(native.run(program, [columns.split(4)], words(rng, 0)))
    whole = native.download(columns)
    want = [whole[c, :, 4 * way : 4 * way + 4] for c in range(2) for way in range(4)]
    np.testing.assert_array_equal(out, np.stack(want))


FIRST = code_of(LOAD, 0)
BAD = {
    "instruction 0 has operation 5, want 0 to 4": {"instructions": [(5, 0, 0)]},
    "instruction 0 reads load 1 of 1": {"instructions": [(4, 0, code_of(LOAD, 1))]},
    "instruction 0 reads constant 0 of 0": {"instructions": [(4, 0, code_of(CONSTANT, 0))]},
    "instruction 0 reads block constant 2 of 2": {
        "instructions": [(4, 0, code_of(BLOCK, 2))],
        "block": 2,
    },
    "instruction 0 has an operand of kind 4, want 0 to 3": {"instructions": [(4, 0, 4 << 28)]},
    "instruction 0 reads register 3 of 3": {
        "instructions": [(4, 0, code_of(REGISTER, 3))],
        "registers": 3,
    },
    "instruction 1 reads register 1 before it is written": {
        "instructions": [
            (0, 0, FIRST, FIRST),
            (3, 0, FIRST, 0, 1),
        ],
        "registers": 2,
    },
    "instruction 0 writes to 2 of 2": {
        "instructions": [(0, 2, FIRST, FIRST)],
        "registers": 2,
    },
    "instruction 0 writes to 1 of 1": {"instructions": [(4, 1, FIRST)]},
    "output 1 is never stored": {"instructions": [(4, 0, FIRST)], "outputs": 2},
    "load 0 is of row 2 from here, want 0 or 1": {"instructions": [], "loads": [(0, 0, 2)]},
    "load 0 is of source 1 of 1": {
        "instructions": [(4, 0, FIRST)],
        "loads": [(1, 0, 0)],
    },
    "load 0 is of column 2 of 2": {
        "instructions": [(4, 0, FIRST)],
        "loads": [(0, 2, 0)],
    },
    "got no outputs, want at least one": {"instructions": [], "outputs": 0},
    "got a count of 2097152, want at most 2^20": {"instructions": [], "registers": 1 << 21},
}


@pytest.mark.parametrize("message", BAD)
def test_bad_programs_are_refused(message):
    native = CpuStarkKernels(2)
    bad = program_of(**BAD[message])
    with pytest.raises(ValueError) as error:
        native.run(
            bad,
            [native.upload(np.ones((2, 1, 8), np.uint64))],
            np.zeros(0, np.uint64),
            np.zeros((bad.block_constants, 1), np.uint64),
        )
    assert str(error.value) == f"program: {message}"


def test_bad_arguments_are_refused():
    native = CpuStarkKernels(2)
    program = program_of([(4, 0, code_of(LOAD, 0))], constants=1, block=1)
    good = native.upload(np.ones((1, 2, 8), np.uint64))
    one, by_block = np.ones(1, np.uint64), np.ones((1, 2), np.uint64)

    def refused(*arguments, **shape):
        with pytest.raises(ValueError) as error:
            native.run(program, *arguments, **shape)
        return str(error.value)

    assert refused([good], one[:0], by_block) == "constants: got shape (0,), want (1,)"
    assert refused([good], one, by_block[:, :1]) == "block_constants: got shape (1, 1), want (1, 2)"
    assert refused([good], one * MODULUS, by_block) == (
        "constants: got an element that is not below the modulus"
    )
    assert refused([], one, by_block) == "sources: got none, want one, or blocks and height"
    assert refused([good], one, by_block[:, :1].repeat(4, 1), blocks=4) == (
        "sources: source 0 has 2 blocks of 8 rows, want a multiple of 4 and at most 8"
    )
    assert refused([good], one, by_block, height=4) == (
        "sources: source 0 has 2 blocks of 8 rows, want a multiple of 2 and at most 4"
    )


def run_in_extension(program, degree, loads, constants, block_constants):
    """Run a program on tuples."""
    e = extension(degree)
    registers, out = {}, {}
    pools = {REGISTER: registers, LOAD: loads, CONSTANT: constants, BLOCK: block_constants}

    def value(code):
        return pools[Operand(code >> OPERAND_SHIFT)][code & OPERAND_MASK]

    for operation, target, a, b, c in program.code.tolist():
        if operation == Operation.STORE:
            out[target] = value(a)
        elif operation == Operation.ADD:
            registers[target] = extension_add(value(a), value(b), e)
        elif operation == Operation.SUBTRACT:
            registers[target] = extension_subtract(value(a), value(b), e)
        else:
            product = extension_multiply(value(a), value(b), e)
            multiply = operation == Operation.MULTIPLY
            registers[target] = product if multiply else extension_add(product, value(c), e)
    return [list(out[i]) for i in range(program.outputs)]


@pytest.mark.parametrize("degree", [1, 2, 3])
def test_programs_at_one_point(degree):
    rng = np.random.default_rng(degree)
    for shapes in ([(1, 1, 1)], [(3, 1, 1), (2, 1, 1)]):
        program = random_program(rng, shapes)
        loads = words(rng, len(program.loads), degree)
        blocks = words(rng, 2, degree)
        for constants in (words(rng, 5), words(rng, 5, degree)):
            wide = constants.reshape(5, -1)
            wide = np.pad(wide, ((0, 0), (0, degree - wide.shape[1])))
            tuples = ([tuple(row) for row in x.tolist()] for x in (loads, wide, blocks))
            got = run_at(program, degree, loads, constants, blocks)
            assert got.tolist() == run_in_extension(program, degree, *tuples)


def test_a_point_wants_as_many_values_as_a_program_has():
    program = program_of([(4, 0, code_of(LOAD, 0))], constants=3)
    loads, constants = np.ones((1, 2), np.uint64), np.ones(3, np.uint64)
    with pytest.raises(ValueError, match=r"^degree: want 1, 2 or 3$"):
        run_at(program, 4, loads, constants)
    with pytest.raises(ValueError, match=r"^loads: not as many as the program has$"):
        run_at(program, 3, loads, constants)
    with pytest.raises(ValueError, match=r"^constants: not as many as the program has$"):
        run_at(program, 2, loads, constants[:2])
    with pytest.raises(ValueError, match=r"^block_constants: not as many as the program has$"):
        run_at(program, 2, loads, constants, constants)
