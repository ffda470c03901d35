"""The operations of a Merkle tree, hash by hash and level by level.

**Byte hashes** multiply nothing; they are instructions on 32- or 64-bit words. The figures below
are the fewest instructions, a lane, that one call of the inner function takes at a level: an
addition or logic operation is one; a rotation is one in AVX-512, else one byte shuffle where it is
by whole bytes (AVX2) and three instructions where not; AVX-512 does any function of three inputs in
one. Loading, transposing and storing come on top and are left out.

**Algebraic hashes** are counted by the multiplications of their S-boxes. Linear layers, whose
matrices are small integers and powers of two, come on top and are left out.
"""

from __future__ import annotations

from zkmark.kernels.hashes.parameters import (
    hash_parameters,
    poseidon2_parameters,
    rpo_parameters,
)
from zkmark.kernels.merkle.case import MerkleCase
from zkmark.kernels.work import Work, field_products, plural

_SHA_256_ROUNDS, _SCHEDULED = 64, 48


def _blake3(rotate: dict[int, int]) -> int:
    """Seven rounds of eight quarters, and eight words of output.

    A quarter has 6 additions, 4 exclusive ors and rotations by 16, 12, 8 and 7.
    """
    return 7 * 8 * (6 + 4 + sum(rotate.values())) + 8


def _sha_256(rotate: int, three_inputs: bool, scheduled: bool = True) -> int:
    """64 rounds, the schedule's 48 words, and 8 additions of the state.

    A round has two sums of three rotations, a choice, a majority (three operations each where not
    one) and 7 additions; one fewer where schedule and constants are known beforehand.
    """
    sums = 2 * (3 * rotate + (1 if three_inputs else 2))
    logic = 2 if three_inputs else 6
    rounds = _SHA_256_ROUNDS * (sums + logic + (7 if scheduled else 6))
    word = 2 * (2 * rotate + 1 + (1 if three_inputs else 2)) + 3
    return rounds + (_SCHEDULED * word if scheduled else 0) + 8


def _keccak(rotate: int, by_bytes: int, three_inputs: bool) -> int:
    """24 rounds of theta, rho, chi and iota on 25 words of 64 bits; two of rho's 24 go by bytes."""
    if three_inputs:
        theta, chi = 5 * 2 + 5 * rotate + 25, 25
    else:
        theta, chi = 5 * 4 + 5 * rotate + 5 + 25, 2 * 25
    rho = 22 * rotate + 2 * by_bytes
    return 24 * (theta + rho + chi + 1)


# Instructions, a lane, of one call.
_BLAKE3 = {
    "portable": _blake3({16: 3, 12: 3, 8: 3, 7: 3}),
    "avx2": _blake3({16: 1, 12: 3, 8: 1, 7: 3}),
    "avx512": _blake3({16: 1, 12: 1, 8: 1, 7: 1}),
}
_KECCAK = {
    "portable": _keccak(3, 3, three_inputs=False),
    "avx2": _keccak(3, 1, three_inputs=False),
    "avx512": _keccak(1, 1, three_inputs=True),
}


def merkle_work(case: MerkleCase, level: str) -> Work:
    """Count the operations of a tree for code of a level (or ``sha``: the SHA extensions)."""
    if case.hash == "sha-256":
        return _sha_256_work(case, level)
    calls = case.inner_calls
    if case.hash == "blake3":
        each = _BLAKE3[level]
        return Work("word_32", level, calls * each, f"{calls} compressions of {each} instructions")
    if case.hash == "keccak-256":
        each = _KECCAK[level]
        return Work("word_64", level, calls * each, f"{calls} permutations of {each} instructions")
    squares, products = _s_boxes(case.hash)
    parameters = hash_parameters(case.hash)
    assert parameters.field is not None
    cost = field_products(parameters.field, level)
    each = squares * cost.square + products * cost.multiply
    return Work(
        cost.unit,
        level,
        calls * each,
        f"{calls} permutations, whose S-boxes take {squares} squarings and {products} "
        f"multiplications: {each} {plural(cost.unit)}",
    )


def _sha_256_work(case: MerkleCase, level: str) -> Work:
    calls = case.inner_calls
    if level == "sha":
        return Work("sha_256", "sha", 32 * calls, f"{calls} compressions of 32 pairs of rounds")
    # The second block of a pair, and of a leaf of whole blocks, is padding: its schedule is known.
    units = case.leaf_width * case.rules.bytes_per_unit
    known = case.size - 1 + (case.size if units % 64 == 0 else 0)
    rotate, three_inputs = (1, True) if level == "avx512" else (3, False)
    each = _sha_256(rotate, three_inputs)
    less = _sha_256(rotate, three_inputs, scheduled=False)
    return Work(
        "word_32",
        level,
        (calls - known) * each + known * less,
        f"{calls - known} compressions of {each} instructions and {known}, of blocks of padding, "
        f"of {less}",
    )


def _s_boxes(hash: str) -> tuple[int, int]:
    """Return the squarings and multiplications of one permutation's S-boxes."""
    if hash == "rpo-256":
        rpo = rpo_parameters()
        # x^7 by 2 squarings and 2 multiplications, x^(1/7) by 63 and 9.
        boxes = rpo.rounds * rpo.width
        return boxes * (2 + 63), boxes * (2 + 9)
    p = poseidon2_parameters(hash)
    boxes = p.full_rounds * p.width + p.partial_rounds
    return (boxes, boxes) if p.alpha == 3 else (2 * boxes, 2 * boxes)
