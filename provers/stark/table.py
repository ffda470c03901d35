"""Tables: columns, the constraints on their rows, and the messages that rows send and receive."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from zkmark.kernels.stark.domain import MODULUS
from zkmark.provers.stark.expressions import (
    SELECTORS,
    Column,
    Expression,
    Section,
    expression,
    public,
)


@dataclass(frozen=True, eq=False)
class Constraint:
    """``value`` is zero on the rows that ``selector`` picks, of SELECTORS, or None: on all rows."""

    name: str
    selector: str | None
    value: Expression

    @property
    def degree(self) -> int:
        """Degree of the polynomial that has to vanish on the trace's domain."""
        return self.value.degree + (self.selector in ("is_first", "is_last"))


@dataclass(frozen=True, eq=False)
class Interaction:
    """A message that every row sends (or receives) as often as ``multiplicity`` says."""

    channel: str
    message: tuple[Expression, ...]
    multiplicity: Expression
    sends: bool

    def __repr__(self) -> str:
        kind = "send" if self.sends else "receive"
        return f"{kind} {self.channel}({', '.join(map(repr, self.message))})"


def boolean(value: Expression) -> Expression:
    """Return an expression that is zero where ``value`` is 0 or 1."""
    return value * value - value


def interaction(
    channel: str,
    message: Iterable[Expression | int],
    multiplicity: Expression | int,
    sends: bool,
) -> Interaction:
    """Return an interaction once its parts are known to be expressions or integers."""
    if not isinstance(channel, str) or not channel:
        raise ValueError(f"channel: got {channel!r}, want some text")
    if isinstance(message, Expression):
        raise ValueError(f"message on channel {channel!r}: got one expression, want a list of them")
    parts = tuple(expression(part) for part in message)
    if not parts:
        raise ValueError(f"message on channel {channel!r}: got none, want at least one expression")
    return Interaction(channel, parts, expression(multiplicity), sends)


class Table:
    """A table's columns, constraints and interactions; rows wrap around: the last one's next is 0.

    A table of an AIR is complete: nothing can be added to it any more.
    """

    def __init__(self, name: str) -> None:
        if not isinstance(name, str) or not name:
            raise ValueError(f"name of a table: got {name!r}, want some text")
        self.name = name
        self.main: list[Column] = []
        self.preprocessed_columns: list[Column] = []
        self.periodic_columns: list[Column] = []
        self.periods: list[tuple[int, ...]] = []
        self.constraints: list[Constraint] = []
        self.interactions: list[Interaction] = []
        self.complete = False
        self._names: set[str] = set()
        self._constraint_names: set[str] = set()
        self.selectors = {
            name: Column(self, Section.SELECTOR, name, index)
            for index, name in enumerate(SELECTORS)
        }

    def __repr__(self) -> str:
        return f"table {self.name!r}"

    # Columns

    def column(self, name: str) -> Column:
        """Declare a main column: the prover fills it in."""
        return self._declared(Section.MAIN, self.main, name)

    def columns(self, name: str, count: int) -> list[Column]:
        """Declare main columns ``name[0]`` to ``name[count - 1]``."""
        return [self.column(f"{name}[{index}]") for index in range(count)]

    def preprocessed(self, name: str) -> Column:
        """Declare a column that is known before any proof and bound by the program's digest."""
        return self._declared(Section.PREPROCESSED, self.preprocessed_columns, name)

    def periodic(self, name: str, values: Sequence[int]) -> Column:
        """Declare a column that repeats ``values``, a power of two of them, known to everybody.

        The table's height must be a multiple of their number.
        """
        period = tuple(values)
        if not period or len(period) & (len(period) - 1):
            raise ValueError(f"values of {name!r}: got {len(period)}, want a power of two of them")
        for value in period:
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < MODULUS:
                raise ValueError(f"values of {name!r}: got {value!r}, want 0 to {MODULUS - 1}")
        column = self._declared(Section.PERIODIC, self.periodic_columns, name)
        self.periods.append(period)
        return column

    def _declared(self, section: Section, columns: list[Column], name: str) -> Column:
        self._still_open()
        if not isinstance(name, str) or not name:
            raise ValueError(f"name of a column of {self}: got {name!r}, want some text")
        if name in self._names or name in SELECTORS:
            raise ValueError(f"name of a column of {self}: got {name!r}, which is taken")
        self._names.add(name)
        columns.append(Column(self, section, name, len(columns)))
        return columns[-1]

    @property
    def is_first(self) -> Column:
        """1 at the first row, 0 at all others (degree 1)."""
        return self.selectors["is_first"]

    @property
    def is_last(self) -> Column:
        """1 at the last row, 0 at all others (degree 1)."""
        return self.selectors["is_last"]

    def public(self, name: str, index: int) -> Expression:
        """Return public value ``index`` of a name."""
        return public(name, index)

    # Constraints

    def constrain(self, name: str, value: Expression) -> None:
        """Demand that an expression is zero at every row; the last row's next is the first."""
        self._constrain(name, None, value)

    def constrain_transition(self, name: str, value: Expression) -> None:
        """Demand that an expression is zero at every row but the last."""
        self._constrain(name, "is_transition", value)

    def constrain_first(self, name: str, value: Expression) -> None:
        """Demand that an expression is zero at the first row."""
        self._constrain(name, "is_first", value)

    def constrain_last(self, name: str, value: Expression) -> None:
        """Demand that an expression is zero at the last row."""
        self._constrain(name, "is_last", value)

    def _constrain(self, name: str, selector: str | None, value: Expression) -> None:
        self._still_open()
        if not isinstance(name, str) or not name:
            raise ValueError(f"name of a constraint of {self}: got {name!r}, want some text")
        if name in self._constraint_names:
            raise ValueError(f"name of a constraint of {self}: got {name!r}, which is taken")
        value = expression(value)
        self._own(f"constraint {name!r}", value)
        if value.table is None:
            raise ValueError(f"constraint {name!r} of {self}: got {value!r}, which reads no column")
        self._constraint_names.add(name)
        self.constraints.append(Constraint(name, selector, value))

    # Messages

    def send(
        self,
        channel: str,
        message: Iterable[Expression | int],
        multiplicity: Expression | int = 1,
    ) -> None:
        """Send a message from every row, ``multiplicity`` times."""
        self._interact(interaction(channel, message, multiplicity, True))

    def receive(
        self,
        channel: str,
        message: Iterable[Expression | int],
        multiplicity: Expression | int = 1,
    ) -> None:
        """Receive a message at every row, ``multiplicity`` times."""
        self._interact(interaction(channel, message, multiplicity, False))

    def _interact(self, added: Interaction) -> None:
        self._still_open()
        for part in (*added.message, added.multiplicity):
            self._own(f"message on channel {added.channel!r}", part)
        self.interactions.append(added)

    def _own(self, where: str, value: Expression) -> None:
        if value.table is not None and value.table is not self:
            raise ValueError(f"{where} of {self}: got {value!r}, which reads {value.table}")

    def _still_open(self) -> None:
        if self.complete:
            raise ValueError(f"{self} belongs to an AIR and cannot be added to")

    # What the whole comes to

    @cached_property
    def longest_period(self) -> int:
        """Rows of the longest periodic column, 1 without any: the least height."""
        return max((len(period) for period in self.periods), default=1)
