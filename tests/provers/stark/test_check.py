"""A witness against an AIR: broken constraints by name, the bus, and the lookup columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from zkmark.kernels.fields.parameters import extension_field
from zkmark.kernels.fields.reference import (
    extension_add,
    extension_inverse,
    extension_multiply,
    extension_subtract,
)
from zkmark.kernels.stark.domain import point, root
from zkmark.kernels.stark.reference_run import run_program
from zkmark.provers.stark import compiler
from zkmark.provers.stark.air import Air, Table, boolean, public
from zkmark.provers.stark.check import Lookups, check, heights
from zkmark.provers.stark.expressions import Section

Words = NDArray[np.uint64]
MODULUS = 2**64 - 2**32 + 1
HEIGHT = 16
SQUARES = 8


def accumulator() -> Air:
    """Sum up ``weight * square(value)`` over the rows, squares looked up in a table of their own.

    The table ``sum`` has a value, its square, a running total, a flag that says whether the row
    counts; weights are preprocessed and a sign is periodic. Its last total and the first value are
    public. The verifier itself looks up one square.
    """
    table = Table("sum")
    value, square, total = table.columns("v", 3)
    counts = table.column("counts")
    weight = table.preprocessed("weight")
    sign = table.periodic("sign", [1, MODULUS - 1])
    part = table.periodic("scale", [1, 2, 3, 4])
    table.constrain("counts is boolean", boolean(counts))
    table.constrain_first("total starts at 0", total)
    table.constrain_first("value starts at the public one", value - table.public("start", 0))
    table.constrain_transition(
        "total adds the square", total.next - total - counts * weight * square
    )
    table.constrain_transition(
        "value changes", value.next - (1 - value) * sign * sign - part + part
    )
    table.constrain_last("total is public", total - table.public("result", 0))
    table.send("square", [value, square], counts)
    table.send("square", [value.next, value.next * value.next], table.is_first)
    table.send("row", [weight], 1)
    table.receive("row", [weight], 1)

    squares = Table("squares")
    argument, result, used = squares.columns("s", 3)
    squares.constrain("result is the square", argument * argument - result)
    squares.receive("square", [argument, result], used)
    return Air(
        "accumulator",
        [table, squares],
        sends=[("square", [public("start", 0), 25], public("n", 0))],
    )


Run = tuple[dict[str, Words], dict[str, Words], dict[str, list[int]]]


def accumulated() -> Run:
    """Return preprocessed values, a witness and the public values of a run."""
    minus_four = MODULUS - 4
    values = [5 if row % 2 == 0 else minus_four for row in range(HEIGHT)]
    counts = [int(row % 3 == 0) for row in range(HEIGHT)]
    weights = [row * row + 1 for row in range(HEIGHT)]
    total = [0]
    for row in range(HEIGHT):
        total.append((total[-1] + counts[row] * weights[row] * values[row] ** 2) % MODULUS)
    used = dict.fromkeys((5, minus_four, *range(10, 8 + SQUARES)), 0)
    used[5] += 2  # by the verifier
    used[minus_four] += 1  # by the first row
    for value, count in zip(values, counts, strict=True):
        used[value] += count
    squares = [[value, value * value % MODULUS, times] for value, times in used.items()]
    witness = {
        "sum": np.array(
            [values, [value**2 % MODULUS for value in values], total[:-1], counts], dtype=np.uint64
        ),
        "squares": np.array(squares, dtype=np.uint64).T.copy(),
    }
    preprocessed = {"sum": np.array([weights], dtype=np.uint64)}
    return preprocessed, witness, {"start": [5], "result": [total[-2]], "n": [2]}


def test_a_right_witness_breaks_nothing() -> None:
    air = accumulator()
    found = check(air, *accumulated())
    assert not found
    assert str(found) == "nothing is broken"
    assert heights(air, *accumulated()[:2]) == {"sum": HEIGHT, "squares": SQUARES}


@pytest.mark.parametrize(
    ("table", "column", "row", "value", "broken"),
    [
        (0, 3, 4, 2, {"counts is boolean": 4, "total adds the square": 4}),
        (0, 2, 0, 1, {"total starts at 0": 0, "total adds the square": 0}),
        (0, 2, 7, 1, {"total adds the square": 6}),
        (0, 2, 15, 1, {"total adds the square": 14, "total is public": 15}),
        (0, 0, 0, 6, {"value starts at the public one": 0, "value changes": 0}),
        (0, 0, 9, 6, {"value changes": 8}),
        (0, 0, 15, 6, {"value changes": 14}),
        (1, 1, 3, 5, {"result is the square": 3}),
    ],
)
def test_broken_constraints_are_named_with_their_first_row(
    table: int, column: int, row: int, value: int, broken: dict[str, int]
) -> None:
    preprocessed, witness, public_values = accumulated()
    name = ("sum", "squares")[table]
    witness[name][column, row] = value
    found = check(accumulator(), preprocessed, witness, public_values)
    assert {part.constraint: part.row for part in found.constraints} == broken
    assert {part.table for part in found.constraints} == {name}
    assert f"table {name!r}: {next(iter(broken))!r} is broken at row" in str(found)


def test_wrong_public_values_break_the_boundary() -> None:
    preprocessed, witness, public_values = accumulated()
    public_values["result"] = [1]
    found = check(accumulator(), preprocessed, witness, public_values)
    assert [str(part) for part in found.constraints] == [
        "table 'sum': 'total is public' is broken at row 15"
    ]
    assert not found.messages


def test_messages_that_do_not_balance_are_named() -> None:
    preprocessed, witness, public_values = accumulated()
    witness["squares"][2, 1] += 2
    public_values["n"] = [5]
    found = check(accumulator(), preprocessed, witness, public_values)
    assert not found.constraints
    late, early = found.messages
    assert (late.message, late.excess) == ((5, 25), 3)
    assert (early.message, early.excess) == ((MODULUS - 4, 16), -2)
    assert "received 2 times too often: table 'sum', row 3, sends it once" in str(early)
    assert str(late).startswith("message square(5, 25) is sent 3 times too often: table 'sum'")
    # The verifier's own messages are told too, where they are among the first.
    public_values["start"] = [3]
    found = check(accumulator(), preprocessed, witness, public_values)
    told = [str(part) for part in found.messages]
    assert "message square(3, 25) is sent 5 times too often: the verifier sends it 5 times" in told


def test_only_the_first_messages_of_a_channel_are_told() -> None:
    table = Table("t")
    x = table.column("x")
    table.send("a", [x])
    table.receive("b", [x], x)
    witness = {"t": np.arange(32, dtype=np.uint64)[None]}
    found = check(Air("a", [table]), {}, witness, {}, most=3)
    assert [(part.channel, part.message, part.excess) for part in found.messages] == [
        ("a", (0,), 1),
        ("a", (1,), 1),
        ("a", (2,), 1),
        ("b", (1,), -1),
        ("b", (2,), -2),
        ("b", (3,), -3),
    ]


def test_multiplicities_cancel_modulo_p_only() -> None:
    table = Table("t")
    x, m = table.columns("x", 2)
    table.send("a", [x], m)
    air = Air("a", [table])
    big = MODULUS - 2**33
    witness = {"t": np.array([[7, 7], [2**33, big]], dtype=np.uint64)}
    assert not check(air, {}, witness, {})
    witness["t"][1, 0] += np.uint64(1)
    assert check(air, {}, witness, {}).messages[0].excess == 1
    witness["t"][:, 0] = 8, 2**33
    assert len(check(air, {}, witness, {}).messages) == 2


def test_absent_tables_are_left_out() -> None:
    air = accumulator()
    preprocessed, witness, public_values = accumulated()
    witness["squares"] = np.zeros((3, 0), dtype=np.uint64)
    assert heights(air, preprocessed, witness) == {"sum": HEIGHT}
    found = check(air, preprocessed, witness, public_values)
    assert not found.constraints
    assert {part.channel for part in found.messages} == {"square"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda p, w: w.update(other=w["sum"]), "got table 'other', want those of AIR"),
        (lambda p, w: w.update(sum=w["sum"][:3]), r"want uint64 of \(4, height\)"),
        (lambda p, w: w.update(sum=w["sum"].astype(np.int64)), "got int64 of shape"),
        (lambda p, w: w.update(sum=w["sum"][:, :12]), "got 12, want a power of two"),
        (lambda p, w: w.update(sum=w["sum"][:, :2]), "want at least 4, its longest period"),
        (lambda p, w: w.update(sum=w["sum"][:, :8]), "got 16 rows, want 8"),
        (lambda p, w: p.clear(), "preprocessed values of table 'sum': got none"),
        (lambda p, w: p.update(sum=p["sum"][:0]), r"want uint64 of \(1, height\)"),
        (lambda p, w: w["sum"].fill(MODULUS), "witness of table 'sum'"),
    ],
)
def test_a_witness_of_the_wrong_form_is_refused(
    change: Callable[[dict[str, Words], dict[str, Words]], object], words: str
) -> None:
    preprocessed, witness, public_values = accumulated()
    change(preprocessed, witness)
    with pytest.raises(ValueError, match=words):
        check(accumulator(), preprocessed, witness, public_values)


# Lookup columns


def lookup_columns(air: Air, degree: int, run: Run) -> Lookups:
    """Auxiliary columns and cumulative sums by their definition, from the programs' fractions."""
    preprocessed, witness, public_values = run
    field = extension_field(f"goldilocks-ext{degree}")
    challenges = {
        name: tuple(range(1234567 * k, 1234567 * k + degree))
        for k, name in enumerate(air.lookup_challenges, 1)
    }
    result = Lookups(challenges, {}, {})
    for name, height in heights(air, preprocessed, witness).items():
        table = air.table[name]
        matrices = {
            Section.PREPROCESSED: preprocessed.get(name, np.zeros((0, height), np.uint64))[:, None],
            Section.MAIN: witness[name][:, None],
            Section.PERIODIC: compiler.periodic_values(table),
            Section.SELECTOR: compiler.trace_selectors(height),
        }
        fractions = []
        for program in (compiler.numerators, compiler.denominators):
            code = program(air, name, degree)
            constants = code.constants(public_values, result.challenges)
            sources = [matrices[section] for section in code.sources]
            out = run_program(code.program, sources, constants, None, 1, height)
            fractions.append(out.reshape(-1, degree, height))
        quotients = [
            [
                extension_multiply(
                    tuple(top[:, row].tolist()),
                    extension_inverse(tuple(bottom[:, row].tolist()), field),
                    field,
                )
                for row in range(height)
            ]
            for top, bottom in zip(*fractions, strict=True)
        ]
        whole = (0,) * degree
        for column in quotients:
            for value in column:
                whole = extension_add(whole, value, field)
        share = pow(height, -1, MODULUS)
        step = tuple(part * share % MODULUS for part in whole)
        running = [(0,) * degree]
        for row in range(height - 1):
            value = extension_subtract(running[-1], step, field)
            for column in quotients:
                value = extension_add(value, column[row], field)
            running.append(value)
        stacked = np.array([*quotients, running], dtype=np.uint64)  # [columns, height, D]
        result.columns[name] = stacked.transpose(0, 2, 1).reshape(-1, height)
        result.sums[name] = whole
    return result


