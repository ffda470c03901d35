"""From a graph to a program: order, fused multiply-adds, registers.

Devices hold a register as a tile of values in their first-level cache, so live registers cost more
than instructions. Nodes are emitted depth first, from a list of milestones in order (each partial
sum of a folded constraint is one, so that a constraint's value dies at once), the operand that
needs more registers first (Sethi and Ullman 1970); columns and constants are operands as they are.
Sums are gathered over all nodes that only they use, then products in them become multiply-adds:
those that are added on one chain, those that are subtracted on another, with one subtraction at the
end. Registers are reused from their value's last use on (Poletto and Sarkar 1999).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from zkmark.kernels.stark.program import OPERAND_SHIFT, Operand, Operation, operand
from zkmark.provers.stark.graph import (
    ADD,
    BLOCK,
    CONSTANT,
    LOAD,
    MULTIPLY,
    NEGATE,
    SUBTRACT,
    Graph,
)

_FIRST_OTHER = 1 << OPERAND_SHIFT  # operands below are registers
_ADD, _SUBTRACT, _MULTIPLY, _MULTIPLY_ADD, _STORE = map(int, Operation)
# Instructions after which a sum of two columns is computed again rather than kept in a register.
_PATIENCE = 64
Instruction = tuple[int, int, int, int, int]


class Emitter:
    """Emits a graph's nodes; registers are virtual, one an instruction."""

    def __init__(self, graph: Graph, milestones: Sequence[int], roots: Sequence[int]) -> None:
        self.graph = graph
        self.code: list[Instruction] = []
        self.steps: list[int] = []  # steps of the recipe, in the order of the program's constants
        self.loads: list[int] = []
        self._step_index: dict[int, int] = {}
        self._load_index: dict[int, int] = {}
        self._place: dict[int, int] = {}  # node -> operand
        self._written: dict[int, int] = {}  # node that is quickly computed again -> when last used
        self._pinned = {*milestones, *roots}
        self._counted(milestones, roots)
        for node in (*milestones, *roots):
            if self._uses[node]:
                self._run(node)
        for output, node in enumerate(roots):
            self.code.append((_STORE, output, self._operand(node), 0, 0))

    def _counted(self, milestones: Sequence[int], roots: Sequence[int]) -> None:
        """Count the uses of every node, and registers that its tree needs; 0 uses: not wanted."""
        kind, left, right = self.graph.kind, self.graph.left, self.graph.right
        uses = [0] * len(kind)
        for node in roots:
            uses[node] += 1
        for node in range(len(kind) - 1, -1, -1):  # operands have lower numbers
            if uses[node] and kind[node] >= NEGATE:
                uses[left[node]] += 1
                if kind[node] != NEGATE:
                    uses[right[node]] += 1
        need = [0] * len(kind)
        for node in range(len(kind)):
            if kind[node] == NEGATE:
                need[node] = max(need[left[node]], 1)
            elif kind[node] > NEGATE:
                a, b = need[left[node]], need[right[node]]
                need[node] = max(a, b, 1) if a != b else a + 1
        self._uses, self._need = uses, need

    def _run(self, root: int) -> None:
        """Emit a node and what it needs; a stack of generators, because chains may be long."""
        if self._ready(root):
            return
        stack = [self._emit(root)]
        while stack:
            wanted = next(stack[-1], None)
            if wanted is None:
                stack.pop()
            elif not self._ready(wanted):
                stack.append(self._emit(wanted))

    def _ready(self, node: int) -> bool:
        """Whether a node is an operand as it is; a sum of two columns is forgotten in a while."""
        if self.graph.kind[node] < NEGATE:
            return True
        if node not in self._place:
            return False
        if len(self.code) - self._written.get(node, len(self.code)) > _PATIENCE:
            del self._place[node]
            return False
        return True

    def _operand(self, node: int) -> int:
        """Return the operand of a node that needs no computing or has been emitted."""
        place = self._place.get(node)
        if place is None:
            kind, index = self.graph.kind[node], self.graph.left[node]
            if kind == CONSTANT:
                place = self._constant(index)
            elif kind == LOAD:
                if index not in self._load_index:
                    self._load_index[index] = len(self.loads)
                    self.loads.append(index)
                place = operand(Operand.LOAD, self._load_index[index])
            else:
                assert kind == BLOCK, "a node is emitted before it is used"
                place = operand(Operand.BLOCK, index)
            self._place[node] = place
        elif node in self._written:
            self._written[node] = len(self.code)
        return place

    def _constant(self, step: int) -> int:
        if step not in self._step_index:
            self._step_index[step] = len(self.steps)
            self.steps.append(step)
        return operand(Operand.CONSTANT, self._step_index[step])

    def _write(self, operation: int, a: int, b: int, c: int = 0) -> int:
        target = len(self.code)
        self.code.append((operation, target, a, b, c))
        return target  # the operand's code: registers have kind 0

    def _emit(self, node: int) -> Iterator[int]:
        """Emit a node, yielding what must be emitted first when it is wanted."""
        kind = self.graph.kind[node]
        if kind == MULTIPLY:
            a, b = self.graph.left[node], self.graph.right[node]
            yield from self._in_order(a, b)
            self._place[node] = self._write(_MULTIPLY, self._operand(a), self._operand(b))
            return
        added, subtracted, constant = self._terms(node)
        products = [term for term in subtracted if self._is_product(term)]
        if products:
            # One chain for what is subtracted, the term that can start it included.
            later = [term for term in subtracted if term not in products]
            start = later[:1]
            del later[:1]
            if added and max(self._need[term] for term in added) > max(
                self._need[term] for term in products
            ):
                total = yield from self._chain(added, constant)
                other = yield from self._chain([*start, *products])
            else:
                other = yield from self._chain([*start, *products])
                total = yield from self._chain(added, constant)
            total = self._write(_SUBTRACT, total, other)
        else:
            later = subtracted
            total = yield from self._chain(added, constant)
        for term in later:
            yield term
            total = self._write(_SUBTRACT, total, self._operand(term))
        self._place[node] = total
        if self._need[node] == 1 and kind != NEGATE:
            left, right = self.graph.left[node], self.graph.right[node]
            if self.graph.kind[left] < NEGATE and self.graph.kind[right] < NEGATE:
                self._written[node] = len(self.code)

    def _in_order(self, a: int, b: int) -> Iterator[int]:
        yield from (a, b) if self._need[a] >= self._need[b] else (b, a)

    def _is_product(self, node: int) -> bool:
        return (
            self.graph.kind[node] == MULTIPLY
            and self._uses[node] == 1
            and node not in self._pinned
            and node not in self._place
        )

    def _terms(self, root: int) -> tuple[list[int], list[int], int | None]:
        """Return what a sum adds, what it subtracts, and the operand of its constant, if any.

        A product by a constant is added with the constant's negative rather than subtracted.
        """
        graph = self.graph
        kind, left, right = graph.kind, graph.left, graph.right
        added: list[int] = []
        subtracted: list[int] = []
        constant = graph.zero
        stack = [(root, True)]
        while stack:
            node, positive = stack.pop()
            inner = node == root or (
                self._uses[node] == 1 and node not in self._pinned and node not in self._place
            )
            if inner and kind[node] == NEGATE:
                stack.append((left[node], not positive))
            elif inner and kind[node] in (ADD, SUBTRACT):
                stack.append((right[node], positive == (kind[node] == ADD)))
                stack.append((left[node], positive))
            elif kind[node] == CONSTANT:
                join = graph.add if positive else graph.subtract
                constant = join(constant, node)
            elif positive:
                added.append(node)
            elif self._is_product(node) and CONSTANT in (kind[left[node]], kind[right[node]]):
                added.append(self._negated_product(node))
            else:
                subtracted.append(node)
        return added, subtracted, None if constant == graph.zero else self._operand(constant)

    def _negated_product(self, node: int) -> int:
        """Return a product by a constant with that constant negated; the old one is not wanted."""
        graph = self.graph
        a, b = graph.left[node], graph.right[node]
        if graph.kind[b] == CONSTANT:
            a, b = b, a
        result = graph.multiply(graph.negate(a), b)
        grown = len(graph.kind) - len(self._uses)
        self._uses.extend([0] * grown)
        self._need.extend([1] * grown)
        self._uses[result] += 1
        self._need[result] = self._need[node]
        return result

    def _chain(self, terms: list[int], start: int | None = None) -> Generator[int, None, int]:
        """Emit the sum of terms and of the operand ``start``; return its operand."""
        products = [term for term in terms if self._is_product(term)]
        others = [term for term in terms if term not in products]
        products.sort(key=lambda term: -self._need[term])
        others.sort(key=lambda term: -self._need[term])
        total = start
        # A value that is at hand starts the chain; one that must be computed joins it first.
        # (A term may be there twice.)
        ready = [term for term in others if self._ready(term)]
        for term in [term for term in others if not self._ready(term)]:
            yield term
            value = self._operand(term)
            total = value if total is None else self._write(_ADD, value, total)
        for term in ready:
            if total is None:
                total = self._operand(term)
            else:
                total = self._write(_ADD, total, self._operand(term))
        for term in products:
            a, b = self.graph.left[term], self.graph.right[term]
            yield from self._in_order(a, b)
            x, y = self._operand(a), self._operand(b)
            total = (
                self._write(_MULTIPLY, x, y)
                if total is None
                else self._write(_MULTIPLY_ADD, x, y, total)
            )
        return self._operand(self.graph.zero) if total is None else total


