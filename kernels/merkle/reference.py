"""Merkle trees by their definition, in Python integers and bytes. ``rules.py`` has the rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from zkmark.kernels.implementation import Implementation, ReferenceImplementation
from zkmark.kernels.merkle.rules import Digest, MerkleRules, Message

IMPLEMENTATIONS: list[Implementation] = [ReferenceImplementation("merkle")]


def merkle_tree(leaves: Iterable[Message], rules: MerkleRules) -> list[list[Digest]]:
    """Return all layers over a power of two of leaves: the leaves' digests first, the root last."""
    layers = [[rules.hash_leaf(leaf) for leaf in leaves]]
    while len(layers[-1]) > 1:
        below = layers[-1]
        layers.append([rules.compress(below[i], below[i + 1]) for i in range(0, len(below), 2)])
    return layers


def open_leaf(layers: Sequence[Sequence[Digest]], index: int) -> list[Digest]:
    """Return the siblings on the way from a leaf to the root, the leaf's own first."""
    return [layer[(index >> level) ^ 1] for level, layer in enumerate(layers[:-1])]


def verify_opening(
    root: Digest, leaf: Message, index: int, path: Sequence[Digest], rules: MerkleRules
) -> bool:
    """Say whether ``path`` leads from a leaf at ``index`` to ``root``.

    The tree's depth is taken to be the path's length: the caller has checked that.
    """
    if not 0 <= index < 1 << len(path):
        return False
    digest = rules.hash_leaf(leaf)
    for level, sibling in enumerate(path):
        right = index >> level & 1
        digest = rules.compress(sibling, digest) if right else rules.compress(digest, sibling)
    return digest == root
