"""The language of AIRs: expressions, degrees, what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from zkmark.provers.stark.air import Air, Table, boolean, public
from zkmark.provers.stark.expressions import Constant, Expression, postorder, total
from zkmark.provers.stark.logup import group_degree

MODULUS = 2**64 - 2**32 + 1


def table_and_column(name: str = "t") -> tuple[Table, Expression]:
    table = Table(name)
    return table, table.column("x")


def test_degrees_add_up_in_products_and_are_the_highest_in_sums() -> None:
    table, x = table_and_column()
    p = table.preprocessed("p")
    q = table.periodic("q", [1, 2])
    assert (x * p * q + x).degree == 3
    assert (x**2 - x.next * 5 + 1).degree == 2
    assert (public("in", 0) * 7).degree == 0
    assert (x * public("in", 0)).degree == 1
    assert (table.is_first * x + table.is_last).degree == 2
    assert boolean(x).degree == 2


def test_constants_are_computed_and_trivial_terms_vanish() -> None:
    _, x = table_and_column()
    zero = 0 * (x * x)
    assert isinstance(zero, Constant)
    assert zero.degree == 0
    assert (x + 0) is x
    assert (1 * x) is x
    assert (x - 0) is x
    constant = (Constant(3) - 5) * 2
    assert isinstance(constant, Constant)
    assert constant.value == MODULUS - 4
    assert x**0 is not x
    assert (x**0).degree == 0


def test_next_moves_every_column_of_an_expression() -> None:
    table, x = table_and_column()
    y = table.preprocessed("y")
    moved = ((x - 3) * y - (public("in", 1) - y)).next
    assert repr(moved) == "(x.next - 3) * y.next - (in[1] - y.next)"
    assert moved.degree == 2
    assert moved.table is table


def test_an_expression_a_thousand_terms_deep_is_no_trouble() -> None:
    table, x = table_and_column()
    long = total([x * index for index in range(5000)])
    table.constrain("long", long.next - 1)
    air = Air("a", [table])
    assert air.degree == 1
    assert len(air.id) == 32
    assert len(postorder([long])) > 5000
    assert repr(long).startswith("... + ... + x * 4993 + ")


def test_the_air_knows_its_degree_its_quotient_blocks_and_its_public_values() -> None:
    table, x = table_and_column()
    y = table.column("y")
    table.constrain_first("start", x - table.public("in", 2))
    assert Air("a", [table]).degree == 2
    other, x = table_and_column()
    y = other.column("y")
    other.constrain("cubic", x * y * y - other.public("out", 0))
    air = Air("a", [other])
    assert (air.degree, air.quotient_blocks) == (3, 2)
    assert air.public_lengths == {"out": 1}
    line, x = table_and_column()
    line.constrain("linear", x - 1)
    air = Air("a", [line])
    assert (air.degree, air.quotient_blocks) == (1, 1)


def test_a_degree_of_5_needs_4_blocks() -> None:
    table, x = table_and_column()
    table.constrain_last("high", x**4 - x)
    air = Air("a", [table], max_degree=5)
    assert (air.degree, air.quotient_blocks) == (5, 4)


def with_interactions(*shapes: tuple[int, int], max_degree: int = 3) -> tuple[Air, Table]:
    """An AIR whose table sends messages, each of a degree, with multiplicities of a degree."""
    table, x = table_and_column()
    for message, multiplicity in shapes:
        table.send("c", [x**message, x], x**multiplicity)
    return Air("a", [table], max_degree=max_degree), table


@pytest.mark.parametrize(
    ("shapes", "columns"),
    [
        ([], 0),
        ([(1, 1)], 2),
        ([(1, 1), (1, 1)], 2),  # two of degree 1: 1 + 1 + 1
        ([(1, 2), (1, 2)], 2),  # 2 + 1 in the numerator
        ([(1, 3), (1, 1)], 3),  # 3 + 1 would be too much
        ([(2, 1), (1, 1)], 3),
        ([(2, 3)], 2),
        ([(1, 1)] * 5, 4),
        ([(1, 1), (2, 1), (1, 0)], 3),
    ],
)
def test_interactions_share_a_column_as_the_degree_allows(
    shapes: list[tuple[int, int]], columns: int
) -> None:
    air, table = with_interactions(*shapes)
    assert air.auxiliary_columns(table) == columns
    assert air.degree <= 3
    lookup = air.lookups["t"]
    placed = [part for group in lookup.groups for part in group.interactions]
    assert sorted(map(id, placed)) == sorted(map(id, table.interactions))
    for group, constraint in zip(lookup.groups, lookup.constraints[:-1], strict=True):
        assert constraint.degree == group_degree(group.interactions)


def test_a_higher_degree_packs_more() -> None:
    air, table = with_interactions(*[(1, 1)] * 4, max_degree=5)
    assert air.auxiliary_columns(table) == 2
    assert air.degree == 5


def test_messages_of_public_values_and_integers_only_have_degree_0() -> None:
    table, x = table_and_column()
    table.send("c", [public("in", 0), 1], x)
    table.send("c", [2, 1], x)
    table.receive("c", [x, x])
    air = Air("a", [table])
    assert air.auxiliary_columns(table) == 2
    assert air.degree == 2


def build(change: Callable[[Table, Expression, Expression], None], max_degree: int = 3) -> bytes:
    table, x = table_and_column()
    y = table.column("y")
    table.constrain("first", x - y)
    change(table, x, y)
    return Air("a", [table], max_degree=max_degree).id


def test_the_id_tells_airs_apart() -> None:
    changes: list[Callable[[Table, Expression, Expression], None]] = [
        lambda table, x, y: None,
        lambda table, x, y: table.constrain("more", x - 1),
        lambda table, x, y: table.constrain("other", x - 1),
        lambda table, x, y: table.constrain("more", x - 2),
        lambda table, x, y: table.constrain("more", y - 1),
        lambda table, x, y: table.constrain("more", x.next - 1),
        lambda table, x, y: table.constrain("more", x + 1),
        lambda table, x, y: table.constrain_last("more", x - 1),
        lambda table, x, y: table.constrain_first("more", x - 1),
        lambda table, x, y: table.constrain("more", x - table.public("in", 0)),
        lambda table, x, y: table.constrain("more", x - table.public("in", 1)),
        lambda table, x, y: table.constrain("more", x - table.periodic("q", [1, 2])),
        lambda table, x, y: table.constrain("more", x - table.periodic("q", [1, 3])),
        lambda table, x, y: table.send("c", [x]),
        lambda table, x, y: table.receive("c", [x]),
        lambda table, x, y: table.receive("c", [x], y),
    ]
    ids = [build(change) for change in changes]
    assert len(set(ids)) == len(ids)
    assert build(changes[0]) == ids[0]
    assert build(changes[0], max_degree=4) != ids[0]


def refused(words: str) -> pytest.RaisesContext[ValueError]:  # type: ignore[name-defined]
    return pytest.raises(ValueError, match=re.escape(words))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t, x: t.column("x"), "got 'x', which is taken"),
        (lambda t, x: t.preprocessed("x"), "got 'x', which is taken"),
        (lambda t, x: t.column("is_first"), "got 'is_first', which is taken"),
        (lambda t, x: t.column(""), "got '', want some text"),
        (lambda t, x: t.periodic("p", [1, 2, 3]), "got 3, want a power of two"),
        (lambda t, x: t.periodic("p", []), "got 0, want a power of two"),
        (lambda t, x: t.periodic("p", [MODULUS]), f"want 0 to {MODULUS - 1}"),
        (lambda t, x: t.periodic("p", [-1]), f"got -1, want 0 to {MODULUS - 1}"),
        (lambda t, x: t.constrain("c", 0), "reads no column"),
        (lambda t, x: t.constrain("c", public("in", 0)), "reads no column"),
        (lambda t, x: t.constrain("c", x == 1), "write a - b"),
        (lambda t, x: t.constrain("c", "x"), "got 'x', want an expression or an integer"),
        (lambda t, x: t.constrain("", x), "name of a constraint of table 't': got ''"),
        (lambda t, x: [t.constrain("c", x), t.constrain("c", x)], "got 'c', which is taken"),
        (lambda t, x: t.constrain("c", Table("o").column("y")), "which reads table 'o'"),
        (lambda t, x: x + Table("o").column("y"), "a constraint reads one table"),
        (lambda t, x: x.next.next, "a constraint sees two rows"),
        (lambda t, x: (x.next + 1).next, "a constraint sees two rows"),
        (lambda t, x: t.is_first.next, "a selector is for this row only"),
        (lambda t, x: x * 1.5, "got 1.5, want an expression or an integer"),
        (lambda t, x: x**-1, "got -1, want an integer from 0 on"),
        (lambda t, x: x**True, "got True, want an integer from 0 on"),
        (lambda t, x: x if x else 0, "only known row by row"),
        (lambda t, x: public("", 0), "got '', want some text"),
        (lambda t, x: public("in", -1), "got -1, want 0 or more"),
        (lambda t, x: t.send("", [x]), "channel: got ''"),
        (lambda t, x: t.send("c", x), "got one expression, want a list"),
        (lambda t, x: t.receive("c", []), "want at least one expression"),
        (lambda t, x: t.send("c", [x], Table("o").column("y")), "which reads table 'o'"),
    ],
)
def test_misuse_of_a_table_is_refused(
    change: Callable[[Table, Expression], object], words: str
) -> None:
    table, x = table_and_column()
    with refused(words):
        change(table, x)


def test_misuse_of_an_air_is_refused() -> None:
    table, x = table_and_column()
    with refused("tables of AIR 'a': got none"):
        Air("a", [])
    with refused("name of an AIR: got ''"):
        Air("", [table])
    with refused("max_degree: got 1"):
        Air("a", [table], max_degree=1)
    with refused("got two of the name 't'"):
        Air("a", [table, Table("t")])
    with refused("table 'e' has no main column"):
        Air("a", [Table("e")])
    with refused("which reads table 't'; want public values and integers"):
        Air("a", [table], sends=[("c", [x], 1)])
    Air("a", [table])
    with refused("belongs to an AIR already"):
        Air("b", [table])
    with refused("belongs to an AIR and cannot be added to"):
        table.column("late")
    with refused("cannot be added to"):
        table.constrain("late", x)
    with refused("cannot be added to"):
        table.send("late", [x])


def test_too_high_degrees_are_refused_by_name() -> None:
    table, x = table_and_column()
    table.constrain_first("steep", x**3)
    with refused("constraint 'steep' of table 't': got degree 4, want 3 at the most"):
        Air("a", [table])
    table, x = table_and_column()
    table.send("c", [x**3])
    with refused("its lookup constraint has degree 4, want 3 at the most"):
        Air("a", [table])
    table, x = table_and_column()
    table.send("c", [x], x**4)
    with refused("its lookup constraint has degree 4, want 3 at the most"):
        Air("a", [table])


def test_messages_of_two_lengths_on_a_channel_are_refused() -> None:
    table, x = table_and_column()
    table.send("c", [x, x])
    table.receive("c", [x])
    with refused("channel 'c': got messages of 1 and of 2 elements, want one length"):
        Air("a", [table])


def test_public_values_and_heights_are_checked() -> None:
    table, x = table_and_column()
    table.periodic("q", [1, 2, 3, 4])
    table.constrain_first("start", x - table.public("in", 1))
    air = Air("a", [table])
    air.check_public_values({"in": [1, 2]})
    for values, words in [
        ({}, "got [], want ['in']"),
        ({"in": [1]}, "got 1 of them, want 2"),
        ({"in": [1, 2, 3]}, "got 3 of them, want 2"),
        ({"in": [1, MODULUS]}, "want 0 to p - 1"),
        ({"in": [1, -1]}, "want 0 to p - 1"),
        ({"in": [1, 2], "out": []}, "got ['in', 'out'], want ['in']"),
    ]:
        with refused(words):
            air.check_public_values(values)
    air.check_height(table, 4)
    with refused("want at least 4, its longest period"):
        air.check_height(table, 2)
    with refused("want a power of two"):
        air.check_height(table, 12)
