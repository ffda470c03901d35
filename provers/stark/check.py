"""Checks a witness against an AIR, row by row, and names what it breaks.

What a prover proves, without proof: every constraint at every row of the trace, from its expression
and with no program in between, and every message of the bus, counted. A debugger for AIRs and
machines, and the reference that programs are compared with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zkmark.kernels.fields import arithmetic
from zkmark.kernels.fields.encoding import check_elements
from zkmark.kernels.stark.domain import GOLDILOCKS, MODULUS
from zkmark.provers.stark.air import Air
from zkmark.provers.stark.expressions import (
    Binary,
    Challenge,
    Column,
    Constant,
    Expression,
    Public,
    Section,
    postorder,
)
from zkmark.provers.stark.graph import extension_powers
from zkmark.provers.stark.logup import public_value
from zkmark.provers.stark.scalars import NON_RESIDUE
from zkmark.provers.stark.table import Constraint, Interaction, Table

Words = NDArray[np.uint64]
# A value at every row: one for all rows, or one each; an extension element is D of them.
Rows = int | Words
Value = tuple[Rows, ...]


@dataclass(frozen=True)
class Broken:
    """A constraint that does not hold: the first row where, and at how many rows in all."""

    table: str
    constraint: str
    row: int
    rows: int

    def __str__(self) -> str:
        more = f" (and {self.rows - 1} more rows)" if self.rows > 1 else ""
        return f"table {self.table!r}: {self.constraint!r} is broken at row {self.row}{more}"


@dataclass(frozen=True)
class Unbalanced:
    """A message that is not received as often as it is sent.

    ``excess`` is how much more often it is sent, negative if less, as a signed field element;
    ``origins`` are those that send or receive it, the first few.
    """

    channel: str
    message: tuple[int, ...]
    excess: int
    origins: tuple[str, ...]

    def __str__(self) -> str:
        shown = ", ".join(map(str, self.message))
        what = "sent" if self.excess > 0 else "received"
        times = "once" if abs(self.excess) == 1 else f"{abs(self.excess)} times"
        where = "; ".join(self.origins)
        return f"message {self.channel}({shown}) is {what} {times} too often: {where}"


@dataclass(frozen=True)
class Findings:
    """What a witness breaks; nothing, if both are empty."""

    constraints: tuple[Broken, ...] = ()
    messages: tuple[Unbalanced, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.constraints or self.messages)

    def __str__(self) -> str:
        return "\n".join(map(str, (*self.constraints, *self.messages))) or "nothing is broken"


def heights(
    air: Air, preprocessed: Mapping[str, Words], witness: Mapping[str, Words]
) -> dict[str, int]:
    """Return the heights of the tables of a run, in the AIR's order, without those of no rows.

    ``ValueError`` if tables, columns, rows or elements are not what the AIR wants.
    """
    for name in (*preprocessed, *witness):
        if name not in air.table:
            raise ValueError(f"witness: got table {name!r}, want those of AIR {air.name!r}")
    result = {}
    for table in air.tables:
        values = witness.get(table.name)
        if values is None or values.shape[-1] == 0:
            continue
        _check_columns(f"witness of {table}", values, len(table.main))
        height = values.shape[1]
        air.check_height(table, height)
        if table.preprocessed_columns:
            fixed = preprocessed.get(table.name)
            if fixed is None:
                raise ValueError(f"preprocessed values of {table}: got none, want its columns")
            _check_columns(
                f"preprocessed values of {table}", fixed, len(table.preprocessed_columns)
            )
            if fixed.shape[1] != height:
                raise ValueError(
                    f"preprocessed values of {table}: got {fixed.shape[1]} rows, want {height}"
                )
        result[table.name] = height
    return result


def _check_columns(what: str, values: Words, count: int) -> None:
    if values.dtype != np.uint64 or values.ndim != 2 or values.shape[0] != count:
        raise ValueError(
            f"{what}: got {values.dtype} of shape {values.shape}, want uint64 of ({count}, height)"
        )
    check_elements(what, values, GOLDILOCKS)


@dataclass
class Lookups:
    """A bus with its challenges drawn, so that the lookup columns can be checked too.

    ``challenges`` are those of ``Air.lookup_challenges``; of each table, ``columns`` are its
    auxiliary columns ``uint64[columns * D, height]`` and ``sums`` its cumulative sum ``[D]``.
    """

    challenges: Mapping[str, Sequence[int]]
    columns: Mapping[str, Words] = field(default_factory=dict)
    sums: Mapping[str, Sequence[int]] = field(default_factory=dict)


def check(
    air: Air,
    preprocessed: Mapping[str, Words],
    witness: Mapping[str, Words],
    public_values: Mapping[str, Sequence[int]],
    lookups: Lookups | None = None,
    most: int = 10,
) -> Findings:
    """Return the constraints that a witness breaks, and messages that do not balance.

    The first ``most`` messages of each channel. With ``lookups``, the constraints of the auxiliary
    columns are checked as well.
    """
    air.check_public_values(public_values)
    broken: list[Broken] = []
    ledger: dict[str, list[_Entry]] = {channel: [] for channel in air.channels}
    for name, height in heights(air, preprocessed, witness).items():
        table = air.table[name]
        rows = RowValues(table, height, preprocessed, witness, public_values, lookups)
        constraints = air.constraints(table) if lookups is not None else table.constraints
        for constraint in constraints:
            wrong = _wrong_rows(constraint, rows.value(constraint.value), height)
            if len(wrong):
                broken.append(Broken(name, constraint.name, int(wrong[0]), len(wrong)))
        for part in table.interactions:
            ledger[part.channel].append(_entry(part, rows, height, f"table {name!r}"))
    for part in air.interactions:
        message = [public_value(value, public_values) for value in part.message]
        count = public_value(part.multiplicity, public_values)
        ledger[part.channel].append(
            _Entry(
                "the verifier",
                part.sends,
                np.array([message], dtype=np.uint64),
                np.array([count], dtype=np.uint64),
                np.zeros(1, dtype=np.int64),
            )
        )
    unbalanced = [
        found for channel, entries in ledger.items() for found in _balance(channel, entries, most)
    ]
    return Findings(tuple(broken), tuple(unbalanced))


def _wrong_rows(constraint: Constraint, value: Value, height: int) -> NDArray[np.int64]:
    wrong = np.zeros(height, dtype=bool)
    for part in value:
        wrong |= np.asarray(part) != 0
    match constraint.selector:
        case "is_first":
            wrong[1:] = False
        case "is_last":
            wrong[:-1] = False
        case "is_transition":
            wrong[-1] = False
    return np.flatnonzero(wrong)


# Values


class RowValues:
    """Evaluates a table's expressions at all rows of a trace."""

    def __init__(
        self,
        table: Table,
        height: int,
        preprocessed: Mapping[str, Words],
        witness: Mapping[str, Words],
        public_values: Mapping[str, Sequence[int]],
        lookups: Lookups | None = None,
    ) -> None:
        self.table, self.height, self.public_values = table, height, public_values
        self.lookups = lookups
        self._matrices: dict[Section, Any] = {
            Section.PREPROCESSED: preprocessed.get(table.name),
            Section.MAIN: witness[table.name],
            Section.PERIODIC: [
                np.tile(np.array(period, dtype=np.uint64), height // len(period))
                for period in table.periods
            ],
        }
        self.degree = 2
        if lookups is not None:
            self.degree = len(lookups.challenges["alpha"])
            self._matrices[Section.AUXILIARY] = lookups.columns.get(table.name)
        self._done: dict[int, Value] = {}
        self._kept: list[Expression] = []  # so that no id is used twice

    def value(self, root: Expression) -> Value:
        """Return an expression's value: its coordinates, one for a base element."""
        self._kept.append(root)
        for node in postorder([root], self._done):
            self._done[id(node)] = self._computed(node)
        return self._done[id(root)]

    def _computed(self, node: Expression) -> Value:
        match node:
            case Binary():
                a, b = self._done[id(node.left)], self._done[id(node.right)]
                if node.operator == "*":
                    return self._product(a, b)
                width = max(len(a), len(b))
                operation = "add" if node.operator == "+" else "subtract"
                return tuple(
                    self._joined(operation, x, y)
                    for x, y in zip(_padded(a, width), _padded(b, width), strict=True)
                )
            case Column():
                return self._column(node)
            case Constant():
                return (node.value,)
            case Public():
                return (self.public_values[node.name][node.index],)
            case Challenge():
                return self._challenge(node)
        raise AssertionError(f"no such expression: {node!r}")

    def _challenge(self, node: Challenge) -> Value:
        if self.lookups is None:
            raise ValueError(f"expression: got {node!r}, want lookups to be given with it")
        if node.name != "step":
            return extension_powers(self.lookups.challenges[node.name], node.power)[-1]
        share = pow(self.height, -1, MODULUS)
        return tuple(part * share % MODULUS for part in self.lookups.sums[self.table.name])

    def _column(self, node: Column) -> Value:
        if node.section is Section.SELECTOR:
            column = np.zeros(self.height, dtype=np.uint64)
            column[0 if node.name == "is_first" else -1] = 1
            return (column,)
        matrix = self._matrices[node.section]
        if node.section is Section.AUXILIARY:
            first = node.index * self.degree
            parts = [matrix[first + i] for i in range(self.degree)]
        else:
            parts = [matrix[node.index]]
        return tuple(np.ascontiguousarray(np.roll(part, -node.offset)) for part in parts)

    def _joined(self, operation: str, a: Rows, b: Rows) -> Rows:
        if isinstance(a, int) and isinstance(b, int):
            total = a + b if operation == "add" else a - b if operation == "subtract" else a * b
            return total % MODULUS
        x, y = (
            np.full(self.height, part, dtype=np.uint64) if isinstance(part, int) else part
            for part in (a, b)
        )
        result: Words = getattr(arithmetic, operation)("goldilocks", x, y)
        return result

    def _product(self, a: Value, b: Value) -> Value:
        """Return a b, by the definition of the extension."""
        if len(a) == len(b) == 1:
            return (self._joined("multiply", a[0], b[0]),)
        result: list[Rows] = [0] * self.degree
        for i, x in enumerate(a):
            for j, y in enumerate(b):
                product = self._joined("multiply", x, y)
                if i + j >= self.degree:
                    product = self._joined("multiply", product, NON_RESIDUE)
                place = (i + j) % self.degree
                result[place] = self._joined("add", result[place], product)
        return tuple(result)


def _padded(value: Value, width: int) -> Value:
    return (*value, *(0,) * (width - len(value)))


# The bus


@dataclass(frozen=True, eq=False)
class _Entry:
    """Messages of one interaction: ``[messages, elements]``, how often each, and its row."""

    origin: str
    sends: bool
    messages: Words
    counts: Words
    rows: NDArray[np.int64]

    def told(self, index: int) -> str:
        verb = "sends" if self.sends else "receives"
        row = "" if self.origin == "the verifier" else f", row {self.rows[index]},"
        return f"{self.origin}{row} {verb} it {_times(signed(int(self.counts[index])))}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def signed(value: int) -> int:
    """Return the integer between -p/2 and p/2 that a field element stands for."""
    return value if value <= MODULUS // 2 else value - MODULUS


def _entry(part: Interaction, rows: RowValues, height: int, origin: str) -> _Entry:
    def column(value: Expression) -> Words:
        found = rows.value(value)[0]
        return np.full(height, found, dtype=np.uint64) if isinstance(found, int) else found

    counts = column(part.multiplicity)
    used = np.flatnonzero(counts)
    messages = np.stack([column(value)[used] for value in part.message], axis=1)
    return _Entry(origin, part.sends, messages, counts[used], used)


def _balance(channel: str, entries: Sequence[_Entry], most: int) -> list[Unbalanced]:
    entries = [entry for entry in entries if len(entry.messages)]
    if not entries:
        return []
    messages = np.concatenate([entry.messages for entry in entries])
    distinct, first, group = np.unique(messages, axis=0, return_index=True, return_inverse=True)
    group = group.reshape(-1)
    # What is received counts as p - m. Summed up in halves: up to 2^32 numbers below 2^32.
    counts = np.concatenate(
        [entry.counts if entry.sends else np.uint64(MODULUS) - entry.counts for entry in entries]
    )
    low, high = (np.zeros(len(distinct), dtype=np.uint64) for _ in range(2))
    np.add.at(low, group, counts & np.uint64(0xFFFFFFFF))
    np.add.at(high, group, counts >> np.uint64(32))
    totals = (low.astype(object) + high.astype(object) * 2**32) % MODULUS
    wrong = np.flatnonzero(totals != 0)
    wrong = wrong[np.argsort(first[wrong], kind="stable")][:most]
    ends = np.cumsum([len(entry.messages) for entry in entries])
    found = []
    for which in wrong:
        origins = []
        for place in np.flatnonzero(group == which)[:4]:
            entry = int(np.searchsorted(ends, place, side="right"))
            before = int(ends[entry]) - len(entries[entry].messages)
            origins.append(entries[entry].told(int(place) - before))
        message = tuple(int(part) for part in distinct[which])
        found.append(Unbalanced(channel, message, signed(int(totals[which])), tuple(origins)))
    return found
