"""The hashes that zkmark knows, each with its exact parameter set.

Byte hashes are fixed by their standards. Algebraic hashes are families: two sets with different
constants are different hashes, so each set here has an id of its own and a ``parameter_id`` that
changes with any of its constants. The published constants lie in ``constants/`` as JSON;
``derivation.py`` makes every one of them again from the definition that its authors give.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, Literal

import numpy as np
from numpy.typing import DTypeLike


@dataclass(frozen=True)
class HashParameters:
    """What a caller must know of a hash to feed it and to read its digest.

    ``kind`` is ``bytes`` (messages and digests are bytes) or ``algebraic`` (both are elements of
    ``field``). ``width`` and ``rate`` count what the inner function holds and what one call of it
    takes in: bytes for byte hashes, field elements for algebraic ones. ``digest_length`` counts
    bytes or elements.
    """

    id: str
    kind: Literal["bytes", "algebraic"]
    field: str | None
    digest_length: int
    digest_dtype: np.dtype[Any]
    width: int
    rate: int
    source: str

    @property
    def digest_shape(self) -> tuple[int, ...]:
        """The shape of one digest as an array of ``digest_dtype``: (32,), (8,) or (4,)."""
        return (self.digest_length,)

    @property
    def digest_bytes(self) -> int:
        """The bytes of one digest: 32 for every hash here."""
        return self.digest_length * self.digest_dtype.itemsize

    @property
    def parameter_id(self) -> str:
        """The id of the exact set: the hash's own id, with a fingerprint for algebraic ones."""
        if self.kind == "bytes":
            return self.id
        return f"{self.id}/{fingerprint(constants_of(self.id))}"


@dataclass(frozen=True)
class Poseidon2Parameters:
    """One Poseidon2 permutation (eprint 2023/323), as its ``layout`` in the JSON file says.

    ``external_initial`` and ``external_final`` hold one row of ``width`` round constants a full
    round, ``internal`` one constant a partial round; ``internal_diagonal`` is added to the all-ones
    matrix to make the internal layer and ``m4`` is the 4x4 matrix of the external one. All are
    canonical integers below ``modulus``.
    """

    id: str
    field: str
    modulus: int
    width: int
    rate: int
    alpha: int
    full_rounds: int
    partial_rounds: int
    external_initial: tuple[tuple[int, ...], ...]
    internal: tuple[int, ...]
    external_final: tuple[tuple[int, ...], ...]
    internal_diagonal: tuple[int, ...]
    m4: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class RpoParameters:
    """Rescue Prime Optimized over Goldilocks (eprint 2022/1577).

    ``ark1`` is added before the power ``alpha``, ``ark2`` before the power ``inverse_alpha``; both
    hold one row of ``width`` constants a round. The MDS matrix is circulant with ``mds_first_row``.
    """

    id: str
    modulus: int
    width: int
    rate: int
    rounds: int
    alpha: int
    inverse_alpha: int
    mds_first_row: tuple[int, ...]
    ark1: tuple[tuple[int, ...], ...]
    ark2: tuple[tuple[int, ...], ...]


def _byte_hash(id: str, rate: int, width: int, source: str) -> HashParameters:
    return HashParameters(id, "bytes", None, 32, np.dtype(np.uint8), width, rate, source)


def _algebraic_hash(
    id: str, field: str, digest_length: int, dtype: DTypeLike, width: int, rate: int, source: str
) -> HashParameters:
    return HashParameters(
        id, "algebraic", field, digest_length, np.dtype(dtype), width, rate, source
    )


_POSEIDON2 = (
    "eprint 2023/323; instance and sponge of Plonky3 (PaddingFreeSponge, TruncatedPermutation)"
)

HASHES: dict[str, HashParameters] = {
    parameters.id: parameters
    for parameters in (
        _byte_hash("sha-256", 64, 32, "FIPS 180-4"),
        _byte_hash("blake3", 64, 32, "BLAKE3 specification, 2020 (unkeyed, 32 bytes out)"),
        _byte_hash(
            "keccak-256", 136, 200, "Keccak submission 3.0, as Ethereum uses it (padding 0x01)"
        ),
        _algebraic_hash("poseidon2-babybear-16", "babybear", 8, np.uint32, 16, 8, _POSEIDON2),
        _algebraic_hash("poseidon2-babybear-24", "babybear", 8, np.uint32, 24, 16, _POSEIDON2),
        _algebraic_hash("poseidon2-koalabear-16", "koalabear", 8, np.uint32, 16, 8, _POSEIDON2),
        _algebraic_hash("poseidon2-goldilocks-8", "goldilocks", 4, np.uint64, 8, 4, _POSEIDON2),
        _algebraic_hash("poseidon2-goldilocks-12", "goldilocks", 4, np.uint64, 12, 8, _POSEIDON2),
        _algebraic_hash("rpo-256", "goldilocks", 4, np.uint64, 12, 8, "eprint 2022/1577; Miden"),
    )
}


def hash_parameters(id: str) -> HashParameters:
    """Return the parameters of a hash; ``ValueError`` names the known ones."""
    if id not in HASHES:
        raise ValueError(f"hash: got {id!r}, want one of {', '.join(HASHES)}")
    return HASHES[id]


@cache
def constants_of(id: str) -> dict[str, Any]:
    """Return the published constants of an algebraic hash as its JSON file holds them."""
    if hash_parameters(id).kind == "bytes":
        raise ValueError(
            f"hash: got {id!r}, want an algebraic hash (byte hashes have no constants file)"
        )
    name = id.replace("-", "_") + ".json"
    text = files("zkmark.kernels.hashes").joinpath("constants", name).read_text(encoding="utf-8")
    constants: dict[str, Any] = json.loads(text)
    return constants


def fingerprint(constants: dict[str, Any]) -> str:
    """Return 16 hexadecimal digits that depend on every constant and not on who published them."""
    kept = {name: value for name, value in constants.items() if name not in ("name", "source")}
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()[:16]


def _rows(rows: list[list[int]]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(row) for row in rows)


@cache
def poseidon2_parameters(id: str) -> Poseidon2Parameters:
    """Return the constants of a Poseidon2 set; ``ValueError`` for any other hash."""
    if not id.startswith("poseidon2-"):
        raise ValueError(f"hash: got {id!r}, want a Poseidon2 set")
    outer = hash_parameters(id)
    data = constants_of(id)
    return Poseidon2Parameters(
        id=id,
        field=data["field"],
        modulus=data["p"],
        width=data["width"],
        rate=outer.rate,
        alpha=data["alpha"],
        full_rounds=data["full_rounds"],
        partial_rounds=data["partial_rounds"],
        external_initial=_rows(data["external_initial"]),
        internal=tuple(data["internal"]),
        external_final=_rows(data["external_final"]),
        internal_diagonal=tuple(data["internal_diag"]),
        m4=_rows(data["m4"]),
    )


@cache
def rpo_parameters() -> RpoParameters:
    """Return the constants of RPO-256."""
    data = constants_of("rpo-256")
    return RpoParameters(
        id="rpo-256",
        modulus=data["p"],
        width=data["width"],
        rate=data["rate_positions"][1] - data["rate_positions"][0] + 1,
        rounds=data["rounds"],
        alpha=data["alpha"],
        inverse_alpha=data["inv_alpha"],
        mds_first_row=tuple(data["mds_first_row"]),
        ark1=_rows(data["ark1"]),
        ark2=_rows(data["ark2"]),
    )
