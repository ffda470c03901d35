"""For each constraint of the machine, a trace that breaks this constraint and no other.

Most are found by a search: one cell of a valid trace is changed. Constraints are local, a change of
a row can break those of the row and of the one before it, so many changes are looked at at once,
each as two pairs of rows. What no single cell can break has a recipe of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray
from tests.provers.stackvm.programs import EXAMPLES

from zkmark.kernels.stark.domain import MODULUS
from zkmark.provers.stackvm.air import air_of, machine_air
from zkmark.provers.stackvm.assembler import Program, assemble
from zkmark.provers.stackvm.execution import execute
from zkmark.provers.stackvm.machine import Machine
from zkmark.provers.stackvm.trace import preprocessed, witness
from zkmark.provers.stark.air import Air, Table
from zkmark.provers.stark.check import Findings, RowValues, check

Words = NDArray[np.uint64]


@dataclass(frozen=True)
class Trace:
    """All tables of a run, with the public values."""

    program: Program
    tables: dict[str, Words]
    public: dict[str, list[int]]

    @property
    def air(self) -> Air:
        """The program's AIR."""
        return air_of(self.program)

    def findings(self) -> Findings:
        """Return what the trace breaks."""
        return check(self.air, preprocessed(self.program), self.tables, self.public)

    def column_of(self, table: str, name: str) -> int:
        """Return the number of a main column."""
        return [column.name for column in self.air.table[table].main].index(name)

    def with_table(self, name: str, columns: Words) -> Trace:
        """Return the trace with another table."""
        return replace(self, tables={**self.tables, name: columns})

    def with_cells(self, name: str, row: int, cells: dict[str, int]) -> Trace:
        """Return the trace with other values in one row of one table."""
        columns = self.tables[name].copy()
        for column, value in cells.items():
            columns[self.column_of(name, column), row] = value % MODULUS
        return self.with_table(name, columns)


def trace_of(
    source: str, inputs: list[int], advice: list[int], whole: bool, to_the_end: bool = True
) -> Trace:
    """Return the trace of a run; or of one whose stack may be too deep at the end.

    ``whole``: made to need the whole AIR, by an instruction that changes nothing.
    """
    begin, _, _ = source.rpartition("end")
    program = assemble(f"{begin} u32assert end" if whole else source)
    if to_the_end:
        execution = execute(program, inputs, advice)
        return Trace(program, execution.witness, execution.public)
    machine = Machine(program, inputs, advice)
    public = {"inputs": machine.stack}
    while machine.pc:
        machine.step()
    return Trace(program, witness(machine), {**public, "outputs": machine.stack})


@cache
def example(name: str, whole: bool = True) -> Trace:
    """Return the trace of one of the examples."""
    made = EXAMPLES[name]
    return trace_of(made.source, made.inputs, made.advice, whole)


# The search


@dataclass(frozen=True)
class Change:
    """A value put into one cell."""

    row: int
    column: int
    value: int


