"""Programs of AIRs against direct evaluation of the expressions that they come from."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from zkmark.kernels.fields.parameters import ExtensionFieldParameters, extension_field
from zkmark.kernels.fields.reference import (
    extension_add,
    extension_multiply,
    extension_power,
    extension_subtract,
)
from zkmark.kernels.stark.domain import block_power
from zkmark.kernels.stark.program import OPERAND_MASK, OPERAND_SHIFT, Operand, Operation, Program
from zkmark.kernels.stark.reference_run import run_program
from zkmark.provers.stark import compiler
from zkmark.provers.stark.air import Air, Table, boolean, public
from zkmark.provers.stark.expressions import (
    Binary,
    Challenge,
    Column,
    Constant,
    Expression,
    Public,
    Section,
    postorder,
    total,
)
from zkmark.provers.stark.factoring import ring_graph
from zkmark.provers.stark.graph import Graph, Kind, extension_powers
from zkmark.provers.stark.schedule import Emitter, allocated

MODULUS = 2**64 - 2**32 + 1
Words = NDArray[np.uint64]
Element = tuple[int, ...]
Point = Mapping[tuple[Section, int, int], Element]
DEGREES = pytest.mark.parametrize("degree", [2, 3])
ADD, SUBTRACT, MULTIPLY, MULTIPLY_ADD, STORE = Operation
EDGES = (0, 1, 2, MODULUS - 1, MODULUS - 2, 2**32, 2**63)


def element(draw: random.Random) -> int:
    return draw.choice(EDGES) if draw.random() < 0.1 else draw.randrange(MODULUS)


def extension_element(draw: random.Random, degree: int) -> Element:
    return tuple(element(draw) for _ in range(degree))


def random_expression(draw: random.Random, leaves: Sequence[Expression], depth: int) -> Expression:
    """An expression of the leaves and small integers; parts occur in it more than once."""
    made = list(leaves)
    for _ in range(depth):
        a, b = draw.choice(made), draw.choice(made)
        match draw.randrange(6):
            case 0:
                part = a - b
            case 1 | 2:
                part = a * b if a.degree + b.degree <= 2 else a + b
            case 3:
                part = -a
            case 4:
                part = a * draw.choice([1, -1, 3, 0, MODULUS - 2])
            case _:
                part = a + draw.choice([0, 1, -1, 12])
        made.append(part)
    return total(made[-3:])


def random_air(seed: int) -> Air:
    """An AIR with random constraints under all selectors and random messages."""
    draw = random.Random(seed)
    table = Table("t")
    columns: list[Expression] = [*table.columns("x", 4), table.preprocessed("p")]
    columns.append(table.periodic("q", [1, 5]))
    leaves = [*columns, *(column.next for column in columns), public("in", 0), public("in", 1)]
    kinds = [
        table.constrain,
        table.constrain_first,
        table.constrain_last,
        table.constrain_transition,
    ]
    for index in range(20):
        value = random_expression(draw, leaves, 6)
        if value.table is not None:
            draw.choice(kinds)(f"constraint {index}", value)
    flag = columns[0]
    for index in range(6):  # a common factor
        table.constrain(f"flagged {index}", draw.choice([1, -1]) * flag * (columns[1] - index))
    for index, column in enumerate(columns[:3]):
        table.constrain(f"boolean {index}", boolean(column))
    table.constrain("opposite", -(columns[2] + 3))
    table.constrain("same again", boolean(columns[0]))
    for index in range(5):
        message = [draw.choice(leaves), draw.choice(leaves) + 1]
        (table.send if index % 2 else table.receive)("c", message, draw.choice([1, *leaves]))
    table.send("d", [columns[0] * columns[1]], table.is_first)
    return Air("random", [table])


def direct(
    value: Expression,
    point: Point,
    public_values: Mapping[str, Sequence[int]],
    challenges: Mapping[str, Element],
    field: ExtensionFieldParameters,
) -> Element:
    """An expression's value where columns have values of the extension, by the definition."""

    def embedded(number: int) -> Element:
        return (number, *(0,) * (field.degree - 1))

    join = {"+": extension_add, "-": extension_subtract, "*": extension_multiply}
    found: dict[int, Element] = {}
    for node in postorder([value]):
        match node:
            case Binary():
                a, b = found[id(node.left)], found[id(node.right)]
                result = join[node.operator](a, b, field)
            case Column():
                result = point[node.section, node.index, node.offset]
            case Constant():
                result = embedded(node.value)
            case Public():
                result = embedded(public_values[node.name][node.index])
            case Challenge():
                result = extension_power(challenges[node.name], node.power, field)
        found[id(node)] = result
    return found[id(value)]


