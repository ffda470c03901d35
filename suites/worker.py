"""A worker process: does the one job that stands as JSON on its standard input.

``python -m zkmark.suites.worker FD`` writes one JSON line an event to the file descriptor FD:
``{"event": "stage", "name": ...}`` as it goes, then one of ``done`` (with ``answer``),
``unsupported``, ``incorrect`` and ``error`` (with ``reason``). Standard output and standard error
are left to libraries. Whatever kills this process costs its one job.
"""

from __future__ import annotations

import ctypes
import faulthandler
import json
import os
import resource
import signal
import sys
import traceback
from typing import Any

_PR_SET_PDEATHSIG = 1


def _die_with(parent: int) -> None:
    """Ask the kernel to end this process when the run that started it ends, however it ends."""
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    except (OSError, AttributeError):
        return  # not Linux: such a worker ends when its job does
    if os.getppid() != parent:  # it ended before the kernel was asked
        os._exit(1)


def main() -> int:
    """Do the job; return 0 when it was answered, even by an error."""
    channel = os.fdopen(int(sys.argv[1]), "w", encoding="utf-8")

    def say(**event: Any) -> None:
        channel.write(json.dumps(event, allow_nan=False) + "\n")
        channel.flush()

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash is told, not dumped
    faulthandler.enable()
    job = json.load(sys.stdin)
    _die_with(job["parent"])
    say(event="stage", name="loading")
    try:
        from zkmark.backends import BackendUnavailableError
        from zkmark.kernels.case import WrongOutputError
        from zkmark.suites.jobs import JOBS, UnsupportedError
        from zkmark.suites.plugins import load_plugin

        for plugin in job["plugins"]:
            load_plugin(plugin)
        try:
            answer = JOBS[job["job"]](job, lambda name: say(event="stage", name=name))
            say(event="done", answer=answer)
        except (UnsupportedError, BackendUnavailableError) as error:
            say(event="unsupported", reason=str(error))
        except WrongOutputError as error:
            say(event="incorrect", reason=" ".join(str(error).split()))
    except MemoryError:
        say(event="error", reason="MemoryError: there is not enough memory")
    except Exception as error:
        from zkmark.backends.native_tools import native_fault

        traceback.print_exc()
        text = " ".join(str(error).split())
        say(event="error", reason=native_fault(error) or f"{type(error).__name__}: {text}")
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Not through the interpreter's end: a library that crashes while unloading has done its work.
    os._exit(code)
