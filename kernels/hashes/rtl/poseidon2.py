"""Poseidon2's permutation as hardware: its constants as a package, its timing, and its designs.

Every set of the catalogue has one, with all rounds in hardware (``period`` 1) or with as many as
serve one state every ``period`` cycles.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from zkmark.backends.fpga.design import DeclaredClock, Design, Stream
from zkmark.kernels.fields.parameters import field
from zkmark.kernels.fields.rtl import narrow
from zkmark.kernels.hashes.parameters import Poseidon2Parameters, poseidon2_parameters

TAG_BITS = 16
PERIODS = (1, 2, 4, 8)
# What is kept as a design: the pipelines, and the folded cores that are far smaller.
KEPT = (
    ("poseidon2-babybear-16", 1),
    ("poseidon2-babybear-16", 8),
    ("poseidon2-koalabear-16", 8),
    ("poseidon2-goldilocks-12", 1),
    ("poseidon2-goldilocks-12", 8),
)

# No design of this kind is published with its clock.
CLOCK = DeclaredClock(
    narrow.CLOCK.hertz, f"assumed: its multipliers and adders are those of {narrow.CLOCK.source}"
)

_RTL = "kernels/hashes/rtl"
CORE_SOURCES = (
    *narrow.MULTIPLIER_SOURCES,
    *narrow.ADDER_SOURCES,
    "kernels/stream/rtl/delay.sv",
    "kernels/stream/rtl/ring_delay.sv",
    *(
        f"{_RTL}/poseidon2_{name}.sv"
        for name in (
            "reduce",
            "sbox",
            "external_layer",
            "full_round",
            "diagonal",
            "partial_round",
            "pipelined",
            "folded",
            "core",
        )
    ),
)
STREAM_SOURCES = (
    "kernels/stream/rtl/simple_dual_port_memory.sv",
    "kernels/stream/rtl/queue.sv",
    f"{_RTL}/core_stream.sv",
    f"{_RTL}/poseidon2_stream.sv",
)

# Sums in the layers are of fewer than 2^GROWTH elements.
GROWTH = 6
_REDUCE = 2
_EXTERNAL = 4 + _REDUCE


def slot_bits(parameters: Poseidon2Parameters) -> int:
    """Return the bits that an element takes at the ports: those of its word."""
    return field(parameters.field).word_bits


def _shape(parameters: Poseidon2Parameters) -> dict[str, int]:
    return dict(narrow.shape(field(parameters.field)))


@dataclass(frozen=True)
class Entry:
    """One entry of the internal diagonal: plus or minus ``times``, or 2^-``halvings`` for 0."""

    negative: bool
    times: int
    halvings: int

    def value(self, modulus: int) -> int:
        """Return the element that it stands for."""
        size = self.times or pow(2, -self.halvings, modulus)
        return (-size if self.negative else size) % modulus


def diagonal_entries(parameters: Poseidon2Parameters) -> list[Entry]:
    """Return the diagonal as small multiples and halvings; ``ValueError`` for any other entry.

    The authors of the sets choose such entries because they need no multiplication.
    """
    p, most = parameters.modulus, _shape(parameters)["EXPONENT"]
    every = [
        Entry(negative, times, halvings)
        for negative in (False, True)
        for times, halvings in (
            *((times, 0) for times in range(1, 5)),
            *((0, k) for k in range(1, most + 1)),
        )
    ]
    known = {entry.value(p): entry for entry in every}
    if parameters.internal_diagonal[0] != p - 2:
        raise ValueError(f"{parameters.id}: the diagonal does not begin with -2")
    if missing := [d for d in parameters.internal_diagonal if d not in known]:
        raise ValueError(f"{parameters.id}: {missing[0]} is no small multiple and no halving")
    return [known[d] for d in parameters.internal_diagonal]


def _constant_rows(
    parameters: Poseidon2Parameters,
) -> tuple[Sequence[int], list[Sequence[int]], list[Sequence[int]]]:
    """Return what the first layer, each full and each partial round adds after its layer.

    It is what the next round begins with.
    """
    zeros = [0] * (parameters.width - 1)
    partial: list[Sequence[int]] = [[c, *zeros] for c in parameters.internal]
    full: list[Sequence[int]] = [
        *parameters.external_initial[1:],
        partial[0],
        *parameters.external_final[1:],
        [0, *zeros],
    ]
    return (
        parameters.external_initial[0],
        full,
        [*partial[1:], parameters.external_final[0]],
    )


def _packed(values: Iterable[int], bits: int) -> tuple[int, str]:
    items = list(values)
    number = sum(value << bits * place for place, value in enumerate(items))
    size = bits * len(items)
    return size, f"{size}'h{number:x}"


def _latencies(parameters: Poseidon2Parameters) -> dict[str, int]:
    """Return the cycles of the parts: in the package, as Yosys has no package that uses another."""
    sbox = {3: 2, 7: 3}[parameters.alpha] * narrow.MULTIPLIER_LATENCY
    return {
        "REDUCE_LATENCY": _REDUCE,
        "SBOX_LATENCY": sbox,
        "EXTERNAL_LATENCY": _EXTERNAL,
        "FULL_LATENCY": sbox + _EXTERNAL,
        "PARTIAL_LATENCY": sbox + narrow.ADDER_LATENCY,
    }


def constants_package(parameters: Poseidon2Parameters) -> tuple[str, str]:
    """Return ``poseidon2.sv``, the package with everything that tells one set from another."""
    if (parameters.full_rounds, parameters.m4[0]) != (8, (2, 3, 1, 1)):
        raise ValueError(f"{parameters.id}: the hardware has 8 full rounds and M4 = (2, 3, 1, 1)")
    p, shape = parameters.modulus, _shape(parameters)
    bits = shape["BITS"]
    # Where sums are cut: the lower part, and what the upper part is mod p, are below 2 p together.
    split = bits if shape["EXPONENT"] + GROWTH < bits - 1 else bits - 1
    numbers = {
        **shape,
        "SLOT": slot_bits(parameters),
        "WIDTH": parameters.width,
        "RATE": parameters.rate,
        "ALPHA": parameters.alpha,
        "PARTIAL_ROUNDS": parameters.partial_rounds,
        "GROWTH": GROWTH,
        "SPLIT": split,
        **_latencies(parameters),
        # From a layer's input to its constants: in this cycle they must be there.
        "EXTERNAL_CONSTANTS": 2,
        "INTERNAL_CONSTANTS": 1,
    }
    entries = diagonal_entries(parameters)
    initial, full, partial = _constant_rows(parameters)
    uppers = 1 << bits + GROWTH - split
    vectors = {
        "MODULUS": ([p], bits),
        "FOLD": ([(upper << split) % p for upper in range(uppers)], bits),
        "DIAGONAL_NEGATIVE": ([int(entry.negative) for entry in entries], 1),
        "DIAGONAL_TIMES": ([entry.times for entry in entries], 8),
        "DIAGONAL_HALVINGS": ([entry.halvings for entry in entries], 8),
        "INITIAL_CONSTANTS": (initial, bits),
        "FULL_CONSTANTS": ([c for row in full for c in row], bits),
        "PARTIAL_CONSTANTS": ([c for row in partial for c in row], bits),
    }
    lines = [f"    localparam int {name} = {value};" for name, value in numbers.items()]
    for name, (values, width) in vectors.items():
        size, text = _packed(values, width)
        lines.append(f"    localparam logic [{size - 1}:0] {name} = {text};")
    # A design uses what it needs of it.
    off, on = (f"    /* verilator lint_{word} UNUSEDPARAM */" for word in ("off", "on"))
    return "poseidon2.sv", "\n".join(["package poseidon2;", off, *lines, on, "endpackage", ""])


@dataclass(frozen=True)
class Timing:
    """What the heads of the files say: cycles from a job taken at once to its answer, and II."""

    latency: int
    interval: int

    @property
    def on_the_way(self) -> int:
        """The jobs in the core when it is full, and those in its register."""
        return -(-self.latency // self.interval) + 1


def _up(cycles: int, period: int) -> int:
    return -(-cycles // period) * period


def core_timing(parameters: Poseidon2Parameters, period: int) -> Timing:
    """Return a core's timing by the formulas of ``poseidon2_pipelined.sv`` and ``_folded.sv``."""
    cycles = _latencies(parameters)
    full, partial = cycles["FULL_LATENCY"], cycles["PARTIAL_LATENCY"]
    rounds = parameters.partial_rounds
    if period == 1:
        return Timing(1 + _EXTERNAL + 8 * full + rounds * partial, 1)
    chain = -(-rounds // period)
    passes = -(-rounds // chain)
    last = rounds - chain * (passes - 1)
    return Timing(
        1
        + _EXTERNAL
        + period * (1 + _up(8 // period * full, period))
        + (passes - 1) * (1 + _up(chain * partial, period))
        + _up(passes + last * partial, period)
        - (passes - 1),
        period,
    )


def multipliers(parameters: Poseidon2Parameters, period: int) -> int:
    """Return the multipliers of a core: those of its S-boxes."""
    boxes = 8 // period * parameters.width + -(-parameters.partial_rounds // period)
    return boxes * {3: 2, 7: 4}[parameters.alpha]


def chain_bits(parameters: Poseidon2Parameters) -> int:
    """Return the bits of a state at the ports."""
    return parameters.width * slot_bits(parameters)


def poseidon2(hash_id: str, period: int = 1) -> Design:
    """Return a set's permutation between streams ``job`` and ``done``: one in ``period`` cycles."""
    if period not in PERIODS:
        raise ValueError(f"period: got {period!r}, want one of {PERIODS}")
    parameters = poseidon2_parameters(hash_id)
    chain = chain_bits(parameters)
    # Above what is on its way, the queue's two cycles and the register included.
    room = 1 << (core_timing(parameters, period).on_the_way + 4).bit_length()
    return Design(
        name=f"hash-{hash_id}" + ("" if period == 1 else f"-folded-{period}"),
        top="poseidon2_stream",
        sources=(*CORE_SOURCES, *STREAM_SOURCES),
        generated=(constants_package(parameters),),
        inputs=(Stream("job", 520 + chain + TAG_BITS),),
        outputs=(Stream("done", chain + TAG_BITS),),
        parameters=(("PERIOD", period), ("TAG_BITS", TAG_BITS), ("ROOM", room)),
        clock=CLOCK,
    )


def designs() -> list[Design]:
    """Return the cores by themselves."""
    return [poseidon2(hash_id, period) for hash_id, period in KEPT]
