"""Transforms as hardware: the butterfly, and the four-step machine over external memory.

``ntt_four_step.sv`` does every size; its head and those of the files it is built of say how.
"""

from __future__ import annotations

from zkmark.backends.fpga.design import Design, MemoryPort, Stream
from zkmark.kernels.fields.parameters import field
from zkmark.kernels.fields.rtl.narrow import (
    ADDER_LATENCY,
    ADDER_SOURCES,
    CLOCK,
    FIELD_IDS,
    MULTIPLIER_LATENCY,
    MULTIPLIER_SOURCES,
    shape,
)

BUTTERFLY_LATENCY = MULTIPLIER_LATENCY + ADDER_LATENCY
WORD_BITS = 512
LOG_ROWS = 12
LOG_CAPACITY = 14
LOG_WIDTH = 3

_RTL = "kernels/ntt/rtl"
_STREAM = "kernels/stream/rtl"
_BUTTERFLY = (
    *MULTIPLIER_SOURCES,
    *ADDER_SOURCES,
    f"{_STREAM}/delay.sv",
    f"{_RTL}/ntt_butterfly.sv",
)


def lanes(field_id: str) -> int:
    """Return the columns that are transformed side by side: elements of a memory word."""
    return WORD_BITS // field(field_id).word_bits


def butterfly_unit(field_id: str) -> Design:
    """Return a butterfly between streams ``operands`` {t, b, a} and ``results`` {bottom, top}."""
    bits = field(field_id).bits
    return Design(
        name=f"ntt-butterfly-{field_id}",
        top="ntt_butterfly_unit",
        sources=(*_BUTTERFLY, f"{_STREAM}/pipeline.sv", f"{_RTL}/ntt_butterfly_unit.sv"),
        inputs=(Stream("operands", 3 * bits),),
        outputs=(Stream("results", 2 * bits),),
        parameters=shape(field(field_id)),
        settings=("inverse",),
        counters=("count_in", "count_out", "count_waiting"),
        clock=CLOCK,
    )


def four_step(field_id: str) -> Design:
    """Return the machine for transforms of any size up to 2^24 over one field."""
    return Design(
        name=f"ntt-{field_id}",
        top="ntt_four_step",
        sources=(
            *_BUTTERFLY,
            f"{_STREAM}/simple_dual_port_memory.sv",
            f"{_STREAM}/transposer.sv",
            f"{_STREAM}/bit_reversal.sv",
            *(
                f"{_RTL}/ntt_{name}.sv"
                for name in ("layout", "constants", "engine", "load", "store", "four_step")
            ),
        ),
        inputs=(Stream("parameters", field(field_id).bits),),
        outputs=(Stream("done", 1),),
        parameters=(
            *shape(field(field_id)),
            ("LANES", lanes(field_id)),
            ("WORD", WORD_BITS),
            ("LOG_ROWS", LOG_ROWS),
            ("LOG_CAPACITY", LOG_CAPACITY),
            ("LOG_WIDTH", LOG_WIDTH),
        ),
        memories=(MemoryPort("memory", WORD_BITS),),
        settings=(
            "inverse",
            "bit_reversed",
            "two_passes",
            "log_rows",
            "log_columns",
            "log_width",
            "log_table",
            "blocks",
            "row_words",
            "batch",
            "region",
        ),
        counters=(
            "cycles",
            "butterfly_cycles",
            "transform_cycles",
            "words_read",
            "words_written",
            "memory_waits",
        ),
        clock=CLOCK,
    )


def designs() -> list[Design]:
    """Return the butterflies and the machines of all fields of one word."""
    return [make(one) for one in FIELD_IDS for make in (butterfly_unit, four_step)]