def bus(air: Air, lookups: Lookups, public_values: Mapping[str, Sequence[int]]) -> tuple[int, ...]:
    """What all cumulative sums and the verifier's messages come to."""
    field = extension_field(f"goldilocks-ext{len(lookups.challenges['alpha'])}")
    result = air.verifier_sum(public_values, lookups.challenges)
    for part in lookups.sums.values():
        result = extension_add(result, tuple(part), field)
    return result


@pytest.mark.parametrize("degree", [2, 3])
def test_the_bus_of_a_right_witness_comes_to_zero(degree: int) -> None:
    air, run = accumulator(), accumulated()
    lookups = lookup_columns(air, degree, run)
    assert not check(air, *run, lookups)
    assert bus(air, lookups, run[2]) == (0,) * degree


@pytest.mark.parametrize("degree", [2, 3])
@pytest.mark.parametrize(
    ("name", "column", "row"),
    [("sum", 1, 3), ("sum", 3, 1), ("squares", 0, 0), ("squares", 2, 1)],
)
def test_the_bus_of_a_wrong_witness_does_not(degree: int, name: str, column: int, row: int) -> None:
    air, run = accumulator(), accumulated()
    run[1][name][column, row] += np.uint64(1)
    lookups = lookup_columns(air, degree, run)
    assert bus(air, lookups, run[2]) != (0,) * degree
    found = check(air, *run, lookups)
    assert found.messages
    # Its lookup columns are right all the same: it is the sum that tells.
    own = {part.name for table in air.tables for part in table.constraints}
    assert {part.constraint for part in found.constraints} <= own


