"""What every design is made of: pipelines, queues and memories between streams."""

from __future__ import annotations

from zkmark.backends.fpga.design import Design, Stream

QUEUE_BITS, QUEUE_DEPTH = 40, 8


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


def designs() -> list[Design]:
    """Return the parts that are tested by themselves."""
    return [queue()]
