"""How many bits of security a proof has: conjectured, and proven.

An attacker who wants to pass a false statement off needs about two to that many steps. All figures
take the hash for a random oracle and are, like those of Winterfell and soundcalc, round by round:
the weakest of the protocol's steps decides, because in each a cheating prover may try again and
again (Fiat-Shamir; Canetti et al. 2018/1004, Block et al. 2024/1553).

**Conjectured** bits follow the toy problem of ethSTARK (eprint 2021/582, eq. 19), as Winterfell and
Miden state them, so that figures can be compared:

    min(queries log2(blowup) + grinding, log2|F| - log2(domain)) - 1, at most 128 (the hash)

with grinding counted from 80 bits of queries on. We add the error of the lookup argument to what
the field must cover. The formula supposes that a word further from the code than ``1 - rate`` (its
capacity) is caught by every query as often as such a word may be. That has never been proven, and
the strong form, proximity gaps up to capacity, is false: Diamond and Gruen (eprint 2025/2010) and
Crites and Stewart (eprint 2025/2046) gave counterexamples near it in 2025. No attack on a STARK's
parameters follows from them at present, but the figure is a convention to compare systems
by, not a bound. Whoever needs one takes the proven figure.

**Proven** bits follow from theorems on proximity gaps (BCIKS20: Ben-Sasson, Carmon, Ishai,
Kopparty, Saraf, eprint 2020/654) in two regimes: within half the code's distance (Theorem 4.1,
where a word has at most one codeword near it) and up to the Johnson bound ``1 - sqrt(rate)`` less a
margin (Theorem 5.1; the parameter m that sets the margin is chosen for the best result). The
second figure is proven for tables of equal heights only: for lifted ones (docs/stark.md) we prove
soundness where decoding is unique.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, log2, sqrt

from zkmark.kernels.stark.domain import MODULUS
from zkmark.provers.stark.options import GRINDING_FLOOR, Options

COLLISION_BITS = 128
"""All hashes here have 256 bits of digest: a collision takes 2^128 steps by the birthday bound."""

_OPENINGS = 2  # out-of-domain points a column: a row and the next
_LARGEST_MARGIN = 1000


@dataclass(frozen=True)
class Statement:
    """What security depends on besides the options.

    ``log_height`` is the tallest table's; ``columns`` counts all committed base columns, of the
    quotient too; ``constraints`` those of the table that has most, ``degree`` the highest of any.
    ``fractions`` counts the messages of the lookup argument over all rows of all tables.
    """

    log_height: int
    columns: int = 1
    constraints: int = 1
    degree: int = 2
    fractions: int = 0


@dataclass(frozen=True)
class Security:
    """Bits of security, and where they come from: ``steps`` of each figure are bits a step."""

    conjectured: int
    unique: int
    johnson: int
    conjectured_steps: dict[str, float]
    unique_steps: dict[str, float]
    johnson_steps: dict[str, float]

    @property
    def proven(self) -> int:
        """Proven for every statement: where decoding is unique."""
        return self.unique


def _field_bits(options: Options) -> float:
    return options.degree * log2(MODULUS)


def _lookups(options: Options, statement: Statement) -> float:
    """Bits of the lookup argument's error (LogUp, Haboeck, eprint 2022/1530, Lemma 5).

    Messages are linear in the challenges, so the fractions' sum has a numerator of degree below
    ``fractions``, which is not zero unless the bus balances; and a denominator that is zero by
    chance would leave a quotient free, with as large a probability.
    """
    if statement.fractions == 0:
        return inf
    return _field_bits(options) - log2(2 * statement.fractions)


def conjectured(options: Options, statement: Statement) -> dict[str, float]:
    """Return the steps of the conjectured figure in bits."""
    queries = float(options.queries * options.log_blowup)
    if queries >= GRINDING_FLOOR:
        queries += options.grinding
    # Winterfell counts the field's bits as a whole number, 64 a coordinate.
    domain = 64 * options.degree - (statement.log_height + options.log_blowup)
    return {
        "queries": queries - 1,
        "field": float(domain - 1),
        "lookups": _lookups(options, statement) - 1,
        "hash": float(COLLISION_BITS),
    }


def _proven(
    options: Options,
    statement: Statement,
    agreement: float,
    lists: float,
    proximity: Callable[[float], float],
) -> dict[str, float]:
    """Return the steps of a regime in bits.

    ``agreement`` is the largest share of points at which a word outside the regime meets a
    codeword, ``lists`` how many codewords can be near a word, ``proximity(n)`` the numerator of the
    error of a proximity gap on a line over a domain of n points; a curve of degree l costs l times
    as much (BCIKS20, Theorem 1.5).
    """
    bits = _field_bits(options)
    height = float(1 << statement.log_height)
    domain = height * options.blowup
    quotient = 1 << max(statement.degree - 2, 0).bit_length()
    identity = max(statement.degree, quotient + 1) * (height + _OPENINGS - 1) + height - 1
    steps = {
        "lookups": _lookups(options, statement) - log2(lists),
        # The constraints' random combination (ethSTARK, Theorem 4), by powers of one challenge.
        "constraints": bits - log2(lists * max(statement.constraints - 1, 1)),
        # The identity at a random point z off all domains (DEEP-ALI, eprint 2019/336 and ethSTARK,
        # Theorem 4; Block et al. 2024/1553, Theorem 2).
        "out of domain": bits - log2(lists * lists * identity),
        # All columns at both points, combined by powers of one challenge.
        "deep": bits - log2(_OPENINGS * statement.columns * proximity(domain)),
        "queries": options.grinding - options.queries * log2(agreement),
        "hash": float(COLLISION_BITS),
    }
    if height > options.final_size:
        steps["folding"] = bits - log2((options.folding - 1) * proximity(domain))
    return steps


def unique_decoding(options: Options, statement: Statement) -> dict[str, float]:
    """Return the steps of the proven figure within half the distance (BCIKS20, Theorem 4.1)."""
    height = float(1 << statement.log_height)
    rate = (height + _OPENINGS) / (height * options.blowup)
    return _proven(options, statement, (1 + rate) / 2, 1, lambda n: n + 1)


def johnson(options: Options, statement: Statement) -> dict[str, float]:
    """Return the steps of the proven figure up to the Johnson bound (BCIKS20, Theorem 5.1).

    With rate r and agreement ``(1 + 1 / 2m) sqrt(r)``: lists of at most ``(m + 1/2) / sqrt(r)``
    codewords, and ``(m + 1/2)^7 n^2 / (3 r^(3/2))`` over |F| for a line. The margin must be more
    than the code loses by its openings, which bounds m (Block et al. 2024/1553, Theorem 2).
    """
    height = float(1 << statement.log_height)
    rate = (height + _OPENINGS) / (height * options.blowup)
    most = min(int(1 / (2 * (sqrt((height + _OPENINGS) / height) - 1))), _LARGEST_MARGIN)
    best: dict[str, float] = {}
    for m in range(3, max(most, 3) + 1):
        gap = (m + 0.5) ** 7 / (3 * rate**1.5)
        found = _proven(
            options,
            statement,
            min((1 + 0.5 / m) * sqrt(rate), 1.0),
            (m + 0.5) / sqrt(rate),
            lambda n, gap=gap: gap * n * n,  # type: ignore[misc]
        )
        if not best or min(found.values()) > min(best.values()):
            best = found
    return best


def _least(steps: dict[str, float]) -> int:
    return max(int(min(steps.values())), 0)


def security(options: Options, statement: Statement) -> Security:
    """Return all figures for options and a statement."""
    steps = (
        conjectured(options, statement),
        unique_decoding(options, statement),
        johnson(options, statement),
    )
    return Security(_least(steps[0]), _least(steps[1]), _least(steps[2]), *steps)


def conjectured_bits(options: Options, statement: Statement) -> int:
    """Return the conjectured figure alone, as a verifier compares it."""
    return _least(conjectured(options, statement))
