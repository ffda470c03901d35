"""The programs of an AIR: from expressions over the extension to code over the base field.

Three for each table, over whole columns:

* ``numerators`` and ``denominators`` of its lookup groups, on the trace's own domain: group k's at
  output columns ``k D`` to ``k D + D - 1``. (Two programs, since ``fractions`` takes two
  ``Columns``.)
* ``quotient``: all constraints times the powers of the challenge ``fold``, the first with power 0,
  added up, times block constant 0, which ``vanishing_inverses`` gives: D output columns. The order
  is that of ``folding_order``.

A verifier evaluates ``quotient`` at one point of the extension: a program is polynomials in what it
loads, which may as well be extension elements. With outputs c_i then, ``sum of phi^i c_i`` for the
generator phi of the extension is the folded constraints' value.

A program's sources are those sections that it reads, in the order of ``Section``; ``Code.sources``
names them. PERIODIC is one matrix, ``periodic_values`` and its extension; being shorter than the
trace, it is read again and again. SELECTOR has the columns of ``SELECTORS``; on the trace's own
domain it is ``trace_selectors``.

Constants are computed anew for each proof by ``Code.constants``, from public values and from the
challenges ``alpha``, ``beta_1``, ..., ``step`` (a table's cumulative sum divided by its height) and
``fold``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zkmark.kernels.stark.domain import MODULUS, block_power
from zkmark.kernels.stark.program import Program
from zkmark.provers.stark.air import Air
from zkmark.provers.stark.expressions import SELECTORS, Expression, Section
from zkmark.provers.stark.factoring import ring_graph
from zkmark.provers.stark.graph import (
    ADD,
    CONSTANT,
    LOAD,
    MULTIPLY,
    NEGATE,
    Coordinates,
    Graph,
    Recipe,
)
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
    lowering = _Lowering(degree)
    total = lowering.folded(folding_order(air.constraints(air.table[table_name])))
    scale = lowering.graph.block(0)
    roots = [lowering.graph.multiply(part, scale) for part in total]
    return lowering.code(roots, 1)


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
    lowering = _Lowering(degree)
    lowered = lowering.lowered(*ring_graph(values))
    return lowering.code([part for value in lowered for part in lowering.padded(value)], 0)


class _Lowering:
    """Ring graphs as nodes over the base field, where columns have values of the base field."""

    def __init__(self, degree: int) -> None:
        if degree not in (2, 3):
            raise ValueError(f"degree of the extension: got {degree}, want 2 or 3")
        self.degree = degree
        self.graph = Graph()
        self._milestones: list[int] = []

    def padded(self, value: Coordinates) -> Coordinates:
        """Return all D coordinates."""
        return (*value, *(self.graph.zero,) * (self.degree - len(value)))

    def lowered(self, ring: Graph, roots: Sequence[int]) -> list[Coordinates]:
        """Return the coordinates of a ring graph's roots."""
        graph, kind, left, right = self.graph, ring.kind, ring.left, ring.right
        wanted = [False] * len(kind)
        for root in roots:
            wanted[root] = True
        for node in range(len(kind) - 1, -1, -1):
            if wanted[node] and kind[node] >= NEGATE:
                wanted[left[node]] = True
                if kind[node] != NEGATE:
                    wanted[right[node]] = True
        done: list[Coordinates] = [()] * len(kind)
        for node in range(len(kind)):
            if not wanted[node]:
                continue
            if kind[node] == LOAD:
                done[node] = self._loaded(ring.loads[left[node]])
            elif kind[node] == CONSTANT:
                done[node] = (graph.literal(ring.recipe.steps[left[node]][1]),)
            elif kind[node] == NEGATE:
                done[node] = tuple(map(graph.negate, done[left[node]]))
            else:
                a, b = done[left[node]], done[right[node]]
                if kind[node] == MULTIPLY:
                    done[node] = graph.extension_multiply(a, b)
                elif kind[node] == ADD:
                    done[node] = graph.extension_add(a, b)
                else:
                    done[node] = graph.extension_subtract(a, b)
        return [done[root] for root in roots]

    def _loaded(self, key: tuple[Any, ...]) -> Coordinates:
        match key:
            case ("public", name, index):
                return (self.graph.public(name, index),)
            case ("challenge", name, power):
                return self.graph.challenge(name, power, self.degree)
        section, index, offset = key
        return self._column(section, index, offset)

    def _column(self, section: int, index: int, offset: int) -> Coordinates:
        if section != Section.AUXILIARY:
            return (self.graph.load(section, index, offset),)
        first = index * self.degree
        return tuple(
            self.graph.load(section, column, offset) for column in range(first, first + self.degree)
        )

    # Folding

    def folded(self, order: Mapping[str | None, Sequence[Constraint]]) -> Coordinates:
        """Return ``sum of fold^k selector_k value_k``."""
        parts = [constraint.value for members in order.values() for constraint in members]
        lowered = iter(self.lowered(*ring_graph(parts)))
        total: Coordinates = ()
        power = 0
        for selector, members in order.items():
            values = [next(lowered) for _ in members]
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
        loads = [graph.loads[load] for load in emitter.loads]
        sections = sorted({section for section, _, _ in loads})
        source = {section: index for index, section in enumerate(sections)}
        places = [(source[section], column, offset) for section, column, offset in loads]
        program = Program(
            code,
            np.array(places, dtype=np.uint32).reshape(-1, 3),
            registers,
            len(emitter.steps),
            block_constants,
            len(roots),
        )
        return Code(program, tuple(map(Section, sections)), graph.recipe, tuple(emitter.steps))
