"""The AIR of the machine: the processor's table, that of the program, and those of tables.py.

docs/stackvm.md says, an instruction class at a time, why no other runs satisfy it.
"""

from __future__ import annotations

from functools import cache

from zkmark.kernels.stark.domain import MODULUS
from zkmark.provers.stackvm.assembler import Program
from zkmark.provers.stackvm.instructions import CHIP_FLAGS, FLAG_NAMES, STACK
from zkmark.provers.stackvm.tables import (
    CHIP,
    MEMORY,
    bitwise_table,
    bytes_table,
    memory_table,
    product_table,
    u32_table,
)
from zkmark.provers.stackvm.trace import needs_chips
from zkmark.provers.stark.air import Air, Table, boolean
from zkmark.provers.stark.expressions import ZERO, Column, Expression, total

PROGRAM = "program"
OVERFLOW = "overflow"


@cache
def machine_air(whole: bool = True) -> Air:
    """Return the AIR: the whole one, or that of programs that need the processor alone.

    It is the same for all such programs: a program is its preprocessed table.
    """
    tables = [processor_table(whole), program_table()]
    if whole:
        tables += [memory_table(), u32_table(), product_table(), bitwise_table(), bytes_table()]
    return Air("stackvm" if whole else "stackvm without chips", tables)


def air_of(program: Program) -> Air:
    """Return the AIR of a program."""
    return machine_air(needs_chips(program))


def program_table() -> Table:
    """Return the table of rows; its preprocessed columns are the program.

    ``uses`` counts how often a row runs. ``inverse`` is the inverse of how often row 0 does: it
    must run, so that nobody can leave the processor's table out. ``underflows`` is not about rows:
    its sum is how often an overflow that is empty was asked for an element; it gives a zero.
    """
    table = Table("program")
    pc, flags, code, immediate, jump = (
        table.preprocessed(name) for name in ("pc", "flags", "code", "immediate", "jump")
    )
    uses, inverse = table.column("uses"), table.column("inverse")
    table.receive(PROGRAM, [pc, flags, code, immediate, jump], uses)
    table.constrain_first("the program ends", uses * inverse - 1)
    table.send(OVERFLOW, [0, 0, 0], table.column("underflows"))
    return table


def processor_table(whole: bool) -> Table:
    """Return the table with a row a cycle; unless ``whole`` without what other tables are for."""
    table = Table("processor")
    pc = table.column("pc")
    clk = table.column("clk")
    below = table.column("below")
    x, y, r, h = (table.column(name) for name in ("x", "y", "r", "h"))
    s = table.columns("s", STACK)
    code = table.column("code") if whole else ZERO
    immediate = table.column("immediate")
    jump = table.column("jump")
    index = table.columns("index", STACK)
    flag: dict[str, Expression] = {
        name: table.column(name) if whole or name not in CHIP_FLAGS else ZERO for name in FLAG_NAMES
    }

    # The program: what a row does is what the program's table has at pc.
    packed = total([bit * (1 << place) for place, bit in enumerate([*index, *flag.values()])])
    for bit in (*index, *flag.values()):
        if isinstance(bit, Column):
            table.constrain(f"{bit.name} is a bit", boolean(bit))
    table.send(PROGRAM, [pc, packed, code, immediate, jump], 1)
    table.constrain_first("pc starts at 1", pc - 1)
    table.constrain_last("pc ends at 0", pc)
    table.constrain_transition("pc moves", pc.next - (pc + 1 + r * jump))
    table.constrain_first("clk starts at 1", clk - 1)
    table.constrain_transition("clk counts", clk.next - clk - 1)

    # Operands.
    chosen = total([bit * element for bit, element in zip(index, s, strict=True)])
    anything = flag["free"] + flag["load"]
    constant = immediate - (flag["load"] + flag["store"]) * immediate
    table.constrain(
        "x",
        x - anything * x - (flag["b_top"] * s[0] + flag["b_index"] * chosen + constant),
    )
    table.constrain("y", y - flag["a_top"] * s[0] - flag["a_index"] * chosen)

    # Results.
    difference = y - x
    table.constrain("add", flag["add"] * (r - y - x))
    table.constrain("sub", flag["sub"] * (r - y + x))
    table.constrain("mul", flag["mul"] * (r - y * x))
    table.constrain("div: r x = y", flag["div"] * (r * x - y))
    table.constrain("div: x is not 0", flag["div"] * (x * h - 1))
    table.constrain("eq: 0 if different", flag["eq"] * difference * r)
    table.constrain("eq: 1 if equal", flag["eq"] * (r - 1 + difference * h))
    table.constrain("neq: 1 if different", flag["neq"] * difference * (r - 1))
    table.constrain("neq: 0 if equal", flag["neq"] * (r - difference * h))
    table.constrain("bool: x", flag["bool"] * boolean(x))
    table.constrain("bool: y", flag["bool"] * boolean(y))
    if whole:
        table.send(CHIP, [code, x, y, r, h], flag["chip"])
        address = immediate + flag["address_top"] * s[0]
        accesses = flag["load"] + flag["store"]
        table.send(MEMORY, [address, clk, x, flag["store"]], accesses)

    _constrain_stack(table, s, index, flag, x, r, h)

    # The overflow: a chain of elements, each with the clk of its push and that of the one below.
    up, down = flag["push"], flag["pop"] + flag["remove"]
    table.constrain_transition("below stays", (1 - up - down) * (below.next - below))
    table.constrain_transition("below takes clk", up * (below.next - clk))
    table.constrain_first("below starts at 0", below)
    table.constrain_last("below ends at 0", below)
    table.send(OVERFLOW, [clk, s[-1], below], up)
    table.receive(OVERFLOW, [below, s[-1].next, below.next], down)

    for place, element in enumerate(s):
        table.constrain_first(f"input {place}", element - table.public("inputs", place))
        table.constrain_last(f"output {place}", element - table.public("outputs", place))
    return table


def _constrain_stack(
    table: Table,
    s: list[Column],
    index: list[Column],
    flag: dict[str, Expression],
    x: Expression,
    r: Expression,
    h: Expression,
) -> None:
    """Demand that the stack moves as the flags say: s_j.next is s_j and what they change of it."""
    top = s[0]
    on_top = flag["keep"] + flag["push"] + flag["remove"] + flag["up"]
    table.constrain_transition(
        "s[0] moves",
        top.next
        - top
        - on_top * (r - top)
        - (flag["pop"] + flag["down"]) * (s[1] - top)
        - flag["swap"] * (x - top),
    )
    for j in range(1, STACK):
        up = s[j - 1] - s[j]
        at = index[j]  # n = j
        from_above = total(index[: j + 1])  # n <= j
        to_below = total(index[j:])  # n >= j
        change = [
            flag["push"] * up,
            flag["up"] * to_below * up,
            flag["down"] * at * (r - s[j]),
            flag["write"] * at * (r - s[j]),
            flag["swap"] * at * (top - s[j]),
        ]
        if j < STACK - 1:
            down = s[j + 1] - s[j]
            change += [
                flag["pop"] * down,
                flag["remove"] * from_above * down,
                flag["down"] * total(index[j + 1 :]) * down,
            ]
            kept = s[j].next - s[j]
        else:  # What comes up from the overflow is the bus's to say.
            kept = (1 - flag["pop"] - flag["remove"]) * (s[j].next - s[j])
        if j == 1:
            change.append(flag["two"] * (h - flag["keep"] * s[1] - flag["push"] * s[0]))
        table.constrain_transition(f"s[{j}] moves", kept - total(change))


assert 1 << (STACK + len(FLAG_NAMES)) < MODULUS, "flags have to fit into an element"
