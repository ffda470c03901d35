"""Small AIRs with witnesses that satisfy them: for a first look, and for tests of the protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from zkmark.kernels.stark.domain import MODULUS
from zkmark.provers.stark.air import Air
from zkmark.provers.stark.table import Table

Words = NDArray[np.uint64]


@dataclass(frozen=True)
class Example:
    """An AIR, a witness that satisfies it, and its public values and preprocessed columns."""

    air: Air
    witness: Mapping[str, Words]
    public: Mapping[str, Sequence[int]] = field(default_factory=dict)
    preprocessed: Mapping[str, Words] = field(default_factory=dict)


@cache
def fibonacci_air() -> Air:
    """Return the AIR of a Fibonacci sequence from 1, 1 on, whose last number is public."""
    table = Table("fibonacci")
    a, b = table.columns("f", 2)
    table.constrain_first("a starts at 1", a - 1)
    table.constrain_first("b starts at 1", b - 1)
    table.constrain_transition("a takes b", a.next - b)
    table.constrain_transition("b takes the sum", b.next - (a + b))
    table.constrain_last("the result is public", b - table.public("result", 0))
    return Air("fibonacci", [table])


def fibonacci(log_height: int) -> Example:
    """Return 2^log_height steps of the sequence."""
    rows = [(1, 1)]
    while len(rows) < 1 << log_height:
        a, b = rows[-1]
        rows.append((b, (a + b) % MODULUS))
    columns = np.ascontiguousarray(np.array(rows, dtype=np.uint64).T)
    return Example(fibonacci_air(), {"fibonacci": columns}, {"result": [rows[-1][1]]})


@cache
def lookups_air() -> Air:
    """Return an AIR of four tables that has one of everything.

    ``user`` looks squares up in ``squares``, which is preprocessed, has a column that ``shuffled``
    permutes, and sends a message of its first row to ``optional``, a table that may be absent: then
    the verifier receives it, by a public value.
    """
    squares = Table("squares")
    number, square = squares.preprocessed("number"), squares.preprocessed("square")
    squares.receive("square", [number, square], squares.column("times"))

    user = Table("user")
    x, y, active, z = (user.column(name) for name in ("x", "y", "active", "z"))
    pattern = user.periodic("pattern", [1, 0, 0, 5])
    user.constrain("active is a bit", active * active - active)
    user.constrain("z", z - x * y - pattern)
    user.constrain_transition("x counts or starts again", (x.next - x - 1) * x.next)
    user.send("square", [x, y], active)
    user.send("shuffled", [z])
    user.send("optional", [x, z], user.is_first * active)

    shuffled = Table("shuffled")
    shuffled.receive("shuffled", [shuffled.column("value")])

    optional = Table("optional")
    p, q = optional.columns("p", 2)
    chosen = optional.column("chosen")
    optional.constrain("no more than once", chosen * (chosen - 1))
    optional.receive("optional", [p, q], chosen)

    message = [user.public("claim", 0), user.public("claim", 1)]
    return Air(
        "lookups",
        [squares, user, shuffled, optional],
        receives=[("optional", message, user.public("claim", 2))],
    )


def lookups(log_height: int, optional: bool = True) -> Example:
    """Return tables of heights 8, 2^log_height (twice) and, if wanted, 1; log_height from 2 on."""
    height = 1 << log_height
    fixed = np.array([range(8), [i * i for i in range(8)]], dtype=np.uint64)
    x = np.arange(height, dtype=np.uint64) % np.uint64(8)
    y = x * x
    active = (np.arange(height) % 3 != 1).astype(np.uint64)
    z = x * y + np.tile(np.array([1, 0, 0, 5], dtype=np.uint64), height // 4)
    times = np.bincount(x[active == 1].astype(np.int64), minlength=8).astype(np.uint64)
    witness = {
        "squares": times[np.newaxis],
        "user": np.array([x, y, active, z]),
        "shuffled": np.roll(z, 5)[np.newaxis].copy(),
    }
    if optional:
        witness["optional"] = np.array([[x[0]], [z[0]], [1]], dtype=np.uint64)
    claim = [int(x[0]), int(z[0]), 0 if optional else 1]
    return Example(lookups_air(), witness, {"claim": claim}, {"squares": fixed})
