"""Which peers there are: their sources, the library that each is made around, and its version."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal


def sources() -> Path:
    """Return the folder of the peers' sources, which is installed beside this package."""
    return Path(__file__).parents[2] / "peers"


@dataclass(frozen=True)
class Peer:
    """A program around a published library.

    ``folder``: its sources, below ``sources()``. ``library``: the package that its version is told
    by. ``about``: what it is used for here.
    """

    name: str
    language: Literal["rust", "go"]
    folder: str
    library: str
    about: str

    @property
    def id(self) -> str:
        """The id of its implementations: ``peer/plonky3``."""
        return f"peer/{self.name}"

    @property
    def sources(self) -> Path:
        """The folder of its own sources."""
        return sources() / self.folder

    @property
    def workspace(self) -> Path:
        """The folder whose lock file it is built with."""
        return self.sources.parent if self.language == "rust" else self.sources

    def version(self) -> str | None:
        """Return the library's version as the lock file has it."""
        try:
            if self.language == "rust":
                lock = (self.workspace / "Cargo.lock").read_text(encoding="utf-8")
                packages = tomllib.loads(lock)["package"]
                found = _locked(packages, f"peer-{self.name}", self.library)
            else:
                module = (self.workspace / "go.mod").read_text(encoding="utf-8")
                found = re.findall(rf"{re.escape(self.library)}\s+v([\w.+-]+)", module)
        except (OSError, ValueError, KeyError):
            return None
        return found[0] if found else None

    def source_hash(self) -> str:
        """Return a digest of everything that its program is made from, the compiler aside."""
        return _hash_of(self)


_ALL = (
    Peer(
        "arkworks",
        "rust",
        "rust/arkworks",
        "ark-ec",
        "NTT over wide fields and MSM on every curve",
    ),
    Peer("plonky3", "rust", "rust/plonky3", "p3-dft", "NTT and Merkle trees over small fields"),
    Peer("blake3", "rust", "rust/blake3", "blake3", "Merkle trees of BLAKE3"),
    Peer("blst", "rust", "rust/blst", "blst", "MSM on BLS12-381"),
    Peer(
        "gnark-crypto",
        "go",
        "go/gnark-crypto",
        "github.com/consensys/gnark-crypto",
        "NTT and MSM of BN254 and BLS12-381",
    ),
    Peer(
        "halo2curves",
        "rust",
        "rust/halo2curves",
        "halo2curves",
        "MSM on BN254 and the Pasta curves",
    ),
    Peer(
        "miden-crypto",
        "rust",
        "rust/miden-crypto",
        "miden-crypto",
        "Merkle trees of RPO-256 and Poseidon2 over Goldilocks",
    ),
    Peer(
        "miden-vm",
        "rust",
        "rust/miden-vm",
        "miden-vm",
        "programs of the stack machine: compiled, proven, verified",
    ),
)
PEERS: dict[str, Peer] = {peer.name: peer for peer in _ALL}


def peer(name: str) -> Peer:
    """Return a peer by name; ``ValueError`` names the known ones."""
    if name not in PEERS:
        raise ValueError(f"peer: got {name!r}, want one of {', '.join(PEERS)}")
    return PEERS[name]


def _locked(packages: list[dict[str, Any]], package: str, library: str) -> list[str]:
    """Return the version of a library that a package is locked to."""
    (own,) = [p for p in packages if p["name"] == package]
    # Cargo adds the version to the name where the lock file has several.
    named = [d.split() for d in own["dependencies"] if d.split()[0] == library]
    if named and len(named[0]) > 1:
        return [named[0][1]]
    return [str(p["version"]) for p in packages if p["name"] == library] if named else []


@cache
def _hash_of(peer: Peer) -> str:
    places = [peer.sources]
    if peer.language == "rust":
        top = peer.workspace
        places += [top / "Cargo.toml", top / "Cargo.lock", top / "protocol"]
    digest = sha256()
    for place in places:
        files = sorted(p for p in place.rglob("*") if p.is_file()) if place.is_dir() else [place]
        for file in files:
            if "target" in file.relative_to(sources()).parts:
                continue  # what a developer built in place
            digest.update(str(file.relative_to(sources())).encode() + b"\0")
            digest.update(sha256(file.read_bytes()).digest())
    return digest.hexdigest()