def directly_folded(
    air: Air,
    point: Point,
    public_values: Mapping[str, Sequence[int]],
    challenges: Mapping[str, Element],
    field: ExtensionFieldParameters,
) -> Element:
    """All constraints times their selectors and powers of the challenge."""
    result: Element = (0,) * field.degree
    power = 0
    table = air.tables[0]
    for selector, constraints in compiler.folding_order(air.constraints(table)).items():
        for constraint in constraints:
            value = direct(constraint.value, point, public_values, challenges, field)
            if selector is not None:
                column = table.selectors[selector]
                value = extension_multiply(value, point[column.section, column.index, 0], field)
            weight = extension_power(challenges["fold"], power, field)
            result = extension_add(result, extension_multiply(value, weight, field), field)
            power += 1
    assert power == len(air.constraints(table))
    return result


def counts(air: Air) -> dict[Section, int]:
    """Columns a section; auxiliary ones are of the extension."""
    table = air.tables[0]
    return {
        Section.PREPROCESSED: len(table.preprocessed_columns),
        Section.MAIN: len(table.main),
        Section.AUXILIARY: air.auxiliary_columns(table),
        Section.PERIODIC: len(table.periods),
        Section.SELECTOR: 3,
    }


def setting(
    draw: random.Random, degree: int
) -> tuple[dict[str, list[int]], dict[str, Element], ExtensionFieldParameters]:
    public_values = {"in": [element(draw), element(draw)]}
    names = ("alpha", *(f"beta_{place}" for place in range(1, 9)), "step", "fold")
    challenges = {name: extension_element(draw, degree) for name in names}
    return public_values, challenges, extension_field(f"goldilocks-ext{degree}")


def check_form(program: Program) -> None:
    """Whether a program keeps to the rules of its class."""
    written: set[int] = set()
    stored = []
    limits = {
        Operand.CONSTANT: program.constants,
        Operand.LOAD: len(program.loads),
        Operand.BLOCK: program.block_constants,
    }
    arity = {Operation.STORE: 1, Operation.MULTIPLY_ADD: 3}
    for operation, target, *places in program.code.tolist():
        used = arity.get(Operation(operation), 2)
        assert places[used:] == [0] * (3 - used)
        for place in places[:used]:
            kind, index = Operand(place >> OPERAND_SHIFT), place & OPERAND_MASK
            if kind is Operand.REGISTER:
                assert index in written
            else:
                assert index < limits[kind]
        if operation == Operation.STORE:
            stored.append(target)
        else:
            assert target < program.registers
            written.add(target)
    assert sorted(stored) == list(range(program.outputs))
    assert written == set(range(program.registers))
    assert program.code.dtype == program.loads.dtype == np.uint32


@DEGREES
@pytest.mark.parametrize("seed", range(4))
def test_the_quotient_is_the_folded_constraints_times_the_block_constant(
    degree: int, seed: int
) -> None:
    draw = random.Random(f"quotient {seed}")
    air = random_air(seed)
    public_values, challenges, field = setting(draw, degree)
    code = compiler.quotient(air, "t", degree)
    check_form(code.program)
    blocks, height = 2, 4
    rows = dict.fromkeys(Section, height) | {Section.PERIODIC: 2}
    widths = counts(air) | {Section.AUXILIARY: counts(air)[Section.AUXILIARY] * degree}
    matrices = {
        section: np.array(
            [element(draw) for _ in range(widths[section] * blocks * rows[section])],
            dtype=np.uint64,
        ).reshape(widths[section], blocks, rows[section])
        for section in Section
    }
    scales = compiler.vanishing_inverses(blocks)
    out = run_program(
        code.program,
        [matrices[section] for section in code.sources],
        code.constants(public_values, challenges),
        scales,
        blocks,
        height,
    )
    assert out.shape == (degree, blocks, height)
    for block in range(blocks):
        for row in range(height):
            point: dict[tuple[Section, int, int], Element] = {}
            for section, width in counts(air).items():
                for index in range(width):
                    for offset in (0, 1):
                        here = (row + offset) % rows[section]
                        values = matrices[section][:, block, here].tolist()
                        if section is Section.AUXILIARY:
                            value = tuple(values[index * degree : (index + 1) * degree])
                        else:
                            value = (values[index], *(0,) * (degree - 1))
                        point[section, index, offset] = value
            want = directly_folded(air, point, public_values, challenges, field)
            scale = int(scales[0, block])
            assert [part * scale % MODULUS for part in want] == out[:, block, row].tolist()


