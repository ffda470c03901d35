"""Hashes: SHA-256, BLAKE3, Keccak-256, Poseidon2 and RPO-256, each with its exact parameter set."""

from zkmark.kernels.hashes.api import compress, hash_bytes, hash_elements, permute
from zkmark.kernels.hashes.parameters import HASHES, HashParameters, hash_parameters

__all__ = [
    "HASHES",
    "HashParameters",
    "compress",
    "hash_bytes",
    "hash_elements",
    "hash_parameters",
    "permute",
]
