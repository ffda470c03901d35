"""Trees of Poseidon2 as hardware, folded: one permutation every few cycles."""

from __future__ import annotations

from zkmark.backends.fpga.design import Design
from zkmark.kernels.hashes.parameters import poseidon2_parameters
from zkmark.kernels.hashes.rtl import poseidon2
from zkmark.kernels.merkle import rtl

PERIOD = 8
HASHES = ("poseidon2-babybear-16", "poseidon2-goldilocks-12")


def leaf_block_bytes(hash_id: str) -> int:
    """Return the bytes of a leaf that one permutation takes in."""
    parameters = poseidon2_parameters(hash_id)
    return parameters.rate * poseidon2.slot_bits(parameters) // 8


def in_flight(hash_id: str, period: int = PERIOD) -> int:
    """Return the controller's messages under way: a power of two above what the core holds."""
    if period == 1:
        return 0
    held = poseidon2.core_timing(poseidon2_parameters(hash_id), period).on_the_way
    return 1 << held.bit_length()


def tree_timing(hash_id: str, period: int = PERIOD) -> poseidon2.Timing:
    """Return a core's timing as a tree sees it: a message's jobs begin at one phase of the core.

    From one to the next it takes a multiple of ``period``, with 3 cycles in the controller's queue.
    """
    timing = poseidon2.core_timing(poseidon2_parameters(hash_id), period)
    around = 1 if period == 1 else 3
    return poseidon2.Timing(-(-(timing.latency + around) // period) * period - around, period)


def tree(hash_id: str, period: int = PERIOD, log_blocks: int = rtl.LOG_BLOCKS) -> Design:
    """Return trees of a set with a core of one permutation in ``period`` cycles."""
    return rtl.tree_design(
        f"merkle-{hash_id}",
        "merkle_poseidon2",
        poseidon2.CORE_SOURCES,
        (poseidon2.constants_package(poseidon2_parameters(hash_id)),),
        {"PERIOD": period, "LOG_BLOCKS": log_blocks, "IN_FLIGHT": in_flight(hash_id, period)},
        poseidon2.CLOCK,
        leaf_block_bytes(hash_id),
    )


def designs() -> list[Design]:
    """Return the trees of both fields."""
    return [tree(hash_id) for hash_id in HASHES]
