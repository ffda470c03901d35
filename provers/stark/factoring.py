"""Expressions as one graph over any ring, with common factors taken out of sums.

Before extension elements are split into coordinates, a table's expressions become one graph, in
which ``a b + a c`` is ``a (b + c)``: a multiplication becomes an addition. The factor that most of
a sum's products share is taken out first, and then the same is done with what it leaves: a greedy
Horner scheme for polynomials in many variables (Ceberio and Kreinovich 2004).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from zkmark.provers.stark.expressions import (
    Binary,
    Challenge,
    Column,
    Constant,
    Expression,
    Public,
    postorder,
)
from zkmark.provers.stark.graph import ADD, CONSTANT, LOAD, MULTIPLY, NEGATE, SUBTRACT, Graph

# A product with its sign: positive or not, and its factors.
Term = tuple[bool, tuple[int, ...]]


def ring_graph(roots: Sequence[Expression]) -> tuple[Graph, list[int]]:
    """Return a graph of expressions and the nodes of the roots.

    Its loads are ``(section, column, offset)``, ``("public", name, index)`` and
    ``("challenge", name, power)``; its constants are literals.
    """
    graph = Graph()
    node: dict[int, int] = {}
    for part in postorder(roots):
        match part:
            case Binary():
                a, b = node[id(part.left)], node[id(part.right)]
                if part.operator == "*":
                    found = graph.multiply(a, b)
                elif part.operator == "+":
                    found = graph.add(a, b)
                else:
                    found = graph.subtract(a, b)
            case Column():
                found = graph.load(int(part.section), part.index, part.offset)
            case Constant():
                found = graph.literal(part.value)
            case Public():
                found = graph.load("public", part.name, part.index)
            case Challenge():
                found = graph.load("challenge", part.name, part.power)
        node[id(part)] = found
    return factored(graph, [node[id(root)] for root in roots])


def factored(graph: Graph, roots: Sequence[int]) -> tuple[Graph, list[int]]:
    """Return a graph with common factors taken out of sums, and the nodes of the roots.

    Sums and products that only one sum uses are part of it; what is used twice stays as it is.
    """
    kind, left, right = graph.kind, graph.left, graph.right
    inside = _inside(graph, roots)
    result = Graph()
    made: list[int] = [-1] * len(kind)

    def factors(node: int) -> tuple[int, ...]:
        if kind[node] == MULTIPLY and inside[node]:
            return (*factors(left[node]), *factors(right[node]))
        return (made[node],)

    for node in range(len(kind)):
        if inside[node] is not False:  # part of a sum, or not wanted
            continue
        if kind[node] == CONSTANT:
            made[node] = result.literal(graph.recipe.steps[left[node]][1])
        elif kind[node] == LOAD:
            made[node] = result.load(*graph.loads[left[node]])
        elif kind[node] == MULTIPLY:
            made[node] = result.multiply(made[left[node]], made[right[node]])
        else:
            terms: list[Term] = []
            stack = [(node, True)]
            while stack:
                part, positive = stack.pop()
                if part != node and (kind[part] == MULTIPLY or not inside[part]):
                    terms.append((positive, factors(part)))
                elif kind[part] == NEGATE:
                    stack.append((left[part], not positive))
                else:
                    stack.append((right[part], positive == (kind[part] == ADD)))
                    stack.append((left[part], positive))
            made[node] = _sum(result, terms)
    return result, [made[root] for root in roots]


def _inside(graph: Graph, roots: Sequence[int]) -> list[bool | None]:
    """Return whether each node is part of the one sum that uses it; None: not wanted."""
    kind, left, right = graph.kind, graph.left, graph.right
    sums = (ADD, SUBTRACT, NEGATE)
    uses = [0] * len(kind)
    user = [-1] * len(kind)
    for root in roots:
        uses[root] += 2  # kept as it is
    inside: list[bool | None] = [None] * len(kind)
    for node in range(len(kind) - 1, -1, -1):
        if not uses[node]:
            continue
        above = user[node]
        inside[node] = uses[node] == 1 and (
            (kind[node] in sums and kind[above] in sums)
            or (kind[node] == MULTIPLY and (kind[above] in sums or bool(inside[above])))
        )
        if kind[node] < NEGATE:
            inside[node] = False
            continue
        for part in (left[node],) if kind[node] == NEGATE else (left[node], right[node]):
            uses[part] += 1
            user[part] = node
    return inside


def _sum(graph: Graph, terms: Sequence[Term]) -> int:
    """Return the sum of products, common factors taken out."""
    shared = Counter(
        factor for _, factors in terms if len(factors) > 1 for factor in dict.fromkeys(factors)
    )
    products: list[int] = []
    while True:
        best, count = max(shared.items(), key=lambda item: item[1], default=(0, 0))
        if count < 2:
            break
        inner: list[Term] = []
        rest: list[Term] = []
        for positive, factors in terms:
            if len(factors) > 1 and best in factors:
                shared.subtract(dict.fromkeys(factors, 1))
                place = factors.index(best)
                inner.append((positive, (*factors[:place], *factors[place + 1 :])))
            else:
                rest.append((positive, factors))
        products.append(graph.multiply(best, _sum(graph, inner)))
        terms = rest
    total = graph.zero
    for positive, factors in terms:
        product = graph.one
        for factor in factors:
            product = graph.multiply(product, factor)
        total = (graph.add if positive else graph.subtract)(total, product)
    for product in products:
        total = graph.add(total, product)
    return total
