"""What a Merkle tree asks of a GPU: its launches, and the bytes that each of them moves."""

from __future__ import annotations

from zkmark.backends.cuda.recording import RecordingSession, Request
from zkmark.kernels.merkle.case import MerkleCase
from zkmark.kernels.merkle.device import DeviceMerklePlan


def device_work(case: MerkleCase, session: RecordingSession) -> None:
    """Make the plan and have it launch what it computes with."""
    plan = DeviceMerklePlan(case, session)
    plan.compute(plan.leaves)


def moved_bytes(case: MerkleCase, request: Request) -> tuple[int, int]:
    """Count the bytes that a launch reads and writes: digests of two children, or leaves."""
    digest = case.hash_parameters.digest_bytes
    if request.kernel.name == "hash_leaves":
        leaf = case.leaf_width * case.rules.bytes_per_unit
        return case.size * leaf, case.size * digest
    pairs = request.number(len(request.arguments) - 1)
    if request.kernel.name == "hash_top":
        pairs = 2 * pairs - 1
    return 2 * pairs * digest, pairs * digest
