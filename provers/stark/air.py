"""AIRs: tables of columns, the constraints on their rows, and the messages between them.

    >>> table = Table("fibonacci")
    >>> a, b = table.columns("f", 2)
    >>> table.constrain_first("a starts at 1", a - 1)
    >>> table.constrain_first("b starts at 1", b - 1)
    >>> table.constrain_transition("a takes b", a.next - b)
    >>> table.constrain_transition("b takes the sum", b.next - (a + b))
    >>> table.constrain_last("the result is public", b - table.public("result", 0))
    >>> air = Air("fibonacci", [table])
    >>> air.degree, air.public_lengths
    (2, {'result': 1})

A witness is ``{table name: uint64[main columns, height]}``, with columns in the order in which they
were declared; preprocessed values likewise. Heights are powers of two. Public values are
``{name: [integers]}``.

Messages: tables (and, for public values, the verifier) send and receive messages on channels. A row
sends a message ``multiplicity`` times, which is any expression, 0 on rows that send nothing. The
bus balances if every message is received as often as sent; logup.py proves that it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from hashlib import sha256

from zkmark.kernels.stark.domain import MODULUS, log2
from zkmark.provers.stark.expressions import (
    Binary,
    Challenge,
    Column,
    Constant,
    Expression,
    Public,
    postorder,
    public,
)
from zkmark.provers.stark.logup import Lookup, lookup, verifier_sum
from zkmark.provers.stark.table import Constraint, Interaction, Table, boolean, interaction

__all__ = ["Air", "Constraint", "Interaction", "Table", "boolean", "public"]


class Air:
    """Tables that are proven together.

    ``sends`` and ``receives`` are messages ``(channel, [expressions], multiplicity)`` that the
    verifier itself adds, made of public values and integers. No constraint, and none of the lookup
    argument's, may have a degree above ``max_degree``.
    """

    def __init__(
        self,
        name: str,
        tables: Sequence[Table],
        sends: Iterable[tuple[str, Iterable[Expression | int], Expression | int]] = (),
        receives: Iterable[tuple[str, Iterable[Expression | int], Expression | int]] = (),
        max_degree: int = 3,
    ) -> None:
        if not isinstance(name, str) or not name:
            raise ValueError(f"name of an AIR: got {name!r}, want some text")
        if not tables:
            raise ValueError(f"tables of AIR {name!r}: got none, want at least one")
        if max_degree < 2:
            raise ValueError(f"max_degree: got {max_degree}, want 2 or more")
        self.name = name
        self.max_degree = max_degree
        self.tables = tuple(tables)
        self.table: dict[str, Table] = {table.name: table for table in tables}
        if len(self.table) < len(self.tables):
            names = [table.name for table in tables]
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"tables of AIR {name!r}: got two of the name {twice!r}")
        self.interactions = (
            *(interaction(*message, True) for message in sends),
            *(interaction(*message, False) for message in receives),
        )
        for added in self.interactions:
            for part in (*added.message, added.multiplicity):
                if part.table is not None:
                    raise ValueError(
                        f"message of the verifier on channel {added.channel!r}: "
                        f"got {part!r}, which reads {part.table}; want public values and integers"
                    )
        for table in self.tables:
            self._check(table)
        self.channels = self._numbered_channels()
        self.lookups: dict[str, Lookup] = {
            table.name: lookup(table, self.channels, max_degree) for table in self.tables
        }
        for table in self.tables:
            table.complete = True

    def _check(self, table: Table) -> None:
        if table.complete:
            raise ValueError(f"{table} belongs to an AIR already")
        if not table.main:
            raise ValueError(f"{table} has no main column")
        for constraint in table.constraints:
            if constraint.degree > self.max_degree:
                raise ValueError(
                    f"constraint {constraint.name!r} of {table}: "
                    f"got degree {constraint.degree}, want {self.max_degree} at the most"
                )

    def _numbered_channels(self) -> dict[str, int]:
        """Return the channels' numbers, from 1 on in order of their names."""
        lengths: dict[str, int] = {}
        for added in self.all_interactions:
            length = len(added.message)
            if lengths.setdefault(added.channel, length) != length:
                raise ValueError(
                    f"channel {added.channel!r}: got messages of {length} and of "
                    f"{lengths[added.channel]} elements, want one length"
                )
        return {channel: 1 + index for index, channel in enumerate(sorted(lengths))}

    @property
    def all_interactions(self) -> list[Interaction]:
        """Those of all tables, then those of the verifier."""
        of_tables = [part for table in self.tables for part in table.interactions]
        return [*of_tables, *self.interactions]

    # What the whole comes to

    def constraints(self, table: Table) -> tuple[Constraint, ...]:
        """Return a table's constraints: its own, then those of its lookup columns."""
        return (*table.constraints, *self.lookups[table.name].constraints)

    def auxiliary_columns(self, table: Table) -> int:
        """Return the number of extension columns of the lookup argument, 0 without interactions."""
        return self.lookups[table.name].columns

    def table_degree(self, table: Table) -> int:
        """Return the highest degree of a table's constraints, 1 without any."""
        return max((part.degree for part in self.constraints(table)), default=1)

    @cached_property
    def degree(self) -> int:
        """The highest degree of all constraints."""
        return max(self.table_degree(table) for table in self.tables)

    @cached_property
    def quotient_blocks(self) -> int:
        """Blocks on which the quotient is evaluated: the power of two that degree - 1 needs.

        A constraint of degree d, of degree ``d (h - 1) + 1`` as a polynomial where it has the
        factor ``is_transition``, divided by ``X^h - 1`` has a degree below ``(d - 1) h`` (for
        d = 1: below h).
        """
        return 1 << (max(self.degree - 1, 1) - 1).bit_length()

    @cached_property
    def public_lengths(self) -> dict[str, int]:
        """How many public values of each name there are: as many as the AIR reads."""
        parts: list[Expression] = [
            constraint.value for table in self.tables for constraint in table.constraints
        ]
        for added in self.all_interactions:
            parts.extend((*added.message, added.multiplicity))
        lengths: dict[str, int] = {}
        for node in postorder(parts):
            if isinstance(node, Public):
                lengths[node.name] = max(lengths.get(node.name, 0), node.index + 1)
        return dict(sorted(lengths.items()))

    def check_public_values(self, values: Mapping[str, Sequence[int]]) -> None:
        """Raise ``ValueError`` unless these are the AIR's public values, all of them elements."""
        if set(values) != set(self.public_lengths):
            raise ValueError(
                f"public values: got {sorted(values)}, want {sorted(self.public_lengths)}"
            )
        for name, length in self.public_lengths.items():
            if len(values[name]) != length:
                raise ValueError(
                    f"public values {name!r}: got {len(values[name])} of them, want {length}"
                )
            for value in values[name]:
                if not 0 <= value < MODULUS:
                    raise ValueError(f"public values {name!r}: got {value}, want 0 to p - 1")

    def check_height(self, table: Table, height: int) -> None:
        """Raise ``ValueError`` unless a table can have a height."""
        log2(height)
        if height < table.longest_period:
            raise ValueError(
                f"height of {table}: got {height}, want at least {table.longest_period}, "
                "its longest period"
            )

    @cached_property
    def lookup_challenges(self) -> tuple[str, ...]:
        """Names of the challenges that messages take: alpha, and one for each of their places."""
        longest = max((len(part.message) for part in self.all_interactions), default=0)
        return ("alpha", *(f"beta_{place}" for place in range(1, longest + 1)))

    def verifier_sum(
        self,
        values: Mapping[str, Sequence[int]],
        challenges: Mapping[str, Sequence[int]],
    ) -> tuple[int, ...]:
        """Return what the verifier's own messages add to the tables' cumulative sums.

        The bus balances if all of it comes to zero. ``ZeroDivisionError`` if a message meets
        alpha, which has the probability of a guess.
        """
        return verifier_sum(self.interactions, self.channels, values, challenges)

    @cached_property
    def id(self) -> bytes:
        """32 bytes that tell this AIR from every other: a hash over all that it demands."""
        lines = [f"air {self.name!r} {self.max_degree}"]
        for table in self.tables:
            lines.append(f"table {table.name!r}")
            lines.append(f"main {[column.name for column in table.main]}")
            lines.append(f"preprocessed {[column.name for column in table.preprocessed_columns]}")
            lines.append(f"periods {table.periods}")
            constraints = self.constraints(table)
            lines.extend(_described([constraint.value for constraint in constraints]))
            lines.extend(f"{part.name!r} {part.selector}" for part in constraints)
        for added in self.interactions:
            lines.append(f"verifier {self.channels[added.channel]} {added.sends}")
            lines.extend(_described([*added.message, added.multiplicity]))
        return sha256("\n".join(lines).encode()).digest()


def _described(roots: Sequence[Expression]) -> list[str]:
    """Return a line an expression that the roots are made of, and one that names the roots."""
    number: dict[int, int] = {}
    lines = []
    for node in postorder(roots):
        number[id(node)] = len(number)
        match node:
            case Binary():
                lines.append(f"{number[id(node.left)]} {node.operator} {number[id(node.right)]}")
            case Column():
                lines.append(f"column {node.section.value} {node.index} {node.offset}")
            case Challenge():
                lines.append(f"challenge {node.name} {node.power}")
            case Public():
                lines.append(f"public {node.name!r} {node.index}")
            case Constant():
                lines.append(f"constant {node.value}")
    lines.append(f"roots {[number[id(root)] for root in roots]}")
    return lines
