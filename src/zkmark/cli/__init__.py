"""The command line: one module a command, put together in ``app``."""

from zkmark.cli.app import execute, main

__all__ = ["execute", "main"]
