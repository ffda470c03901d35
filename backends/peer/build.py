"""Building peers into the user's cache, once for each state of sources, processor and compiler.

Rust is compiled by Cargo with its lock file and ``-C target-cpu=native``, Go by ``go build`` with
``-mod=readonly``. A folder of the cache holds one program and ``built.json``, which says what it
was made with.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from zkmark.backends.native_tools import processor_key
from zkmark.backends.peer.catalogue import PEERS, Peer

_TOOLS = {
    "rust": ("cargo", "install Rust from https://rustup.rs"),
    "go": ("go", "install Go from https://go.dev/dl"),
}
_NETWORK = re.compile(
    r"resolve host|network|connect|timed? ?out|spurious|download|dial tcp|no such host|proxy", re.I
)
_SECONDS_FOR_VERSION = 30


class PeerBuildError(RuntimeError):
    """A peer could not be built; the text says why, and what to do."""


class MissingToolError(PeerBuildError):
    """The compiler is not there."""


@dataclass(frozen=True)
class PeerState:
    """Whether a peer is built: ``built``, ``not built`` or ``toolchain missing``.

    ``program``: its path when it is built. ``reason``: one sentence with the command that would
    help when it is not. ``compiler``: what it was built with.
    """

    peer: Peer
    state: str
    program: Path | None = None
    reason: str | None = None
    compiler: str | None = None


def cache_folder() -> Path:
    """Return where programs are kept: ``ZKMARK_PEERS`` or a folder of the user's cache."""
    given = os.environ.get("ZKMARK_PEERS")
    if given:
        return Path(given)
    from platformdirs import user_cache_path

    return user_cache_path("zkmark") / "peers"


def folder_of(peer: Peer) -> Path:
    """Return where a peer's program belongs, for its sources and this processor."""
    key = sha256(f"{peer.source_hash()}\n{processor_key()}".encode()).hexdigest()
    return cache_folder() / peer.name / key[:16]


def _record(folder: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads((folder / "built.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if (folder / "program").is_file() else None


def peer_state(peer: Peer) -> PeerState:
    """Say whether a peer is built; quick, runs nothing."""
    folder = folder_of(peer)
    record = _record(folder)
    if record is not None:
        return PeerState(
            peer, "built", folder / "program", compiler=str(record.get("compiler", ""))
        )
    tool, advice = _TOOLS[peer.language]
    command = f"zkmark peers build {peer.name}"
    if shutil.which(tool) is None:
        reason = f"{peer.id} needs {tool}; {advice}, then run: {command}"
        return PeerState(peer, "toolchain missing", reason=reason)
    return PeerState(peer, "not built", reason=f"{peer.id} is not built; run: {command}")


def peer_states() -> list[PeerState]:
    """Return the states of all peers."""
    return [peer_state(peer) for peer in PEERS.values()]


def build_peer(
    peer: Peer, say: Callable[[str], None] | None = None, force: bool = False
) -> PeerState:
    """Build a peer unless its program is there and its compiler still the same; return its state.

    The compiler's progress goes to standard error. ``say`` is told what happens. Raises
    ``MissingToolError`` when the compiler is not there and ``PeerBuildError`` when it fails.
    """
    tell = say or (lambda text: None)
    compiler = _compiler(peer)
    folder = folder_of(peer)
    record = _record(folder)
    if record is not None and record.get("compiler") == compiler and not force:
        tell(f"{peer.id} is built")
        return peer_state(peer)
    tell(f"{peer.id}: building with {compiler}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        made = _build_rust(peer) if peer.language == "rust" else _build_go(peer, folder)
        # Put in place whole: a run beside this one sees the old program or the new one.
        with tempfile.TemporaryDirectory(dir=folder) as place:
            shutil.copy2(made, Path(place) / "program")
            (Path(place) / "program").replace(folder / "program")
            note = {"compiler": compiler, "version": peer.version(), "peer": peer.name}
            (Path(place) / "built.json").write_text(json.dumps(note) + "\n", encoding="utf-8")
            (Path(place) / "built.json").replace(folder / "built.json")
    except OSError as error:
        raise PeerBuildError(f"{peer.id} cannot be built: {error}") from None
    tell(f"{peer.id} is built")
    return peer_state(peer)


def _compiler(peer: Peer) -> str:
    """Return the compiler's version line."""
    tool, advice = _TOOLS[peer.language]
    command = ["cargo", "-V"] if peer.language == "rust" else ["go", "version"]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=_SECONDS_FOR_VERSION,
            check=True,
            cwd=peer.workspace,
        )
    except FileNotFoundError:
        raise MissingToolError(
            f"{peer.id} needs {tool}; {advice}, then run: zkmark peers build {peer.name}"
        ) from None
    except (OSError, subprocess.SubprocessError) as error:
        said = str(getattr(error, "stderr", None) or error).strip().splitlines()
        raise MissingToolError(
            f"{peer.id} needs {tool}, which does not run ({said[-1] if said else error}); {advice}"
        ) from None
    return done.stdout.strip()


def _build_rust(peer: Peer) -> Path:
    target = cache_folder() / "rust-target"
    flags = f"{os.environ.get('RUSTFLAGS', '')} -C target-cpu=native".strip()
    package = f"peer-{peer.name}"
    command = ["cargo", "build", "--release", "--locked", "--package", package]
    command += ["--target-dir", str(target)]
    _compile(peer, command, {"RUSTFLAGS": flags})
    return target / "release" / package


def _build_go(peer: Peer, folder: Path) -> Path:
    program = folder / "program.new"
    command = ["go", "build", "-mod=readonly", "-trimpath", "-o", str(program), "."]
    _compile(peer, command, {"GOAMD64": _go_level(), "GOFLAGS": "", "CGO_ENABLED": "0"})
    return program


def _go_level() -> str:
    """Return Go's name of the processor's level: its native flag."""
    flags = processor_key().split()
    if "avx512f" in flags and "avx512vl" in flags and "avx512bw" in flags:
        return "v4"
    return "v3" if {"avx2", "bmi2", "fma"} <= set(flags) else "v1"


def _compile(peer: Peer, command: list[str], settings: dict[str, str]) -> None:
    """Run a compiler with its progress on standard error; raise with its first complaint."""
    lines: list[str] = []
    with subprocess.Popen(
        command,
        cwd=peer.workspace,
        env={**os.environ, **settings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            sys.stderr.write(line)
            sys.stderr.flush()
            lines.append(line.strip())
        status = process.wait()
    if status:
        raise PeerBuildError(_complaint(peer, command[0], status, lines))


def _complaint(peer: Peer, tool: str, status: int, lines: list[str]) -> str:
    """Return one sentence about a failed build."""
    errors = [line for line in lines if line.startswith(("error", "go: "))]
    first = (errors or [line for line in lines if line] or [f"status {status}"])[0]
    what = first.removeprefix("error: ").removeprefix("go: ")[:200]
    if _NETWORK.search("\n".join(lines)):
        return (
            f"{peer.id} cannot be built: its sources could not be fetched ({what}); {tool} needs "
            f"the network once, then run: zkmark peers build {peer.name}"
        )
    return f"{peer.id} cannot be built: {tool} ended with status {status} ({what})"