def broken_by(trace: Trace, table: Table, changes: list[Change]) -> list[set[str]]:
    """Return the table's constraints that each change breaks, by name."""
    main = trace.tables[table.name]
    height = main.shape[1]
    # Four rows a change: the one before it and it; it and the one after it.
    rows = np.array([change.row for change in changes])
    places = np.stack([rows - 1, rows, rows, rows + 1], axis=1).reshape(-1) % height
    changed = main[:, places]
    columns = np.array([change.column for change in changes])
    put = np.array([change.value for change in changes], dtype=np.uint64)
    for place in (1, 2):
        changed[columns, 4 * np.arange(len(changes)) + place] = put
    fixed = preprocessed(trace.program).get(table.name)
    values = RowValues(
        table,
        changed.shape[1],
        {} if fixed is None else {table.name: fixed[:, places]},
        {table.name: changed},
        trace.public,
    )
    at = {"is_first": places == 0, "is_last": places == height - 1}
    at["is_transition"] = places != height - 1
    found: list[set[str]] = [set() for _ in changes]
    for constraint in table.constraints:
        (value,) = values.value(constraint.value)
        wrong = np.broadcast_to(np.asarray(value) != 0, places.shape).copy()
        wrong[1::2] = False
        if constraint.selector:
            wrong &= at[constraint.selector]
        for change in set((np.flatnonzero(wrong) // 4).tolist()):
            found[change].add(constraint.name)
    return found


def changes_of(main: Words) -> Iterator[Change]:
    """Yield a change of every cell."""
    columns, height = main.shape
    for row in range(height):
        for column in range(columns):
            yield Change(row, column, (int(main[column, row]) + 1) % MODULUS)


@cache
def searched(whole: bool) -> dict[tuple[str, str], tuple[str, Change]]:
    """Return what the search finds: for (table, constraint) an example and a change of it."""
    found: dict[tuple[str, str], tuple[str, Change]] = {}
    for name in EXAMPLES:
        trace = example(name, whole)
        for table in machine_air(whole).tables:
            if table.name not in trace.tables or trace.air is not machine_air(whole):
                continue
            wanted = {constraint.name for constraint in table.constraints}
            if all((table.name, constraint) in found for constraint in wanted):
                continue
            changes = list(changes_of(trace.tables[table.name]))
            for change, broken in zip(changes, broken_by(trace, table, changes), strict=True):
                if len(broken) == 1:
                    found.setdefault((table.name, *broken), (name, change))
    return found


# Recipes


def _public(name: str, place: int, whole: bool) -> Trace:
    trace = example("stack", whole)
    values = list(trace.public[name])
    values[place] = (values[place] + 1) % MODULUS
    return replace(trace, public={**trace.public, name: values})


def _without_first_row(whole: bool) -> Trace:
    """A run that skips its first instruction."""
    trace = example("counter", whole)
    columns = trace.tables["processor"]
    moved = np.concatenate([columns[:, 1:], columns[:, -1:]], axis=1)
    moved[trace.column_of("processor", "clk")] = columns[trace.column_of("processor", "clk")]
    top = trace.column_of("processor", "s[0]")
    inputs = moved[top : top + 16, 0].tolist()
    return replace(trace.with_table("processor", moved), public={**trace.public, "inputs": inputs})


def _cut_short(whole: bool) -> Trace:
    """A run that stops before its end."""
    trace = example("counter", whole)
    columns = trace.tables["processor"][:, :16].copy()
    top = trace.column_of("processor", "s[0]")
    outputs = columns[top : top + 16, -1].tolist()
    return replace(
        trace.with_table("processor", columns), public={**trace.public, "outputs": outputs}
    )


def _late_clock(whole: bool) -> Trace:
    trace = example("counter", whole)
    columns = trace.tables["processor"].copy()
    columns[trace.column_of("processor", "clk")] += np.uint64(1)
    return trace.with_table("processor", columns)


def _too_deep(whole: bool) -> Trace:
    """A run that ends with 17 elements on its stack."""
    trace = trace_of("begin push.1 end", [], [], whole, False)
    columns = trace.tables["processor"].copy()
    pushes = columns[trace.column_of("processor", "push")]
    pushed = int(np.flatnonzero(pushes)[0])
    columns[trace.column_of("processor", "below"), pushed + 1 :] = pushed + 1
    return trace.with_table("processor", columns)


def _memory_without_first_row() -> Trace:
    trace = example("memory")
    columns = trace.tables["memory"]
    address = columns[0]
    start = int(np.flatnonzero(address)[0])
    moved = np.concatenate([columns[:, start:], np.repeat(columns[:, -1:], start, axis=1)], axis=1)
    # The rows that pad it at the end count their clk on.
    clk = moved[1]
    for row in range(len(clk) - start, len(clk)):
        moved[:, row - 1] = [*moved[:5, row - 1], 0, 0, 0, 0, 0]
        clk[row] = clk[row - 1] + np.uint64(1)
    moved[1, 0] = 0 if moved[0, 0] != columns[0, start] else moved[1, 0]
    return trace.with_table("memory", moved)


def _memory_cut_short() -> Trace:
    trace = example("memory")
    return trace.with_table("memory", trace.tables["memory"][:, :32].copy())


def _row_that_pads(name: str, table: str) -> int:
    return example(name).tables[table].shape[1] - 1


def _flag(table: str, flag: str) -> Trace:
    """A flag of -1 and another one of 1, so that they are one flag at the most together."""
    partners = {
        "wrapping_add": "widening_add",
        "overflowing_add": "widening_add",
        "widening_add": "wrapping_add",
        "wrapping_sub": "less",
        "overflowing_sub": "less",
        "less": "wrapping_sub",
        "not_less": "less",
        "minimum": "less",
        "maximum": "less",
        "wrapping_mul": "widening_mul",
        "widening_mul": "wrapping_mul",
        "overflowing_mul": "wrapping_mul",
        "divide": "modulo",
        "modulo": "divide",
        "divide_modulo": "divide",
        "split": "low",
        "low": "split",
        "high": "low",
        "is_and": "is_or",
        "is_or": "is_and",
        "is_xor": "is_or",
    }
    cells = {flag: -1, partners[flag]: 1}
    if flag == "not_less":  # r = -(1 - carry) + carry
        cells["r"] = -1
    row = _row_that_pads("u32", table)
    return example("u32").with_cells(table, row, cells)


def _one_hot(group: str, place: int, size: int) -> Trace:
    """Bits of which one is -1 and two are 1, so that their sum is 1."""
    others = [other for other in range(size) if other != place][:2]
    bits = {place: -1, others[0]: 1, others[1]: 1}
    cells = {f"{group}[{k}]": bits.get(k, 0) for k in range(size)}
    if group == "nibble":
        cells["factor"] = sum(bit * 2 ** (32 - 4 * k) for k, bit in bits.items())
    else:
        cells["factor"] = sum(bit * 2**32 * pow(2**m, -1, MODULUS) for m, bit in bits.items())
    return example("u32").with_cells("bitwise", _row_that_pads("u32", "bitwise"), cells)


def _recipe(table: str, constraint: str, whole: bool) -> Callable[[], Trace] | None:
    kind, _, rest = constraint.partition(" ")
    counter = example("counter", whole)
    last = counter.tables["processor"].shape[1] - 1
    pads = _row_that_pads("u32", "u32")
    if table == "processor" and kind in ("input", "output"):
        return lambda: _public(kind + "s", int(rest), whole)
    if table in ("u32", "product", "bitwise") and rest == "is a bit" and "[" not in constraint:
        if kind != "carry":
            return lambda: _flag(table, kind)
    elif table == "bitwise" and rest == "is a bit":
        group, _, place = kind.rstrip("]").partition("[")
        return lambda: _one_hot(group, int(place), {"nibble": 8, "bit": 4}[group])
    recipes: dict[tuple[str, str], Callable[[], Trace]] = {
        ("processor", "pc starts at 1"): lambda: _without_first_row(whole),
        ("processor", "pc ends at 0"): lambda: _cut_short(whole),
        ("processor", "clk starts at 1"): lambda: _late_clock(whole),
        ("processor", "below ends at 0"): lambda: _too_deep(whole),
        ("processor", "free is a bit"): lambda: counter.with_cells(
            "processor", last, {"free": 2, "x": -1, "r": -1}
        ),
        ("memory", "changes is a bit"): lambda: example("memory").with_cells(
            "memory", example("memory").tables["memory"].shape[1] - 1, {"changes": 2}
        ),
        ("processor", "div: r x = y"): lambda: counter.with_cells(
            "processor", last, {"add": 0, "div": 1, "h": 1, "r": 5}
        ),
        ("memory", "address starts at 0"): _memory_without_first_row,
        ("memory", "address ends at 2^32 - 1"): _memory_cut_short,
        ("u32", "carry is a bit"): lambda: example("u32").with_cells(
            "u32", pads, {"carry": 2, "low[0]": -(2**33)}
        ),
        ("product", "a product has no rest"): lambda: example("u32").with_cells(
            "product", 0, {"rest[0]": 1, "low[0]": 1 + int(example("u32").tables["product"][12, 0])}
        ),
        ("bitwise", "one nibble"): lambda: example("u32").with_cells(
            "bitwise",
            _row_that_pads("u32", "bitwise"),
            {f"nibble[{k}]": 0 for k in range(8)} | {"factor": 0},
        ),
        ("bitwise", "one bit"): lambda: example("u32").with_cells(
            "bitwise",
            _row_that_pads("u32", "bitwise"),
            {f"bit[{m}]": 0 for m in range(4)} | {"factor": 0},
        ),
    }
    if (table, constraint) in recipes:
        return recipes[table, constraint]
    if table == "processor" and rest == "is a bit" and (table, constraint) not in searched(whole):
        # In the last row, from which nothing moves any more.
        return lambda: counter.with_cells("processor", last, {kind: 2})
    return None


def breaking(table: str, constraint: str, whole: bool) -> Trace:
    """Return a trace that breaks one constraint, and no other."""
    recipe = _recipe(table, constraint, whole)
    if recipe:
        return recipe()
    name, change = searched(whole)[table, constraint]
    trace = example(name, whole)
    columns = trace.tables[table].copy()
    columns[change.column, change.row] = change.value
    return trace.with_table(table, columns)
