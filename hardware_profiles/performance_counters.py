"""The processor's performance counters, through Linux's ``perf_event_open``."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from zkmark.hardware_profiles.machine import Machine
from zkmark.hardware_profiles.value import NotAvailableError, Value, ask, measured, unavailable

# Numbers of the system call (Linux, arch/*/entry/syscalls and include/uapi/asm-generic/unistd.h).
_SYSTEM_CALL = {"x86_64": 298, "aarch64": 241, "riscv64": 241, "ppc64le": 319}

# read_format: the count, then the time for which it was wanted and the time for which it ran.
_TIMES = 1 | 2

# PERF_TYPE_HARDWARE events (include/uapi/linux/perf_event.h).
EVENTS = {
    "cycles": 0,
    "instructions": 1,
    "cache_references": 2,
    "cache_misses": 3,
    "branches": 4,
    "branch_misses": 5,
}

_ATTRIBUTE_SIZE = 112  # PERF_ATTR_SIZE_VER5; kernels accept every published size
_FLAG_DISABLED, _FLAG_INHERIT, _FLAG_EXCLUDE_KERNEL, _FLAG_EXCLUDE_HYPERVISOR = 1, 2, 1 << 5, 1 << 6
_ENABLE, _DISABLE = 0x2400, 0x2401
_SOURCE = "perf_event_open"

_MEANINGS = {
    errno.ENOENT: "this processor or virtual machine offers no such counter",
    errno.EOPNOTSUPP: "this processor or virtual machine offers no such counter",
    errno.ENODEV: "this processor or virtual machine offers no such counter",
    errno.EACCES: "kernel.perf_event_paranoid or a lack of rights forbids it",
    errno.EPERM: "kernel.perf_event_paranoid, a seccomp filter or a lack of rights forbids it",
    errno.ENOSYS: "this kernel or sandbox has no perf_event_open",
}


def open_counter(event: str) -> int:
    """Open a stopped counter of this thread and the threads it starts from now on, user mode only.

    Returns a file descriptor. Raises ``NotAvailableError`` with the error's text and what it means,
    and ``KeyError`` for an unknown event.
    """
    number = _SYSTEM_CALL.get(platform.machine())
    if platform.system() != "Linux" or number is None:
        raise NotAvailableError(
            f"no perf_event_open is known for {platform.system()} on {platform.machine()}"
        )
    flags = _FLAG_DISABLED | _FLAG_INHERIT | _FLAG_EXCLUDE_KERNEL | _FLAG_EXCLUDE_HYPERVISOR
    # type, size, config, sample_period, sample_type, read_format, flags; the rest stays zero.
    attribute = struct.pack("=IIQQQQQ", 0, _ATTRIBUTE_SIZE, EVENTS[event], 0, 0, _TIMES, flags)
    buffer = ctypes.create_string_buffer(attribute, _ATTRIBUTE_SIZE)
    system_call = ctypes.CDLL(None, use_errno=True).syscall
    system_call.restype = ctypes.c_long
    close_on_exec = 8
    descriptor = system_call(
        ctypes.c_long(number),
        ctypes.byref(buffer),
        ctypes.c_long(0),  # this thread
        ctypes.c_long(-1),  # on any processor
        ctypes.c_long(-1),  # no group
        ctypes.c_ulong(close_on_exec),
    )
    if descriptor < 0:
        code = ctypes.get_errno()
        meaning = _MEANINGS.get(code)
        text = f"{_SOURCE}: {os.strerror(code)}"
        raise NotAvailableError(f"{text} ({meaning})" if meaning else text)
    return int(descriptor)


def detect(machine: Machine, opener: Callable[[str], int] = open_counter) -> dict[str, Any]:
    """Return whether counters may be used, and which open, as a tree of value-fields."""
    paranoid = "/proc/sys/kernel/perf_event_paranoid"

    def opens(event: str) -> Callable[[], bool]:
        def question() -> bool:
            os.close(opener(event))
            return True

        return question

    return {
        "paranoid_level": ask(lambda: machine.read_integer(paranoid), paranoid).to_json(),
        "hardware": {event: ask(opens(event), _SOURCE).to_json() for event in EVENTS},
    }


class CounterMeter:
    """Counts hardware events in user mode between entry and exit.

    Only of this thread and of threads that it starts inside: enter it before a pool of threads
    exists.
    """

    def __init__(
        self,
        events: tuple[str, ...] = ("cycles", "instructions"),
        opener: Callable[[str], int] = open_counter,
    ) -> None:
        for event in events:
            if event not in EVENTS:
                raise ValueError(f"events: got {event!r}, want some of {', '.join(EVENTS)}")
        self._events = events
        self._opener = opener
        self._open: dict[str, int] = {}
        self._values: dict[str, Value] = {
            event: unavailable("the meter was not started", _SOURCE) for event in events
        }

    def __enter__(self) -> Self:
        import fcntl

        for event in self._events:
            try:
                self._open[event] = self._opener(event)
            except NotAvailableError as error:
                self._values[event] = unavailable(str(error), _SOURCE)
        for descriptor in self._open.values():
            fcntl.ioctl(descriptor, _ENABLE, 0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        import fcntl

        for descriptor in self._open.values():
            fcntl.ioctl(descriptor, _DISABLE, 0)
        for event, descriptor in self._open.items():
            try:
                count, wanted, ran = struct.unpack("=QQQ", os.read(descriptor, 24))
                self._values[event] = (
                    measured([count], _SOURCE, event, "user mode, this thread and those it started")
                    if ran == wanted > 0
                    # Scaling up, as perf does, would be an estimate under the name of a count.
                    else unavailable(
                        f"the counter ran {ran} of {wanted} ns: others use it too", _SOURCE
                    )
                )
            except (OSError, struct.error) as failure:
                self._values[event] = unavailable(f"reading failed: {failure}", _SOURCE)
            finally:
                os.close(descriptor)
        self._open = {}

    def values(self) -> dict[str, Value]:
        """Return the count of each event, or why there is none."""
        return dict(self._values)
