"""Judging large trees, for which the reference would take too long.

A root is right only if it equals that of a tree made again by other code, and that tree's openings
at random leaves are held to the reference, so that no two fast ways can be wrong together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from zkmark.kernels.case import Array, Check
from zkmark.kernels.merkle.reference import verify_opening
from zkmark.kernels.seeded import SeededStream

if TYPE_CHECKING:
    from zkmark.kernels.merkle.case import MerkleCase

_OPENINGS = 32

Layers = Callable[[int], Array]


def check_large_tree(case: MerkleCase, leaves: Array, output: Array, seed: int) -> Check:
    """Compare a root with trees made again: in NumPy, or for algebraic hashes in C++ and Numba."""
    if case.hash_parameters.kind == "bytes":
        makers = {"NumPy": _numpy_layers}
    else:
        makers = {"portable C++": _native_layers, "Numba": _numba_layers}
    method = f"tree made again in {' and '.join(makers)}; {_OPENINGS} openings by the reference"
    openings_layers: Layers | None = None
    for name, make in makers.items():
        layers = make(case, leaves)
        root = layers(case.log_size)[0]
        if not np.array_equal(root, output):
            detail = f"root {output.tolist()}, but {root.tolist()} in {name}"
            return Check(False, method, detail)
        openings_layers = openings_layers or layers
    assert openings_layers is not None
    wrong = _wrong_opening(case, leaves, output, openings_layers, seed)
    if wrong is not None:
        return Check(False, method, f"the opening of leaf {wrong} does not lead to the root")
    return Check(True, method)


def _wrong_opening(
    case: MerkleCase, leaves: Array, root: Array, layers: Layers, seed: int
) -> int | None:
    rules = case.rules
    kept = [layers(level) for level in range(case.log_size)]
    stream = SeededStream(seed, f"merkle/openings/{case.slug}")
    for _ in range(_OPENINGS):
        index = stream.integer(case.size)
        path = [rules.digest_of(layer[(index >> k) ^ 1]) for k, layer in enumerate(kept)]
        message = next(rules.messages(leaves[index : index + 1]))
        if not verify_opening(rules.digest_of(root), message, index, path, rules):
            return index
    return None


def _numpy_layers(case: MerkleCase, leaves: Array) -> Layers:
    from zkmark.kernels.merkle.vectorized import merkle_layers

    return merkle_layers(
        case.hash, case.rules.leaf_bytes(leaves).reshape(case.size, -1)
    ).__getitem__


def _native_layers(case: MerkleCase, leaves: Array) -> Layers:
    from zkmark import _native
    from zkmark.kernels.merkle.cpu import native_tree

    level_before = _native.isa_allowed()
    _native.set_isa_allowed("portable")
    try:
        tree = native_tree(case, leaves)
    finally:
        _native.set_isa_allowed(level_before)
    parameters = case.hash_parameters

    def layer(level: int) -> Array:
        digests: Array = tree.layer(level).view(parameters.digest_dtype)
        return digests.reshape(-1, *parameters.digest_shape)

    return layer


def _numba_layers(case: MerkleCase, leaves: Array) -> Layers:
    from zkmark.kernels.merkle.numba import build_layers

    return build_layers(case.hash, leaves).__getitem__
