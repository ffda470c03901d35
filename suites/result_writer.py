"""Writing result documents so that a killed run keeps every finished case.

The whole document is written again after each case: into a temporary file beside it, flushed to the
disk, then renamed over it. Whatever happens in between, the name holds a valid document. A new
document takes a name that nobody has, and a lock keeps two runs from writing the same one.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any, Self

from zkmark.suites.errors import ResultOutputError

# A large suite's document has a few megabytes, and there are two of it while one is written.
_LEAST_FREE_BYTES = 16 << 20


def encode(document: dict[str, Any]) -> str:
    """Return a document as JSON: one line a case, so that it can be read and compared by line."""

    def line(value: Any) -> str:
        return json.dumps(value, allow_nan=False, ensure_ascii=False)

    cases = ",\n".join(line(case) for case in document["cases"])
    head = {key: value for key, value in document.items() if key != "cases"}
    fields = [f"{line(key)}: {line(value)}" for key, value in head.items()]
    return "{\n" + ",\n".join(fields) + f',\n"cases": [\n{cases}\n]\n}}\n'


def check_folder(folder: Path) -> None:
    """Make the folder if need be and see that a document can be written there.

    Raises ``ResultOutputError`` with one sentence: cannot be made, no folder, not writable, too
    little space.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise ResultOutputError(f"output: {folder} is a file, want a folder") from None
    except OSError as error:
        raise ResultOutputError(
            f"output: the folder {folder} cannot be made: {error.strerror}"
        ) from None
    probe = folder / f".zkmark-probe-{os.getpid()}"
    try:
        with probe.open("xb") as file:
            file.write(b"zkmark")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise ResultOutputError(
            f"output: the folder {folder} cannot be written to: {error.strerror}"
        ) from None
    finally:
        probe.unlink(missing_ok=True)
    free = shutil.disk_usage(folder).free
    if free < _LEAST_FREE_BYTES:
        raise ResultOutputError(
            f"output: the disk of {folder} has {free / 2**20:.1f} MiB free, "
            f"want at least {_LEAST_FREE_BYTES >> 20} MiB"
        )


def check_new_file(path: Path) -> None:
    """Raise ``ResultOutputError`` if a document that is to be new is there already."""
    if path.exists():
        raise ResultOutputError(
            f"output: {path} is there already and is not overwritten; "
            f"name another file, or go on with it: --resume {path}"
        )


class ResultWriter:
    """Keeps one document on disk; make one with ``create`` or ``resume``, and ``close`` it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock_path = path.with_name(f".{path.name}.lock")
        self._temporary = path.with_name(f".{path.name}.part")
        self._lock = -1

    @classmethod
    def create(
        cls, folder: Path, stem: str, document: dict[str, Any], named: Path | None = None
    ) -> Self:
        """Start a new document ``<stem>.json`` (``-2``, ``-3`` ... where that is taken).

        ``named`` is the one path that it may have instead. The folder must have passed
        ``check_folder``. Raises ``ResultOutputError``.
        """
        stem = re.sub(r"[^A-Za-z0-9_.-]+", "-", stem).strip(".-") or "result"
        data = encode(document).encode()
        for number in range(1, 10_000):
            if named is not None:
                check_new_file(named)
            suffix = "" if number == 1 else f"-{number}"
            path = named or folder / f"{stem}{suffix}.json"
            try:
                # The name is taken here and now or not at all: no other run can have it too.
                with path.open("xb", buffering=0) as file:
                    file.write(data)
                    os.fsync(file.fileno())
            except FileExistsError:
                continue
            except OSError as error:
                cls._remove(path)
                raise ResultOutputError(
                    f"output: {path} cannot be written: {error.strerror}"
                ) from None
            return cls.resume(path)
        raise ResultOutputError(f"output: {folder} holds too many results named {stem}")

    @classmethod
    def resume(cls, path: Path) -> Self:
        """Go on with a document that is there; ``ResultOutputError`` if another run has it."""
        writer = cls(path)
        writer._take_lock()
        return writer

    def _take_lock(self) -> None:
        try:
            self._lock = os.open(self._lock_path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o666)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            self._lock = -1
            raise ResultOutputError(f"{self.path} is being written by another run") from None
        except OSError as error:
            if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS):
                raise ResultOutputError(
                    f"{self.path} cannot be written: {error.strerror}"
                ) from None

    def write(self, document: dict[str, Any]) -> None:
        """Put a document in place of the one before, whole or not at all.

        Raises ``ResultOutputError`` (disk full, folder gone); the document before is still there.
        """
        data = encode(document).encode()
        try:
            with self._temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            self._temporary.replace(self.path)
            self._sync_folder()
        except OSError as error:
            self._remove(self._temporary)
            raise ResultOutputError(
                f"{self.path} could not be brought up to date ({error.strerror}); "
                "it still holds what was saved before: make room, then go on with "
                f"--resume {self.path}"
            ) from None

    def _sync_folder(self) -> None:
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def close(self) -> None:
        """Let go of the document."""
        self._remove(self._temporary)
        if self._lock >= 0:
            self._remove(self._lock_path)
            os.close(self._lock)
            self._lock = -1

    @staticmethod
    def _remove(path: Path) -> None:
        with contextlib.suppress(OSError):  # a leftover hidden file is no reason to lose a result
            path.unlink(missing_ok=True)
