"""The command line: one module a command, put together in ``app``."""

from __future__ import annotations

import signal
from collections.abc import Sequence

__all__ = ["execute", "main"]


def execute(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code; nothing but an interpreter fault escapes."""
    from zkmark.cli import app

    return app.execute(arguments)


def main() -> None:
    """Run the command line of this process."""
    # Until the commands are loaded there is nothing to end in order: Ctrl-C ends the process at
    # once (130 for a shell), where Python would print a traceback of its imports.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from zkmark.cli import app

    app.main()