def run_at(
    code: compiler.Code,
    loads: Sequence[Element],
    constants: Sequence[int],
    field: ExtensionFieldParameters,
) -> Element:
    """Run a program on extension elements, block constant 1; join the coordinates it stores."""

    def embedded(number: int) -> Element:
        return (number, *(0,) * (field.degree - 1))

    registers: dict[int, Element] = {}
    result = embedded(0)

    def value(place: int) -> Element:
        index = place & OPERAND_MASK
        match Operand(place >> OPERAND_SHIFT):
            case Operand.REGISTER:
                return registers[index]
            case Operand.CONSTANT:
                return embedded(constants[index])
            case Operand.LOAD:
                return loads[index]
            case Operand.BLOCK:
                return embedded(1)

    for operation, target, a, b, c in code.program.code.tolist():
        if operation == ADD:
            registers[target] = extension_add(value(a), value(b), field)
        elif operation == SUBTRACT:
            registers[target] = extension_subtract(value(a), value(b), field)
        elif operation == MULTIPLY:
            registers[target] = extension_multiply(value(a), value(b), field)
        elif operation == MULTIPLY_ADD:
            product = extension_multiply(value(a), value(b), field)
            registers[target] = extension_add(product, value(c), field)
        else:
            phi = tuple(int(i == target) for i in range(field.degree))
            result = extension_add(result, extension_multiply(phi, value(a), field), field)
    return result


@DEGREES
@pytest.mark.parametrize("seed", range(4))
def test_the_quotient_s_program_gives_the_folded_constraints_at_a_point_of_the_extension(
    degree: int, seed: int
) -> None:
    draw = random.Random(f"point {seed}")
    air = random_air(seed)
    public_values, challenges, field = setting(draw, degree)
    code = compiler.quotient(air, "t", degree)
    point: dict[tuple[Section, int, int], Element] = {}
    loaded: dict[tuple[Section, int, int], Element] = {}
    for section, width in counts(air).items():
        for index in range(width):
            for offset in (0, 1):
                if section is not Section.AUXILIARY:
                    value = loaded[section, index, offset] = extension_element(draw, degree)
                else:
                    value = (0,) * degree
                    for power in range(degree):  # phi^power times a base column's value
                        part = extension_element(draw, degree)
                        loaded[section, index * degree + power, offset] = part
                        phi = tuple(int(i == power) for i in range(degree))
                        value = extension_add(value, extension_multiply(part, phi, field), field)
                point[section, index, offset] = value
    loads = [
        loaded[code.sources[source], column, offset]
        for source, column, offset in code.program.loads.tolist()
    ]
    constants = code.constants(public_values, challenges).tolist()
    want = directly_folded(air, point, public_values, challenges, field)
    assert run_at(code, loads, constants, field) == want


@DEGREES
@pytest.mark.parametrize("seed", range(2))
def test_fractions_are_those_of_the_groups(degree: int, seed: int) -> None:
    draw = random.Random(f"fractions {seed}")
    air = random_air(seed)
    public_values, challenges, field = setting(draw, degree)
    groups = air.lookups["t"].groups
    height = 4
    matrices = {
        section: np.array([element(draw) for _ in range(width * height)], dtype=np.uint64).reshape(
            width, 1, height
        )
        for section, width in counts(air).items()
    }
    matrices[Section.SELECTOR] = compiler.trace_selectors(height)
    matrices[Section.PERIODIC] = compiler.periodic_values(air.tables[0])
    for program, values in (
        (compiler.numerators, [group.numerator for group in groups]),
        (compiler.denominators, [group.denominator for group in groups]),
    ):
        code = program(air, "t", degree)
        check_form(code.program)
        assert Section.AUXILIARY not in code.sources
        out = run_program(
            code.program,
            [matrices[section] for section in code.sources],
            code.constants(public_values, challenges),
            blocks=1,
            height=height,
        )
        assert out.shape == (len(groups) * degree, 1, height)
        for row in range(height):
            point = {
                (section, index, offset): (
                    int(matrix[index, 0, (row + offset) % matrix.shape[2]]),
                    *(0,) * (degree - 1),
                )
                for section, matrix in matrices.items()
                for index in range(matrix.shape[0])
                for offset in (0, 1)
            }
            want = [
                part
                for value in values
                for part in direct(value, point, public_values, challenges, field)
            ]
            assert out[:, 0, row].tolist() == want


