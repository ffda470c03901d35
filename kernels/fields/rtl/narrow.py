"""Units of the fields of one word, Goldilocks, BabyBear and KoalaBear, and their designs.

All three moduli are ``2^BITS - 2^EXPONENT + 1``; that is all that the hardware is told of a field.
"""

from __future__ import annotations

from zkmark.backends.fpga.design import DeclaredClock, Design, Stream
from zkmark.kernels.fields.parameters import FieldParameters, field

FIELD_IDS = ("goldilocks", "babybear", "koalabear")

# As in narrow_fields.sv, which the tests hold the units to.
MULTIPLIER_LATENCY = 9
ADDER_LATENCY = 2

_RTL = "kernels/fields/rtl"
_STREAM = "kernels/stream/rtl"

MULTIPLIER_SOURCES = (
    f"{_RTL}/narrow_fields.sv",
    f"{_RTL}/goldilocks_multiplier.sv",
    f"{_RTL}/field31_multiplier.sv",
    f"{_RTL}/field_multiplier.sv",
)
ADDER_SOURCES = (f"{_RTL}/field_adder.sv", f"{_RTL}/field_subtractor.sv")
STREAM_SOURCES = tuple(
    f"{_STREAM}/{name}.sv" for name in ("pipeline", "delay", "simple_dual_port_memory", "queue")
)

# No placement for UltraScale+ with open tools. The slower of what published designs over Goldilocks
# ran at on a part of this family.
CLOCK = DeclaredClock(
    250e6, "assumed; below the clocks of published designs for UltraScale+ (docs/fpga-ntt.md)"
)
_COUNTERS = ("count_in", "count_out", "count_waiting")


def shape(parameters: FieldParameters) -> tuple[tuple[str, int], ...]:
    """Return a field as parameters of the hardware: BITS and EXPONENT."""
    bits = parameters.bits
    exponent = ((1 << bits) + 1 - parameters.modulus).bit_length() - 1
    if parameters.modulus != (1 << bits) - (1 << exponent) + 1 or parameters.id not in FIELD_IDS:
        raise ValueError(f"field: got {parameters.id!r}, want one of {', '.join(FIELD_IDS)}")
    return (("BITS", bits), ("EXPONENT", exponent))


def multiplier_unit(field_id: str) -> Design:
    """Return a field's multiplier between streams ``operands`` {b, a} and ``products``."""
    parameters = field(field_id)
    return Design(
        name=f"{field_id}-multiplier",
        top="field_multiplier_unit",
        sources=(
            *MULTIPLIER_SOURCES,
            f"{_STREAM}/pipeline.sv",
            f"{_RTL}/field_multiplier_unit.sv",
        ),
        inputs=(Stream("operands", 2 * parameters.bits),),
        outputs=(Stream("products", parameters.bits),),
        parameters=shape(parameters),
        counters=_COUNTERS,
        clock=CLOCK,
    )


def sum_unit(field_id: str) -> Design:
    """Return a field's adder and subtractor: ``operands`` {b, a}, ``sums`` {a - b, a + b}."""
    parameters = field(field_id)
    return Design(
        name=f"{field_id}-adder",
        top="field_sum_unit",
        sources=(
            f"{_RTL}/narrow_fields.sv",
            *ADDER_SOURCES,
            f"{_STREAM}/pipeline.sv",
            f"{_RTL}/field_sum_unit.sv",
        ),
        inputs=(Stream("operands", 2 * parameters.bits),),
        outputs=(Stream("sums", 2 * parameters.bits),),
        parameters=shape(parameters),
        counters=_COUNTERS,
        clock=CLOCK,
    )


def designs() -> list[Design]:
    """Return the units of all three fields."""
    return [make(one) for one in FIELD_IDS for make in (multiplier_unit, sum_unit)]
