"""Merkle trees over algebraic hashes in Python compiled by Numba: the compiled-Python baseline."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zkmark.backends.base import Backend
from zkmark.kernels.case import Array, Case, Inputs
from zkmark.kernels.hashes.parameters import hash_parameters, poseidon2_parameters, rpo_parameters
from zkmark.kernels.implementation import Implementation, Plan
from zkmark.kernels.merkle.case import MerkleCase
from zkmark.kernels.work import Work, highest_level

Words = NDArray[np.uint64]


@dataclass(frozen=True)
class Tables:
    """The constants of one hash in the form that the compiled functions take.

    Elements are 64-bit words: Montgomery form with R = 2^32 for 31-bit fields, canonical for
    Goldilocks. ``kind`` picks the permutation: 0 Poseidon2 of 31 bits, 1 Poseidon2 over Goldilocks,
    2 RPO.
    """

    kind: int
    modulus: int
    width: int
    rate: int
    alpha: int
    rounds: Words
    internal: Words
    diagonal: Words

    @property
    def montgomery(self) -> int:
        """R: what an element is multiplied by in these tables."""
        return 1 << 32 if self.kind == 0 else 1

    def arguments(self, rate: int) -> tuple[Any, ...]:
        """Return what the compiled function takes after its arrays, for a given rate."""
        p = np.uint64(self.modulus)
        inverse = np.uint64(pow(self.modulus, -1, 1 << 32) if self.kind == 0 else 0)
        r_squared = np.uint64(self.montgomery**2 % self.modulus)
        constants = (self.rounds, self.internal, self.diagonal)
        return (self.kind, p, inverse, r_squared, rate, self.alpha, *constants)


@cache
def tables_of(hash: str) -> Tables:
    """Return the tables of an algebraic hash."""
    if hash == "rpo-256":
        rpo = rpo_parameters()
        rows = [row for pair in zip(rpo.ark1, rpo.ark2, strict=True) for row in pair]
        return Tables(
            kind=2,
            modulus=rpo.modulus,
            width=rpo.width,
            rate=rpo.rate,
            alpha=rpo.alpha,
            rounds=np.array(rows, dtype=np.uint64),
            internal=np.zeros(0, dtype=np.uint64),
            diagonal=np.array(rpo.mds_first_row, dtype=np.uint64),
        )
    p = poseidon2_parameters(hash)
    small = p.modulus < 1 << 32
    factor = 1 << 32 if small else 1

    def words(values: Any) -> Words:
        integers = np.array(values, dtype=object) * factor % p.modulus
        return integers.astype(np.uint64)

    return Tables(
        kind=0 if small else 1,
        modulus=p.modulus,
        width=p.width,
        rate=p.rate,
        alpha=p.alpha,
        rounds=words([*p.external_initial, *p.external_final]),
        internal=words(p.internal),
        diagonal=words(p.internal_diagonal),
    )


def _build(tables: Tables, leaves: Words, digests: Words) -> None:
    """Fill ``digests``, [2n - 1, digest length], layer by layer, leaves' first."""
    from zkmark.kernels.merkle.numba.compiled import hash_many

    size, length = len(leaves), digests.shape[1]
    hash_many(leaves, digests[:size], tables.kind == 0, *tables.arguments(tables.rate))
    pair_arguments = tables.arguments(2 * length)
    start = 0
    while size > 1:
        pairs = digests[start : start + size].reshape(size // 2, 2 * length)
        start, size = start + size, size // 2
        hash_many(pairs, digests[start : start + size], False, *pair_arguments)


def _canonical(tables: Tables, digests: Words) -> Words:
    if tables.montgomery == 1:
        return digests
    # Both factors are below 2^31.
    unscale = np.uint64(pow(tables.montgomery, -1, tables.modulus))
    return digests * unscale % np.uint64(tables.modulus)


def build_layers(hash: str, leaves: Array) -> list[Array]:
    """Return all layers of canonical digests over leaves [n, width] of an algebraic hash."""
    tables, parameters = tables_of(hash), hash_parameters(hash)
    size = len(leaves)
    digests = np.empty((2 * size - 1, parameters.digest_length), dtype=np.uint64)
    _build(tables, np.ascontiguousarray(leaves, dtype=np.uint64), digests)
    canonical = _canonical(tables, digests).astype(parameters.digest_dtype)
    layers = []
    start = 0
    while size:
        layers.append(canonical[start : start + size])
        start, size = start + size, size // 2
    return layers


class NumbaMerklePlan(Plan):
    """Functions compiled (or read from Numba's cache) and room for the whole tree."""

    def __init__(self, case: MerkleCase) -> None:
        self.case = case
        self.tables = tables_of(case.hash)
        parameters = case.hash_parameters
        self.digests = np.empty((2 * case.size - 1, parameters.digest_length), dtype=np.uint64)
        # Compiles now, so that no sample does.
        build_layers(case.hash, np.zeros((2, case.leaf_width), dtype=np.uint64))

    def upload(self, inputs: Inputs) -> Words:
        """Return the leaves as 64-bit words, a copy for 31-bit fields."""
        return np.ascontiguousarray(inputs["leaves"], dtype=np.uint64)

    def compute(self, uploaded: Words) -> Words:
        """Build the tree; elements are brought into Montgomery form as they are absorbed."""
        _build(self.tables, uploaded, self.digests)
        return self.digests

    def download(self, result: Words) -> Array:
        """Return the root, canonical."""
        root = _canonical(self.tables, result[-1])
        return root.astype(self.case.hash_parameters.digest_dtype)


class NumbaMerkle(Implementation):
    """The Poseidon2 sets and RPO-256."""

    id = "numba"
    backend = "numba"
    kernel = "merkle"

    def unsupported(self, case: Case) -> str | None:
        """Say why not for byte hashes."""
        assert isinstance(case, MerkleCase)
        if case.hash_parameters.kind == "bytes":
            return (
                f"the Numba kernels hash field elements (Poseidon2, RPO), not bytes ({case.hash})"
            )
        return None

    def plan(self, case: Case, backend: Backend) -> NumbaMerklePlan:
        """Compile."""
        assert isinstance(case, MerkleCase)
        backend.activate()
        return NumbaMerklePlan(case)

    def work(self, case: Case, backend: Backend) -> Work | str:
        """Count the products of the S-boxes; LLVM compiles for all that this processor has."""
        from zkmark.kernels.merkle.work import merkle_work

        assert isinstance(case, MerkleCase)
        return merkle_work(case, highest_level())


IMPLEMENTATIONS: list[Implementation] = [NumbaMerkle()]
