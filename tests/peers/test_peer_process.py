"""Talking to a peer: what it answers, and every way in which it can fail to."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zkmark.backends.peer.process import PeerError, PeerProcess, PeerUnsupportedError
from zkmark.kernels.ntt.case import NttCase

SCRIPT = Path(__file__).with_name("fake_peer.py")
CASE = NttCase("goldilocks", 3, batch=2)
INPUTS = CASE.make_input(1)
SIZE = 2 * 8 * 8


def start(timeout: float = 60.0) -> PeerProcess:
    job = {"kernel": "ntt", "parameters": CASE.parameters(), "threads": 3}
    data = {name: array.reshape(-1).view(np.uint8).data for name, array in INPUTS.items()}
    return PeerProcess("peer/fake", [sys.executable, str(SCRIPT)], job, data, timeout)


@pytest.fixture
def trouble(monkeypatch: pytest.MonkeyPatch) -> Any:
    return lambda name: monkeypatch.setenv("FAKE_PEER_TROUBLE", name)


def test_a_peer_runs_as_often_as_asked_and_gives_its_output() -> None:
    peer = start()
    try:
        assert peer.run(3) == pytest.approx([6e-4, 6.01e-4, 6.02e-4])
        output = np.frombuffer(peer.output(SIZE), dtype=np.uint64).reshape(CASE.shape)
        assert np.array_equal(output, CASE.reference(INPUTS))
        assert peer.differs == []
    finally:
        peer.close()
    peer.close()
    with pytest.raises(PeerError, match="was closed"):
        peer.run(1)


def test_what_differs_is_kept(trouble: Any) -> None:
    trouble("differs")
    peer = start()
    assert peer.differs == ["it has everything upside down"]
    peer.close()


@pytest.mark.parametrize(
    ("name", "error", "text"),
    [
        ("unsupported", PeerUnsupportedError, "peer/fake: it has none of these"),
        (
            "dies-at-once",
            PeerError,
            "peer/fake ended with status 3 while it made ready: "
            "thread main panicked: no such thing",
        ),
        ("no-json", PeerError, "gave an answer that is none: 'hello'"),
    ],
)
def test_a_peer_that_does_not_get_ready(
    trouble: Any, name: str, error: type[Exception], text: str
) -> None:
    trouble(name)
    with pytest.raises(error) as caught:
        start()
    assert text in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_peer_that_hangs_is_ended(trouble: Any) -> None:
    trouble("hang")
    with pytest.raises(PeerError, match=r"gave no answer in 0\.5 s while it made ready"):
        start(timeout=0.5)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("killed", "peer/fake was ended by SIGKILL while it computed"),
        ("nonsense", "gave an answer that is none"),
    ],
)
def test_a_peer_that_fails_at_work(trouble: Any, name: str, text: str) -> None:
    trouble(name)
    peer = start()
    with pytest.raises(PeerError, match=text):
        peer.run(1)
    peer.close()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("short", f"wrote {SIZE - 1} bytes of output, want {SIZE}"),
        ("refuses", "peer/fake: it keeps its output"),
    ],
)
def test_a_peer_whose_output_is_none(trouble: Any, name: str, text: str) -> None:
    trouble(name)
    peer = start()
    peer.run(1)
    with pytest.raises(PeerError, match=text):
        peer.output(SIZE)
    peer.close()


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(PeerError, match="peer/none cannot be started"):
        PeerProcess("peer/none", ["/nowhere/at/all"], {}, {})
