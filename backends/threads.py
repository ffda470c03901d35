"""How many host threads a backend may use."""

from __future__ import annotations

import os


def available_threads() -> int:
    """Return how many processors this process may run on: its affinity, not the machine's."""
    return len(os.sched_getaffinity(0))


def check_threads(threads: int | None) -> int:
    """Return a checked thread count; ``None`` means every available processor.

    Raises ``ValueError`` for anything but a whole number from 1 to the number of processors.
    """
    most = available_threads()
    if threads is None:
        return most
    if not isinstance(threads, int) or isinstance(threads, bool) or not 1 <= threads <= most:
        raise ValueError(f"threads: got {threads!r}, want a whole number from 1 to {most}")
    return threads
