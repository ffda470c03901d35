"""Merkle trees on devices: the host plan of OpenCL and CUDA."""

from __future__ import annotations

import numpy as np

from zkmark.backends.device import Buffer, Session, Source
from zkmark.kernels.case import Array, Inputs
from zkmark.kernels.device import DeviceImplementation, DevicePlan
from zkmark.kernels.hashes.device import DEVICE_HASHES, hash_definitions
from zkmark.kernels.merkle.case import MerkleCase

# Threads of a group, and pairs of the layer from which on one group does the rest.
_THREADS = {"cpu": 64, "gpu": 256, "accelerator": 64}


def tree_source(case: MerkleCase, threads: int) -> Source:
    """Return the program of a hash and a size of leaves."""
    sizes = {"LEAF_BYTES": _leaf_bytes(case), "THREADS": threads}
    return Source("kernels/merkle/device/tree.cl", hash_definitions(case.hash) | sizes)


def _leaf_bytes(case: MerkleCase) -> int:
    return case.leaf_width * case.rules.bytes_per_unit


class DeviceMerklePlan(DevicePlan):
    """Kernels compiled, room for the whole tree allocated; it stays on the device.

    ``upload`` copies the leaves as they are, ``compute`` hashes them and builds every layer,
    ``download`` fetches the root.
    """

    def __init__(self, case: MerkleCase, session: Session) -> None:
        super().__init__(session)
        self.case = case
        self.threads = _THREADS[session.device.kind]
        program = session.build(tree_source(case, self.threads))
        self.leaves_kernel = program.kernel("hash_leaves")
        self.layer_kernel = program.kernel("hash_layer")
        self.top_kernel = program.kernel("hash_top")
        session.check_room(*tree_memory(case))
        self.leaves = session.allocate(case.size * _leaf_bytes(case), np.uint8)
        parameters = case.hash_parameters
        self.nodes = session.allocate(
            (2 * case.size - 1) * parameters.digest_bytes, parameters.digest_dtype
        )

    def upload(self, inputs: Inputs) -> Buffer:
        """Copy the leaves' bytes to the device."""
        self.leaves.write(self.case.rules.leaf_bytes(inputs["leaves"]))
        return self.leaves

    def compute(self, uploaded: Buffer) -> Buffer:
        """Hash the leaves, then layer after layer, and the last ones in one launch."""
        size = self.case.size
        self.leaves_kernel.over(size, uploaded, self.nodes, np.uint32(size))
        children = 0
        while (pairs := size // 2) > self.threads:
            parents = children + size
            self.layer_kernel.over(
                pairs, self.nodes, np.uint64(children), np.uint64(parents), np.uint32(pairs)
            )
            children, size = parents, pairs
        if size > 1:
            self.top_kernel.launch(1, self.nodes, np.uint64(children), np.uint32(size // 2))
        return self.nodes

    def download(self, result: Buffer) -> Array:
        """Return the root."""
        root: Array = self._digests(result, 2 * self.case.size - 2, 1)[0]
        return root

    def layer(self, result: Buffer, level: int) -> Array:
        """Return the digests of a layer; 0 is that of the leaves."""
        size = self.case.size
        # Above n leaves lie n/2, n/4, ...: the layers below this one are 2n - 2n / 2^level.
        return self._digests(result, 2 * size - (2 * size >> level), size >> level)

    def path(self, result: Buffer, index: int) -> Array:
        """Return the siblings on the way from a leaf to the root, the leaf's own first."""
        size, parameters = self.case.size, self.case.hash_parameters
        places = [
            2 * size - (2 * size >> level) + (index >> level ^ 1)
            for level in range(self.case.log_size)
        ]
        siblings = np.empty((len(places), *parameters.digest_shape), parameters.digest_dtype)
        for row, place in zip(siblings, places, strict=True):
            row[:] = self._digests(result, place, 1)[0]
        return siblings

    def _digests(self, nodes: Buffer, first: int, count: int) -> Array:
        parameters = self.case.hash_parameters
        words = nodes.read(
            count * parameters.digest_length,
            parameters.digest_dtype,
            first * parameters.digest_bytes,
        )
        digests: Array = words.reshape(count, *parameters.digest_shape)
        return digests


def tree_memory(case: MerkleCase) -> tuple[int, int]:
    """Count the bytes of leaves and digests, and those of the larger of the two."""
    leaves = case.size * _leaf_bytes(case)
    nodes = (2 * case.size - 1) * case.hash_parameters.digest_bytes
    return leaves + nodes, max(leaves, nodes)


def lacks(case: MerkleCase) -> str | None:
    """Say which hashes have device kernels, if this one has none."""
    if case.hash in DEVICE_HASHES:
        return None
    return f"the device kernels have {' and '.join(DEVICE_HASHES)}, not yet {case.hash}"


def merkle_on(backend: str) -> DeviceImplementation:
    """Return the implementation on ``opencl`` or ``cuda``."""
    return DeviceImplementation(backend, "merkle", DeviceMerklePlan, lacks, tree_memory)


def sources() -> dict[str, Source]:
    """Return every program of this family by a name, for the compilers' tests."""
    threads = _THREADS["gpu"]
    found = {}
    # From 1,025 bytes on BLAKE3 is another text.
    for hash, width in [*((hash, 64) for hash in DEVICE_HASHES), ("blake3", 2050)]:
        found[f"merkle/{hash}/{width}-bytes"] = tree_source(MerkleCase(hash, 10, width), threads)
    return found
