"""Montgomery multipliers of wide fields as hardware: their constants and their bounds.

``WideField`` decides how a modulus is multiplied: the width and the levels of Karatsuba's method,
and the radix R = 2^(width + extra). ``package`` writes its constants for SystemVerilog, so that no
number of a field is typed into a design.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from zkmark.backends.fpga.design import DeclaredClock, Design, Stream
from zkmark.kernels.fields.parameters import FieldParameters, field

_HERE = "kernels/fields/rtl"
_STREAM = "kernels/stream/rtl"

PRODUCT_SOURCES = (
    f"{_HERE}/montgomery_tiles.sv",
    f"{_HERE}/montgomery_karatsuba.sv",
    f"{_HERE}/montgomery_product.sv",
)
REDUCTION_SOURCES = (
    f"{_HERE}/montgomery_delay.sv",
    f"{_HERE}/montgomery_step.sv",
    f"{_HERE}/montgomery_reduction.sv",
)
MULTIPLIER_SOURCES = (
    *PRODUCT_SOURCES,
    *REDUCTION_SOURCES,
    f"{_HERE}/montgomery_multiplier.sv",
)
QUEUE_SOURCES = (f"{_STREAM}/simple_dual_port_memory.sv", f"{_STREAM}/queue.sv")

# Published: a point adder of the same kind (377 bits, Karatsuba on DSP48E2) at 278 MHz on the VU9P
# of AWS F1. Nothing here was placed and routed, and so it is taken lower.
CLOCK = DeclaredClock(
    250e6,
    "below the 278 MHz of Hardcaml's multi-scalar multiplication on AWS F1, ZPrize 2022",
)
# Bits of a digit of ``montgomery_folded``.
FOLDED_DIGIT = 17


@dataclass(frozen=True)
class WideField:
    """A modulus and how it is multiplied.

    Factors have ``width`` bits and are multiplied by ``levels`` of Karatsuba's method. The last
    step of the reduction takes ``extra`` bits more than its share, which brings results near p;
    ``growth`` are bits that what is reduced may have above 2 ``width``.
    """

    field: FieldParameters
    width: int
    levels: int
    extra: int
    growth: int = 4

    @property
    def modulus(self) -> int:
        """The prime p."""
        return self.field.modulus

    @property
    def radix_bits(self) -> int:
        """The binary logarithm of R."""
        return self.width + self.extra

    @property
    def shifts(self) -> list[int]:
        """The bits that each step of the reduction takes away."""
        steps = [self.width >> i for i in range(1, self.levels)]
        return [*steps, (self.width >> (self.levels - 1)) + self.extra]

    @cached_property
    def factors(self) -> list[int]:
        """The constants of the steps without a quotient: (p (-1/p mod 2^s) + 1) / 2^s, below p."""
        found = []
        for shift in self.shifts[:-1]:
            inverse = -pow(self.modulus, -1, 1 << shift) % (1 << shift)
            found.append((self.modulus * inverse + 1) >> shift)
        return found

    @property
    def product_latency(self) -> int:
        """Cycles of ``montgomery_product``."""
        return 3 + 3 * self.levels + (self.width > 256)

    @property
    def reduction_latency(self) -> int:
        """Cycles of ``montgomery_reduction``."""
        return 11 + (self.levels - 1) * (10 + 3 * self.levels) // 2

    @property
    def multiplier_latency(self) -> int:
        """Cycles of ``montgomery_multiplier``."""
        return 3 + self.product_latency + self.reduction_latency

    def reduced(self, t: int) -> int:
        """Return exactly what ``montgomery_reduction`` makes of t."""
        for shift, factor in zip(self.shifts, self.factors, strict=False):
            t = (t >> shift) + (t % (1 << shift)) * factor
        shift = self.shifts[-1]
        quotient = -t * pow(self.modulus, -1, 1 << shift) % (1 << shift)
        return (t + quotient * self.modulus) >> shift

    def bound(self, t: int) -> int:
        """Return what ``montgomery_reduction`` stays below for all integers below t."""
        slack = (self.levels - 1) * self.modulus >> self.extra
        return (t >> self.radix_bits) + self.modulus + slack + 2

    def folded_package(self) -> tuple[str, str]:
        """Return the file with the constants of the folded multiplier."""
        inverse = -pow(self.modulus, -1, 1 << FOLDED_DIGIT) % (1 << FOLDED_DIGIT)
        text = f"""// Written by kernels/fields/rtl/wide.py for the field {self.field.id}.
package montgomery_constants;
    localparam int MODULUS_BITS = {self.field.bits};
    localparam logic [{self.field.bits - 1}:0] MODULUS = {self.field.bits}'h{self.modulus:x};
    localparam logic [{FOLDED_DIGIT - 1}:0] INVERSE = {FOLDED_DIGIT}'h{inverse:x};
