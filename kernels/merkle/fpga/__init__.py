"""Merkle trees on simulated FPGA designs: leaves go in over PCIe, the root comes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from zkmark.backends.fpga.design import Design
from zkmark.hardware_profiles.boards import Board
from zkmark.kernels.case import Array, Case, Inputs
from zkmark.kernels.fpga import FpgaImplementation, FpgaPlan, Simulated
from zkmark.kernels.hashes.rtl import bytewise
from zkmark.kernels.hashes.rtl.bytewise import CoreTiming
from zkmark.kernels.hashes.rtl.poseidon2 import Timing
from zkmark.kernels.implementation import Implementation
from zkmark.kernels.merkle import rtl
from zkmark.kernels.merkle.case import MerkleCase
from zkmark.kernels.merkle.rtl import poseidon2_trees

# Cases of more cycles are extrapolated: about a second of simulation.
_MOST_CYCLES = 1 << 19
# Those that stand for them are as long as this and three quarters of it less for each one before.
_COMPARED_CYCLES = 1 << 17
_COMPARED = 3
# Instances share a tree as long as their own cycles are off an even share by no more than this.
_MOST_OVERHEAD = 0.01


@dataclass(frozen=True)
class TreeModel:
    """What decides a tree's cycles: the core, and how the controller feeds it.

    ``leaf_block_bytes`` is what a leaf's block takes, ``padding`` the least bytes that are appended
    to a leaf, ``node_blocks`` the blocks of a parent's message. ``log_blocks`` and ``in_flight``
    are the controller's parameters.
    """

    core: CoreTiming | Timing
    leaf_block_bytes: int = 64
    padding: int = 0
    node_blocks: int = 1
    log_blocks: int = rtl.LOG_BLOCKS
    in_flight: int = 0

    def leaf_blocks(self, leaf_bytes: int) -> int:
        """Return the blocks of a leaf, padding included."""
        return -(-(leaf_bytes + self.padding) // self.leaf_block_bytes)

    @property
    def loop(self) -> int:
        """Cycles from a job to the next one of its message: the core, a register, the queue."""
        return self.core.latency + (1 if self.in_flight == 0 else 3)

    @property
    def messages(self) -> float:
        """How many messages are under way when the core is full."""
        return self.in_flight or self.loop / self.core.interval

    def jobs(self, log_size: int, leaf_bytes: int) -> int:
        """Return how often the core is used."""
        size = 1 << log_size
        return size * self.leaf_blocks(leaf_bytes) + (size - 1) * self.node_blocks

    def cycles(self, log_size: int, leaf_bytes: int) -> int:
        """Return the cycles of a tree with many more leaves than there are under way.

        Every job takes the core's interval. Besides, the last leaf's blocks and the nodes above it
        follow one another, a loop each. While the first of them run, so do the jobs of what else is
        under way: half the blocks of each message, and a parent for each. At the start a block
        comes each cycle, and the core fills up that slowly.
        """
        blocks, node = self.leaf_blocks(leaf_bytes), self.node_blocks
        of_leaves = blocks / (blocks + node)
        alongside = of_leaves * (blocks - 1) / 2 + (1 - of_leaves) * (node - 1) / 2 + node
        filling = max(0, blocks - self.core.interval) / 2
        interval = self.core.interval
        return round(
            interval * self.jobs(log_size, leaf_bytes)
            + self.loop * (blocks + log_size * node)
            + self.messages * (filling - interval * alongside)
            + 7
        )

    def keeps_full(self, leaf_bytes: int) -> bool:
        """Say whether enough leaves are on chip to keep the core busy."""
        return (1 << self.log_blocks) // self.leaf_blocks(leaf_bytes) > self.messages


class MerklePlan(FpgaPlan):
    """A tree on one instance."""

    case: MerkleCase

    def upload(self, inputs: Inputs) -> Array:
        """Lay the leaves' bytes out as words of the stream, dense."""
        stream = self.design.inputs[0]
        flat = self.case.rules.leaf_bytes(inputs["leaves"])
        words = np.zeros(-(-flat.size // (stream.bits // 8)) * (stream.bits // 8), np.uint8)
        words[: flat.size] = flat
        return words.view("<u4").reshape(-1, stream.words)

    def compute(self, uploaded: Any) -> Simulated:
        """Simulate the design on the leaves until the root is there."""
        settings = {"leaf_bytes": leaf_bytes_of(self.case), "log_size": self.case.log_size}
        run = self.simulator.run({"leaves": uploaded}, {"root": 1}, settings=settings)
        return Simulated(
            run.outputs["root"],
            run.cycles,
            bytes_in=uploaded.nbytes,
            bytes_out=run.outputs["root"].nbytes,
            counters=run.counters,
            seconds=run.seconds,
        )

    def download(self, result: Simulated) -> Array:
        """Return the root as the hash's digest."""
        parameters = self.case.hash_parameters
        words = np.ascontiguousarray(result.result, dtype="<u4").reshape(-1)
        digest: Array = words.view(parameters.digest_dtype.newbyteorder("<"))
        return digest.astype(parameters.digest_dtype).reshape(parameters.digest_shape)


def leaf_bytes_of(case: MerkleCase) -> int:
    """Return the bytes of one leaf of a case."""
    return case.leaf_width * case.rules.bytes_per_unit


class MerkleFpga(FpgaImplementation):
    """Trees of one hash on one design. ``most_leaf_bytes``: what one leaf may have, and why."""

    kernel = "merkle"

    def __init__(
        self,
        hash: str,
        make_design: Callable[[], Design],
        model: TreeModel,
        most_leaf_bytes: tuple[int, str] | None = None,
    ) -> None:
        self.id = f"fpga/merkle-{hash}"  # type: ignore[misc]
        self.hash = hash
        self.tree = model
        self._make_design = make_design
        ring = (1 << model.log_blocks) * model.leaf_block_bytes - model.padding
        self.most_leaf_bytes = most_leaf_bytes or (ring, "what the design's memory of leaves holds")

    def design(self, case: Any) -> Design:
        """Return the design: leaves and sizes are settings of it."""
        return self._make_design()

    def make(self, case: Any, on: Board) -> MerklePlan:
        """Prepare a tree on one instance."""
        return MerklePlan(case, self.design(case), on)

    def unsupported(self, case: Case) -> str | None:
        """Name the hash if it is another one, and the widest leaf if it is too wide."""
        assert isinstance(case, MerkleCase)
        if case.hash != self.hash:
            return f"{self.id} hashes with {self.hash}, not with {case.hash}"
        most, why = self.most_leaf_bytes
        if leaf_bytes_of(case) > most:
            return (
                f"{self.id} takes leaves of up to {most} bytes ({why}); "
                f"this case has leaves of {leaf_bytes_of(case)}"
            )
        return None

    def _cycles(self, case: MerkleCase) -> int:
        return self.tree.cycles(case.log_size, leaf_bytes_of(case))

    def simulated_instead(self, case: MerkleCase) -> list[MerkleCase]:
        """Return trees of the same leaves, each twice as large as the one before."""
        if self._cycles(case) <= _MOST_CYCLES:
            return []
        smaller = [self._of_size(case, log_size) for log_size in range(case.log_size)]
        short = [one for one in smaller if self._cycles(one) <= _COMPARED_CYCLES]
        return short[-_COMPARED:] or smaller[:1]

    @staticmethod
    def _of_size(case: MerkleCase, log_size: int) -> MerkleCase:
        return MerkleCase(case.hash, log_size, case.leaf_width, case.leaf_type)

    def formula(self, case: MerkleCase, on: Board) -> Simulated:
        """Return cycles and bytes by ``TreeModel``."""
        leaf = leaf_bytes_of(case)
        if not self.tree.keeps_full(leaf):
            raise ValueError(
                f"{case.slug} is too long to simulate and smaller trees do not tell its cycles: "
                f"too few of its leaves of {leaf} bytes are on chip to keep the pipeline full"
            )
        word = self.design(case).inputs[0].bits // 8
        return Simulated(
            None, self._cycles(case), bytes_in=-(-case.size * leaf // word) * word, bytes_out=32
        )

    def most_instances(self, case: MerkleCase) -> int:
        """Return how many subtrees the leaves can be shared out to.

        One instance then hashes the nodes above them, one after the other at worst. That many, a
        power of two, as make an even share of the cycles right within a hundredth.
        """
        whole, most = self._cycles(case), 1
        above = self.tree.node_blocks * self.tree.loop
        for log_count in range(1, case.log_size + 1):
            part = self._of_size(case, case.log_size - log_count)
            shared = self._cycles(part) + log_count * above
            if part.size < 4 * self.tree.messages or shared << log_count > whole * (
                1 + _MOST_OVERHEAD
            ):
                break
            most = 1 << log_count
        return most


SHA_256 = MerkleFpga(
    "sha-256",
    rtl.sha_256,
    TreeModel(bytewise.sha_256_timing(), padding=9, node_blocks=2),
)
BLAKE3 = MerkleFpga(
    "blake3",
    rtl.blake3,
    TreeModel(bytewise.blake3_timing()),
    most_leaf_bytes=(1024, "one chunk of BLAKE3"),
)
POSEIDON2 = [
    MerkleFpga(
        hash_id,
        partial(poseidon2_trees.tree, hash_id),
        TreeModel(
            poseidon2_trees.tree_timing(hash_id),
            leaf_block_bytes=poseidon2_trees.leaf_block_bytes(hash_id),
            in_flight=poseidon2_trees.in_flight(hash_id),
        ),
    )
    for hash_id in poseidon2_trees.HASHES
]
IMPLEMENTATIONS: list[Implementation] = [SHA_256, BLAKE3, *POSEIDON2]
