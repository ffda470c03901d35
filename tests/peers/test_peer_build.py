"""Building peers: what is said when a compiler is missing or fails, or there is nothing to do.

Compilers are scripts here; no test of this file compiles or fetches anything.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from zkmark.backends import BackendUnavailableError, backend_statuses, get_backend
from zkmark.backends.peer import build
from zkmark.backends.peer.build import MissingToolError, PeerBuildError, build_peer, peer_state
from zkmark.backends.peer.catalogue import PEERS, peer, sources

PLONKY3 = PEERS["plonky3"]

CARGO = """#!/bin/sh
echo "$@" >> "{log}"
case "$1" in -V) echo "cargo {version}"; exit 0;; esac
{behaviour}
"""
BUILDS = """
while [ "$1" != --target-dir ]; do shift; done
mkdir -p "$2/release"
echo "$RUSTFLAGS" > "$2/release/peer-plonky3"
"""


@pytest.fixture
def cargo(no_tools: None, tmp_path: Path) -> Callable[..., Path]:
    """Puts a script in cargo's place; returns the file in which its arguments are."""

    def install(behaviour: str = BUILDS, version: str = "1.99.0") -> Path:
        log = tmp_path / "cargo.log"
        script = tmp_path / "bin" / "cargo"
        body = "PATH=/usr/bin:/bin\n" + behaviour
        script.write_text(CARGO.format(log=log, version=version, behaviour=body))
        script.chmod(0o755)
        return log

    return install


def test_every_peer_has_sources_and_a_version() -> None:
    for one in PEERS.values():
        assert one.sources.is_dir(), one.name
        assert one.version(), one.name
        assert (one.workspace / ("Cargo.lock" if one.language == "rust" else "go.sum")).is_file()
    assert sources().joinpath("README.md").is_file()


def test_unknown_peer() -> None:
    with pytest.raises(ValueError, match=r"got 'plonky4', want one of arkworks, .*plonky3"):
        peer("plonky4")


def test_a_missing_toolchain_is_one_sentence(no_tools: None) -> None:
    want = (
        "peer/plonky3 needs cargo; install Rust from https://rustup.rs, "
        "then run: zkmark peers build plonky3"
    )
    state = peer_state(PLONKY3)
    assert (state.state, state.reason, state.program) == ("toolchain missing", want, None)
    with pytest.raises(MissingToolError) as caught:
        build_peer(PLONKY3)
    assert str(caught.value) == want


def test_the_backend_says_what_to_do_without_peers(no_peers: Path) -> None:
    (status,) = [s for s in backend_statuses() if s.name == "peer"]
    assert not status.available
    assert "zkmark peers build" in str(status.reason)
    with pytest.raises(BackendUnavailableError, match="zkmark peers build"):
        get_backend("peer")


def test_a_peer_is_built_once(cargo: Callable[..., Path], no_peers: Path) -> None:
    log = cargo()
    assert peer_state(PLONKY3).state == "not built"
    said: list[str] = []
    state = build_peer(PLONKY3, said.append)
    assert state.state == "built"
    assert state.compiler == "cargo 1.99.0"
    assert state.program is not None
    assert "-C target-cpu=native" in state.program.read_text()
    assert "build --release --locked --package peer-plonky3" in log.read_text()
    assert said == ["peer/plonky3: building with cargo 1.99.0", "peer/plonky3 is built"]
    calls = log.read_text().count("--locked")
    assert build_peer(PLONKY3).state == "built"
    assert log.read_text().count("--locked") == calls
    build_peer(PLONKY3, force=True)
    assert log.read_text().count("--locked") == calls + 1


def test_another_compiler_builds_again(cargo: Callable[..., Path]) -> None:
    cargo()
    build_peer(PLONKY3)
    log = cargo(version="2.0.0")
    assert build_peer(PLONKY3).compiler == "cargo 2.0.0"
    assert log.read_text().count("--locked") == 2


def test_another_processor_does_not_find_it(
    cargo: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    cargo()
    build_peer(PLONKY3)
    monkeypatch.setattr(build, "processor_key", lambda: "another one")
    assert peer_state(PLONKY3).state == "not built"


@pytest.mark.parametrize(
    ("said", "want"),
    [
        ("error: failed to download from the registry; Could not resolve host", "the network once"),
        ("error: could not compile p3-dft", "cargo ended with status 101 (could not compile"),
    ],
)
def test_a_failed_build_is_one_sentence(
    cargo: Callable[..., Path], said: str, want: str, capfd: pytest.CaptureFixture[str]
) -> None:
    cargo(f"echo Compiling >&2; echo '{said}' >&2; exit 101")
    with pytest.raises(PeerBuildError) as caught:
        build_peer(PLONKY3)
    assert want in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not isinstance(caught.value, MissingToolError)
    assert said in capfd.readouterr().err
    assert peer_state(PLONKY3).state == "not built"


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "zkmark", "peers", *words],
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_the_command_line_without_a_toolchain(no_tools: None) -> None:
    done = command("build", "plonky3")
    assert done.returncode == 7
    assert done.stderr.count("\n") == 1
    assert "peer/plonky3 needs cargo; install Rust from https://rustup.rs" in done.stderr
    listed = command("list", "--json")
    assert listed.returncode == 0
    assert {row["state"] for row in json.loads(listed.stdout)} == {"toolchain missing"}


def test_the_command_line_lists_and_refuses(fake: Callable[..., Path]) -> None:
    fake("plonky3")
    done = command("list")
    assert done.returncode == 0
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("peer/plonky3")]
    assert line.split()[-1] == "built"
    assert str(PLONKY3.version()) in line
    wrong = command("build", "plonky")
    assert wrong.returncode == 2
    assert "did you mean plonky3?" in wrong.stderr