def test_vanishing_inverses_are_of_the_vanishing_polynomial_on_the_blocks() -> None:
    for blocks in (1, 2, 8):
        values = compiler.vanishing_inverses(blocks)
        assert values.shape == (1, blocks)
        for block, value in enumerate(values[0].tolist()):
            assert value * (block_power(blocks, block) - 1) % MODULUS == 1


def test_shorter_periods_are_repeated() -> None:
    table = Table("t")
    table.column("x")
    table.periodic("a", [1, 2, 3, 4])
    table.periodic("b", [5])
    table.periodic("c", [6, 7])
    assert compiler.periodic_values(table)[:, 0].tolist() == [
        [1, 2, 3, 4],
        [5, 5, 5, 5],
        [6, 7, 6, 7],
    ]


def test_constants_want_their_challenges_and_the_compiler_a_degree_that_there_is() -> None:
    table = Table("t")
    x = table.column("x")
    table.constrain("a", x - 1)
    table.constrain("b", x - 2)
    air = Air("a", [table])
    with pytest.raises(ValueError, match=r"challenges: got \['alpha'\], want 'fold' too"):
        compiler.quotient(air, "t", 2).constants({}, {"alpha": (1, 2)})
    with pytest.raises(ValueError, match="degree of the extension: got 4, want 2 or 3"):
        compiler.quotient(air, "t", 4)


def test_a_table_without_constraints_has_the_quotient_0() -> None:
    table = Table("t")
    table.column("x")
    air = Air("a", [table])
    code = compiler.quotient(air, "t", 2)
    scales = compiler.vanishing_inverses(1)[: code.program.block_constants]
    out = run_program(code.program, [], code.constants({}, {}), scales, 1, 2)
    assert out.tolist() == [[[0, 0]], [[0, 0]]]


@DEGREES
def test_powers_of_extension_elements(degree: int) -> None:
    field = extension_field(f"goldilocks-ext{degree}")
    base = tuple(range(3, 3 + degree))
    powers = extension_powers(base, 20)
    assert powers[0] == (1, *(0,) * (degree - 1))
    assert powers[1] == base
    for power, following in pairwise(powers):
        assert following == extension_multiply(power, base, field)


# Factors


def multiplications(change: Callable[[list[Column]], Expression]) -> int:
    """Those that an expression of 6 columns takes."""
    table = Table("t")
    graph, (root,) = ring_graph([change(table.columns("x", 6))])
    code, _ = allocated(Emitter(graph, (), [root]).code)
    return int(np.isin(code[:, 0], (MULTIPLY, MULTIPLY_ADD)).sum())


@pytest.mark.parametrize(
    ("change", "count"),
    [
        (lambda x: x[0] * x[1] + x[2] * x[0], 1),
        (lambda x: x[0] * x[1] - 5 - x[2] * x[0], 1),
        (lambda x: x[0] * x[1] + x[0], 1),
        (lambda x: x[0] * x[1] + x[2] * x[3], 2),
        (lambda x: total([x[0] * part for part in x[1:]]) + x[1] * x[2], 2),
        # (a b + c) d + (a + c) e
        (lambda x: x[0] * x[1] * x[3] + x[2] * x[3] + x[4] * (x[0] + x[2]), 3),
        (lambda x: x[0] * x[1] * x[3] + x[0] * x[2] * x[3] - x[0] * x[4], 2),
        (lambda x: 7 * x[0] + 7 * x[1] - 7 * x[2], 1),
        # A product that is used twice is computed once, as it is.
        (lambda x: x[0] * x[1] * x[3] + x[0] * x[1] * x[2] - x[0] * x[4], 3),
        (lambda x: (x[0] * x[1] + x[0] * x[2]) * (x[0] * x[1] + x[3]), 3),
    ],
)
def test_common_factors_are_taken_out_of_sums(
    change: Callable[[list[Column]], Expression], count: int
) -> None:
    assert multiplications(change) == count


