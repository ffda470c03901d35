"""What computing a case asks of a processor's arithmetic units, as the code that runs does it.

``OperationCounts`` (case.py) count by the textbook, so that they mean the same for every backend.
A ceiling needs the other count: of the operations that the path really spends, in the unit in which
the machine's ceiling is measured. Counts here are lower bounds: what they leave out (linear layers
of hashes, inversions, reductions by shifts) runs as well. So a share of a ceiling is never above
what the path really uses of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zkmark.kernels.fields.parameters import field

if TYPE_CHECKING:
    from zkmark.kernels.case import Case


@dataclass(frozen=True)
class Work:
    """Operations of one ``compute``.

    ``unit`` and ``level`` name the probe that counts the same thing (``multiply_52`` at
    ``avx512``): hardware_profiles/ceilings.py has them. ``formula`` says how ``operations`` come
    about.
    """

    unit: str
    level: str
    operations: int
    formula: str


@dataclass(frozen=True)
class Products:
    """What one multiplication and one squaring in a field take of a unit."""

    unit: str
    multiply: int
    square: int


def field_products(field_id: str, level: str) -> Products:
    """Return what a field's arithmetic takes at an instruction-set level, in the cpu backend.

    31-bit fields: Montgomery's three 32-bit products. Goldilocks: one 64-bit product in scalar
    code, four 32-bit ones in vectors (three for a square); its reduction takes shifts. Wide fields
    of w words: Montgomery's 2 w^2 + w products of 64 bits; with AVX-512 IFMA, where an instruction
    gives half a product of 52 bits, 4 l^2 multiply-adds for l limbs, a square 3 l^2 + l.
    """
    parameters = field(field_id)
    w = parameters.limbs
    if parameters.word_bits == 32:
        return Products("multiply_32", 3, 3)
    if field_id == "goldilocks":
        return Products("multiply_64", 1, 1) if level == "portable" else _GOLDILOCKS_IN_VECTORS
    if level == "avx512":
        limbs = 5 if w == 4 else 8
        return Products("multiply_52", 4 * limbs * limbs, 3 * limbs * limbs + limbs)
    # Only elements of more than four words are squared by a routine of its own.
    square = 2 * w * w + w if w <= 4 else w * (w + 1) // 2 + w * w + w
    return Products("multiply_64", 2 * w * w + w, square)


_GOLDILOCKS_IN_VECTORS = Products("multiply_32", 4, 3)


# A product of two 64-bit words takes four multiply-adds of 32-bit ones, by the schoolbook.
_ADDS_PER_WORD = {32: 1, 64: 4}


def device_work(case: Case, backend: str, kind: str) -> Work | str:
    """Return what a case takes of a device of a kind; a reason where it takes nothing probed there.

    By the textbook's count, because nobody counts what the compilers of devices make of a kernel.
    GPUs multiply words of 32 bits; a processor behind OpenCL those that the count is in.
    """
    counts = case.counts()
    if not counts.word_multiplications:
        return "it spends no word multiplications, and devices are probed for nothing else"
    bits = word_bits(case.parameters())
    level = f"{backend}/{kind}"
    if kind == "cpu":
        return Work(f"multiply_{bits}", level, counts.word_multiplications, counts.formula)
    each = _ADDS_PER_WORD[bits]
    formula = f"{counts.formula}; {each} 32-bit multiply-adds for each word multiplication"
    return Work("multiply_add_32", level, each * counts.word_multiplications, formula)


def word_bits(parameters: Mapping[str, Any]) -> int:
    """Return the bits of the words that a case's textbook count is in: 32 for 31-bit fields."""
    from zkmark.kernels.hashes.parameters import HASHES

    name = parameters.get("field")
    if name is None and "hash" in parameters:
        name = HASHES[parameters["hash"]].field
    # Curves stand over fields of 64-bit words.
    return 64 if name is None else field(name).word_bits


def plural(unit: str) -> str:
    """Return what one operation of a unit is called, in the plural."""
    return {
        "multiply_64": "64-bit products",
        "multiply_32": "32-bit products",
        "multiply_52": "52-bit multiply-adds",
        "multiply_add_32": "32-bit multiply-adds",
        "fused_64": "multiply-adds of doubles",
        "word_32": "operations on 32-bit words",
        "word_64": "operations on 64-bit words",
        "sha_256": "pairs of rounds",
    }.get(unit, unit)


def highest_level() -> str:
    """Return the highest instruction-set level here: that of code compiled for this processor."""
    from zkmark import _native

    return _native.isa_levels()[-1]
