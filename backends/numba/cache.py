"""Where Numba keeps compiled code, so that only a machine's first run waits for the compiler."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def prepare_cache(package: Path) -> None:
    """Give Numba a folder for the compiled code of ``package``, a folder of kernels.

    Call it before importing what ``@njit(cache=True)`` decorates. ``NUMBA_CACHE_DIR`` is respected;
    else Numba writes beside the sources where it may, which needs no setting; else into the user's
    cache folder, and last into a temporary one.
    """
    from numba.core import config as numba_config

    config: Any = numba_config  # a module whose attributes are made when it is loaded

    if config.CACHE_DIR or _writable(package / "__pycache__"):
        return
    from platformdirs import user_cache_path

    folder = user_cache_path("zkmark") / "numba"
    if not _writable(folder):
        folder = Path(tempfile.mkdtemp(prefix="zkmark-numba-"))
    config.CACHE_DIR = str(folder)
    # Worker processes inherit it.
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
