"""What a device can do at the most, measured through a session on it.

Each probe checks what it computed before it gives a figure: words that were multiplied are
compared with their closed form, bytes that were copied with what they were copied from. Whatever is
not right raises ``ProbeError``.
"""

from __future__ import annotations

import time

import numpy as np

from zkmark.backends.device.session import Array, Buffer, Kernel, Session
from zkmark.backends.device.source import Source

_CHAINS, _ROUNDS_AT_ONCE = 8, 8
_MULTIPLIER, _ADDEND = 0x9E3779B1, 0x85EBCA77
_MASK = 0xFFFFFFFF
_SOURCE = Source(
    "backends/device/probes.cl", {"CHAINS": _CHAINS, "ROUNDS_AT_ONCE": _ROUNDS_AT_ONCE}
)
_REPETITIONS = 5
# Of the device's time, so that its clock's step and a launch's own cost are small beside it.
_LONG_ENOUGH = 4e-3
_MOST_ROUNDS = 1 << 20
# Groups of 256 threads a compute unit: more than fit at once, so that no unit waits at the end.
_GROUPS_A_UNIT = {"cpu": 4, "gpu": 32, "accelerator": 8}
_COPY_BYTES = 256 << 20
_LAUNCHES = 200


class ProbeError(RuntimeError):
    """A probe computed something else than it should have."""


def multiply_add_rate(session: Session) -> list[float]:
    """Return 32-bit multiply-adds a second of each repetition, by the device's clock."""
    kernel = session.build(_SOURCE).kernel("multiply_add")
    groups = session.device.compute_units * _GROUPS_A_UNIT[session.device.kind]
    count = groups * kernel.group_size * _CHAINS
    start = np.arange(1, 2 * count, 2, dtype=np.uint32)
    words = session.upload(start)
    seconds, rounds = _multiply_add(session, kernel, groups, words, 1), 1
    total = 1
    while True:
        seconds = _multiply_add(session, kernel, groups, words, rounds)
        total += rounds
        if seconds >= _LONG_ENOUGH or rounds >= _MOST_ROUNDS:
            break
        # By twice at the least, and by no more than one measurement can be trusted for.
        grow = 1.5 * _LONG_ENOUGH / seconds if seconds > 0 else 8.0
        rounds = min(_MOST_ROUNDS, int(rounds * min(8.0, max(2.0, grow))))
    rates = []
    for _ in range(_REPETITIONS):
        seconds = _multiply_add(session, kernel, groups, words, rounds)
        total += rounds
        if seconds <= 0:
            raise ProbeError(f"{session.device} says that {rounds} rounds took no time")
        rates.append(count * _ROUNDS_AT_ONCE * rounds / seconds)
    factor, addend = _steps(total * _ROUNDS_AT_ONCE)
    if not np.array_equal(words.read(), start * np.uint32(factor) + np.uint32(addend)):
        raise ProbeError(f"{session.device} computed something else than x c + d")
    words.release()
    return rates


def _multiply_add(
    session: Session, kernel: Kernel, groups: int, words: Buffer, rounds: int
) -> float:
    arguments = (np.uint32(_MULTIPLIER), np.uint32(_ADDEND), np.uint32(rounds))
    _, seconds = session.timed(lambda: kernel.launch(groups, words, *arguments))
    return seconds


def _steps(count: int) -> tuple[int, int]:
    """Return factor and addend of ``count`` steps x -> x c + d taken at once."""
    factor, addend = 1, 0
    c, d = _MULTIPLIER, _ADDEND
    while count:
        if count & 1:
            factor, addend = factor * c & _MASK, (addend * c + d) & _MASK
        c, d = c * c & _MASK, (d * c + d) & _MASK
        count >>= 1
    return factor, addend


def copy_bytes(session: Session) -> int:
    """Return the size of what the copies move: four times the device's cache, as far as it fits."""
    limits = session.limits
    size = max(_COPY_BYTES, 4 * session.cache_bytes)
    if session.device.kind == "cpu":
        # Its clock is the host's: less does, and the machine may be small.
        size //= 4
    return min(size, limits.memory_bytes // 8, limits.buffer_bytes) // 4096 * 4096


def copy_rates(session: Session, size: int | None = None) -> dict[str, list[float]]:
    """Return bytes a second of copies to the device, within it and from it.

    ``within`` counts each byte twice, read and written, by the device's clock; ``to`` and ``from``
    once, by the clock on the wall, from a NumPy array and into one.
    """
    nbytes = copy_bytes(session) if size is None else size
    if nbytes < 4096:
        raise ProbeError(f"{session.device} has room for {nbytes} bytes only")
    data = np.random.default_rng(1).integers(0, _MASK, nbytes // 4, np.uint32, endpoint=True)
    source, target = session.upload(data), session.allocate(nbytes)
    rates: dict[str, list[float]] = {"to": [], "within": [], "from": []}
    for _ in range(_REPETITIONS):
        target.fill_zero()
        session.synchronize()
        began = time.perf_counter()
        source.write(data)
        session.synchronize()
        rates["to"].append(nbytes / (time.perf_counter() - began))
        _, seconds = session.timed(lambda: session.copy(source, target))
        if seconds <= 0:
            raise ProbeError(f"{session.device} says that a copy took no time")
        rates["within"].append(2 * nbytes / seconds)
        read, seconds = _read(target)
        rates["from"].append(nbytes / seconds)
        if not np.array_equal(read, data):
            raise ProbeError(f"{session.device} gave back something else than was copied to it")
        del read
    source.release()
    target.release()
    return rates


def _read(buffer: Buffer) -> tuple[Array, float]:
    began = time.perf_counter()
    read = buffer.read()
    return read, time.perf_counter() - began


def launch_seconds(session: Session) -> list[float]:
    """Return what a launch of one thread takes, from asking to knowing that it is done."""
    kernel = session.build(_SOURCE).kernel("touch")
    word = session.upload(np.zeros(1, np.uint32))
    # The first launches wait for what drivers put off.
    for _ in range(10):
        kernel.launch(1, word)
    session.synchronize()
    taken = []
    for _ in range(_LAUNCHES):
        began = time.perf_counter()
        kernel.launch(1, word)
        session.synchronize()
        taken.append(time.perf_counter() - began)
    if int(word.read(1, np.uint32)[0]) != _LAUNCHES + 10:
        raise ProbeError(f"{session.device} did not do every launch")
    return taken
