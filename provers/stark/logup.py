"""LogUp: one bus for all tables' messages, proven to balance by sums of fractions (Haboeck 2022).

A message (m_1, ..., m_n) on channel number c becomes ``alpha + c + beta_1 m_1 + ... + beta_n m_n``,
with alpha and all beta drawn from the extension field after the main columns are committed to. (One
challenge each rather than powers of one: fractions are then over linear forms, so that k of them
have a numerator of degree below k, and the error does not grow with messages' length.) The bus
balances if, over all rows, the sum of ``multiplicity / message`` of what is sent equals that of
what is received (ia.cr/2022/1530; multiplicities count modulo p, so it is for fewer than p messages
that this proves anything). Channels have numbers of their own and one message length each, so no
message of one is a message of another.

A table's interactions are packed into groups as the constraint degree allows. Group k has a column
``q_k = N_k / D_k``, the sum of its fractions over a common denominator: the constraint is
``q_k D_k - N_k = 0``. The last column is the running sum s with
``s.next = s + q_1 + ... + q_k - S / height`` on all rows, the last included: summed over the rows
it says that the fractions of all rows add up to S, whatever s starts with, so no boundary
constraint is needed. The proof gives each table's S, and the verifier adds them up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from zkmark.kernels.fields.parameters import extension_field
from zkmark.kernels.fields.reference import (
    extension_add,
    extension_inverse,
    extension_multiply,
)
from zkmark.kernels.stark.domain import MODULUS
from zkmark.provers.stark.expressions import (
    ONE,
    ZERO,
    Binary,
    Challenge,
    Column,
    Constant,
    Expression,
    Public,
    Section,
    postorder,
    total,
)
from zkmark.provers.stark.table import Constraint, Interaction, Table


@dataclass(frozen=True, eq=False)
class Group:
    """Interactions that share a column, and the column's fraction."""

    interactions: tuple[Interaction, ...]
    column: Column
    numerator: Expression
    denominator: Expression


@dataclass(frozen=True, eq=False)
class Lookup:
    """A table's auxiliary columns and their constraints; empty for one that sends no messages."""

    groups: tuple[Group, ...]
    constraints: tuple[Constraint, ...]

    @cached_property
    def columns(self) -> int:
        """Auxiliary columns: one a group and the running sum."""
        return len(self.groups) + 1 if self.groups else 0


def compressed(interaction: Interaction, channels: Mapping[str, int]) -> Expression:
    """Return the extension element that stands for an interaction's message."""
    parts: list[Expression] = [
        Challenge(f"beta_{place}") * part for place, part in enumerate(interaction.message, 1)
    ]
    return total([Challenge("alpha") + channels[interaction.channel], *parts])


def _message_degree(interaction: Interaction) -> int:
    return max(part.degree for part in interaction.message)


def group_degree(interactions: Sequence[Interaction]) -> int:
    """Return the degree of ``q D - N`` for a group."""
    messages = [_message_degree(part) for part in interactions]
    numerators = [
        part.multiplicity.degree + sum(messages) - degree
        for part, degree in zip(interactions, messages, strict=True)
    ]
    return max(1 + sum(messages), *numerators)


def packed(interactions: Sequence[Interaction], max_degree: int) -> list[list[Interaction]]:
    """Pack interactions into groups of a degree up to ``max_degree``: first fit, highest first."""
    groups: list[list[Interaction]] = []
    by_degree = sorted(interactions, key=lambda part: group_degree([part]), reverse=True)
    for part in by_degree:
        for group in groups:
            if group_degree([*group, part]) <= max_degree:
                group.append(part)
                break
        else:
            groups.append([part])
    return groups


def lookup(table: Table, channels: Mapping[str, int], max_degree: int) -> Lookup:
    """Return a table's auxiliary columns; ``ValueError`` if an interaction's degree is too high."""
    for part in table.interactions:
        degree = group_degree([part])
        if degree > max_degree:
            raise ValueError(
                f"{part!r} of {table}: its lookup constraint has degree {degree}, "
                f"want {max_degree} at the most (the message's degree plus 1, the multiplicity's)"
            )
    groups: list[Group] = []
    for index, members in enumerate(packed(table.interactions, max_degree)):
        column = Column(table, Section.AUXILIARY, f"lookup[{index}]", index)
        messages = [compressed(part, channels) for part in members]
        numerator: Expression = ZERO
        denominator: Expression = ONE
        for part, message in zip(members, messages, strict=True):
            others: Expression = ONE
            for other in messages:
                if other is not message:
                    others = others * other
            share = part.multiplicity * others
            numerator = numerator + share if part.sends else numerator - share
            denominator = denominator * message
        groups.append(Group(tuple(members), column, numerator, denominator))
    if not groups:
        return Lookup((), ())
    running = Column(table, Section.AUXILIARY, "running sum", len(groups))
    constraints = [
        Constraint(" and ".join(map(repr, group.interactions)), None, _demanded(group, channels))
        for group in groups
    ]
    step = running.next - running - total([group.column for group in groups]) + Challenge("step")
    return Lookup(tuple(groups), (*constraints, Constraint("running sum", None, step)))


def _demanded(group: Group, channels: Mapping[str, int]) -> Expression:
    """Return ``q D - N`` in the order that multiplies least: ``(q d_1 - m_1) d_2 - m_2 d_1``."""
    result: Expression = group.column
    product: Expression = ONE
    for part in group.interactions:
        message = compressed(part, channels)
        share = part.multiplicity * product
        result = result * message - share if part.sends else result * message + share
        product = product * message
    return result


def public_value(value: Expression, values: Mapping[str, Sequence[int]]) -> int:
    """Return the value of an expression of public values and integers."""
    found: dict[int, int] = {}
    for node in postorder([value]):
        if isinstance(node, Constant):
            found[id(node)] = node.value
        elif isinstance(node, Public):
            found[id(node)] = values[node.name][node.index]
        elif isinstance(node, Binary):
            a, b = found[id(node.left)], found[id(node.right)]
            result = a + b if node.operator == "+" else a - b if node.operator == "-" else a * b
            found[id(node)] = result % MODULUS
        else:
            raise ValueError(f"expression: got {node!r}, want public values and integers only")
    return found[id(value)]


def verifier_sum(
    interactions: Sequence[Interaction],
    channels: Mapping[str, int],
    values: Mapping[str, Sequence[int]],
    challenges: Mapping[str, Sequence[int]],
) -> tuple[int, ...]:
    """Return the sum of the fractions of messages made of public values; challenges are [D] each.

    ``ZeroDivisionError`` if a denominator is zero.
    """
    alpha = tuple(challenges["alpha"])
    field = extension_field(f"goldilocks-ext{len(alpha)}")
    result = (0,) * field.degree
    for part in interactions:
        message = extension_add(alpha, _embedded(channels[part.channel], field.degree), field)
        for place, element in enumerate(part.message, 1):
            beta = tuple(challenges[f"beta_{place}"])
            value = _embedded(public_value(element, values), field.degree)
            message = extension_add(message, extension_multiply(beta, value, field), field)
        multiplicity = public_value(part.multiplicity, values)
        share = extension_multiply(
            _embedded(multiplicity if part.sends else -multiplicity % MODULUS, field.degree),
            extension_inverse(message, field),
            field,
        )
        result = extension_add(result, share, field)
    return result


def _embedded(value: int, degree: int) -> tuple[int, ...]:
    return (value, *(0,) * (degree - 1))
