"""Running the command line as a user does: in its own process, through pipes or on a terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "tests" / "suites" / "example_result.json"


@dataclass(frozen=True)
class Finished:
    """What one command line did."""

    code: int
    out: str
    err: str


def environment(**extra: str) -> dict[str, str]:
    """The environment of a command: ours, less what would change its looks, plus what is given."""
    kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
    return {**kept, "TERM": "xterm-256color", **extra}


class CommandLine(Protocol):
    """``zkmark(*arguments, **environment)``."""

    def __call__(self, *arguments: str, **extra: str) -> Finished: ...


def run_in_pipes(*arguments: str, **extra: str) -> Finished:
    """Run ``zkmark`` with its output in pipes."""
    done = subprocess.run(
        [sys.executable, "-m", "zkmark", *arguments],
        capture_output=True,
        text=True,
        env=environment(**extra),
        timeout=300,
    )
    return Finished(done.returncode, done.stdout, done.stderr)


def run_on_terminal(*arguments: str, columns: int = 100, **extra: str) -> Finished:
    """Run ``zkmark`` on a pseudo-terminal of a width; both its outputs come back in ``out``."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "zkmark", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment(**extra),
        close_fds=True,
    )
    os.close(theirs)
    parts = []
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # the far end is closed
            break
        if not part:
            break
        parts.append(part)
    os.close(ours)
    return Finished(process.wait(timeout=60), b"".join(parts).decode(), "")


@pytest.fixture
def zkmark() -> CommandLine:
    """Run a command line with its output in pipes."""
    return run_in_pipes


@pytest.fixture
def here(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Run a command line in this process: much faster, for what needs no process of its own."""
    from zkmark.cli import execute

    def call(*arguments: str, **extra: str) -> Finished:
        assert not extra, "the environment is that of the tests here"
        capsys.readouterr()
        code = execute(arguments)
        said = capsys.readouterr()
        return Finished(code, said.out, said.err)

    return call


@pytest.fixture
def no_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the machine's ceilings alone in this process: they take seconds a run.

    Runs in processes of their own measure them, as they do for users.
    """
    from zkmark.hardware_profiles import ceilings

    monkeypatch.setattr(ceilings, "measure", lambda *_: ceilings.not_measured("not in this test"))


class Terminal(Protocol):
    """``on_terminal(*arguments, columns=100, **environment)``."""

    def __call__(self, *arguments: str, columns: int = 100, **extra: str) -> Finished: ...


@pytest.fixture
def on_terminal() -> Terminal:
    """Run a command line on a pseudo-terminal."""
    return run_on_terminal


@pytest.fixture
def example() -> str:
    """A complete result document of every kind of outcome."""
    return str(EXAMPLE)
