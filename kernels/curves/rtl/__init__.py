"""Point addition as hardware, for curves y^2 = x^3 + b: its constants, and proof of its ranges."""

from __future__ import annotations

from dataclasses import dataclass

from zkmark.backends.fpga.design import Design, Stream
from zkmark.kernels.curves.parameters import CurveParameters, curve
from zkmark.kernels.fields.rtl import wide

_HERE = "kernels/curves/rtl"

ADDER_SOURCES = (
    *wide.PRODUCT_SOURCES,
    *wide.REDUCTION_SOURCES,
    f"{_HERE}/split_sum.sv",
    f"{_HERE}/point_adder.sv",
)


@dataclass(frozen=True)
class AdderRanges:
    """What the values of ``point_adder`` stay below, from coordinates below ``coordinate``.

    ``offset`` is the multiple of p that keeps D from 0, ``product_offset`` that of p^2 for X3.
    ``double`` is the largest integer that is reduced, ``single`` the largest factor.
    """

    coordinate: int
    offset: int
    product_offset: int
    double: int
    single: int


def adder_ranges(parameters: CurveParameters) -> AdderRanges:
    """Return the ranges; ``ValueError`` unless they fit and sums stay below ``coordinate`` again.

    Coordinates are below 2 p: those of a point that comes in (below p, its negation up to p), and
    those of sums, as is shown here. The letters are those of ``point_adder.sv``.
    """
    one = wide.wide_field(parameters.base_field)
    p, triple_b = one.modulus, 3 * parameters.b
    below = 2 * p
    cross = 2 * below * below  # X1 Y2 + X2 Y1
    a = one.bound(3 * below * below)
    b = c = one.bound(cross)
    f = one.bound(triple_b * cross)
    yy, zz = one.bound(below * below), one.bound(triple_b * below * below)
    offset = -(-zz // p) * p
    d, e = yy + offset, yy + zz
    product_offset = -(-c * f // (p * p)) * p * p
    x3, y3, z3 = b * d + product_offset, d * e + f * a, e * c + a * b
    double = max(triple_b * cross, 4 * below * below, x3, y3, z3)
    single = max(2 * below, a, b, c, d, e, f)
    if single > 1 << one.width or double > 1 << (2 * one.width + one.growth):
        raise ValueError(f"{parameters.id}: values do not fit the width of {one.width} bits")
    if one.bound(max(x3, y3, z3)) > below:
        raise ValueError(f"{parameters.id}: sums are not below {below // p} p")
    return AdderRanges(below, offset, product_offset, double, single)


def _two_powers(number: int) -> tuple[int, int, int]:
    """Return h, l and a sign with number = 2^h + sign 2^l; ``ValueError`` if there are none."""
    for high in range(8):
        for low in range(high):
            for sign in (1, -1):
                if (1 << high) + sign * (1 << low) == number:
                    return high, low, sign
    raise ValueError(f"3 b: got {number}, want a sum or a difference of two powers of 2")


def packages(parameters: CurveParameters) -> tuple[tuple[str, str], ...]:
    """Return the files with the constants of a curve and of its base field."""
    if parameters.a != 0:
        raise ValueError(f"{parameters.id}: got a = {parameters.a}, want a curve with a = 0")
    one = wide.wide_field(parameters.base_field)
    ranges = adder_ranges(parameters)
    high, low, sign = _two_powers(3 * parameters.b)
    double = 2 * one.width
    text = f"""// Written by kernels/curves/rtl for the curve {parameters.id}.
package point_constants;
    localparam int TRIPLE_B_HIGH = {high};
    localparam int TRIPLE_B_LOW  = {low};
    localparam int TRIPLE_B_SIGN = {sign};
    localparam logic [{one.width - 1}:0] OFFSET = {one.width}'h{ranges.offset:x};
    localparam logic [{double - 1}:0] PRODUCT_OFFSET = {double}'h{ranges.product_offset:x};
endpackage
"""
    return one.package(), ("point_constants.sv", text)


def adder_latency(parameters: CurveParameters) -> int:
    """Return the cycles of ``point_adder``."""
    one = wide.wide_field(parameters.base_field)
    return 8 + 2 * (one.product_latency + one.reduction_latency)


def sum_block(curve_id: str) -> Design:
    """Return a sum of double width, which is only synthesised; adders are composed of it."""
    one = wide.wide_field(curve(curve_id).base_field)
    return Design(
        name=f"point-sum-{curve_id}",
        top="split_sum",
        sources=(f"{_HERE}/split_sum.sv",),
        inputs=(),
        outputs=(),
        parameters=(("WIDTH", 2 * one.width + one.growth),),
        clock=wide.CLOCK,
    )


def point_adder(curve_id: str) -> Design:
    """Return the adder between streams: items {tag, Q, P} give {tag, P + Q}."""
    parameters = curve(curve_id)
    width = wide.wide_field(parameters.base_field).width
    return Design(
        name=f"point-adder-{curve_id}",
        top="point_adder_unit",
        sources=(*ADDER_SOURCES, *wide.QUEUE_SOURCES, f"{_HERE}/point_adder_unit.sv"),
        generated=packages(parameters),
        inputs=(Stream("in", 32 + 6 * width),),
        outputs=(Stream("out", 32 + 3 * width),),
        counters=("items_in", "items_out"),
        clock=wide.CLOCK,
        composed_of=(
            (wide.product_block(parameters.base_field), 12),
            (wide.reduction_block(parameters.base_field), 9),
            (sum_block(curve_id), 15),
        ),
    )


def designs() -> list[Design]:
    """Return the adders of every curve whose order is a large prime's multiple."""
    curves = ("bls12-381-g1", "bn254-g1", "pallas", "vesta")
    blocks = [sum_block(name) for name in curves[:2]]
    return [*blocks, *(point_adder(name) for name in curves)]
