"""Openings of a mixed-height Merkle tree: the walk that prover and verifier follow.

Digests are 32 canonical bytes for every hash (algebraic ones: four elements, little-endian), so
that a proof and a transcript know one kind.

**The tree** (``Commitment``): over the leaves of the tallest matrices, of height N, in ``blocks N``
places; where a layer has as many nodes as a shorter matrix has points, node i is compressed with
the hash of that matrix's row of place i. Row ``r mod h`` of block j stands at the place
``j h + reverse(r mod h)``, which is the leaf's place shifted right by ``log2(N / h)``: so the
opened rows of all matrices lie on one path.

**The walk** (Octopus, Angel et al. 2017; as in Winterfell's batch proofs): take the distinct places
of a layer in ascending order. Where a place's sibling is not among them, its digest is the next one
of the opening; parents are the places shifted right by one. The result is the least set of digests
that leads from the rows to the root, and one order of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zkmark.kernels.hashes import compress, hash_bytes, hash_elements, hash_parameters
from zkmark.kernels.hashes.api import HashBackend
from zkmark.kernels.ntt.reference import bit_reverse
from zkmark.kernels.stark.domain import MODULUS, log2
from zkmark.kernels.stark.operations import Opening


def _to_bytes(values: Sequence[int]) -> bytes:
    return b"".join(value.to_bytes(8, "little") for value in values)


def _to_elements(digest: bytes) -> list[int]:
    return [int.from_bytes(digest[i : i + 8], "little") for i in range(0, len(digest), 8)]


def hash_row(hash: str, row: Sequence[int], backend: HashBackend = "reference") -> bytes:
    """Return the digest of a row of canonical elements, by the rule of ``kernels/merkle``."""
    if hash_parameters(hash).kind == "bytes":
        return hash_bytes(hash, _to_bytes(row), backend)
    return _to_bytes(hash_elements(hash, row, backend))


def merkle_compress(
    hash: str, left: bytes, right: bytes, backend: HashBackend = "reference"
) -> bytes:
    """Return the parent of two digests, by the rule of ``kernels/merkle``."""
    if hash_parameters(hash).kind == "bytes":
        return compress(hash, left, right, backend)
    return _to_bytes(compress(hash, _to_elements(left), _to_elements(right), backend))


def siblings_missing(places: Sequence[int], depth: int) -> list[tuple[int, int]]:
    """Return (level, place) of the digests that an opening of leaves at ``places`` consists of."""
    missing = []
    known = sorted(set(places))
    for level in range(depth):
        here = set(known)
        missing += [(level, place ^ 1) for place in known if place ^ 1 not in here]
        known = sorted({place >> 1 for place in known})
    return missing


def combined_root(
    hash: str,
    blocks: int,
    heights: Sequence[int],
    indices: NDArray[np.int64],
    opening: Opening,
    backend: HashBackend = "reference",
) -> bytes | None:
    """Return the root to which an opening leads, ``None`` if it does not fit the walk.

    ``heights`` are those of the matrices, in the order in which they were committed to; ``indices``
    are ascending and distinct ``block * N + row``, with N the tallest height. An opening does not
    fit if two leaves that share a row of a shorter matrix name it differently, if an element or a
    digest is not canonical, or if there are more or fewer siblings than the walk takes. The widths
    of the rows are the caller's to check.
    """
    tallest, shapes = max(heights), [rows.shape[0] for rows in opening.rows]
    if len(shapes) != len(heights) or any(count != len(indices) for count in shapes):
        return None
    if any(np.any(rows >= np.uint64(MODULUS)) for rows in opening.rows):
        return None
    siblings = [digest.tobytes() for digest in opening.siblings]
    if hash_parameters(hash).kind == "algebraic" and any(
        element >= MODULUS for digest in siblings for element in _to_elements(digest)
    ):
        return None
    places = [
        index // tallest * tallest + bit_reverse(index % tallest, log2(tallest))
        for index in np.asarray(indices).tolist()
    ]

    def row_hashes(height: int) -> dict[int, bytes] | None:
        """Return the hash of the rows at each place of the layer where ``height`` comes in."""
        chosen = [rows for rows, own in zip(opening.rows, heights, strict=True) if own == height]
        found: dict[int, list[int]] = {}
        for i, place in enumerate(places):
            row = [x for rows in chosen for x in rows[i].tolist()]
            if found.setdefault(place >> log2(tallest // height), row) != row:
                return None
        return {place: hash_row(hash, row, backend) for place, row in found.items()}

    nodes = row_hashes(tallest)
    if nodes is None:
        return None
    used, height = 0, tallest
    for _ in range(log2(blocks * tallest)):
        parents: dict[int, bytes] = {}
        for place in sorted(nodes):
            if place >> 1 in parents:
                continue
            sibling = nodes.get(place ^ 1)
            if sibling is None:
                if used == len(siblings):
                    return None
                sibling = siblings[used]
                used += 1
            left, right = (sibling, nodes[place]) if place & 1 else (nodes[place], sibling)
            parents[place >> 1] = merkle_compress(hash, left, right, backend)
        nodes, height = parents, height // 2
        if height in heights:
            rows = row_hashes(height)
            if rows is None:
                return None
            nodes = {
                place: merkle_compress(hash, node, rows[place], backend)
                for place, node in nodes.items()
            }
    return nodes[0] if used == len(siblings) else None
