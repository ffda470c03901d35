"""How a tree is built from each hash: the leaf rule and the two-to-one rule.

A tree has 2^log_size leaves of one width. Layer 0 holds the leaves' digests, each further layer the
compressions of neighbouring pairs of the layer below, the last one the root alone (with a single
leaf: its digest).

==================  ======================================  ====================================
hash                digest of a leaf                        compression of two digests
==================  ======================================  ====================================
sha-256, blake3,    H(bytes of the leaf)                    H(left || right), 64 bytes
keccak-256
poseidon2-*         overwriting sponge without padding      permute left || right || zeros,
                    over the leaf's elements                keep the first lanes
rpo-256             sponge over the leaf's elements, the    permute left || right || four zeros,
                    length modulo 8 in the capacity         keep the first four lanes
==================  ======================================  ====================================

Byte hashes also take leaves of field elements: the leaf's bytes are then those of its elements in
canonical form, little-endian, 4 (31-bit fields), 8 (Goldilocks), 32 (256-bit) or 48 (381-bit) bytes
each. Algebraic hashes take elements of their own field.

Neither rule marks leaves apart from inner nodes, and Poseidon2's sponge does not mark lengths. That
is sound for a verifier who knows the tree's depth and its leaves' width and refuses any other, as
proof systems do: both are part of the statement. A verifier who takes them from the prover can be
cheated: a pair of digests passes as a 64-byte leaf one layer up. So ``verify_opening`` takes the
depth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from zkmark.kernels.case import Array
from zkmark.kernels.fields.encoding import (
    check_elements,
    dense,
    first_not_canonical,
    to_integers,
)
from zkmark.kernels.fields.parameters import FIELDS, FieldParameters, field
from zkmark.kernels.hashes import (
    HashParameters,
    compress,
    hash_bytes,
    hash_elements,
    hash_parameters,
)

# A digest, and a leaf ready for its hash: bytes for byte hashes, canonical integers for algebraic
# ones.
Digest = bytes | tuple[int, ...]
Message = bytes | list[int]

LARGEST_LOG_SIZE = 32


@dataclass(frozen=True)
class MerkleRules:
    """The rules for one hash and one type of leaf, in Python integers; made by ``merkle_rules``."""

    hash: HashParameters
    leaf_type: str

    @property
    def leaf_field(self) -> FieldParameters | None:
        """The field of the leaves' elements; ``None`` for leaves of bytes."""
        return None if self.leaf_type == "bytes" else field(self.leaf_type)

    @property
    def leaf_dtype(self) -> np.dtype[Any]:
        """The type of the words of a leaf."""
        return np.dtype(np.uint8) if self.leaf_field is None else self.leaf_field.dtype

    @property
    def bytes_per_unit(self) -> int:
        """Bytes of one unit of a leaf's width: a byte or an element."""
        return 1 if self.leaf_field is None else self.leaf_field.bytes_per_element

    def leaves_shape(self, count: int, width: int) -> tuple[int, ...]:
        """Return the shape of an array of leaves: [count, width] or [count, width, limbs]."""
        tail = () if self.leaf_field is None else self.leaf_field.element_shape
        return (count, width, *tail)

    def check_leaves(self, leaves: Any, count: int | None = None, width: int | None = None) -> None:
        """Raise ``ValueError`` unless ``leaves`` is an array of ``count`` leaves of ``width``.

        Without ``count`` any power of two will do, without ``width`` any from 1.
        """
        if self.leaf_field is not None:
            check_elements("leaves", leaves, self.leaf_field, (count, width))
        elif not isinstance(leaves, np.ndarray) or leaves.dtype != np.uint8:
            got = getattr(leaves, "dtype", type(leaves).__name__)
            raise ValueError(f"leaves: got {got}, want a NumPy array of uint8 (bytes)")
        elif leaves.ndim != 2 or any(
            want is not None and have != want
            for have, want in zip(leaves.shape, (count, width), strict=True)
        ):
            shape = f"({'any' if count is None else count}, {'any' if width is None else width})"
            raise ValueError(f"leaves: got shape {leaves.shape}, want {shape} bytes")
        size = leaves.shape[0]
        if size < 1 or size & (size - 1):
            raise ValueError(f"leaves: got {size} leaves, want a power of two")
        if leaves.shape[1] < 1:
            raise ValueError("leaves: got width 0, want leaves of 1 or more bytes or elements")

    def leaf_bytes(self, leaves: Array) -> Array:
        """Return the leaves as one flat array of little-endian bytes; copies only where it must."""
        little = leaves.dtype.newbyteorder("<")
        return dense(leaves).astype(little, copy=False).reshape(-1).view(np.uint8)

    def messages(self, leaves: Array) -> Iterator[Message]:
        """Yield each leaf as its hash takes it."""
        for leaf in leaves:
            if self.hash.kind == "bytes":
                yield self.leaf_bytes(leaf).tobytes()
            else:
                yield to_integers(leaf, field(self.leaf_type))

    def hash_leaf(self, message: Message) -> Digest:
        """Return the digest of one leaf."""
        if isinstance(message, bytes):
            return hash_bytes(self.hash.id, message)
        return tuple(hash_elements(self.hash.id, message))

    def compress(self, left: Digest, right: Digest) -> Digest:
        """Return the parent of two digests."""
        if isinstance(left, bytes) and isinstance(right, bytes):
            return compress(self.hash.id, left, right)
        return tuple(compress(self.hash.id, list(left), list(right)))

    def digest_array(self, digest: Digest) -> Array:
        """Return a digest as an array of the hash's digest shape and type."""
        return np.array(list(digest), dtype=self.hash.digest_dtype)

    def digest_of(self, array: Array) -> Digest:
        """Return one digest from its array."""
        if self.hash.kind == "bytes":
            return array.tobytes()
        return tuple(array.tolist())

    def is_canonical(self, array: Array, of_digests: bool) -> bool:
        """Say whether all elements are below their modulus; bytes always are."""
        parameters = (
            (None if self.hash.field is None else field(self.hash.field))
            if of_digests
            else self.leaf_field
        )
        return parameters is None or first_not_canonical(array, parameters) < 0


def merkle_rules(hash: str, leaf_type: str | None = None) -> MerkleRules:
    """Return the rules for a hash and a type of leaf: ``bytes`` or a field's id.

    ``None`` means ``bytes`` for byte hashes and the hash's own field for algebraic ones. Raises
    ``ValueError`` for an unknown hash and for leaves that the hash cannot take.
    """
    parameters = hash_parameters(hash)
    if parameters.field is not None:
        if leaf_type not in (None, parameters.field):
            raise ValueError(
                f"leaf_type: got {leaf_type!r}, want {parameters.field!r}, "
                f"whose elements {hash} takes"
            )
        return MerkleRules(parameters, parameters.field)
    if leaf_type is None:
        leaf_type = "bytes"
    if leaf_type != "bytes" and leaf_type not in FIELDS:
        known = ", ".join(["bytes", *FIELDS])
        raise ValueError(f"leaf_type: got {leaf_type!r}, want one of {known}")
    return MerkleRules(parameters, leaf_type)
