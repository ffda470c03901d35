"""Straight-line arithmetic over the base field, before it becomes a program.

A graph's nodes are numbered by value (Click 1995): equal computations get one number, constants are
folded, and what depends on no column is left to the host, which computes it once a run, in
``Recipe``. Negations move outward until a sum takes them in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from functools import lru_cache
from typing import Any

from zkmark.kernels.stark.domain import MODULUS
from zkmark.provers.stark.scalars import NON_RESIDUE, Element, embedded, multiply

# Coordinates of an element of the extension field: numbers of nodes, one for a base element.
Coordinates = tuple[int, ...]


class Recipe:
    """How the host computes constants from public values and challenges; steps refer to earlier.

    A step is ``("value", integer)``, ``("public", name, index)``,
    ``("challenge", name, power, coordinate)`` or ``(operator, step, step)``.
    """

    def __init__(self) -> None:
        self.steps: list[tuple[str, Any, Any, Any]] = []
        self._numbers: dict[tuple[str, Any, Any, Any], int] = {}
        self._plan: _Plan | None = None

    def step(self, kind: str, a: int | str, b: int = 0, c: int = 0) -> int:
        """Return a step's number."""
        parts = (kind, a, b, c)
        number = self._numbers.get(parts)
        if number is None:
            number = self._numbers[parts] = len(self.steps)
            self.steps.append(parts)
        return number

    def computed(
        self, public: Mapping[str, Sequence[int]], challenges: Mapping[str, Sequence[int]]
    ) -> list[int]:
        """Return the values of all steps; ``ValueError`` if something that it needs is missing."""
        if self._plan is None or self._plan.steps != len(self.steps):
            self._plan = _Plan(self.steps)
        plan = self._plan
        powers = {}
        for name, most in plan.highest.items():
            if name not in challenges:
                raise ValueError(f"challenges: got {sorted(challenges)}, want {name!r} too")
            powers[name] = _shared_powers(tuple(challenges[name]), most)
        values = plan.literals.copy()
        for place, name, power, coordinate in plan.challenges:
            values[place] = powers[name][power][coordinate]
        for place, name, index in plan.publics:
            values[place] = public[name][index]
        for place, operator, a, b in plan.operations:
            if operator == "*":
                values[place] = values[a] * values[b] % MODULUS
            elif operator == "-":
                values[place] = (values[a] - values[b]) % MODULUS
            else:
                values[place] = (values[a] + values[b]) % MODULUS
        return values


class _Plan:
    """A recipe's steps by their kind, for a verifier that has no time to look at each."""

    def __init__(self, steps: Sequence[tuple[str, Any, Any, Any]]) -> None:
        self.steps = len(steps)
        self.literals = [0] * len(steps)
        self.challenges: list[tuple[int, str, int, int]] = []
        self.publics: list[tuple[int, str, int]] = []
        self.operations: list[tuple[int, str, int, int]] = []
        self.highest: dict[str, int] = {}
        for place, (kind, a, b, c) in enumerate(steps):
            if kind == "value":
                self.literals[place] = a
            elif kind == "challenge":
                self.challenges.append((place, a, b, c))
                self.highest[a] = max(self.highest.get(a, 0), b)
            elif kind == "public":
                self.publics.append((place, a, b))
            else:
                self.operations.append((place, kind, a, b))


# Steps of the count of powers that are kept.
_SHARED = 32


