"""Merkle trees on devices: the host plan of OpenCL and CUDA."""

from __future__ import annotations

import numpy as np

from zkmark.backends.device import Buffer, Session, Source
from zkmark.kernels.case import Array, Inputs
from zkmark.kernels.device import DeviceImplementation, DevicePlan
from zkmark.kernels.fields.parameters import FieldParameters, field
from zkmark.kernels.hashes.device import hash_definitions
from zkmark.kernels.hashes.parameters import HASHES
from zkmark.kernels.merkle.case import MerkleCase

# Threads of a group, and pairs of the layer from which on one group does the rest.
_THREADS = 128
# A processor's threads hash ranges of nodes, of this many at the most, and several a thread where
# there are enough; each rises until it has fewer nodes than a vector has lanes.
_LARGEST_RANGE = 4096
_RANGES_OF_A_THREAD = 16
_LANES = 8
# What one thread does alone, rather than many after one more launch: for two, and at the most.
_TOP = 1024


def tree_source(case: MerkleCase, threads: int = _THREADS) -> Source:
    """Return the program for GPUs of a hash and a size of leaves."""
    definitions = hash_definitions(case.hash, _leaf_bytes(case))
    return Source("kernels/merkle/device/tree.cl", definitions | {"THREADS": threads})


def subtrees_source(case: MerkleCase, **more: int) -> Source:
    """Return the program for processors; ``more`` are definitions of the text."""
    definitions = hash_definitions(case.hash, _leaf_bytes(case))
    return Source("kernels/merkle/device/subtrees.cl", definitions | more)


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
        self.on_processor = session.device.kind == "cpu"
        if self.on_processor:
            self.subtrees_kernel = session.build(subtrees_source(case)).kernel("hash_subtrees")
        else:
            program = session.build(tree_source(case))
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
        """Hash the leaves and build all layers above them."""
        if self.on_processor:
            self._by_subtrees(uploaded)
        else:
            self._by_layers(uploaded)
        return self.nodes

    def _by_layers(self, leaves: Buffer) -> None:
        """Launch layer after layer, and the last ones at once."""
        size = self.case.size
        self.leaves_kernel.over(size, leaves, self.nodes, np.uint32(size))
        children = 0
        while (pairs := size // 2) > _THREADS:
            parents = children + size
            self.layer_kernel.over(
                pairs, self.nodes, np.uint64(children), np.uint64(parents), np.uint32(pairs)
            )
            children, size = parents, pairs
        if size > 1:
            self.top_kernel.launch(1, self.nodes, np.uint64(children), np.uint32(size // 2))

    def _by_subtrees(self, leaves: Buffer) -> None:
        """Launch ranges of nodes, with as many layers above them as a range has by itself."""
        size, first, of_leaves = self.case.size, 0, 1
        units = self.session.device.compute_units
        shares, top = _RANGES_OF_A_THREAD * units, min(_TOP, 2 * _TOP // units)
        while size > 1 or of_leaves:
            if size <= max(top, _LANES):
                range_, levels = size, size.bit_length() - 1
            else:
                range_ = max(_LANES, min(_LARGEST_RANGE, 1 << (size // shares).bit_length() >> 1))
                levels = max((range_ // _LANES).bit_length() - 1, 1 - of_leaves)
            self.subtrees_kernel.launch(
                size // range_,
                *(leaves, self.nodes, np.uint64(first), np.uint64(size)),
                *(np.uint32(range_), np.uint32(levels), np.uint32(of_leaves)),
            )
            for _ in range(levels):
                first, size = first + size, size // 2
            of_leaves = 0

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
        if parameters.field is not None:
            words = _canonical(words, field(parameters.field))
        digests: Array = words.reshape(count, *parameters.digest_shape)
        return digests


def _canonical(words: Array, kind: FieldParameters) -> Array:
    """Take digests out of the form in which the device computes; Goldilocks has none of its own."""
    if kind.bytes_per_element != 4:
        return words
    inverse = pow(kind.montgomery_r, -1, kind.modulus)
    product = words.astype(np.uint64) * np.uint64(inverse)
    canonical: Array = (product % np.uint64(kind.modulus)).astype(words.dtype)
    return canonical


def tree_memory(case: MerkleCase) -> tuple[int, int]:
    """Count the bytes of leaves and digests, and those of the larger of the two."""
    leaves = case.size * _leaf_bytes(case)
    nodes = (2 * case.size - 1) * case.hash_parameters.digest_bytes
    return leaves + nodes, max(leaves, nodes)


def merkle_on(backend: str) -> DeviceImplementation:
    """Return the implementation on ``opencl`` or ``cuda``."""
    return DeviceImplementation(backend, "merkle", DeviceMerklePlan, lambda _: None, tree_memory)


def sources() -> dict[str, Source]:
    """Return every program of this family by a name, for the compilers' tests."""
    found = {}
    for hash, parameters in HASHES.items():
        width = 64 if parameters.field is None else 8
        # From 1,025 bytes on BLAKE3 is another text.
        for one in (width, 2050) if hash == "blake3" else (width,):
            case = MerkleCase(hash, 10, one)
            found[f"merkle/{hash}/{one}-{case.leaf_type}"] = tree_source(case)
    return found
