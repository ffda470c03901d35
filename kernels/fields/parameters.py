"""The fields: what is chosen is written down, everything else is derived from it.

Chosen are a modulus and a multiplicative generator (of each field the smallest one); two-adicity,
roots of unity, widths and Montgomery constants follow from them in code.

Sources of the moduli:

* Goldilocks ``2^64 - 2^32 + 1``, BabyBear ``15 * 2^27 + 1``, KoalaBear ``127 * 2^24 + 1``: Plonky3,
  RISC Zero, Miden. Their two-adic roots are the ones that Plonky3 uses.
* BN254: the Barreto-Naehrig polynomials at ``t = 4965661367192848881`` (EIP-196).
* BLS12-381: the BLS12 polynomials at ``x = -0xd201000000010000`` (Bowe, zcash).
* Pallas and Vesta: the Pasta curves of Halo 2 (Hopwood). The base field of each is the scalar field
  of the other.

The extensions ``x^2 - 7`` over Goldilocks and ``x^4 - 11`` over BabyBear are the binomials of
Plonky3, which Miden's prover now builds on. ``x^3 - 7`` over Goldilocks is chosen here: 7 generates
the multiplicative group, whose order 3 divides, so it is no cube and the binomial is irreducible.
Others use isomorphic fields with other coordinates: Winterfell, Miden's earlier prover,
``x^2 - x + 2``, and RISC Zero ``x^4 + 11``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np


@dataclass(frozen=True)
class FieldParameters:
    """A prime field.

    ``id`` is its name everywhere, ``modulus`` the prime p, ``generator`` one of the multiplicative
    group (its order is p - 1), ``word_bits`` the width of the words that hold its elements: 32 for
    the 31-bit fields, else 64.
    """

    id: str
    modulus: int
    generator: int
    word_bits: int

    @cached_property
    def bits(self) -> int:
        """Bits of the modulus."""
        return self.modulus.bit_length()

    @cached_property
    def limbs(self) -> int:
        """Words an element: 1, 4 or 6."""
        return -(-self.bits // self.word_bits)

    @cached_property
    def dtype(self) -> np.dtype[Any]:
        """Type of the words: uint32 or uint64."""
        return np.dtype(np.uint32 if self.word_bits == 32 else np.uint64)

    @cached_property
    def element_shape(self) -> tuple[int, ...]:
        """Shape of one element in an array: ``()`` for one word, else ``(limbs,)``."""
        return () if self.limbs == 1 else (self.limbs,)

    @cached_property
    def bytes_per_element(self) -> int:
        """Bytes of one element in an array: 4, 8, 32 or 48."""
        return self.limbs * self.word_bits // 8

    @cached_property
    def two_adicity(self) -> int:
        """The largest s such that 2^s divides p - 1."""
        order = self.modulus - 1
        return (order & -order).bit_length() - 1

    @cached_property
    def root_of_unity(self) -> int:
        """A root of unity of order 2^two_adicity: ``generator^((p - 1) / 2^two_adicity)``."""
        return pow(self.generator, (self.modulus - 1) >> self.two_adicity, self.modulus)

    def root_of_order(self, log_size: int) -> int:
        """Return the root of unity of order ``2^log_size``, a power of ``root_of_unity``.

        Raises ``ValueError`` if the field has no root of that order.
        """
        if not 0 <= log_size <= self.two_adicity:
            raise ValueError(
                f"log_size: got {log_size}, want 0 to {self.two_adicity}: "
                f"{self.id} has roots of unity up to order 2^{self.two_adicity}"
            )
        root: int = pow(self.root_of_unity, 1 << (self.two_adicity - log_size), self.modulus)
        return root

    @cached_property
    def montgomery_bits(self) -> int:
        """The Montgomery radix R is 2 to this power: 32, 64, 256 or 384."""
        return self.limbs * self.word_bits

    @cached_property
    def montgomery_r(self) -> int:
        """R mod p: one in Montgomery form."""
        return (1 << self.montgomery_bits) % self.modulus

    @cached_property
    def montgomery_r_squared(self) -> int:
        """R^2 mod p: what brings an element into Montgomery form."""
        return self.montgomery_r**2 % self.modulus

    def negated_inverse(self, word_bits: int | None = None) -> int:
        """Return ``-p^-1 mod 2^word_bits``: Montgomery reduction's factor for words of that width.

        ``None`` means the field's own words.
        """
        width = 1 << (self.word_bits if word_bits is None else word_bits)
        inverse: int = pow(self.modulus, -1, width)
        return -inverse % width


@dataclass(frozen=True)
class ExtensionFieldParameters:
    """The extension of a prime field by a root of ``x^degree - non_residue``.

    An element is its ``degree`` coordinates, the constant one first: a last axis of that length in
    arrays of the base field's words.
    """

    id: str
    base: FieldParameters
    degree: int
    non_residue: int

    @cached_property
    def dtype(self) -> np.dtype[Any]:
        """Type of the words: the base field's."""
        return self.base.dtype

    @cached_property
    def element_shape(self) -> tuple[int, ...]:
        """Shape of one element in an array."""
        return (self.degree, *self.base.element_shape)

    @cached_property
    def bytes_per_element(self) -> int:
        """Bytes of one element in an array."""
        return self.degree * self.base.bytes_per_element

    @cached_property
    def order(self) -> int:
        """Number of elements, ``p^degree``."""
        order: int = self.base.modulus**self.degree
        return order

    @cached_property
    def frobenius_factor(self) -> int:
        """What ``x -> x^p`` multiplies x by: ``non_residue^((p - 1) / degree)``."""
        p = self.base.modulus
        return pow(self.non_residue, (p - 1) // self.degree, p)


_BLS_X = -0xD201000000010000
_BLS_R = _BLS_X**4 - _BLS_X**2 + 1
_BN_T = 4965661367192848881

FIELDS: dict[str, FieldParameters] = {
    field.id: field
    for field in (
        FieldParameters("goldilocks", 2**64 - 2**32 + 1, 7, 64),
        FieldParameters("babybear", 15 * 2**27 + 1, 31, 32),
        FieldParameters("koalabear", 127 * 2**24 + 1, 3, 32),
        FieldParameters(
            "bn254-fr", 36 * _BN_T**4 + 36 * _BN_T**3 + 18 * _BN_T**2 + 6 * _BN_T + 1, 5, 64
        ),
        FieldParameters(
            "bn254-fq", 36 * _BN_T**4 + 36 * _BN_T**3 + 24 * _BN_T**2 + 6 * _BN_T + 1, 3, 64
        ),
        FieldParameters("bls12-381-fr", _BLS_R, 7, 64),
        FieldParameters("bls12-381-fq", (_BLS_X - 1) ** 2 * _BLS_R // 3 + _BLS_X, 2, 64),
        FieldParameters("pallas-fp", 2**254 + 0x224698FC094CF91B992D30ED00000001, 5, 64),
        FieldParameters("vesta-fp", 2**254 + 0x224698FC0994A8DD8C46EB2100000001, 5, 64),
    )
}

EXTENSION_FIELDS: dict[str, ExtensionFieldParameters] = {
    extension.id: extension
    for extension in (
        ExtensionFieldParameters("goldilocks-ext2", FIELDS["goldilocks"], 2, 7),
        ExtensionFieldParameters("goldilocks-ext3", FIELDS["goldilocks"], 3, 7),
        ExtensionFieldParameters("babybear-ext4", FIELDS["babybear"], 4, 11),
    )
}


def field(id: str) -> FieldParameters:
    """Return a prime field by its id; ``ValueError`` names the known ones."""
    if id not in FIELDS:
        raise ValueError(f"field: got {id!r}, want one of {', '.join(FIELDS)}")
    return FIELDS[id]


def extension_field(id: str) -> ExtensionFieldParameters:
    """Return an extension field by its id; ``ValueError`` names the known ones."""
    if id not in EXTENSION_FIELDS:
        raise ValueError(f"extension field: got {id!r}, want one of {', '.join(EXTENSION_FIELDS)}")
    return EXTENSION_FIELDS[id]
