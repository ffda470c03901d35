"""Merkle trees over a user's own leaves: build, open, verify."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from zkmark.backends import Backend, ready_backend
from zkmark.backends.device import DeviceBackend
from zkmark.kernels.case import Array
from zkmark.kernels.implementation import find_implementation, open_implementation
from zkmark.kernels.merkle.case import MerkleCase
from zkmark.kernels.merkle.cpu import native_tree
from zkmark.kernels.merkle.reference import merkle_tree as reference_tree
from zkmark.kernels.merkle.reference import verify_opening as reference_verify
from zkmark.kernels.merkle.rules import MerkleRules, merkle_rules


class MerkleTree:
    """A tree with all its layers; made by ``merkle_tree``."""

    def __init__(
        self,
        rules: MerkleRules,
        log_size: int,
        layer: Callable[[int], Array],
        path: Callable[[int], Array],
    ) -> None:
        self.hash = rules.hash.id
        self.leaf_type = rules.leaf_type
        self.log_size = log_size
        self._layer = layer
        self._path = path

    @property
    def root(self) -> Array:
        """The root, in the hash's digest shape."""
        root: Array = self.layer(self.log_size)[0]
        return root

    def layer(self, level: int) -> Array:
        """Return the digests of a layer; 0 is that of the leaves, ``log_size`` the root's."""
        return self._layer(_index("level", level, self.log_size))

    def open(self, index: int) -> Array:
        """Return the path of a leaf: the sibling in each layer below the root, the leaf's first."""
        return self._path(_index("index", index, (1 << self.log_size) - 1))


def merkle_tree(
    leaves: Array,
    hash: str,
    *,
    leaf_type: str | None = None,
    backend: str | Backend = "cpu",
    threads: int | None = None,
) -> MerkleTree:
    """Build the tree over the rows of ``leaves``.

    ``leaves`` is ``uint8[n, width]`` or canonical elements ``[n, width(, limbs)]`` with n a power
    of two and a width from 1; ``leaf_type`` as for ``MerkleCase``. Raises ``ValueError`` for bad
    input.
    """
    rules = merkle_rules(hash, leaf_type)
    rules.check_leaves(leaves)
    case = MerkleCase(hash, leaves.shape[0].bit_length() - 1, leaves.shape[1], rules.leaf_type)
    device = ready_backend(backend, threads)
    shape, dtype = rules.hash.digest_shape, rules.hash.digest_dtype
    if device.name == "cpu":
        device.activate()
        native = native_tree(case, leaves)
        return MerkleTree(
            rules,
            case.log_size,
            lambda level: native.layer(level).view(dtype).reshape(-1, *shape),
            lambda index: native.path(index).view(dtype).reshape(-1, *shape),
        )
    if isinstance(device, DeviceBackend):
        from zkmark.kernels.merkle.device import DeviceMerklePlan

        plan = open_implementation(case, device).plan(case, device)
        assert isinstance(plan, DeviceMerklePlan)
        nodes = plan.compute(plan.upload({"leaves": leaves}))
        return MerkleTree(
            rules,
            case.log_size,
            lambda level: plan.layer(nodes, level),
            lambda index: plan.path(nodes, index),
        )
    if device.name == "reference":
        layers = [
            np.array([rules.digest_array(digest) for digest in layer])
            for layer in reference_tree(rules.messages(leaves), rules)
        ]
    else:
        find_implementation(case, device.name)
        from zkmark.kernels.merkle.numba import build_layers

        device.activate()
        layers = build_layers(hash, leaves)

    def path(index: int) -> Array:
        siblings = [layers[level][(index >> level) ^ 1] for level in range(case.log_size)]
        return np.array(siblings, dtype=dtype).reshape(-1, *shape)

    return MerkleTree(rules, case.log_size, lambda level: layers[level], path)


def verify_opening(
    root: Array,
    leaf: Array,
    index: int,
    path: Array,
    hash: str,
    leaf_type: str | None = None,
    *,
    log_size: int | None = None,
) -> bool:
    """Say whether ``path`` leads from ``leaf`` at ``index`` to ``root``, by the reference.

    ``leaf`` is one row of the leaves, ``path`` what ``MerkleTree.open`` returns. A verifier must
    pass the tree's ``log_size`` and fix the leaf's width (``rules.py`` says why); without
    ``log_size`` the path's length is trusted. Elements that are not canonical are not valid. Raises
    ``ValueError`` for arrays of another type or shape.
    """
    rules = merkle_rules(hash, leaf_type)
    _check_digests("root", root, rules, rules.hash.digest_shape)
    if not isinstance(path, np.ndarray) or path.ndim != 2:
        raise ValueError("path: want an array of digests, one a layer")
    _check_digests("path", path, rules, (len(path), *rules.hash.digest_shape))
    shape = rules.leaves_shape(1, leaf.shape[0] if getattr(leaf, "ndim", 0) else 0)[1:]
    if not isinstance(leaf, np.ndarray) or leaf.dtype != rules.leaf_dtype or leaf.shape != shape:
        raise ValueError(f"leaf: want one row of leaves of {rules.leaf_type}")
    if log_size is not None and len(path) != log_size:
        return False
    if not (
        rules.is_canonical(leaf, of_digests=False)
        and rules.is_canonical(root, of_digests=True)
        and rules.is_canonical(path, of_digests=True)
    ):
        return False
    message = next(rules.messages(leaf[np.newaxis]))
    siblings = [rules.digest_of(sibling) for sibling in path]
    return reference_verify(rules.digest_of(root), message, index, siblings, rules)


def _index(name: str, value: Any, last: int) -> int:
    """Return a whole number from 0 to ``last``, NumPy's too; refuse anything else."""
    if isinstance(value, bool) or not hasattr(value, "__index__") or not 0 <= value <= last:
        raise ValueError(f"{name}: got {value!r}, want 0 to {last}")
    return int(value)


def _check_digests(name: str, array: Any, rules: MerkleRules, shape: tuple[int, ...]) -> None:
    dtype = rules.hash.digest_dtype
    if not isinstance(array, np.ndarray) or array.dtype != dtype or array.shape != shape:
        got = (
            f"{array.dtype}{list(array.shape)}" if hasattr(array, "dtype") else type(array).__name__
        )
        raise ValueError(f"{name}: got {got}, want {dtype}{list(shape)}")