endpackage
"""
        return "montgomery_constants.sv", text

    def package(self) -> tuple[str, str]:
        """Return the file with the constants, a package that every other part reads."""
        bits = self.field.bits
        last = self.shifts[-1]
        inverse = -pow(self.modulus, -1, 1 << last) % (1 << last)
        factors = sum(factor << (bits * i) for i, factor in enumerate(self.factors))
        count = bits * len(self.factors)
        text = f"""// Written by kernels/fields/rtl/wide.py for the field {self.field.id}.
package montgomery_constants;
    localparam int WIDTH        = {self.width};
    localparam int LEVELS       = {self.levels};
    localparam int EXTRA        = {self.extra};
    localparam int GROWTH       = {self.growth};
    localparam int MODULUS_BITS = {bits};
    localparam logic [{bits - 1}:0] MODULUS = {bits}'h{self.modulus:x};
    localparam logic [{last - 1}:0] INVERSE = {last}'h{inverse:x};
    localparam logic [{count - 1}:0] FACTORS = {count}'h{factors:x};
endpackage
"""
        return "montgomery_constants.sv", text


# 381 bits: leaves of 48 to 51 bits, six tiles (52 x 51) each. 254 and 255 bits: of 64 to 68, twelve
# (78 x 68) each. A point adder needs 4 p below 2^width (kernels/curves/rtl).
_SHAPES = {
    "bls12-381-fq": (384, 3, 3),
    "bn254-fq": (256, 2, 6),
    "pallas-fp": (260, 2, 4),
    "vesta-fp": (260, 2, 4),
}


def wide_field(field_id: str) -> WideField:
    """Return how a wide field is multiplied; ``ValueError`` for a field that is not wide."""
    if field_id not in _SHAPES:
        raise ValueError(f"field: got {field_id!r}, want one of {', '.join(_SHAPES)}")
    width, levels, extra = _SHAPES[field_id]
    return WideField(field(field_id), width, levels, extra)


def _unit(
    name: str, top: str, sources: tuple[str, ...], wide: WideField, package: tuple[str, str]
) -> Design:
    return Design(
        name=name,
        top=top,
        sources=sources,
        generated=(package,),
        inputs=(Stream("in", 2 * wide.field.bits),),
        outputs=(Stream("out", wide.field.bits),),
        counters=("items_in", "items_out"),
        clock=CLOCK,
    )


def multiplier(field_id: str) -> Design:
    """Return the pipelined multiplier between streams: b above a gives a b / R, canonical."""
    sources = (*MULTIPLIER_SOURCES, *QUEUE_SOURCES, f"{_HERE}/montgomery_unit.sv")
    wide = wide_field(field_id)
    return _unit(f"montgomery-{field_id}", "montgomery_unit", sources, wide, wide.package())


def _block(name: str, top: str, sources: tuple[str, ...], wide: WideField) -> Design:
    """Return a part that is only synthesised: what is larger is composed of it."""
    return Design(name, top, sources, (), (), generated=(wide.package(),), clock=CLOCK)


def product_block(field_id: str) -> Design:
    """Return the double-width product of a field."""
    name = f"montgomery-product-{field_id}"
    return _block(name, "montgomery_product", PRODUCT_SOURCES, wide_field(field_id))


def reduction_block(field_id: str) -> Design:
    """Return the reduction of a field."""
    tiles = PRODUCT_SOURCES[:2]
    name = f"montgomery-reduction-{field_id}"
    return _block(name, "montgomery_reduction", (*tiles, *REDUCTION_SOURCES), wide_field(field_id))


def folded_multiplier(field_id: str) -> Design:
    """Return the multiplier on one row of tiles; its R is 2^(17 ``folded_digits``)."""
    name = f"montgomery-folded-{field_id}"
    sources = (f"{_HERE}/montgomery_folded.sv",)
    wide = wide_field(field_id)
    return _unit(name, "montgomery_folded", sources, wide, wide.folded_package())


def folded_digits(field_id: str) -> int:
    """Return the digits of 17 bits that a folded multiplier takes one after the other."""
    return -(-field(field_id).bits // FOLDED_DIGIT)


def folded_latency(field_id: str) -> int:
    """Return the cycles of a product of the folded multiplier; one more from one to the next."""
    return 4 * folded_digits(field_id) + 3


def designs() -> list[Design]:
    """Return the multipliers of 254 and of 381 bits, pipelined and folded, and their blocks."""
    kinds = (multiplier, folded_multiplier, product_block, reduction_block)
    return [kind(field_id) for kind in kinds for field_id in ("bn254-fq", "bls12-381-fq")]
