"""Looking at files and folders before work starts, so that nothing fails after it."""

from __future__ import annotations

import os
from pathlib import Path

from zkmark.cli.errors import RefusalError


def check_writable(path: Path, option: str = "--output") -> None:
    """Refuse a file that could not be written."""
    if path.is_dir():
        raise RefusalError(f"{option}: {path} is a folder, want a file")
    if not path.parent.is_dir():
        raise RefusalError(f"{option}: there is no folder {path.parent}; make it first")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise RefusalError(f"{option}: {path} cannot be written: permission denied")
