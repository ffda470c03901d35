"""The programs of an AIR: from expressions over the extension to code over the base field.

Three for the prover, over whole columns:

* ``numerators`` and ``denominators`` of a table's lookup groups, on the trace's own domain: group
  k's at output columns ``k D`` to ``k D + D - 1``. (Two programs, since ``fractions`` takes two
  ``Columns``.)
* ``quotient``: all constraints times the powers of the challenge ``fold``, the first with power 0,
  added up, times block constant 0, which ``vanishing_inverses`` gives: D output columns. The order
  is that of ``folding_order``.

One for the verifier, at one point: ``at_point`` is the same sum without the block constant, from
columns whose values are extension elements, and so D base columns each: base column c is columns
``c D`` to ``c D + D - 1`` of its source, the constant coordinate first; an auxiliary column counts
as the D base columns that were committed to.

A program's sources are those sections that it reads, in the order of ``Section``; ``Code.sources``
names them. PERIODIC is one matrix, ``periodic_values`` and its extension; being shorter than the
trace, it is read again and again. SELECTOR has the columns of ``SELECTORS``; on the trace's own
domain it is ``trace_selectors``.

Constants are computed anew for each proof by ``Code.constants``, from public values and from the
challenges ``alpha``, ``beta``, ``step`` (a table's cumulative sum divided by its height) and
``fold``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from zkmark.kernels.stark.domain import MODULUS, block_power
from zkmark.kernels.stark.program import Program
from zkmark.provers.stark.air import Air
from zkmark.provers.stark.expressions import (
    SELECTORS,
    Binary,
    Challenge,
    Column,
    Constant,
    Expression,
    Public,
    Section,
    postorder,
)
from zkmark.provers.stark.graph import ADD, CONSTANT, MULTIPLY, NEGATE, Coordinates, Graph, Recipe
from zkmark.provers.stark.schedule import Emitter, allocated
from zkmark.provers.stark.table import Constraint, Table

Words = NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class Code:
    """A program, the sections that are its sources, and how to compute its constants."""

    program: Program
    sources: tuple[Section, ...]
    recipe: Recipe
    steps: tuple[int, ...]

    def constants(
        self, public: Mapping[str, Sequence[int]], challenges: Mapping[str, Sequence[int]]
    ) -> Words:
        """Return the program's constants, ``uint64[constants]``; challenges are ``[D]`` each."""
        values = self.recipe.computed(public, challenges)
        return np.array([values[step] for step in self.steps], dtype=np.uint64)


def vanishing_inverses(blocks: int) -> Words:
    """Return the block constants of ``quotient``, ``uint64[1, blocks]``: ``1 / (X^h - 1)``."""
    values = [pow(block_power(blocks, block) - 1, -1, MODULUS) for block in range(blocks)]
    return np.array([values], dtype=np.uint64)


