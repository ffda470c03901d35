"""Fibonacci numbers modulo the field's prime, step by step: in a loop, or by a fixed program.

From F(94) on they no longer fit into 64 bits; this machine reduces them modulo its prime, as Miden
does, where a machine of 64-bit words would wrap them.
"""

from __future__ import annotations

import re

from zkmark.kernels.stark.domain import MODULUS
from zkmark.provers.workloads.workload import Workload, padded, read_program

# As far as the program's argument for its counter goes; no proof is that long.
MOST_STEPS = (1 << 37) - 1
# A fixed program has a row a step: longer ones are for loops.
MOST_FIXED_STEPS = 1 << 20
# The steps that the program's loop does in one turn, and the branches after it.
_UNROLLED = 32
_BRANCHES = (16, 8, 4, 2, 1)
_VARIANT = re.compile(r"(iter|fixed)-(\d{1,12})")


def fibonacci_number(n: int) -> int:
    """Return F(n) modulo the prime by doubling, not by steps.

    ``F(2k) = F(k) (2 F(k+1) - F(k))`` and ``F(2k+1) = F(k)^2 + F(k+1)^2`` (Knuth, TAOCP 1.2.8).
    """
    a, b = 0, 1
    for bit in bin(n)[2:]:
        a, b = a * (2 * b - a) % MODULUS, (a * a + b * b) % MODULUS
        if bit == "1":
            a, b = b, (a + b) % MODULUS
    return a


def steps_of(variant: str, scale: int) -> tuple[str, int]:
    """Return ``iter`` or ``fixed`` and the number of steps; ``ValueError`` for anything else."""
    found = _VARIANT.fullmatch(variant)
    if found is None:
        raise ValueError(
            f"variant: got {variant!r}, want iter-<n>, or fixed-<n> (iter-93, fixed-50)"
        )
    kind, steps = found[1], int(found[2]) * scale
    least, most = (0, MOST_STEPS) if kind == "iter" else (1, MOST_FIXED_STEPS)
    if not least <= steps <= most:
        raise ValueError(
            f"variant: got {steps} steps ({variant}, scale {scale}), want {least} to {most}"
        )
    return kind, steps


def fibonacci(name: str, variant: str, scale: int) -> Workload:
    """Return the workload of some steps, ``scale`` times as many as the variant says."""
    kind, steps = steps_of(variant, scale)
    number = fibonacci_number(steps)
    if kind == "fixed":
        return Workload(
            name=name,
            variant=variant,
            scale=scale,
            source=read_program("fibonacci_fixed").replace("STEPS", str(steps)),
            inputs=(0, 1),
            advice=(),
            outputs=padded((number,)),
            items=steps,
            item_unit="steps",
            claim=(
                f"Starting from the public pair, {steps} steps, fixed by the program, "
                "lead to the public number."
            ),
        )
    turns, rest = divmod(steps, _UNROLLED)
    return Workload(
        name=name,
        variant=variant,
        scale=scale,
        source=read_program("fibonacci_iter"),
        inputs=(steps,),
        advice=(1,) * turns + (0,) + tuple(int(bool(rest & bit)) for bit in _BRANCHES),
        outputs=padded((number,)),
        items=steps,
        item_unit="steps",
        claim="The public output is the n-th Fibonacci number for the public n.",
    )
