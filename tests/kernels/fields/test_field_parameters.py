"""The parameters are what they claim: primes, generators, roots of their order, irreducibles."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest

from zkmark.kernels.fields import EXTENSION_FIELDS, FIELDS, extension_field, field
from zkmark.kernels.fields import reference as definition

# p - 1 as prime powers. That each is a prime and that they multiply to p - 1 is tested below.
FACTORS: dict[str, dict[int, int]] = {
    "goldilocks": {2: 32, 3: 1, 5: 1, 17: 1, 257: 1, 65537: 1},
    "babybear": {2: 27, 3: 1, 5: 1},
    "koalabear": {2: 24, 127: 1},
    "bn254-fr": {
        2: 28,
        3: 2,
        13: 1,
        29: 1,
        983: 1,
        11003: 1,
        237073: 1,
        405928799: 1,
        1670836401704629: 1,
        13818364434197438864469338081: 1,
    },
    "bn254-fq": {
        2: 1,
        3: 2,
        13: 1,
        29: 1,
        67: 1,
        229: 1,
        311: 1,
        983: 1,
        11003: 1,
        405928799: 1,
        11465965001: 1,
        13427688667394608761327070753331941386769: 1,
    },
    "bls12-381-fr": {
        2: 32,
        3: 1,
        11: 1,
        19: 1,
        10177: 1,
        125527: 1,
        859267: 1,
        906349: 2,
        2508409: 1,
        2529403: 1,
        52437899: 1,
        254760293: 2,
    },
    "bls12-381-fq": {
        2: 1,
        3: 2,
        11: 1,
        23: 1,
        47: 1,
        10177: 1,
        859267: 1,
        52437899: 1,
        2584487767265781317813: 1,
        15778400344354997994418419698270088123916926905054652752758194827714659: 1,
    },
    "pallas-fp": {
        2: 32,
        3: 1,
        463: 1,
        539204044132271846773: 1,
        8999194758858563409123804352480028797519453: 1,
    },
    "vesta-fp": {
        2: 32,
        3: 2,
        1709: 1,
        24859: 1,
        1690502597179744445941507: 1,
        10427374428728808478656897599072717: 1,
    },
}

# As published, to catch a slip in the formulas that the moduli come from.
PUBLISHED_MODULI = {
    "goldilocks": 0xFFFFFFFF00000001,
    "babybear": 0x78000001,
    "koalabear": 0x7F000001,
    # EIP-196 and EIP-197
    "bn254-fr": 21888242871839275222246405745257275088548364400416034343698204186575808495617,
    "bn254-fq": 21888242871839275222246405745257275088696311157297823662689037894645226208583,
    # RFC 9380, section 8.8 and the IRTF draft on pairing-friendly curves
    "bls12-381-fr": 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001,
    "bls12-381-fq": int(
        "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf"
        "6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab",
        16,
    ),
    # The Halo 2 book, section on the Pasta curves
    "pallas-fp": 28948022309329048855892746252171976963363056481941560715954676764349967630337,
    "vesta-fp": 28948022309329048855892746252171976963363056481941647379679742748393362948097,
}

ALL = pytest.mark.parametrize("id", FIELDS)
EXTENSIONS = pytest.mark.parametrize("id", EXTENSION_FIELDS)


def is_prime(n: int) -> bool:
    """Miller-Rabin to the first 40 primes as bases."""
    bases = [p for p in range(2, 174) if all(p % q for q in range(2, p))]
    if n in bases:
        return True
    if n < 2 or any(n % p == 0 for p in bases):
        return False
    s = ((n - 1) & -(n - 1)).bit_length() - 1
    for base in bases:
        x = pow(base, (n - 1) >> s, n)
        if x in (1, n - 1):
            continue
        if not any((x := x * x % n) == n - 1 for _ in range(s - 1)):
            return False
    return True


def test_the_primality_test_itself() -> None:
    assert [n for n in range(60) if is_prime(n)] == [
        *(2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59),
    ]
    assert not is_prime(561 * 41041)
    assert not is_prime(3215031751)  # a strong pseudoprime to the bases 2, 3, 5 and 7
    assert is_prime(2**127 - 1)
    assert not is_prime((2**61 - 1) * (2**89 - 1))


def test_every_field_has_its_published_modulus() -> None:
    assert {f.id: f.modulus for f in FIELDS.values()} == PUBLISHED_MODULI


@ALL
def test_the_modulus_is_a_prime(id: str) -> None:
    assert is_prime(FIELDS[id].modulus)


@ALL
def test_the_factorisation_of_the_group_order_is_right(id: str) -> None:
    assert prod(q**e for q, e in FACTORS[id].items()) == FIELDS[id].modulus - 1
    assert all(is_prime(q) for q in FACTORS[id])


@ALL
def test_the_generator_is_the_smallest_one(id: str) -> None:
    p = FIELDS[id].modulus

    def generates(g: int) -> bool:
        return all(pow(g, (p - 1) // q, p) != 1 for q in FACTORS[id])

    assert generates(FIELDS[id].generator)
    assert not any(generates(g) for g in range(2, FIELDS[id].generator))


@ALL
def test_the_root_of_unity_has_order_exactly_two_to_the_two_adicity(id: str) -> None:
    f = FIELDS[id]
    assert f.two_adicity == FACTORS[id][2]
    assert pow(f.root_of_unity, 2 ** (f.two_adicity - 1), f.modulus) == f.modulus - 1
    for log_size in range(1, f.two_adicity + 1):
        assert pow(f.root_of_order(log_size), 2 ** (log_size - 1), f.modulus) == f.modulus - 1
    assert f.root_of_order(0) == 1
    assert f.root_of_order(f.two_adicity) == f.root_of_unity


def test_the_small_fields_roots_are_the_ones_in_common_use() -> None:
    assert FIELDS["babybear"].root_of_unity == 0x1A427A41
    assert FIELDS["koalabear"].root_of_unity == 0x6AC49F88
    assert FIELDS["goldilocks"].root_of_unity == 0x185629DCDA58878C


@ALL
def test_a_root_of_too_high_an_order_is_refused(id: str) -> None:
    f = FIELDS[id]
    for log_size in (f.two_adicity + 1, -1):
        with pytest.raises(ValueError) as error:
            f.root_of_order(log_size)
        assert str(error.value) == (
            f"log_size: got {log_size}, want 0 to {f.two_adicity}: "
            f"{id} has roots of unity up to order 2^{f.two_adicity}"
        )


@ALL
def test_widths_follow_from_the_modulus(id: str) -> None:
    f = FIELDS[id]
    assert f.bits == {"babybear": 31, "koalabear": 31, "goldilocks": 64}.get(
        id, {"bn254-fr": 254, "bn254-fq": 254, "bls12-381-fq": 381}.get(id, 255)
    )
    assert f.limbs == (1 if f.bits <= 64 else 6 if f.bits == 381 else 4)
    assert f.dtype == np.dtype(np.uint32 if f.bits == 31 else np.uint64)
    assert f.element_shape == (() if f.limbs == 1 else (f.limbs,))
    assert f.bytes_per_element == f.dtype.itemsize * f.limbs


@ALL
def test_montgomery_constants(id: str) -> None:
    f = FIELDS[id]
    assert f.montgomery_bits == 8 * f.bytes_per_element
    assert f.montgomery_r == 2**f.montgomery_bits % f.modulus
    assert f.montgomery_r_squared == 2 ** (2 * f.montgomery_bits) % f.modulus
    for width in (32, 64):
        assert (f.negated_inverse(width) * f.modulus + 1) % 2**width == 0
    assert f.negated_inverse() == f.negated_inverse(f.word_bits)


def test_each_pasta_field_is_the_scalar_field_of_the_other_curve() -> None:
    """The curve y^2 = x^3 + 5 over one has as many points as the other's modulus.

    By Hasse's bound the orders lie within 2 sqrt(p) of p + 1; that the moduli do is the part that
    belongs to the fields.
    """
    p, q = FIELDS["pallas-fp"].modulus, FIELDS["vesta-fp"].modulus
    assert (p + 1 - q) ** 2 <= 4 * p
    assert (q + 1 - p) ** 2 <= 4 * q


@EXTENSIONS
def test_the_extensions_binomial_is_irreducible(id: str) -> None:
    """x^d - w is irreducible iff w has no root of prime degree dividing d, and 4 | p - 1 if 4 | d.

    Lidl and Niederreiter, Finite Fields, theorem 3.75. For d a prime's power the first condition
    says that w is no power of that prime.
    """
    e = EXTENSION_FIELDS[id]
    p = e.base.modulus
    assert e.degree in (2, 3, 4)
    prime = 3 if e.degree == 3 else 2
    assert (p - 1) % prime == 0
    assert pow(e.non_residue, (p - 1) // prime, p) != 1
    assert e.degree != 4 or p % 4 == 1


@EXTENSIONS
def test_the_extensions_frobenius_factor_is_a_root_of_unity_of_order_degree(id: str) -> None:
    e = EXTENSION_FIELDS[id]
    p = e.base.modulus
    assert pow(e.frobenius_factor, e.degree, p) == 1
    assert all(pow(e.frobenius_factor, k, p) != 1 for k in range(1, e.degree))
    x = (0, 1) + (0,) * (e.degree - 2)
    assert definition.extension_power(x, p, e) == (0, e.frobenius_factor) + (0,) * (e.degree - 2)


def test_the_extensions_are_the_published_ones() -> None:
    """Plonky3: x^2 - 7 over Goldilocks; x^4 - 11 over BabyBear, whose DTH_ROOT is 1728404513.

    x^3 - 7 over Goldilocks is this project's own.
    """
    e = extension_field("goldilocks-ext2")
    assert (e.base.id, e.degree, e.non_residue) == ("goldilocks", 2, 7)
    e = extension_field("goldilocks-ext3")
    assert (e.base.id, e.degree, e.non_residue) == ("goldilocks", 3, 7)
    e = extension_field("babybear-ext4")
    assert (e.base.id, e.degree, e.non_residue) == ("babybear", 4, 11)
    assert e.frobenius_factor == 1728404513


@EXTENSIONS
def test_extension_widths(id: str) -> None:
    e = EXTENSION_FIELDS[id]
    assert e.element_shape == (e.degree,)
    assert e.dtype == e.base.dtype
    assert e.bytes_per_element == e.degree * e.base.bytes_per_element
    assert e.order == e.base.modulus**e.degree


def test_an_unknown_field_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError) as error:
        field("mersenne31")
    assert str(error.value) == (
        "field: got 'mersenne31', want one of goldilocks, babybear, koalabear, bn254-fr, bn254-fq, "
        "bls12-381-fr, bls12-381-fq, pallas-fp, vesta-fp"
    )
    with pytest.raises(ValueError) as error:
        extension_field("goldilocks")
    assert str(error.value) == (
        "extension field: got 'goldilocks', want one of goldilocks-ext2, goldilocks-ext3, "
        "babybear-ext4"
    )


@ALL
def test_fields_are_found_by_their_id(id: str) -> None:
    assert field(id) is FIELDS[id]
    assert field(id).id == id
