"""A ring program for one point of the extension: every value is D base values.

The verifier evaluates a table's constraints once, where columns have values in the extension. For
one point nothing need be left to the host, so a ring graph is emitted as it is, and each of its
instructions is then spelt out in coordinates: quicker to compile than a graph of coordinates.
"""

from __future__ import annotations

from collections.abc import Sequence

from zkmark.kernels.stark.program import Operand, Operation, operand
from zkmark.provers.stark.expressions import Section
from zkmark.provers.stark.graph import NON_RESIDUE, Coordinates, Graph, Recipe
from zkmark.provers.stark.schedule import Emitter, Instruction

_ADD, _SUBTRACT, _MULTIPLY, _MULTIPLY_ADD, _STORE = map(int, Operation)


class Lifted:
    """The base code of a ring graph; a value's coordinates are operands, one for a base value."""

    def __init__(self, ring: Graph, root: int, degree: int) -> None:
        self.degree = degree
        self.code: list[Instruction] = []
        self.recipe = Recipe()
        self.steps: list[int] = []
        self.loads: list[tuple[int, int, int]] = []
        self._constants: dict[int, int] = {}
        self._load_index: dict[tuple[int, int, int], int] = {}
        self._high: dict[int, int] = {}
        self._zero = self._constant("value", 0)
        self._seven = self._constant("value", NON_RESIDUE)
        emitter = Emitter(ring, (), [root])
        value: dict[int, Coordinates] = {}
        for index, step in enumerate(emitter.steps):
            literal = ring.recipe.steps[step][1]
            value[operand(Operand.CONSTANT, index)] = (self._constant("value", literal),)
        for index, load in enumerate(emitter.loads):
            value[operand(Operand.LOAD, index)] = self._loaded(ring.loads[load])
        for operation, target, a, b, c in emitter.code:
            if operation == _ADD:
                value[target] = self._sum(value[a], value[b])
            elif operation == _SUBTRACT:
                value[target] = self._difference(value[a], value[b])
            elif operation == _MULTIPLY:
                value[target] = self._product(value[a], value[b])
            elif operation == _MULTIPLY_ADD:
                value[target] = self._product(value[a], value[b], value[c])
            else:
                for output in range(degree):
                    parts = value[a]
                    part = parts[output] if output < len(parts) else self._zero
                    self.code.append((_STORE, output, part, 0, 0))

    def _constant(self, kind: str, a: int | str, b: int = 0, c: int = 0) -> int:
        step = self.recipe.step(kind, a, b, c)
        if step not in self._constants:
            self._constants[step] = len(self.steps)
            self.steps.append(step)
        return operand(Operand.CONSTANT, self._constants[step])

    def _loaded(self, key: tuple[int | str, ...]) -> Coordinates:
        kind, a, b = key
        if kind == "public":
            return (self._constant("public", a, int(b)),)
        if kind == "challenge":
            parts = range(self.degree if b else 1)
            return tuple(self._constant("challenge", a, int(b), part) for part in parts)
        section, index, offset = int(kind), int(a), int(b)
        if section != Section.AUXILIARY:
            return self._column(section, index, offset)
        # Its value is the sum of phi^j a_j, with a_j the values of the D columns committed to.
        degree = self.degree
        value = self._column(section, index * degree, offset)
        for j in range(1, degree):
            part = self._column(section, index * degree + j, offset)
            turned = (
                *(self._times_seven(high) for high in part[degree - j :]),
                *part[: degree - j],
            )
            value = self._sum(value, turned)
        return value

    def _column(self, section: int, index: int, offset: int) -> Coordinates:
        result = []
        for column in range(index * self.degree, (index + 1) * self.degree):
            key = (section, column, offset)
            if key not in self._load_index:
                self._load_index[key] = len(self.loads)
                self.loads.append(key)
            result.append(operand(Operand.LOAD, self._load_index[key]))
        return tuple(result)

    def _write(self, operation: int, a: int, b: int, c: int = 0) -> int:
        target = len(self.code)
        self.code.append((operation, target, a, b, c))
        return target

    def _sum(self, a: Coordinates, b: Coordinates) -> Coordinates:
        if len(a) < len(b):
            a, b = b, a
        parts = [self._write(_ADD, x, y) for x, y in zip(a, b, strict=False)]
        return (*parts, *a[len(b) :])

    def _difference(self, a: Coordinates, b: Coordinates) -> Coordinates:
        if len(a) < len(b):
            a = (*a, *(self._zero,) * (len(b) - len(a)))
        parts = [self._write(_SUBTRACT, x, y) for x, y in zip(a, b, strict=False)]
        return (*parts, *a[len(b) :])

    def _times_seven(self, a: int) -> int:
        """Return 7 a, computed once."""
        if a not in self._high:
            self._high[a] = self._write(_MULTIPLY, self._seven, a)
        return self._high[a]

    def _product(self, a: Coordinates, b: Coordinates, c: Coordinates = ()) -> Coordinates:
        """Return a b + c, by the schoolbook method (see ``Graph.extension_multiply``)."""
        if len(a) < len(b):
            a, b = b, a
        high = [self._times_seven(part) for part in b[1:]]
        result = []
        for k in range(len(a)):
            total = c[k] if k < len(c) else None
            for i in range(len(a)):
                if i <= k and k - i < len(b):
                    other = b[k - i]
                elif i > k and len(b) > 1:
                    other = high[k - i + self.degree - 1]
                else:
                    continue
                total = (
                    self._write(_MULTIPLY, a[i], other)
                    if total is None
                    else self._write(_MULTIPLY_ADD, a[i], other, total)
                )
            assert total is not None
            result.append(total)
        return (*result, *c[len(a) :])


def folded(
    ring: Graph, order: Sequence[tuple[str | None, Sequence[int]]], selectors: Sequence[str]
) -> int:
    """Return the node of ``sum of fold^k selector_k value_k``, new in a ring graph.

    ``order`` has the values' nodes by selector, in the order of the powers. Horner's rule: values
    are of the extension, so that it multiplies as often as weights do, and needs one challenge.
    """
    fold = ring.load("challenge", "fold", 1)
    total = ring.zero
    power = 0
    for selector, nodes in order:
        part = nodes[-1]
        for node in nodes[-2::-1]:
            part = ring.add(ring.multiply(part, fold), node)
        if power:
            part = ring.multiply(part, ring.load("challenge", "fold", power))
        if selector is not None:
            part = ring.multiply(
                part, ring.load(int(Section.SELECTOR), selectors.index(selector), 0)
            )
        total = ring.add(total, part)
        power += len(nodes)
    return total