@pytest.mark.parametrize("degree", [2, 3])
def test_the_verifier_s_messages_count(degree: int) -> None:
    air, run = accumulator(), accumulated()
    lookups = lookup_columns(air, degree, run)
    for wrong in ({"n": [3]}, {"start": [6]}):
        assert bus(air, lookups, run[2] | wrong) != (0,) * degree


@pytest.mark.parametrize("degree", [2, 3])
def test_wrong_lookup_columns_are_found(degree: int) -> None:
    air, run = accumulator(), accumulated()
    for name, count in (("sum", 4), ("squares", 2)):
        for index in range(count * degree):
            lookups = lookup_columns(air, degree, run)
            lookups.columns[name][index, 5] ^= np.uint64(1)
            found = check(air, *run, lookups)
            constraints = [part.constraint for part in found.constraints]
            assert "running sum" in constraints
            if index < (count - 1) * degree:  # not the running sum itself
                assert len(constraints) == 2
                assert found.constraints[0].row == 5
            assert {part.table for part in found.constraints} == {name}
    lookups = lookup_columns(air, degree, run)
    lookups.sums["squares"] = (1,) * degree
    (only,) = check(air, *run, lookups).constraints
    assert (only.table, only.constraint, only.rows) == ("squares", "running sum", SQUARES)


