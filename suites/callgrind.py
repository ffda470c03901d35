"""Counting instructions of the native kernels with Valgrind's Callgrind.

Python under Callgrind takes a minute to start, so instrumentation is off until the kernel runs: the
process asks Valgrind for it by *client requests*, which are a sequence of instructions that do
nothing on a processor and that Valgrind looks for (Valgrind manual, "The Client Request
mechanism"; Callgrind manual, "Client request reference"). The sequence is written into executable
memory here, so that no kernel has to be built for it.

Callgrind writes a file for each stretch, with costs by object file. Those of zkmark's extension are
added up: the interpreter around it, and what the C library does for it, are not counted.
"""

from __future__ import annotations

import ctypes
import mmap
import platform
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_RUNNING = 0x1001
_TOOL = (ord("C") << 24) | (ord("T") << 16)
_ZERO, _DUMP_AT, _START, _STOP = _TOOL + 1, _TOOL + 3, _TOOL + 4, _TOOL + 5

# mov rax, rdi; xor edx, edx; four rotations of rdi by 128 bits in all; xchg rbx, rbx; mov rax, rdx;
# ret. The rotations and the exchange are Valgrind's mark for x86-64; rax points to the request and
# its five arguments, rdx gives the answer, zero on a bare processor.
_X86_64 = bytes.fromhex("4889f8 31d2 48c1c703 48c1c70d 48c1c73d 48c1c733 4887db 4889d0 c3")


def unavailable_here() -> str | None:
    """Say why instructions cannot be counted with Callgrind here, or ``None``."""
    if platform.machine() != "x86_64" or platform.system() != "Linux":
        return f"Callgrind is used on Linux on x86-64 only, not on {platform.machine()}"
    if shutil.which("valgrind") is None:
        return "valgrind is not installed; on Debian or Ubuntu: apt install valgrind"
    return None


def launcher(python: str, folder: Path) -> tuple[str, ...]:
    """Return the command that starts Python under Callgrind, writing its files to a folder."""
    return (
        "valgrind",
        "--tool=callgrind",
        "--quiet",
        "--instr-atstart=no",
        "--compress-strings=no",
        "--compress-pos=no",
        f"--callgrind-out-file={folder}/callgrind.out",
        python,
    )


class Requests:
    """Valgrind's client requests from inside a process that it runs."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(
            -1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
        )
        self._memory.write(_X86_64)
        address = ctypes.addressof(ctypes.c_char.from_buffer(self._memory))
        self._call: Callable[..., int] = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_void_p)(address)

    def ask(self, request: int, argument: int = 0) -> int:
        """Make a request; zero when no Valgrind listens."""
        words = (ctypes.c_uint64 * 6)(request, argument, 0, 0, 0, 0)
        return int(self._call(ctypes.addressof(words)))

    @property
    def heard(self) -> bool:
        """Say whether this process runs under Valgrind."""
        return self.ask(_RUNNING) > 0

    @contextmanager
    def counting(self, label: str) -> Iterator[None]:
        """Count what happens inside, and have it written under a label."""
        text = ctypes.create_string_buffer(label.encode())
        self.ask(_START)
        self.ask(_ZERO)
        try:
            yield
        finally:
            self.ask(_DUMP_AT, ctypes.addressof(text))
            self.ask(_STOP)


_LABEL = re.compile(r"^desc: Trigger: Client Request: (.*)$", re.M)
# A cost line: a position, then the count of instructions.
_COST = re.compile(r"^(?:\+|-|\*|0x)?[0-9a-f]*\s+(\d+)$")


def native_counts(folder: Path) -> dict[str, int]:
    """Return the instructions of zkmark's extension under each label, of all files in a folder."""
    found: dict[str, int] = {}
    for path in sorted(folder.glob("callgrind.out*")):
        text = path.read_text(encoding="utf-8", errors="replace")
        label = _LABEL.search(text)
        if label is not None:
            found[label[1]] = found.get(label[1], 0) + _native(text)
    return found


def _native(text: str) -> int:
    total, native, called = 0, False, False
    for line in text.splitlines():
        if line.startswith("ob="):
            native = "/_native." in line
        elif line.startswith("calls="):
            called = True  # the next line is what the called function cost, which has its own lines
        elif cost := _COST.match(line):
            if native and not called:
                total += int(cost[1])
            called = False
    return total