def test_a_sum_of_a_thousand_pairs_is_no_trouble() -> None:
    table = Table("t")
    x, y = table.columns("x", 1000), table.columns("y", 2)
    graph, _ = ring_graph([total([part * y[0] * part + part * y[1] for part in x])])
    assert graph.kind.count(int(Kind.MULTIPLY)) <= 2000


# Schedules


def emitted(graph: Graph, roots: Sequence[int], milestones: Sequence[int] = ()) -> list[Operation]:
    code, _ = allocated(Emitter(graph, milestones, roots).code)
    return [Operation(operation) for operation in code[:, 0].tolist()]


def test_equal_computations_are_done_once() -> None:
    graph = Graph()
    a, b = graph.load(1, 0, 0), graph.load(1, 1, 0)
    assert graph.multiply(a, b) == graph.multiply(b, a)
    assert graph.subtract(a, graph.literal(3)) == graph.add(graph.literal(-3), a)
    assert graph.subtract(a, a) == graph.zero
    assert graph.negate(graph.subtract(a, b)) == graph.subtract(b, a)
    assert graph.multiply(graph.negate(a), graph.negate(b)) == graph.multiply(a, b)


def test_products_in_a_sum_become_multiply_adds() -> None:
    graph = Graph()
    x = [graph.load(1, index, 0) for index in range(8)]
    ab, cd, ef = (graph.multiply(x[i], x[i + 1]) for i in (0, 2, 4))
    both = graph.add(graph.add(ab, cd), graph.add(x[6], ef))
    assert emitted(graph, [both]) == [MULTIPLY_ADD] * 3 + [STORE]
    # What is subtracted is summed up too, so that it takes one subtraction.
    mixed = graph.subtract(graph.subtract(graph.subtract(x[7], ab), cd), x[6])
    assert emitted(graph, [mixed]) == [MULTIPLY_ADD, MULTIPLY_ADD, SUBTRACT, STORE]
    scaled = graph.subtract(x[7], graph.multiply(graph.literal(5), ab))
    assert emitted(graph, [scaled]) == [MULTIPLY, MULTIPLY_ADD, STORE]
    assert emitted(graph, [graph.negate(ab)]) == [MULTIPLY, SUBTRACT, STORE]
    assert emitted(graph, [x[0]]) == [STORE]


def test_a_long_chain_needs_one_register() -> None:
    graph = Graph()
    value = graph.load(1, 0, 0)
    for index in range(1, 2000):
        value = graph.add(graph.multiply(value, graph.load(1, index, 0)), graph.load(1, index, 1))
    _, registers = allocated(Emitter(graph, (), [value]).code)
    assert registers == 1


def test_folding_keeps_few_registers_whatever_the_number_of_constraints() -> None:
    def registers(count: int) -> int:
        table = Table("t")
        x = table.columns("x", 50)
        for index in range(count):
            a, b, c = (x[(index * k + k) % 50] for k in (1, 7, 11))
            table.constrain(f"{index}", (a - b + index) * (c.next + index) - (a + index) * c)
        return compiler.quotient(Air("a", [table]), "t", 2).program.registers

    assert registers(20) == registers(200) <= 6


def test_a_common_flag_is_multiplied_once() -> None:
    table = Table("t")
    flag = table.column("flag")
    x = table.columns("x", 10)
    for index, column in enumerate(x):
        table.constrain(f"{index}", flag * (column.next - column))
    program = compiler.quotient(Air("a", [table]), "t", 2).program
    # Two weights a constraint but for the first, whose weight is 1; the flag; the block constant.
    assert program.multiplications == 2 * 9 + 2 + 2


def test_a_boundary_value_costs_no_instruction_of_its_own() -> None:
    table = Table("t")
    x = table.columns("x", 16)
    for index, column in enumerate(x):
        table.constrain_first(f"{index}", column - public("in", index))
    program = compiler.quotient(Air("a", [table]), "t", 2).program
    code = [Operation(operation) for operation in program.code[:, 0].tolist()]
    # Two weights a column (none where the weight is 1), the selector, the block constant.
    assert code.count(MULTIPLY) + code.count(MULTIPLY_ADD) == 2 * 15 + 2 + 2
    assert code.count(SUBTRACT) == 0
    assert code.count(ADD) <= 2
