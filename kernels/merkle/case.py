"""The case of a Merkle tree: which hash, how many leaves, how wide, of what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from zkmark.kernels.case import Array, Case, Check, Inputs, OperationCounts
from zkmark.kernels.hashes.parameters import (
    HashParameters,
    hash_parameters,
    poseidon2_parameters,
    rpo_parameters,
)
from zkmark.kernels.merkle.rules import LARGEST_LOG_SIZE, MerkleRules, merkle_rules
from zkmark.kernels.seeded import SeededStream

# Microseconds that the reference takes for one call of a hash's inner function, roughly.
_REFERENCE_MICROSECONDS = {
    "sha-256": 1.5,
    "blake3": 130,
    "keccak-256": 400,
    "poseidon2-babybear-16": 160,
    "poseidon2-babybear-24": 250,
    "poseidon2-koalabear-16": 160,
    "poseidon2-goldilocks-8": 120,
    "poseidon2-goldilocks-12": 180,
    "rpo-256": 900,
}
# Trees that the reference builds in this many seconds are checked against it.
_REFERENCE_CHECK_SECONDS = 0.5


@dataclass(frozen=True)
class MerkleCase(Case):
    """The root of a Merkle tree over 2^log_size leaves, all of ``leaf_width`` bytes or elements.

    ``leaf_type`` is ``bytes`` or a field's id; ``None`` stands for ``bytes`` with byte hashes and
    for the hash's own field with algebraic ones, which take no other, and is replaced by what it
    stands for. Input: ``leaves``, ``uint8[n, width]`` or canonical elements ``[n, width]`` (``[n,
    width, limbs]`` for wide fields). Output: the root, in the hash's digest shape. ``rules.py`` has
    the rules.
    """

    kernel: ClassVar[str] = "merkle"

    hash: str
    log_size: int
    leaf_width: int
    leaf_type: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "leaf_type", merkle_rules(self.hash, self.leaf_type).leaf_type)
        if not _is_whole(self.log_size) or not 0 <= self.log_size <= LARGEST_LOG_SIZE:
            raise ValueError(
                f"log_size: got {self.log_size!r}, want a whole number from 0 to {LARGEST_LOG_SIZE}"
            )
        if not _is_whole(self.leaf_width) or self.leaf_width < 1:
            raise ValueError(f"leaf_width: got {self.leaf_width!r}, want a whole number from 1")

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Self:
        """Make the case from its parameters; ``ValueError`` for unknown, missing or bad ones."""
        for name in ("hash", "log_size", "leaf_width"):
            if name not in parameters:
                raise ValueError(f"{name}: got nothing, want it among the parameters of merkle")
        return super().from_parameters(parameters)

    @property
    def rules(self) -> MerkleRules:
        """The leaf and two-to-one rules of this case."""
        return merkle_rules(self.hash, self.leaf_type)

    @property
    def hash_parameters(self) -> HashParameters:
        """The parameters of the hash."""
        return hash_parameters(self.hash)

    @property
    def size(self) -> int:
        """The number of leaves."""
        return 1 << self.log_size

    @property
    def slug(self) -> str:
        """The name: ``merkle/sha-256/2^16/64-bytes``."""
        return f"merkle/{self.hash}/2^{self.log_size}/{self.leaf_width}-{self.leaf_type}"

    def make_input(self, seed: int) -> dict[str, Array]:
        """Make ``leaves``: uniform bytes or elements."""
        stream = SeededStream(seed, f"merkle/{self.leaf_type}/{self.log_size}/{self.leaf_width}")
        rules = self.rules
        shape = rules.leaves_shape(self.size, self.leaf_width)
        units = self.size * self.leaf_width
        if rules.leaf_field is None:
            return {"leaves": stream.bytes(units).reshape(shape)}
        limbs = stream.integers_below(rules.leaf_field.modulus, units, rules.leaf_field.limbs)
        return {"leaves": limbs.astype(rules.leaf_dtype, copy=False).reshape(shape)}

    def validate(self, inputs: Inputs) -> None:
        """Raise ``ValueError`` unless ``leaves`` has the case's shape and canonical elements."""
        if "leaves" not in inputs:
            shape = list(self.rules.leaves_shape(self.size, self.leaf_width))
            raise ValueError(f"leaves: got nothing, want an array of shape {shape}")
        self.rules.check_leaves(inputs["leaves"], self.size, self.leaf_width)

    def reference(self, inputs: Inputs) -> Array:
        """Compute the root by the definition, in Python integers."""
        from zkmark.kernels.merkle.reference import merkle_tree

        rules = self.rules
        layers = merkle_tree(rules.messages(inputs["leaves"]), rules)
        return rules.digest_array(layers[-1][0])

    def check(self, inputs: Inputs, output: Array, seed: int) -> Check:
        """Compare with the root by the reference when small, else by independent fast ways."""
        from zkmark.kernels.merkle.check import check_large_tree

        parameters = self.hash_parameters
        if output.dtype != parameters.digest_dtype or output.shape != parameters.digest_shape:
            want = f"{parameters.digest_dtype}{list(parameters.digest_shape)}"
            detail = f"got {output.dtype}{list(output.shape)}, want {want}"
            return Check(False, "form of the output", detail)
        if self.reference_seconds > _REFERENCE_CHECK_SECONDS and self.hash != "sha-256":
            return check_large_tree(self, inputs["leaves"], output, seed)
        expected = self.reference(inputs)
        if np.array_equal(output, expected):
            return Check(True, "reference")
        return Check(False, "reference", f"root {_show(output)}, want {_show(expected)}")

    def counts(self) -> OperationCounts:
        """Count the hashes, one a leaf and one a pair, and the multiplications of their S-boxes.

        Linear layers are left out: their matrices are small integers and powers of two, which take
        additions and shifts. Byte hashes multiply nothing.
        """
        calls = self.inner_calls
        per_call, formula = _multiplications(self.hash)
        word = 1 if self.hash_parameters.field == "goldilocks" else 3
        leaves = self.size * self.leaf_width * self.rules.bytes_per_unit
        return OperationCounts(
            items=2 * self.size - 1,
            item_unit="hashes",
            field_multiplications=calls * per_call,
            word_multiplications=calls * per_call * word,
            bytes_moved=leaves + self.hash_parameters.digest_bytes,
            formula=f"{calls} calls of the inner function, {formula}",
        )

    @property
    def reference_seconds(self) -> float:
        """Estimate the reference's time from the calls of the inner function."""
        return self.inner_calls * _REFERENCE_MICROSECONDS[self.hash] * 1e-6

    @property
    def inner_calls(self) -> int:
        """Calls of the compression function or permutation over leaves and pairs."""
        # A pair takes one call, two of SHA-256.
        units = self.leaf_width * (
            self.rules.bytes_per_unit if self.hash_parameters.kind == "bytes" else 1
        )
        rate = self.hash_parameters.rate
        if self.hash == "sha-256":  # 9 bytes of padding and length
            return self.size * -(-(units + 9) // rate) + 2 * (self.size - 1)
        if self.hash == "keccak-256":  # at least one byte of padding
            return self.size * (units // rate + 1) + self.size - 1
        if self.hash == "blake3":  # and one parent for each chunk of 1024 bytes but the first
            return self.size * (-(-units // rate) + -(-units // 1024) - 1) + self.size - 1
        return self.size * -(-units // rate) + self.size - 1


def _multiplications(hash: str) -> tuple[int, str]:
    """Return the multiplications of one call and how they are counted."""
    if hash == "rpo-256":
        rpo = rpo_parameters()
        return rpo.rounds * rpo.width * (4 + 72), "7 rounds of 12 x^7 (4) and 12 x^(1/7) (72)"
    if hash_parameters(hash).kind == "bytes":
        return 0, "which multiplies nothing"
    p = poseidon2_parameters(hash)
    each = {3: 2, 7: 4}[p.alpha]
    boxes = p.full_rounds * p.width + p.partial_rounds
    return (
        boxes * each,
        f"{p.full_rounds} x {p.width} + {p.partial_rounds} S-boxes x^{p.alpha} ({each})",
    )


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _show(digest: Array) -> str:
    if digest.dtype == np.uint8:
        return digest.tobytes().hex()
    return str(digest.tolist())
