"""Multi-scalar multiplication as hardware: its windows, and the formula of its cycles."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from zkmark.backends.fpga.design import Design, Stream
from zkmark.kernels.curves.parameters import CurveParameters, curve
from zkmark.kernels.curves.rtl import ADDER_SOURCES, adder_latency, packages, point_adder
from zkmark.kernels.fields.rtl import wide

_HERE = "kernels/msm/rtl"

CURVES = ("bls12-381-g1", "bn254-g1")
# Buckets on chip: 20 windows of 13 bits. More would be little faster: see docs/fpga-msm.md.
BUCKETS, MOST_BITS = 20 << 12, 13
SCALAR_BITS = 256


def _block(name: str, top: str, sources: tuple[str, ...], **parameters: int) -> Design:
    """Return a part that is only synthesised; the whole is composed of it."""
    return Design(name, top, sources, (), (), tuple(parameters.items()), clock=wide.CLOCK)


def scheduler_block(curve_id: str) -> Design:
    """Return the scheduler with its queue."""
    parameters = curve(curve_id)
    return _block(
        f"msm-scheduler-{curve_id}",
        "msm_scheduler",
        (*wide.QUEUE_SOURCES, f"{_HERE}/msm_scheduler.sv"),
        DATA_BITS=2 * wide.wide_field(parameters.base_field).width + 1,
        BUCKET_BITS=(BUCKETS - 1).bit_length(),
        FLIGHT=flight(parameters),
    )


def buckets_block(curve_id: str) -> Design:
    """Return the memory of the buckets."""
    return _block(
        f"msm-buckets-{curve_id}",
        "msm_buckets",
        (wide.QUEUE_SOURCES[0], f"{_HERE}/msm_buckets.sv"),
        BITS=3 * wide.wide_field(curve(curve_id).base_field).width,
        BUCKETS=BUCKETS,
    )


def msm(curve_id: str) -> Design:
    """Return the design for a curve, for any number of points."""
    parameters = curve(curve_id)
    width = wide.wide_field(parameters.base_field).width
    parts = ("msm_digits", "msm_scheduler", "msm_reducer", "msm_buckets", "msm")
    return Design(
        name=f"msm-{curve_id}",
        top="msm",
        sources=(
            *ADDER_SOURCES,
            *wide.QUEUE_SOURCES,
            *(f"{_HERE}/{part}.sv" for part in parts),
        ),
        generated=packages(parameters),
        parameters=(("BUCKETS", BUCKETS), ("MOST_BITS", MOST_BITS)),
        inputs=(Stream("point", 2 * width), Stream("scalar", SCALAR_BITS)),
        outputs=(Stream("result", 3 * width),),
        settings=("point_count", "window_bits", "windows"),
        counters=("points_in", "conflicts", "additions", "accumulate_cycles", "cycles"),
        clock=wide.CLOCK,
        composed_of=(
            (point_adder(curve_id), 1),
            (scheduler_block(curve_id), 1),
            (buckets_block(curve_id), 1),
        ),
    )


def designs() -> list[Design]:
    """Return the designs of all curves, and the blocks that they are composed of."""
    kinds = (scheduler_block, buckets_block, msm)
    return [kind(curve_id) for kind in kinds for curve_id in CURVES]


@dataclass(frozen=True)
class Windows:
    """How scalars are cut: ``count`` signed digits of ``bits`` bits."""

    bits: int
    count: int

    @property
    def buckets(self) -> int:
        """Buckets of a window."""
        return 1 << (self.bits - 1)


def windows_of(parameters: CurveParameters, bits: int) -> Windows:
    """Return the fewest windows of so many bits whose highest digit never carries."""
    top = parameters.order - 1
    count = -(-top.bit_length() // bits)
    if (top >> (bits * (count - 1))) + 1 > 1 << (bits - 1):
        count += 1
    return Windows(bits, count)


def flight(parameters: CurveParameters) -> int:
    """Return FLIGHT of ``msm.sv``: two cycles to the adder's operands, and the adder."""
    return adder_latency(parameters) + 2


@cache
def _shares(order: int, windows: Windows) -> tuple[tuple[float, float], ...]:
    """Return of each window how likely two digits share a bucket, and one is in the fullest.

    For scalars uniform below the order. The lower windows are as good as uniform: of 2^c digits two
    go to each bucket, but one to the last; the highest has what the order's highest bits leave.
    """
    half, whole = windows.buckets, 1 << windows.bits
    same = (4 * (half - 1) + 1) / whole**2
    shift = windows.bits * (windows.count - 1)
    top = order >> shift
    # Digit d of the highest window, with a carry from below half of the time: d - 1/2 .. d + 1/2.
    edge = (1 << shift) // 2
    lengths = [
        max(0, min(order, (digit << shift) + edge) - max(0, (digit << shift) - edge))
        for digit in range(1, top + 2)
    ]
    chances = [length / order for length in lengths]
    highest = (sum(one * one for one in chances), max(chances))
    return ((same, 2 / whole),) * (windows.count - 1) + (highest,)


@dataclass(frozen=True)
class Cycles:
    """The cycles of a sum, phase by phase."""

    clear: int
    accumulate: int
    reduce: int
    combine: int

    @property
    def total(self) -> int:
        """All of them, from the end of reset to the result."""
        return self.clear + self.accumulate + self.reduce + self.combine


def cycles(parameters: CurveParameters, size: int, windows: Windows) -> Cycles:
    """Return the cycles of a sum of ``size`` points, with the scalars that chance gives.

    The formula of ``msm.sv``, with L = FLIGHT + 1 and W windows of c bits:

    - clear: W 2^(c-1),
    - accumulate: n W, a cycle for each conflict that is expected (a digit falls into the bucket of
      one of the (L - 1) div W points whose digits of the same window are in flight), but n L times
      the share of the fullest bucket at least; and L + 3 until the last sum is written,
    - reduce: (2^(c-1) + 1) max(2 W, L), and 2 W + L - max(2 W, L) until the last sum is written,
    - combine: W sums and (W - 1) c doublings of L cycles each, and the result's.
    """
    latency = flight(parameters) + 1
    count, bits = windows.count, windows.bits
    shares = _shares(parameters.order, windows)
    in_flight = (latency - 1) // count
    conflicts = sum(min(1.0, in_flight * same) for same, _ in shares)
    fullest = max(share for _, share in shares)
    accumulate = max(size * (count + conflicts), size * fullest * latency)
    period = max(2 * count, latency)
    return Cycles(
        clear=count * windows.buckets,
        accumulate=round(accumulate) + (latency + 3 if size else 1),
        reduce=(windows.buckets + 1) * period + 2 * count + latency - period,
        combine=(count + (count - 1) * bits) * latency + 1,
    )


def most_cycles(parameters: CurveParameters, size: int, windows: Windows) -> int:
    """Return the cycles that no scalars exceed: an addition every L cycles."""
    found = cycles(parameters, size, windows)
    every = size * windows.count * (flight(parameters) + 1)
    return found.total - found.accumulate + every + flight(parameters) + 4


@cache
def best_windows(curve_id: str, size: int) -> Windows:
    """Return the windows that take the fewest cycles and whose buckets fit."""
    parameters = curve(curve_id)
    found = [windows_of(parameters, bits) for bits in range(2, MOST_BITS + 1)]
    fitting = [one for one in found if one.count * one.buckets <= BUCKETS]
    return min(fitting, key=lambda one: cycles(parameters, size, one).total)
