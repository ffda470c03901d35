"""Merkle trees by published libraries under zkmark's rules; the programs stand in ``peers/``."""

from __future__ import annotations

from zkmark.kernels.implementation import Implementation
from zkmark.kernels.merkle.case import MerkleCase
from zkmark.kernels.peer import OutputForm, PeerImplementation, output_form


def _form(case: MerkleCase) -> OutputForm:
    parameters = case.hash_parameters
    return output_form(parameters.digest_dtype, parameters.digest_shape)


_PLONKY3_HASHES = (
    "sha-256",
    "blake3",
    "keccak-256",
    "poseidon2-babybear-16",
    "poseidon2-babybear-24",
    "poseidon2-koalabear-16",
    "poseidon2-goldilocks-8",
    "poseidon2-goldilocks-12",
)


def _plonky3(case: MerkleCase) -> str | None:
    if case.hash not in _PLONKY3_HASHES:
        return f"Plonky3 has no {case.hash}"
    if case.hash_parameters.kind == "bytes" and case.leaf_type != "goldilocks":
        # It hashes 31-bit elements as they lie in memory, in Montgomery form: another root.
        return f"Plonky3's trees do not hash the canonical bytes of {case.leaf_type} leaves"
    return None


def _blake3(case: MerkleCase) -> str | None:
    return None if case.hash == "blake3" else f"the BLAKE3 library has no {case.hash}"


def _miden(case: MerkleCase) -> str | None:
    if case.hash not in ("rpo-256", "poseidon2-goldilocks-12"):
        return f"Miden crypto has no {case.hash}"
    if case.hash != "rpo-256" and case.leaf_width % 8:
        # It marks their length in the capacity; zkmark's rule for Poseidon2 does not.
        return "Miden crypto hashes leaves that are no whole blocks by another rule"
    return None


IMPLEMENTATIONS: list[Implementation] = [
    PeerImplementation("plonky3", "merkle", _plonky3, _form),
    PeerImplementation("blake3", "merkle", _blake3, _form),
    PeerImplementation("miden-crypto", "merkle", _miden, _form),
]
