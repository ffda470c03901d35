"""Where detectors look: a file tree and a way to run small commands, both replaceable in tests."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from zkmark.hardware_profiles.value import NotAvailableError


def run_command(arguments: list[str]) -> str:
    """Return what a command prints.

    Raises ``NotAvailableError`` when it is not installed, takes over five seconds or fails. A
    command that fails but prints is believed when the caller asks for it (``systemd-detect-virt``
    exits 1 with ``none``), so the output comes back whatever the exit status as long as there is
    some.
    """
    try:
        done = subprocess.run(
            arguments,
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError:
        raise NotAvailableError(f"{arguments[0]} is not installed") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotAvailableError(f"{arguments[0]} could not be run ({error})") from None
    if not done.stdout.strip():
        said = done.stderr.strip().splitlines()
        raise NotAvailableError(
            f"{arguments[0]} failed: {said[0] if said else f'exit {done.returncode}'}"
        )
    return done.stdout


@dataclass
class Machine:
    """A machine as its files show it: ``root`` holds ``proc``, ``sys`` and ``etc``."""

    root: Path = Path("/")
    run: Callable[[list[str]], str] = run_command
    working_folder: Path = field(default_factory=Path.cwd)

    def path(self, absolute: str) -> Path:
        """Return where an absolute path lies under this machine's root."""
        return self.root / absolute.lstrip("/")

    def exists(self, absolute: str) -> bool:
        """Say whether a path is there (and may be seen)."""
        try:
            return self.path(absolute).exists()
        except OSError:
            return False

    def read(self, absolute: str) -> str:
        """Return a file's text without surrounding blanks.

        Raises ``NotAvailableError`` that names the file and what the system said.
        """
        try:
            text = self.path(absolute).read_text(encoding="utf-8", errors="replace").strip()
        except OSError as error:
            raise NotAvailableError(f"cannot read {absolute}: {error.strerror or error}") from None
        return text.strip("\x00")

    def read_integer(self, absolute: str) -> int:
        """Return a file's content as a whole number; ``NotAvailableError`` for anything else."""
        text = self.read(absolute)
        try:
            return int(text)
        except ValueError:
            raise NotAvailableError(f"{absolute} holds {text[:40]!r}, not a number") from None

    def children(self, absolute: str, prefix: str = "") -> list[str]:
        """Return the sorted names in a folder that start with ``prefix``; none if unreadable."""
        try:
            return sorted(
                p.name for p in self.path(absolute).iterdir() if p.name.startswith(prefix)
            )
        except OSError:
            return []

    @cached_property
    def cpuinfo(self) -> dict[str, str]:
        """The first processor's entries of ``/proc/cpuinfo``, names in lower case.

        Raises ``NotAvailableError`` when the file cannot be read.
        """
        entries: dict[str, str] = {}
        for line in self.read("/proc/cpuinfo").splitlines():
            key, colon, text = line.partition(":")
            # The first processor's lines come first; aarch64 adds lines about the board at the end.
            if colon:
                entries.setdefault(key.strip().lower(), text.strip())
        return entries

    @cached_property
    def lscpu(self) -> dict[str, str]:
        """What ``lscpu`` prints, field to text.

        Raises ``NotAvailableError`` when lscpu is missing or its JSON is not understood.
        """
        import json

        text = self.run(["lscpu", "-J"])
        found: dict[str, str] = {}

        def collect(rows: list[dict[str, Any]]) -> None:
            # util-linux before 2.38 prints a flat list, later ones nest rows under "children".
            for row in rows:
                found.setdefault(str(row["field"]).strip().rstrip(":").lower(), str(row["data"]))
                collect(row.get("children") or [])

        try:
            collect(json.loads(text)["lscpu"])
        except (ValueError, KeyError, TypeError, AttributeError):
            raise NotAvailableError("lscpu -J printed something that is not its JSON") from None
        return found

    def lscpu_field(self, name: str) -> str:
        """Return one field of ``lscpu`` (lower case); ``NotAvailableError`` when it lacks it."""
        text = self.lscpu.get(name, "")
        if text in ("", "-"):
            raise NotAvailableError(f"lscpu does not say {name!r}")
        return text


def parse_cpu_list(text: str) -> list[int]:
    """Return the numbers in the kernel's list notation: ``0-3,8`` is ``[0, 1, 2, 3, 8]``.

    Raises ``ValueError`` for text that is not in it.
    """
    numbers: list[int] = []
    for part in text.replace("\n", "").split(","):
        if not part.strip():
            continue
        first, dash, last = part.partition("-")
        numbers.extend(range(int(first), int(last if dash else first) + 1))
    return numbers


def parse_size(text: str) -> int:
    """Return the bytes in ``32K``, ``1024K``, ``32 MiB`` or ``512``.

    Raises ``ValueError`` for text that is not a size.
    """
    words = text.strip().upper().replace("IB", "").replace(" ", "").removesuffix("B")
    factor = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}.get(words[-1:], 0)
    number = words[:-1] if factor else words
    if not number.replace(".", "", 1).isdecimal():
        raise ValueError(f"size: got {text!r}, want something like '32K'")
    return int(float(number) * (factor or 1))
