"""The options of a proof: its hash, fields, rates, and how often the verifier looks."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

HASHES = ("blake3", "rpo-256", "poseidon2-goldilocks-12")
"""Hashes in the order of their numbers in a proof's bytes."""

DEGREES = (2, 3)
BLOWUPS = (2, 4, 8, 16)
FOLDINGS = (2, 4, 8, 16)
LARGEST_FINAL_SIZE = 1 << 10
LARGEST_QUERIES = 512
LARGEST_GRINDING = 40
# Below this many bits from queries, grinding does not count: as in Winterfell, whose figures ours
# are compared with.
GRINDING_FLOOR = 80


@dataclass(frozen=True)
class Options:
    """What prover and verifier agree on; the default has 96 bits of conjectured security.

    ``degree`` is that of the extension field that challenges come from, ``blowup`` the blocks on
    which columns are committed to (the inverse of the code's rate), ``folding`` what a round of FRI
    divides the height by, ``final_size`` the most coefficients of the polynomial at its end,
    ``queries`` the places that the verifier looks at, ``grinding`` the bits of a proof of work
    before they are drawn. security.py says what all of it comes to.
    """

    hash: str = "blake3"
    degree: int = 2
    blowup: int = 8
    folding: int = 8
    final_size: int = 64
    queries: int = 27
    grinding: int = 16

    def __post_init__(self) -> None:
        choices: dict[str, tuple[Any, ...]] = {
            "hash": HASHES,
            "degree": DEGREES,
            "blowup": BLOWUPS,
            "folding": FOLDINGS,
            "final_size": tuple(1 << k for k in range(LARGEST_FINAL_SIZE.bit_length())),
        }
        for name, known in choices.items():
            value = getattr(self, name)
            if isinstance(value, bool) or value not in known:
                wanted = ", ".join(map(str, known))
                raise ValueError(f"{name}: got {value!r}, want one of {wanted}")
        for name, least, most in (
            ("queries", 1, LARGEST_QUERIES),
            ("grinding", 0, LARGEST_GRINDING),
        ):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
                raise ValueError(f"{name}: got {value!r}, want {least} to {most}")

    @classmethod
    def for_security(
        cls,
        bits: int = 96,
        *,
        hash: str = "blake3",
        blowup: int = 8,
        grinding: int = 16,
        degree: int | None = None,
        folding: int = 8,
        final_size: int = 64,
    ) -> Options:
        """Return options of at least ``bits`` of conjectured security, with the fewest queries.

        Up to 96 bits the quadratic extension will do, on domains of up to 2^31 points; above it is
        the cubic one. No hash here resists collisions beyond 128 bits.
        """
        if isinstance(bits, bool) or not isinstance(bits, int) or not 1 <= bits <= 128:
            raise ValueError(f"bits: got {bits!r}, want 1 to 128")
        if degree is None:
            degree = 2 if bits <= 96 else 3
        if blowup not in BLOWUPS:
            raise ValueError(f"blowup: got {blowup!r}, want one of {', '.join(map(str, BLOWUPS))}")
        per_query = blowup.bit_length() - 1
        alone = -(-(bits + 1) // per_query)
        helped = -(-max(bits + 1 - grinding, GRINDING_FLOOR) // per_query)
        return cls(
            hash=hash,
            degree=degree,
            blowup=blowup,
            folding=folding,
            final_size=final_size,
            queries=min(alone, helped),
            grinding=grinding,
        )

    @property
    def log_blowup(self) -> int:
        """Bits of the blowup."""
        return self.blowup.bit_length() - 1

    def __str__(self) -> str:
        return ", ".join(f"{field.name} {getattr(self, field.name)}" for field in fields(self))

    def to_json(self) -> dict[str, int | str]:
        """Return the options as a result document keeps them."""
        return asdict(self)