def test_a_message_that_meets_the_challenge_has_no_fraction() -> None:
    air = accumulator()
    number = air.channels["square"]
    alpha = ((-number - 5 * 2 - 25 * 3) % MODULUS, 0)
    challenges = {"alpha": alpha, "beta_1": (2, 0), "beta_2": (3, 0)}
    with pytest.raises(ZeroDivisionError):
        air.verifier_sum({"start": [5], "n": [1], "result": [0]}, challenges)


# Quotients


def polynomial(values: Sequence[int]) -> list[int]:
    """Coefficients from values on the subgroup, by the definition."""
    size = len(values)
    inverse = pow(root(size), -1, MODULUS)
    scale = pow(size, -1, MODULUS)
    return [
        sum(value * pow(inverse, row * k, MODULUS) for row, value in enumerate(values))
        * scale
        % MODULUS
        for k in range(size)
    ]


def at(coefficients: Sequence[int], x: int) -> int:
    """A polynomial's value, by Horner's rule."""
    value = 0
    for coefficient in reversed(coefficients):
        value = (value * x + coefficient) % MODULUS
    return value


def interpolated(points: Sequence[int], values: Sequence[int], x: int) -> int:
    """The value at x of the polynomial through some points, by Lagrange's formula."""
    total = 0
    for a, value in zip(points, values, strict=True):
        for b in points:
            if a != b:
                value = value * (x - b) * pow(a - b, -1, MODULUS) % MODULUS
        total += value
    return total % MODULUS


def selector_polynomials(height: int) -> list[list[int]]:
    """Those of SELECTORS, by their definition."""
    first, last = ([int(row == place) for row in range(height)] for place in (0, height - 1))
    transition = [-pow(root(height), -1, MODULUS) % MODULUS, 1]
    return [polynomial(first), polynomial(last), transition]


@pytest.mark.parametrize("degree", [2, 3])
@pytest.mark.parametrize("name", ["sum", "squares"])
@pytest.mark.parametrize("change", [None, Section.MAIN, Section.AUXILIARY, "step"])
def test_the_quotient_is_a_polynomial_that_its_blocks_determine(
    degree: int, name: str, change: Section | str | None
) -> None:
    """What is interpolated from them is the quotient elsewhere too.

    For a right witness only: the quotient of a wrong one is no polynomial.
    """
    air, run = accumulator(), accumulated()
    preprocessed, witness, public_values = run
    lookups = lookup_columns(air, degree, run)
    table = air.table[name]
    height = witness[name].shape[1]
    step = [part * pow(height, -1, MODULUS) % MODULUS for part in lookups.sums[name]]
    if change is Section.MAIN:
        witness[name][1, 3] ^= np.uint64(1)
    elif change is Section.AUXILIARY:
        lookups.columns[name][-1, 2] ^= np.uint64(1)
    elif change == "step":
        step[0] += 1
    challenges = {
        **lookups.challenges,
        "step": step,
        "fold": tuple(range(99, 99 + degree)),
    }
    stretch = height // table.longest_period
    polynomials = {
        Section.PREPROCESSED: [
            polynomial(values.tolist()) for values in preprocessed.get(name, ())
        ],
        Section.MAIN: [polynomial(values.tolist()) for values in witness[name]],
        Section.AUXILIARY: [polynomial(values.tolist()) for values in lookups.columns[name]],
        Section.PERIODIC: [
            # p(X^stretch)
            [c for part in polynomial(values[0].tolist()) for c in (part, *[0] * (stretch - 1))]
            for values in compiler.periodic_values(table)
        ],
        Section.SELECTOR: selector_polynomials(height),
    }
    # On twice the blocks that it needs: the even ones determine it, the odd ones are to compare.
    blocks = 2 * air.quotient_blocks
    points = [point(height, blocks, index) for index in range(blocks * height)]
    code = compiler.quotient(air, name, degree)
    sources = [
        np.array(
            [[at(part, x) for x in points] for part in polynomials[section]], dtype=np.uint64
        ).reshape(-1, blocks, height)
        for section in code.sources
    ]
    constants = code.constants(public_values, challenges)
    scales = compiler.vanishing_inverses(blocks)
    quotient = run_program(code.program, sources, constants, scales, blocks, height)
    places = np.array(points, dtype=object).reshape(blocks, height)
    known = places[::2].reshape(-1).tolist()
    equal = [
        interpolated(known, values[::2].reshape(-1).tolist(), places[block, row])
        == int(values[block, row])
        for values in quotient
        for block, row in ((1, 0), (blocks - 1, 3))
    ]
    assert all(equal) is (change is None)
