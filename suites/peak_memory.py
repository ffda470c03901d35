"""The most memory that a stretch of this process's work held, counted apart from what came before.

Linux keeps a process's high-water mark of resident memory (``VmHWM``) and sets it back when ``5``
is written to ``/proc/self/clear_refs``. ``getrusage`` will not do: its maximum is carried over from
the process that started this one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_SOURCE = "VmHWM of the worker process over its resident size before the case"


def _status_bytes(name: str) -> int:
    for line in _STATUS.read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise OSError(f"{_STATUS} has no {name}")


class PeakMemory:
    """Start it before the work, ask it after: bytes over what was resident at the start."""

    def __init__(self) -> None:
        self._reason: str | None = None
        self._high_before = 0
        self._resident = 0
        self._cleared = False
        try:
            self._resident = _status_bytes("VmRSS")
        except OSError as error:
            self._reason = f"the process's memory cannot be read ({error})"
            return
        try:
            _CLEAR.write_text("5")
            self._cleared = True
        except OSError:
            self._high_before = _status_bytes("VmHWM")

    def field(self) -> dict[str, Any]:
        """Return the peak as a value-field."""
        if self._reason is None:
            high = _status_bytes("VmHWM")
            if self._cleared or high > self._high_before:
                return {
                    "value": max(0, high - self._resident),
                    "unit": "bytes",
                    "source": _SOURCE,
                    "status": "measured",
                }
            self._reason = (
                "the mark could not be set back (/proc/self/clear_refs is not writable) "
                "and the case stayed below what loading had needed"
            )
        return {"value": None, "source": _SOURCE, "status": "unavailable", "reason": self._reason}