def _shared_powers(base: Element, most: int) -> list[Element]:
    """Return powers to ``most`` at least, the same for all tables that need about as many.

    A verifier asks for those of one challenge once a table.
    """
    return _rounded_powers(base, most if most < _SHARED else -(-most // _SHARED) * _SHARED)


@lru_cache(maxsize=64)
def _rounded_powers(base: Element, most: int) -> list[Element]:
    return extension_powers(base, most)


def extension_powers(base: Sequence[int], most: int) -> list[Element]:
    """Return the powers 0 to ``most`` of an extension element."""
    element = tuple(base)
    result = [embedded(1, len(element))]
    for _ in range(most):
        result.append(multiply(result[-1], element))
    return result


class Kind(IntEnum):
    """What a node is."""

    CONSTANT = 0  # of the host: step `left` of the recipe
    LOAD = 1  # index `left` of the loads
    BLOCK = 2  # block constant `left`
    NEGATE = 3
    ADD = 4
    SUBTRACT = 5
    MULTIPLY = 6


# Plain integers in the hot loops: an enum's members compare several times slower.
CONSTANT, LOAD, BLOCK, NEGATE, ADD, SUBTRACT, MULTIPLY = map(int, Kind)


class Graph:
    """Nodes in the order of their creation, operands first; methods return a node's number."""

    def __init__(self) -> None:
        self.kind: list[int] = []
        self.left: list[int] = []
        self.right: list[int] = []
        self.recipe = Recipe()
        self.loads: list[tuple[Any, ...]] = []
        self._numbers: dict[tuple[int, int, int], int] = {}
        self._load_numbers: dict[tuple[Any, ...], int] = {}
        self._literals: dict[int, int] = {}
        self.zero = self.literal(0)
        self.one = self.literal(1)
        self.minus_one = self.literal(MODULUS - 1)

    def _node(self, kind: int, left: int, right: int = 0) -> int:
        key = (kind, left, right)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.kind)
            self.kind.append(kind)
            self.left.append(left)
            self.right.append(right)
        return number

    def literal(self, value: int) -> int:
        """Return a constant that is known now."""
        value %= MODULUS
        node = self._node(CONSTANT, self.recipe.step("value", value))
        self._literals[node] = value
        return node

    def public(self, name: str, index: int) -> int:
        """Return a public value."""
        return self._node(CONSTANT, self.recipe.step("public", name, index))

    def challenge(self, name: str, power: int, degree: int) -> Coordinates:
        """Return a power of a challenge in the extension of a degree."""
        if power == 0:
            return (self.one,)
        return tuple(
            self._node(CONSTANT, self.recipe.step("challenge", name, power, coordinate))
            for coordinate in range(degree)
        )

    def load(self, *key: Any) -> int:
        """Return what comes from outside: a column, as ``(section, column, offset)``."""
        index = self._load_numbers.get(key)
        if index is None:
            index = self._load_numbers[key] = len(self.loads)
            self.loads.append(key)
        return self._node(LOAD, index)

    def block(self, index: int) -> int:
        """Return a block constant."""
        return self._node(BLOCK, index)

    def _host(self, operator: str, a: int, b: int) -> int:
        x, y = self._literals.get(a), self._literals.get(b)
        if x is not None and y is not None:
            return self.literal(x * y if operator == "*" else x + y if operator == "+" else x - y)
        return self._node(CONSTANT, self.recipe.step(operator, self.left[a], self.left[b]))

    def negate(self, a: int) -> int:
        """Return -a."""
        if self.kind[a] == CONSTANT:
            return self._host("-", self.zero, a)
        if self.kind[a] == NEGATE:
            return self.left[a]
        if self.kind[a] == SUBTRACT:
            return self.subtract(self.right[a], self.left[a])
        return self._node(NEGATE, a)

    def add(self, a: int, b: int) -> int:
        """Return a + b."""
        kind = self.kind
        if a == self.zero:
            return b
        if b == self.zero:
            return a
        if kind[a] == CONSTANT and kind[b] == CONSTANT:
            return self._host("+", a, b)
        if kind[b] == NEGATE:
            return self.subtract(a, self.left[b])
        if kind[a] == NEGATE:
            return self.subtract(b, self.left[a])
        return self._node(ADD, a, b) if a < b else self._node(ADD, b, a)

    def subtract(self, a: int, b: int) -> int:
        """Return a - b."""
        kind = self.kind
        if b == self.zero:
            return a
        if a == b:
            return self.zero
        if kind[b] == CONSTANT:
            return self.add(a, self.negate(b))
        if a == self.zero:
            return self.negate(b)
        if kind[b] == NEGATE:
            return self.add(a, self.left[b])
        if kind[a] == NEGATE:
            return self.negate(self.add(self.left[a], b))
        return self._node(SUBTRACT, a, b)

    def multiply(self, a: int, b: int) -> int:
        """Return a b."""
        kind = self.kind
        if a == self.zero or b == self.zero:
            return self.zero
        if a == self.one:
            return b
        if b == self.one:
            return a
        if kind[a] == CONSTANT and kind[b] == CONSTANT:
            return self._host("*", a, b)
        if a == self.minus_one:
            return self.negate(b)
        if b == self.minus_one:
            return self.negate(a)
        if kind[a] == NEGATE:
            inner = self.left[a]
            return (
                self.multiply(inner, self.negate(b))
                if kind[b] in (CONSTANT, NEGATE)
                else self.negate(self.multiply(inner, b))
            )
        if kind[b] == NEGATE:
            return self.multiply(b, a)
        return self._node(MULTIPLY, a, b) if a < b else self._node(MULTIPLY, b, a)

    # The extension, by coordinates

    def extension_add(self, a: Coordinates, b: Coordinates) -> Coordinates:
        """Return a + b."""
        if len(a) < len(b):
            a, b = b, a
        return (*map(self.add, a[: len(b)], b), *a[len(b) :])

    def extension_subtract(self, a: Coordinates, b: Coordinates) -> Coordinates:
        """Return a - b."""
        if len(a) < len(b):
            a = (*a, *(self.zero,) * (len(b) - len(a)))
        return (*map(self.subtract, a[: len(b)], b), *a[len(b) :])

    def extension_multiply(self, a: Coordinates, b: Coordinates) -> Coordinates:
        """Return a b, by the schoolbook method: its sums of products are multiply-adds.

        For D = 2 that takes 5 multiplications in 5 instructions, ``7 b_1`` among them (it is kept
        for other products with b, and is the host's where b is constant: then 4), for D = 3 11 in
        11. Karatsuba's method takes 4 and 8 with the factors 7, but 8 and 21 instructions, and an
        addition costs a good third of a multiplication: not less in sum, and more live registers.
        """
        if len(a) == 1:
            a, b = b, a
        if len(b) == 1:
            return tuple(self.multiply(part, b[0]) for part in a)
        if all(self.kind[part] == CONSTANT for part in a):
            a, b = b, a
        degree = len(a)
        seven = self.literal(NON_RESIDUE)
        high = (self.zero, *(self.multiply(seven, part) for part in b[1:]))
        result = []
        for k in range(degree):
            value = self.zero
            for i in range(degree):
                other = b[k - i] if i <= k else high[k - i + degree]
                value = self.add(value, self.multiply(a[i], other))
            result.append(value)
        return tuple(result)
