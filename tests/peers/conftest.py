"""Peers that are scripts, put where built ones lie; nothing is compiled and nothing is fetched."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from zkmark.backends.peer.build import folder_of, peer_state
from zkmark.backends.peer.catalogue import PEERS

FAKE = Path(__file__).with_name("fake_peer.py")


@pytest.fixture
def no_peers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of peers, for this process and those that it starts."""
    folder = tmp_path / "peers"
    monkeypatch.setenv("ZKMARK_PEERS", str(folder))
    return folder


@pytest.fixture
def no_tools(no_peers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No compiler on the path, and nothing built."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


@pytest.fixture
def fake(no_peers: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Puts the script in place of a peer: ``fake("plonky3", "wrong")``."""

    def install(name: str, trouble: str = "") -> Path:
        folder = folder_of(PEERS[name])
        folder.mkdir(parents=True)
        program = folder / "program"
        program.write_text(f"#!{sys.executable}\n{FAKE.read_text(encoding='utf-8')}")
        program.chmod(0o755)
        (folder / "built.json").write_text('{"compiler": "a fake"}')
        monkeypatch.setenv("FAKE_PEER_TROUBLE", trouble)
        assert peer_state(PEERS[name]).state == "built"
        return program

    return install


@pytest.fixture
def miden() -> Iterator[None]:
    """The peer that is built here, or a skip that says why there is none."""
    state = peer_state(PEERS["miden-vm"])
    if state.program is None:
        pytest.skip(str(state.reason))
    yield
