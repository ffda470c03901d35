"""The curves: BN254 G1, BLS12-381 G1, Pallas and Vesta.

Sources of the published constants:

- BN254 (also alt_bn128): EIP-196 and EIP-197, generator (1, 2).
- BLS12-381: draft-irtf-cfrg-pairing-friendly-curves, section 4.2.1.
- Pallas and Vesta: "The Pasta Curves for Halo 2 and Beyond", D. Hopwood 2020; generator (-1, 2).

The orders are the moduli of the scalar fields. What follows from a curve's equation (that the
generator lies on it, that order * generator is infinity, that cofactor * order satisfies Hasse's
bound) is tested; the endomorphism's constants are derived in
``zkmark.kernels.curves.endomorphism``.
"""

from __future__ import annotations

from dataclasses import dataclass

from zkmark.kernels.fields.parameters import FieldParameters, field


@dataclass(frozen=True)
class CurveParameters:
    """The curve y^2 = x^3 + a x + b over ``base_field``, and its subgroup of prime order.

    ``generator`` generates the subgroup whose order is the modulus of ``scalar_field``;
    ``cofactor`` times that order is the number of points of the curve.
    """

    id: str
    name: str
    base_field: str
    scalar_field: str
    a: int
    b: int
    generator: tuple[int, int]
    cofactor: int

    @property
    def base(self) -> FieldParameters:
        """The field of the coordinates."""
        return field(self.base_field)

    @property
    def scalar(self) -> FieldParameters:
        """The field of the scalars, whose modulus is the subgroup's order."""
        return field(self.scalar_field)

    @property
    def order(self) -> int:
        """The prime order of the generator."""
        return self.scalar.modulus

    @property
    def bytes_per_point(self) -> int:
        """The size of an affine point at the border."""
        return 2 * self.base.bytes_per_element

    @property
    def point_shape(self) -> tuple[int, int]:
        """The shape of one affine point at the border: (2, limbs)."""
        return (2, self.base.limbs)


_PALLAS_MODULUS = 0x40000000000000000000000000000000224698FC094CF91B992D30ED00000001
_VESTA_MODULUS = 0x40000000000000000000000000000000224698FC0994A8DD8C46EB2100000001

CURVES: dict[str, CurveParameters] = {
    curve.id: curve
    for curve in (
        CurveParameters(
            id="bn254-g1",
            name="BN254 G1",
            base_field="bn254-fq",
            scalar_field="bn254-fr",
            a=0,
            b=3,
            generator=(1, 2),
            cofactor=1,
        ),
        CurveParameters(
            id="bls12-381-g1",
            name="BLS12-381 G1",
            base_field="bls12-381-fq",
            scalar_field="bls12-381-fr",
            a=0,
            b=4,
            generator=(
                0x17F1D3A73197D7942695638C4FA9AC0FC3688C4F9774B905A14E3A3F171BAC586C55E83FF97A1AEFFB3AF00ADB22C6BB,
                0x08B3F481E3AAA0F1A09E30ED741D8AE4FCF5E095D5D00AF600DB18CB2C04B3EDD03CC744A2888AE40CAA232946C5E7E1,
            ),
            cofactor=0x396C8C005555E1568C00AAAB0000AAAB,
        ),
        CurveParameters(
            id="pallas",
            name="Pallas",
            base_field="pallas-fp",
            scalar_field="vesta-fp",
            a=0,
            b=5,
            generator=(_PALLAS_MODULUS - 1, 2),
            cofactor=1,
        ),
        CurveParameters(
            id="vesta",
            name="Vesta",
            base_field="vesta-fp",
            scalar_field="pallas-fp",
            a=0,
            b=5,
            generator=(_VESTA_MODULUS - 1, 2),
            cofactor=1,
        ),
    )
}


def curve(curve_id: str) -> CurveParameters:
    """Return the curve with an id; ``ValueError`` naming the known ones for any other."""
    found = CURVES.get(curve_id) if isinstance(curve_id, str) else None
    if found is None:
        raise ValueError(f"curve: got {curve_id!r}, want one of {', '.join(CURVES)}")
    return found
