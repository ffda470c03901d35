"""Libraries that only some forms need, asked for when they are needed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from zkmark.suites.errors import ZkmarkError


class MissingLibraryError(ZkmarkError):
    """A form needs a library that is not installed; the text says which, and how to get it."""


def needed(module: str, extra: str) -> Any:
    """Import a module; ``MissingLibraryError`` with the command that brings it."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        missing = (error.name or module).partition(".")[0]
        raise MissingLibraryError(
            f"{missing.replace('_', '-')} is not installed; run: pip install 'zkmark[{extra}]'"
        ) from None