_ARITY = {_ADD: 2, _SUBTRACT: 2, _MULTIPLY: 2, _MULTIPLY_ADD: 3, _STORE: 1}


def allocated(code: Sequence[Instruction]) -> tuple[NDArray[np.uint32], int]:
    """Give virtual registers real ones; return the code and how many there are.

    A target may take the register of an operand that is read for the last time.
    """
    last: dict[int, int] = {}  # register -> its last reader; operands of kind 0 are registers
    for index, (operation, _, a, b, c) in enumerate(code):
        if a < _FIRST_OTHER:
            last[a] = index
        if operation != _STORE:
            if b < _FIRST_OTHER:
                last[b] = index
            if operation == _MULTIPLY_ADD and c < _FIRST_OTHER:
                last[c] = index
    free: list[int] = []
    count = 0
    real: dict[int, int] = {}
    result = []
    for index, (operation, target, *places) in enumerate(code):
        arity = _ARITY[operation]
        dying = []
        for position in range(arity):
            place = places[position]
            if place < _FIRST_OTHER:
                places[position] = register = real[place]
                if last[place] == index and register not in dying:
                    dying.append(register)
        free.extend(dying)
        if operation != _STORE:
            if not free:
                free.append(count)
                count += 1
            real[target] = target = free.pop()
        result.append((operation, target, *places))
    return np.array(result, dtype=np.uint32).reshape(-1, 5), count
