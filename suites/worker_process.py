"""Starting a worker process, hearing its answer, and telling what happened to it."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

# What a kernel or a library may write before its lines are cut.
_TAIL_BYTES = 4000
_SECONDS_TO_END = 5.0
_FINAL = ("done", "unsupported", "incorrect", "error")

_SIGNAL_WORDS = {
    "SIGSEGV": "it touched memory that is not its own",
    "SIGABRT": "it or a library gave up",
    "SIGKILL": "perhaps the kernel was out of memory",
    "SIGILL": "it used an instruction that this processor lacks",
    "SIGBUS": "it touched memory that is not there",
    "SIGFPE": "arithmetic error",
}


@dataclass(frozen=True)
class Outcome:
    """How a job ended.

    ``status``: ``ok`` (then ``answer`` holds what the job gave), ``unsupported``, ``incorrect``,
    ``error``, ``crashed`` or ``timeout`` (then ``reason`` is one sentence). ``seconds``: from start
    to end as seen from here. ``stderr``: the last of what it wrote there.
    """

    status: str
    answer: dict[str, Any] | None
    reason: str | None
    seconds: float
    stderr: str = ""


def run_job(
    job: dict[str, Any],
    timeout: float,
    plugins: Sequence[str] = (),
    on_stage: Callable[[str], None] | None = None,
    launcher: Sequence[str] = (sys.executable,),
) -> Outcome:
    """Do a job in a new process and return its outcome; kill it after ``timeout`` seconds.

    ``on_stage`` hears what the worker is about to do, as it says so. ``launcher`` is the command
    that starts Python: another environment's interpreter, or one under a tool.

    Never raises for what happens in the worker. When this call itself is interrupted, the worker is
    killed before the exception goes on.
    """
    began = time.monotonic()
    read_end, write_end = os.pipe()
    # Files, not pipes: nobody reads them meanwhile, and a full pipe would stop the worker.
    with tempfile.TemporaryFile() as noise, tempfile.TemporaryFile() as stdin:
        stdin.write(json.dumps({**job, "parent": os.getpid(), "plugins": list(plugins)}).encode())
        stdin.seek(0)
        try:
            process = subprocess.Popen(
                # -P: a file called json.py in the folder where zkmark is started is none of ours.
                [*launcher, "-P", "-m", "zkmark.suites.worker", str(write_end)],
                stdin=stdin,
                stdout=noise,
                stderr=noise,
                pass_fds=(write_end,),
                # Ctrl-C reaches this process, which then ends the worker.
                start_new_session=True,
            )
        except BaseException:
            os.close(read_end)
            raise
        finally:
            os.close(write_end)
        try:
            events, ended = _listen(read_end, process, began + timeout, on_stage)
            if ended:
                # It has answered or closed the channel: give it a moment to end by itself, so that
                # its exit status tells what happened.
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_SECONDS_TO_END)
        finally:
            os.close(read_end)
            _kill(process)
        noise.seek(0, os.SEEK_END)
        noise.seek(max(0, noise.tell() - _TAIL_BYTES))
        stderr = noise.read().decode(errors="replace")
    return _outcome(events, ended, process.returncode, time.monotonic() - began, timeout, stderr)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the worker and what it started, and wait for its end."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    except PermissionError:
        process.kill()
    process.wait()


def _listen(
    channel: int,
    process: subprocess.Popen[bytes],
    deadline: float,
    on_stage: Callable[[str], None] | None,
) -> tuple[list[dict[str, Any]], bool]:
    """Collect events until the worker has answered or is dead (True), or the time is up (False).

    Its death is looked for too: something that it forked may hold the channel open after it.
    """
    received = b""
    events: list[dict[str, Any]] = []
    ended = False
    with selectors.DefaultSelector() as selector:
        selector.register(channel, selectors.EVENT_READ)
        while not ended and (left := deadline - time.monotonic()) > 0:
            dead = process.poll() is not None
            if selector.select(0 if dead else min(left, 0.5)):
                chunk = os.read(channel, 1 << 16)
                received += chunk
                *lines, received = received.split(b"\n")
                new = [json.loads(line) for line in lines]
                events += new
                for event in new:
                    if on_stage is not None and event["event"] == "stage":
                        on_stage(event["name"])
                ended = not chunk or any(event["event"] in _FINAL for event in events)
            else:
                ended = dead
    return events, ended


def _outcome(
    events: list[dict[str, Any]],
    ended: bool,
    returncode: int,
    seconds: float,
    timeout: float,
    stderr: str,
) -> Outcome:
    stages = [event["name"] for event in events if event["event"] == "stage"]
    where = f" while {stages[-1]}" if stages else " while starting"
    last = events[-1] if events else {}
    if last.get("event") == "done":
        return Outcome("ok", last["answer"], None, seconds, stderr)
    if last.get("event") in _FINAL:
        return Outcome(last["event"], None, last["reason"], seconds, stderr)
    if not ended:
        reason = f"the process was still running after {timeout:g} s{where} and was ended"
        return Outcome("timeout", None, reason, seconds, stderr)
    if returncode < 0:
        name = _signal_name(-returncode)
        words = f" ({_SIGNAL_WORDS[name]})" if name in _SIGNAL_WORDS else ""
        return Outcome(
            "crashed", None, f"the process was ended by {name}{where}{words}", seconds, stderr
        )
    lines = [line for line in stderr.splitlines() if line.strip()]
    said = f": {lines[-1].strip()[:300]}" if lines else ""
    return Outcome(
        "crashed",
        None,
        f"the process ended with exit code {returncode} and no answer{where}{said}",
        seconds,
        stderr,
    )


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
