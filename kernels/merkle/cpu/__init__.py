"""Merkle trees on the host's processors, by the native kernels of ``kernels/hashes/cpu``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmark.backends.base import Backend
from zkmark.kernels.case import Array, Case, Inputs
from zkmark.kernels.implementation import Implementation, Plan
from zkmark.kernels.merkle.case import MerkleCase
from zkmark.kernels.work import Work

if TYPE_CHECKING:
    from zkmark import _native


def native_tree(case: MerkleCase, leaves: Array) -> _native.MerkleTree:
    """Build and return a tree on the threads and instruction set now set."""
    plan = CpuMerklePlan(case)
    return plan.compute(plan.upload({"leaves": leaves}))


class CpuMerklePlan(Plan):
    """Room for the whole tree, kept between runs.

    ``upload`` moves nothing: the kernel reads the user's leaves where they lie. Elements are
    brought into Montgomery form as they are absorbed, which counts as ``compute``; ``download``
    converts the root back.
    """

    def __init__(self, case: MerkleCase) -> None:
        from zkmark import _native

        self.case = case
        self.tree = _native.MerkleTree(case.hash, case.log_size)

    def upload(self, inputs: Inputs) -> Array:
        """Return the leaves as bytes; copies only what is not contiguous."""
        return self.case.rules.leaf_bytes(inputs["leaves"])

    def compute(self, uploaded: Array) -> _native.MerkleTree:
        """Build the tree; it stays valid until the next call."""
        self.tree.build(uploaded)
        return self.tree

    def download(self, result: _native.MerkleTree) -> Array:
        """Return the root."""
        return result.root().view(self.case.hash_parameters.digest_dtype)


class CpuMerkle(Implementation):
    """Every hash and every type of leaf."""

    id = "cpu"
    backend = "cpu"
    kernel = "merkle"

    def unsupported(self, case: Case) -> str | None:
        """Return ``None``: it has every hash."""
        return None

    def plan(self, case: Case, backend: Backend) -> CpuMerklePlan:
        """Allocate the tree."""
        assert isinstance(case, MerkleCase)
        backend.activate()
        return CpuMerklePlan(case)

    def path(self, case: Case, backend: Backend) -> str:
        """Name the instruction set of the hash: ``cpu/portable``."""
        from zkmark import _native

        assert isinstance(case, MerkleCase)
        backend.activate()
        return f"cpu/{_native.hash_isa(case.hash)}"

    def work(self, case: Case, backend: Backend) -> Work | str:
        """Count the instructions or products of the hash's code."""
        from zkmark.kernels.merkle.work import merkle_work

        assert isinstance(case, MerkleCase)
        return merkle_work(case, self.path(case, backend).removeprefix("cpu/"))


IMPLEMENTATIONS: list[Implementation] = [CpuMerkle()]
