"""A peer's process: started with one job, asked over its standard input (peers/README.md).

Jobs, inputs and outputs are files without a name, in memory where the system can: they are gone
when the last process that holds them is, however it ended, and no disk is busy while it measures.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from zkmark.backends.base import BackendUnavailableError

PROTOCOL = 1
# What a peer may say on standard error before its lines are cut.
_TAIL_BYTES = 2000
_SECONDS_TO_END = 5.0


class PeerError(RuntimeError):
    """A peer ended, hung or said what it may not; the text is one sentence."""


class PeerUnsupportedError(PeerError, BackendUnavailableError):
    """A peer said that it cannot compute its case."""


@dataclass(frozen=True)
class PeerRuns:
    """Some calls of a library, in order.

    ``seconds``: of each call, by the peer's own clock. ``phases``: the seconds of each part of each
    call where the library is called in parts, else empty. ``facts``: what else the peer tells of
    the last call (sizes in bytes, security in bits, shapes), by name.
    """

    seconds: list[float]
    phases: dict[str, list[float]] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


def _seconds(value: object, times: int) -> list[float] | None:
    """Return a list of so many seconds; ``None`` if it is none."""
    if not isinstance(value, list) or len(value) != times:
        return None
    if not all(isinstance(s, int | float) and s >= 0 for s in value):
        return None
    return [float(s) for s in value]


def _nameless(name: str) -> int:
    """Return the descriptor of a file without a name."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create(name)
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _write(descriptor: int, data: memoryview) -> None:
    with open(descriptor, "wb", closefd=False) as file:
        file.write(data)


class PeerProcess:
    """One peer at work on one case.

    ``inputs`` map names to little-endian bytes. The constructor returns when the peer has said that
    it is ready; ``differs`` is what it said then. ``timeout``: seconds that one answer may take.
    Raises ``PeerUnsupportedError`` and ``PeerError``.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        job: Mapping[str, Any],
        inputs: Mapping[str, memoryview],
        timeout: float = 600.0,
    ) -> None:
        self.name = name
        self.timeout = timeout
        self._received = b""
        self._noise: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - until close
        self._output = _nameless("output")
        files = {key: _nameless(key) for key in inputs}
        letter = _nameless("job")
        try:
            for key, data in inputs.items():
                _write(files[key], data)
            text = {
                "protocol": PROTOCOL,
                **job,
                "inputs": {key: f"/dev/fd/{file}" for key, file in files.items()},
                "output": f"/dev/fd/{self._output}",
            }
            _write(letter, memoryview(json.dumps(text).encode()))
            self._process = self._start([*command, f"/dev/fd/{letter}"], [*files.values(), letter])
            answer = self._answer("while it made ready")
            if "unsupported" in answer:
                raise PeerUnsupportedError(f"{name}: {answer['unsupported']}")
            if answer.get("ready") is not True:
                raise self.nonsense(answer)
            self.differs = [str(one) for one in answer.get("differs", [])]
        except BaseException:
            self.close()
            raise
        finally:
            for descriptor in (*files.values(), letter):
                # The peer has read it but holds it open: give its memory back.
                os.ftruncate(descriptor, 0)
                os.close(descriptor)

    def _start(self, command: Sequence[str], files: Sequence[int]) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._noise,
                pass_fds=(*files, self._output),
            )
        except OSError as error:
            raise PeerError(f"{self.name} cannot be started: {error}") from None

    def run(self, times: int) -> list[float]:
        """Have the library called some times; return the seconds of each call by its own clock."""
        return self.run_parts(times).seconds

    def run_parts(self, times: int) -> PeerRuns:
        """Have the library called some times; return all that the peer tells about it."""
        answer = self._ask(f"run {times}", "while it computed")
        seconds = _seconds(answer.get("seconds"), times)
        phases = answer.get("phases", {})
        facts = answer.get("facts", {})
        if seconds is None or not isinstance(phases, dict) or not isinstance(facts, dict):
            raise self.nonsense(answer)
        parts = {}
        for name, told in phases.items():
            part = _seconds(told, times)
            if part is None:
                raise self.nonsense(answer)
            parts[name] = part
        return PeerRuns(seconds, parts, facts)

    def output(self, size: int) -> bytearray:
        """Return the last run's output, which must have ``size`` bytes."""
        answer = self._ask("output", "while it wrote its output")
        if answer.get("written") is not True:
            raise self.nonsense(answer)
        got = os.fstat(self._output).st_size
        if got != size:
            raise PeerError(f"{self.name} wrote {got} bytes of output, want {size}")
        data = bytearray(size)
        with open(self._output, "rb", closefd=False) as file:
            file.seek(0)
            file.readinto(data)
        return data

    def peak_bytes(self) -> int | None:
        """Return the most memory the process has held (``VmHWM``); None where nobody counts it."""
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="utf-8")
        except OSError:
            return None
        found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.M)
        return int(found[1]) * 1024 if found else None

    def close(self) -> None:
        """End the process and give back what it held; again is harmless."""
        process = getattr(self, "_process", None)
        if process is not None:
            with contextlib.suppress(OSError, ValueError):
                process.stdin.write(b"quit\n")
                process.stdin.close()
            try:
                process.wait(_SECONDS_TO_END if self._may_end_itself else 0)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()
            self._process = None  # type: ignore[assignment]
        if self._output >= 0:
            os.close(self._output)
            self._output = -1
            self._noise.close()

    _may_end_itself = True

    def _ask(self, request: str, during: str) -> dict[str, Any]:
        if self._process is None:
            raise PeerError(f"{self.name} was closed")
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(f"{request}\n".encode())
            self._process.stdin.flush()
        except OSError:
            raise self._death(during) from None
        answer = self._answer(during)
        if "error" in answer:
            raise PeerError(f"{self.name}: {answer['error']}")
        return answer

    def _answer(self, during: str) -> dict[str, Any]:
        """Return the next line's object; raise when there is none in time, or it is none."""
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        deadline = time.monotonic() + self.timeout
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, selectors.EVENT_READ)
            while b"\n" not in self._received:
                left = deadline - time.monotonic()
                if left <= 0 or not selector.select(left):
                    self._may_end_itself = False
                    raise PeerError(
                        f"{self.name} gave no answer in {self.timeout:g} s {during} and was ended"
                    )
                chunk = os.read(descriptor, 1 << 16)
                if not chunk:
                    raise self._death(during)
                self._received += chunk
        line, _, self._received = self._received.partition(b"\n")
        try:
            answer = json.loads(line)
        except ValueError:
            answer = line.decode(errors="replace")
        if not isinstance(answer, dict):
            raise self.nonsense(answer)
        return answer

    def nonsense(self, answer: object) -> PeerError:
        """Return the error about an answer that makes no sense."""
        return PeerError(f"{self.name} gave an answer that is none: {str(answer)[:100]!r}")

    def _death(self, during: str) -> PeerError:
        try:
            status = self._process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._may_end_itself = False
            return PeerError(f"{self.name} closed its output {during}")
        how = f"ended with status {status}"
        if status < 0:
            with contextlib.suppress(ValueError):
                how = f"was ended by {signal.Signals(-status).name}"
        self._noise.seek(0, os.SEEK_END)
        self._noise.seek(max(0, self._noise.tell() - _TAIL_BYTES))
        text = self._noise.read().decode(errors="replace")
        # The last of what it said, less what Rust adds to every panic.
        lines = [line.strip() for line in text.splitlines()]
        said = [line for line in lines if line and not line.startswith("note:")]
        return PeerError(f"{self.name} {how} {during}{': ' + ' '.join(said[-2:]) if said else ''}")
