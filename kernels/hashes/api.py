"""Hash messages, permute states and compress digests, one at a time, on the reference or the CPU.

For many messages at once see ``zkmark.kernels.merkle``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from zkmark.kernels.hashes.parameters import (
    HashParameters,
    hash_parameters,
    poseidon2_parameters,
    rpo_parameters,
)

HashBackend = Literal["reference", "cpu"]


def _modulus(parameters: HashParameters) -> int:
    if parameters.id == "rpo-256":
        return rpo_parameters().modulus
    return poseidon2_parameters(parameters.id).modulus


def _check_backend(backend: str) -> None:
    if backend not in ("reference", "cpu"):
        raise ValueError(f"backend: got {backend!r}, want reference or cpu")


def _bytes_parameters(hash_id: str) -> HashParameters:
    parameters = hash_parameters(hash_id)
    if parameters.kind != "bytes":
        raise ValueError(
            f"hash: got {hash_id!r}, which hashes elements of {parameters.field}; use hash_elements"
        )
    return parameters


def _algebraic_parameters(hash_id: str) -> HashParameters:
    parameters = hash_parameters(hash_id)
    if parameters.kind != "algebraic":
        raise ValueError(f"hash: got {hash_id!r}, which hashes bytes, not elements; use hash_bytes")
    return parameters


def _check_elements(
    name: str, elements: Sequence[int], parameters: HashParameters, length: int | None = None
) -> list[int]:
    values = [int(element) for element in elements]
    if length is not None and len(values) != length:
        raise ValueError(f"{name}: got {len(values)} elements, want {length}")
    p = _modulus(parameters)
    for i, value in enumerate(values):
        if not 0 <= value < p:
            raise ValueError(
                f"{name}: got {value} at index {i}, "
                f"want elements of {parameters.field}, 0 to {p - 1}"
            )
    return values


def _native(function: str, parameters: HashParameters, elements: Sequence[int]) -> list[int]:
    from zkmark import _native

    array = np.array(elements, dtype=parameters.digest_dtype)
    out: NDArray[Any] = getattr(_native, function)(parameters.id, array.view(np.uint8))
    return [int(x) for x in out.view(parameters.digest_dtype)]


def hash_bytes(hash_id: str, data: bytes, backend: HashBackend = "reference") -> bytes:
    """Return the 32-byte digest of ``data`` by a byte hash; ``ValueError`` for any other hash."""
    _check_backend(backend)
    _bytes_parameters(hash_id)
    data = bytes(data)
    if backend == "cpu":
        from zkmark import _native

        return _native.hash_message(hash_id, np.frombuffer(data, dtype=np.uint8)).tobytes()
    if hash_id == "sha-256":
        from zkmark.kernels.hashes.reference.sha256 import sha256

        return sha256(data)
    if hash_id == "blake3":
        from zkmark.kernels.hashes.reference.blake3 import blake3

        return blake3(data)
    from zkmark.kernels.hashes.reference.keccak256 import keccak256

    return keccak256(data)


def hash_elements(
    hash_id: str, elements: Sequence[int], backend: HashBackend = "reference"
) -> list[int]:
    """Return the digest (8 or 4 canonical integers) of field elements by an algebraic hash.

    ``ValueError`` for a byte hash and for elements not below the field's modulus.
    """
    _check_backend(backend)
    parameters = _algebraic_parameters(hash_id)
    values = _check_elements("elements", elements, parameters)
    if backend == "cpu":
        return _native("hash_message", parameters, values)
    if hash_id == "rpo-256":
        from zkmark.kernels.hashes.reference import rpo256

        return rpo256.hash_elements(values)
    from zkmark.kernels.hashes.reference import poseidon2

    return poseidon2.hash_elements(values, poseidon2_parameters(hash_id))


def permute(hash_id: str, state: Sequence[int], backend: HashBackend = "reference") -> list[int]:
    """Return the permutation of a state of ``width`` canonical integers by an algebraic hash."""
    _check_backend(backend)
    parameters = _algebraic_parameters(hash_id)
    values = _check_elements("state", state, parameters, parameters.width)
    if backend == "cpu":
        return _native("hash_permute", parameters, values)
    if hash_id == "rpo-256":
        from zkmark.kernels.hashes.reference import rpo256

        return rpo256.permute(values)
    from zkmark.kernels.hashes.reference import poseidon2

    return poseidon2.permute(values, poseidon2_parameters(hash_id))


@overload
def compress(
    hash_id: str, left: bytes, right: bytes, backend: HashBackend = "reference"
) -> bytes: ...
@overload
def compress(
    hash_id: str, left: list[int], right: list[int], backend: HashBackend = "reference"
) -> list[int]: ...
def compress(
    hash_id: str,
    left: bytes | list[int],
    right: bytes | list[int],
    backend: HashBackend = "reference",
) -> bytes | list[int]:
    """Compress two digests to one by the rule that ``zkmark.kernels.merkle.rules`` writes down.

    Digests are 32 bytes for byte hashes, 8 or 4 canonical integers for algebraic ones.
    """
    _check_backend(backend)
    parameters = hash_parameters(hash_id)
    if parameters.kind == "bytes":
        for name, digest in (("left", left), ("right", right)):
            if not isinstance(digest, bytes) or len(digest) != parameters.digest_length:
                raise ValueError(f"{name}: got {digest!r}, want a digest of 32 bytes")
        return hash_bytes(hash_id, bytes(left) + bytes(right), backend)
    first = _check_elements("left", left, parameters, parameters.digest_length)
    second = _check_elements("right", right, parameters, parameters.digest_length)
    if backend == "cpu":
        return _native("hash_compress", parameters, first + second)
    if hash_id == "rpo-256":
        from zkmark.kernels.hashes.reference import rpo256

        return rpo256.compress(first, second)
    from zkmark.kernels.hashes.reference import poseidon2

    return poseidon2.compress(first, second, poseidon2_parameters(hash_id))