def periodic_values(table: Table) -> Words:
    """Return a table's periodic columns, ``uint64[count, 1, longest period]``.

    Shorter ones are repeated. Their polynomials p, of the longest period L, are those of
    ``p(X^(height / L))`` on the trace, so that extending them as a trace of height L gives their
    values at every block and row.
    """
    length = table.longest_period
    rows = [[*period] * (length // len(period)) for period in table.periods]
    return np.array(rows, dtype=np.uint64).reshape(len(rows), 1, length)


def trace_selectors(height: int) -> Words:
    """Return ``is_first`` and ``is_last`` on the trace's own domain, ``uint64[2, 1, height]``."""
    values = np.zeros((2, 1, height), dtype=np.uint64)
    values[0, 0, 0] = values[1, 0, -1] = 1
    return values


@lru_cache(maxsize=256)
def quotient(air: Air, table_name: str, degree: int) -> Code:
    """Return the program for a table's quotient in the extension of a degree."""
    lowering = _Lowering(degree, at_point=False)
    total = lowering.folded(folding_order(air.constraints(air.table[table_name])))
    scale = lowering.graph.block(0)
    roots = [lowering.graph.multiply(part, scale) for part in total]
    return lowering.code(roots, 1)


@lru_cache(maxsize=256)
def at_point(air: Air, table_name: str, degree: int) -> Code:
    """Return the program for a table's folded constraints at one point of the extension."""
    lowering = _Lowering(degree, at_point=True)
    total = lowering.folded(folding_order(air.constraints(air.table[table_name])))
    return lowering.code(total, 0)


def folding_order(constraints: Sequence[Constraint]) -> dict[str | None, list[Constraint]]:
    """Return constraints by their selector: those of one have consecutive powers of ``fold``.

    Those without a selector come first, then in the order of ``SELECTORS``.
    """
    order: dict[str | None, list[Constraint]] = {None: [], **{name: [] for name in SELECTORS}}
    for constraint in constraints:
        order[constraint.selector].append(constraint)
    return {selector: members for selector, members in order.items() if members}


@lru_cache(maxsize=256)
def numerators(air: Air, table_name: str, degree: int) -> Code:
    """Return the program for the numerators of a table's lookup groups."""
    groups = air.lookups[table_name].groups
    return _fractions([group.numerator for group in groups], degree)


@lru_cache(maxsize=256)
def denominators(air: Air, table_name: str, degree: int) -> Code:
    """Return the program for the denominators of a table's lookup groups."""
    groups = air.lookups[table_name].groups
    return _fractions([group.denominator for group in groups], degree)


def _fractions(values: Sequence[Expression], degree: int) -> Code:
    lowering = _Lowering(degree, at_point=False)
    roots: list[int] = []
    for value in values:
        roots.extend(lowering.padded(lowering.lowered(value)))
    return lowering.code(roots, 0)


class _Lowering:
    """Expressions over the extension as nodes over the base field.

    ``at_point``: columns have values in the extension.
    """

    def __init__(self, degree: int, at_point: bool) -> None:
        if degree not in (2, 3):
            raise ValueError(f"degree of the extension: got {degree}, want 2 or 3")
        self.degree = degree
        self.at_point = at_point
        self.graph = Graph()
        self._done: dict[int, Coordinates] = {}
        self._kept: list[Expression] = []  # so that no id is used twice
        self._milestones: list[int] = []

    def padded(self, value: Coordinates) -> Coordinates:
        """Return all D coordinates."""
        return (*value, *(self.graph.zero,) * (self.degree - len(value)))

    def lowered(self, root: Expression) -> Coordinates:
        """Return an expression's coordinates."""
        graph, done = self.graph, self._done
        self._kept.append(root)
        for node in postorder([root], done):
            if isinstance(node, Binary):
                a, b = done[id(node.left)], done[id(node.right)]
                if len(a) == len(b) == 1:
                    join = (
                        graph.multiply
                        if node.operator == "*"
                        else graph.add
                        if node.operator == "+"
                        else graph.subtract
                    )
                    value: Coordinates = (join(a[0], b[0]),)
                elif node.operator == "*":
                    value = graph.extension_multiply(a, b)
                elif node.operator == "+":
                    value = graph.extension_add(a, b)
                else:
                    value = graph.extension_subtract(a, b)
            elif isinstance(node, Column):
                value = self._column(node.section, node.index, node.offset)
            elif isinstance(node, Constant):
                value = (graph.literal(node.value),)
            elif isinstance(node, Public):
                value = (graph.public(node.name, node.index),)
            else:
                assert isinstance(node, Challenge)
                value = graph.challenge(node.name, node.power, self.degree)
            done[id(node)] = value
        return done[id(root)]

    def _column(self, section: Section, index: int, offset: int) -> Coordinates:
        graph, degree = self.graph, self.degree
        if section is not Section.AUXILIARY:
            if not self.at_point:
                return (graph.load(section, index, offset),)
            return self._loaded(section, index, offset)
        if not self.at_point:
            return self._loaded(section, index, offset)
        # Its value is sum of phi^j a_j, with a_j the extension values of its D base columns.
        value = self._loaded(section, index * degree, offset)
        for j in range(1, degree):
            part = self._loaded(section, index * degree + j, offset)
            phi_power = tuple(graph.one if i == j else graph.zero for i in range(degree))
            value = graph.extension_add(value, graph.extension_multiply(part, phi_power))
        return value

    def _loaded(self, section: Section, index: int, offset: int) -> Coordinates:
        degree = self.degree
        return tuple(self.graph.load(section, index * degree + i, offset) for i in range(degree))

    # Folding

    def folded(self, order: Mapping[str | None, Sequence[Constraint]]) -> Coordinates:
        """Return ``sum of fold^k selector_k value_k``."""
        total: Coordinates = ()
        power = 0
        for selector, constraints in order.items():
            values = [self.lowered(constraint.value) for constraint in constraints]
            if self.at_point:
                part = self._horner(values)
                weight = self.graph.challenge("fold", power, self.degree)
                part = self.graph.extension_multiply(part, weight)
            else:
                weights = [
                    self.graph.challenge("fold", power + k, self.degree) for k in range(len(values))
                ]
                part = self._sum(list(zip(weights, values, strict=True)))
            if selector is not None:
                factor = self._column(Section.SELECTOR, SELECTORS.index(selector), 0)
                part = self.graph.extension_multiply(part, factor)
            total = self._milestone(self.graph.extension_add(total, part))
            power += len(values)
        return self.padded(total)

    def _horner(self, values: Sequence[Coordinates]) -> Coordinates:
        """Return ``sum of fold^k value_k`` by Horner's rule.

        Where values are of the extension, it multiplies as often as weights do, and the host need
        not compute them.
        """
        fold = self.graph.challenge("fold", 1, self.degree)
        total = values[-1]
        for value in values[-2::-1]:
            total = self._milestone(
                self.graph.extension_add(self.graph.extension_multiply(total, fold), value)
            )
        return total

    def _sum(self, terms: Sequence[tuple[Coordinates, Coordinates]]) -> Coordinates:
        """Return the sum of ``weight * value``, values of the base field or of the extension.

        A factor of more than D values is taken out: that saves a multiplication a value, and costs
        D. A constant that is added to a value is added to the whole, times its weight.
        """
        graph = self.graph
        factors: Counter[int] = Counter()
        for _, value in terms:
            factors.update(self._factors(value))
        plain: list[tuple[Coordinates, Coordinates]] = []
        grouped: dict[int, list[tuple[Coordinates, Coordinates]]] = {}
        for weight, value in terms:
            factor = max(self._factors(value), key=lambda node: factors[node], default=None)
            if factor is None or factors[factor] <= self.degree:
                plain.append((weight, value))
                continue
            node = value[0]
            if graph.kind[node] == NEGATE:
                node = graph.left[node]
                weight = tuple(map(graph.negate, weight))
            other = graph.right[node] if graph.left[node] == factor else graph.left[node]
            grouped.setdefault(factor, []).append((weight, (other,)))
        total = self._weighted(plain)
        for factor, parts in grouped.items():
            product = graph.extension_multiply(self._weighted(parts), (factor,))
            total = self._milestone(graph.extension_add(total, product))
        return total

    def _factors(self, value: Coordinates) -> tuple[int, ...]:
        """Return the two factors of a base value that is a product of columns."""
        if len(value) > 1:
            return ()
        graph, node = self.graph, value[0]
        if graph.kind[node] == NEGATE:
            node = graph.left[node]
        if graph.kind[node] != MULTIPLY:
            return ()
        a, b = graph.left[node], graph.right[node]
        return () if CONSTANT in (graph.kind[a], graph.kind[b]) else (a, b)

    def _weighted(self, terms: Sequence[tuple[Coordinates, Coordinates]]) -> Coordinates:
        """Return the sum of ``weight * value``, value by value."""
        graph = self.graph
        total: Coordinates = ()
        constant: Coordinates = ()
        for weight, value in terms:
            if len(value) == 1:
                node = value[0]
                if graph.kind[node] == NEGATE:
                    node = graph.left[node]
                    weight = tuple(map(graph.negate, weight))
                if graph.kind[node] == ADD:
                    a, b = graph.left[node], graph.right[node]
                    if graph.kind[b] == CONSTANT:
                        a, b = b, a
                    if graph.kind[a] == CONSTANT:
                        node = b
                        share = graph.extension_multiply(weight, (a,))
                        constant = graph.extension_add(constant, share)
                value = (node,)
            # Its coordinates are needed D times each: computed before, each once.
            self._milestones.extend(value)
            product = graph.extension_multiply(value, weight)
            total = self._milestone(graph.extension_add(total, product))
        return self._milestone(graph.extension_add(total, constant))

    def _milestone(self, value: Coordinates) -> Coordinates:
        self._milestones.extend(value)
        return value

    # The program

    def code(self, roots: Sequence[int], block_constants: int) -> Code:
        """Return the program whose outputs are the roots."""
        graph = self.graph
        emitter = Emitter(graph, self._milestones, roots)
        code, registers = allocated(emitter.code)
        sections = sorted({graph.loads[load][0] for load in emitter.loads})
        source = {section: index for index, section in enumerate(sections)}
        loads = np.array(
            [
                (source[section], column, offset)
                for section, column, offset in (graph.loads[load] for load in emitter.loads)
            ],
            dtype=np.uint32,
        ).reshape(-1, 3)
        program = Program(code, loads, registers, len(emitter.steps), block_constants, len(roots))
        return Code(program, tuple(map(Section, sections)), graph.recipe, tuple(emitter.steps))
