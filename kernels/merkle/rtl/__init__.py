"""Hardware that builds Merkle trees: one controller, and a top for each hash's core."""

from __future__ import annotations

from zkmark.backends.fpga.design import DeclaredClock, Design, Stream
from zkmark.kernels.hashes.rtl import bytewise

SOURCES = (
    "kernels/stream/rtl/simple_dual_port_memory.sv",
    "kernels/stream/rtl/queue.sv",
    "kernels/merkle/rtl/leaf_blocks.sv",
    "kernels/merkle/rtl/merkle_controller.sv",
)
SETTINGS = ("leaf_bytes", "log_size")
COUNTERS = ("jobs", "leaves_hashed", "nodes_hashed", "idle")
# Blocks of leaves on chip: at one a cycle, SHA-256's pipeline stays full up to leaves of 26 blocks.
LOG_BLOCKS = 11


def tree_design(
    name: str,
    top: str,
    core_sources: tuple[str, ...],
    constants: tuple[tuple[str, str], ...],
    parameters: dict[str, int],
    clock: DeclaredClock,
    leaf_block_bytes: int = 64,
) -> Design:
    """Return the design of a tree: the controller with a hash's core, as ``top`` ties them."""
    return Design(
        name=name,
        top=top,
        sources=(*SOURCES, *core_sources, f"kernels/merkle/rtl/{top}.sv"),
        generated=constants,
        inputs=(Stream("leaves", 8 * leaf_block_bytes),),
        outputs=(Stream("root", 256),),
        parameters=tuple(parameters.items()),
        settings=SETTINGS,
        counters=COUNTERS,
        clock=clock,
    )


def _name(hash: str, rounds: int, all_rounds: int) -> str:
    return f"merkle-{hash}" if rounds == all_rounds else f"merkle-{hash}-folded-{rounds}"


def _in_flight(rounds: int, all_rounds: int, stages: int) -> int:
    """Return the messages under way: all stages of a folded core, and those on their way back."""
    return 0 if rounds == all_rounds else max(8, 1 << (stages + 4 - 1).bit_length())


def sha_256(
    rounds: int = bytewise.SHA_256_ROUNDS,
    log_blocks: int = LOG_BLOCKS,
    name: str | None = None,
) -> Design:
    """Return trees of SHA-256 with so many rounds of hardware."""
    return tree_design(
        name or _name("sha-256", rounds, bytewise.SHA_256_ROUNDS),
        "merkle_sha_256",
        bytewise.SHA_256_SOURCES,
        (bytewise.sha_256_constants(),),
        {
            "ROUNDS": rounds,
            "LOG_BLOCKS": log_blocks,
            "IN_FLIGHT": _in_flight(rounds, bytewise.SHA_256_ROUNDS, rounds),
        },
        bytewise.CLOCK,
    )


def blake3(
    rounds: int = bytewise.BLAKE3_ROUNDS,
    log_blocks: int = LOG_BLOCKS,
    name: str | None = None,
) -> Design:
    """Return trees of BLAKE3 with so many rounds of hardware."""
    return tree_design(
        name or _name("blake3", rounds, bytewise.BLAKE3_ROUNDS),
        "merkle_blake3",
        bytewise.BLAKE3_SOURCES,
        (bytewise.blake3_constants(),),
        {
            "ROUNDS": rounds,
            "LOG_BLOCKS": log_blocks,
            "IN_FLIGHT": _in_flight(rounds, bytewise.BLAKE3_ROUNDS, 4 * rounds),
        },
        bytewise.CLOCK,
    )


def leaf_blocks(block_bytes: int, padding: bool) -> Design:
    """Return what cuts leaves into blocks, for its test."""
    return Design(
        name=f"merkle-leaf-blocks-{block_bytes}{'-padded' if padding else ''}",
        top="leaf_blocks",
        sources=("kernels/merkle/rtl/leaf_blocks.sv",),
        inputs=(Stream("word", 8 * block_bytes),),
        outputs=(Stream("block", 8 * block_bytes),),
        parameters=(("BLOCK_BYTES", block_bytes), ("PADDING", int(padding))),
        settings=SETTINGS,
    )


def designs() -> list[Design]:
    """Return the trees of every hash, unrolled and folded, and their parts."""
    from zkmark.kernels.merkle.rtl import poseidon2_trees

    return [
        leaf_blocks(64, padding=True),
        leaf_blocks(32, padding=False),
        sha_256(),
        sha_256(bytewise.FOLDED["sha-256"]),
        blake3(),
        blake3(bytewise.FOLDED["blake3"]),
        *poseidon2_trees.designs(),
    ]
