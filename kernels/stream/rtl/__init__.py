"""What every design is made of: pipelines, queues and memories between streams."""

from __future__ import annotations

from zkmark.backends.fpga.design import Design, Stream

QUEUE_BITS, QUEUE_DEPTH = 40, 8
SQUARE_BITS, SQUARE_SIDE = 12, 4


def queue() -> Design:
    """Return a short queue, for its test; designs put queues of other sizes into themselves."""
    return Design(
        name="stream-queue",
        top="queue",
        sources=(
            "kernels/stream/rtl/simple_dual_port_memory.sv",
            "kernels/stream/rtl/queue.sv",
        ),
        inputs=(Stream("in", QUEUE_BITS),),
        outputs=(Stream("out", QUEUE_BITS),),
        parameters=(("WIDTH", QUEUE_BITS), ("DEPTH", QUEUE_DEPTH)),
        counters=("count",),
    )


def transposer() -> Design:
    """Return a small transposer, for its test."""
    return Design(
        name="stream-transposer",
        top="transposer",
        sources=("kernels/stream/rtl/transposer.sv",),
        inputs=(Stream("in", SQUARE_SIDE * SQUARE_BITS),),
        outputs=(Stream("out", SQUARE_SIDE * SQUARE_BITS),),
        parameters=(("BITS", SQUARE_BITS), ("SIDE", SQUARE_SIDE)),
    )


def designs() -> list[Design]:
    """Return the parts that are tested by themselves."""
    return [queue(), transposer()]
