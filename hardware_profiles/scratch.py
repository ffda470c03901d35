"""How fast storage takes a scratch file and gives it back: what a prover that spills waits for.

A file is written from one end to the other and made durable, pushed out of the system's page cache,
and read back past that cache where the file system allows it. Every block read is compared with the
block written. The time of the calls alone counts, not that of making or comparing blocks.
"""

from __future__ import annotations

import errno
import mmap
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zkmark.hardware_profiles.value import NotAvailableError, Value, measured, unavailable

_SOURCE = "a scratch file of zkmark's"
_BLOCK = 4 << 20
_BYTES = 128 << 20
# Of what is free, so that measuring never fills a disk.
_MOST_SHARE_OF_FREE = 8
_PASSES = 3
# Faster than any storage or memory: then nothing was written or read.
_MOST_BYTES_PER_SECOND = 1e12
# Their files are memory, so a figure from them says nothing of a disk.
_IN_MEMORY = ("tmpfs", "ramfs")


def not_measured(reason: str = "storage is measured only when asked for") -> dict[str, Any]:
    """Return both figures as ``unavailable``."""
    leaf = unavailable(reason, _SOURCE, "bytes/s").to_json()
    return {"sequential_write": leaf, "sequential_read": leaf}


def measure(folder: Path, file_system: str | None, size: int = _BYTES) -> dict[str, Any]:
    """Measure writing and reading a file of ``size`` bytes in a folder, several times over.

    The file is gone afterwards. Whatever goes wrong becomes the reason. ``file_system`` is its kind
    as the mount table names it.
    """
    try:
        size = _fitting(folder, size)
        passes = [_pass(folder, size, number) for number in range(_PASSES)]
    except NotAvailableError as error:
        return not_measured(str(error))
    except OSError as error:
        return not_measured(f"{folder}: {error.strerror or error}")
    direct = all(one.direct for one in passes)
    note = f"{size >> 20} MiB in blocks of {_BLOCK >> 20} MiB, {file_system or 'unknown'}"
    if file_system in _IN_MEMORY:
        note += ": this is memory, not a disk"
    how = (
        "past the page cache (O_DIRECT)"
        if direct
        else "after the page cache was asked to drop the file: what it kept came from memory"
    )
    return {
        "sequential_write": _believed(
            [size / one.write_seconds for one in passes],
            f"bytes written and made durable (fdatasync), a second; {note}",
        ).to_json(),
        "sequential_read": _believed(
            [size / one.read_seconds for one in passes], f"bytes read {how}, a second; {note}"
        ).to_json(),
    }


def _fitting(folder: Path, size: int) -> int:
    free = shutil.disk_usage(folder).free
    size = min(size, free // _MOST_SHARE_OF_FREE) // _BLOCK * _BLOCK
    if size < _BLOCK:
        raise NotAvailableError(f"{folder}: too little room is free ({free} bytes)")
    return size


def _believed(rates: list[float], counts: str) -> Value:
    value = measured(rates, _SOURCE, "bytes/s", counts)
    if max(rates) > _MOST_BYTES_PER_SECOND:
        return unavailable(
            f"the probe gave {max(rates):.3g} bytes/s, which no storage does: it is not believed",
            _SOURCE,
            "bytes/s",
        )
    return value


class _Pass:
    """One file written and read."""

    def __init__(self) -> None:
        self.write_seconds = 0.0
        self.read_seconds = 0.0
        self.direct = True


def _blocks(size: int, seed: int) -> Iterator[bytes]:
    """Give different blocks that no file system can compress or find twice."""
    import numpy as np

    numbers = np.random.default_rng(seed)
    for _ in range(size // _BLOCK):
        yield numbers.bytes(_BLOCK)


def _pass(folder: Path, size: int, seed: int) -> _Pass:
    done = _Pass()
    descriptor, name = tempfile.mkstemp(prefix=".zkmark-scratch-", dir=folder)
    try:
        try:
            for block in _blocks(size, seed):
                began = time.perf_counter()
                view = memoryview(block)
                while view:
                    view = view[os.write(descriptor, view) :]
                done.write_seconds += time.perf_counter() - began
            began = time.perf_counter()
            os.fdatasync(descriptor)
            done.write_seconds += time.perf_counter() - began
            if hasattr(os, "posix_fadvise"):
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)
        _read(name, size, seed, done)
    finally:
        Path(name).unlink(missing_ok=True)
    return done


def _open_to_read(name: str, done: _Pass) -> int:
    try:
        return os.open(name, os.O_RDONLY | os.O_DIRECT)
    except (OSError, AttributeError) as error:
        # tmpfs and some network file systems have no direct reads, some systems no such flag.
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise
        done.direct = False
        return os.open(name, os.O_RDONLY)


def _read(name: str, size: int, seed: int, done: _Pass) -> None:
    descriptor = _open_to_read(name, done)
    try:
        # Direct reads want memory that starts at a page.
        with mmap.mmap(-1, _BLOCK) as buffer:
            for block in _blocks(size, seed):
                began = time.perf_counter()
                got = os.readv(descriptor, [buffer])
                done.read_seconds += time.perf_counter() - began
                if got != _BLOCK or buffer[:] != block:
                    raise NotAvailableError("the scratch file read back is not what was written")
    finally:
        os.close(descriptor)
