"""What a device can do at the most, measured through a session on it.

Each probe checks what it computed before it gives a figure: words that were multiplied are
compared with their closed form, bytes that were copied with what they were copied from. Whatever is
not right raises ``ProbeError``.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from zkmark.backends.device.session import Array, Buffer, Session
from zkmark.backends.device.source import Source

# 64-bit products have states of two words: more chains would not fit a processor's registers.
_CHAINS, _CHAINS_64, _ROUNDS_AT_ONCE = 8, 4, 8
_MULTIPLIER, _ADDEND = 0x9E3779B1, 0x85EBCA77
_CARRIES = {32: 0xFFFFFFF1, 64: 0xFFFFFFFFFFFFFF2F}
_MASK = 0xFFFFFFFF
# Of products; each is followed by itself in Python, which takes too long for every chain.
_STARTS = 1024
# A processor has other work between them, of which it may be rid in one of many.
_REPETITIONS = {"cpu": 15, "gpu": 5, "accelerator": 5}
# Of the device's time, so that its clock's step and a launch's own cost are small beside it.
_LONG_ENOUGH = 4e-3
_MOST_ROUNDS = 1 << 20
# Groups of 256 threads a compute unit: more than fit at once, so that no unit waits at the end.
_GROUPS_A_UNIT = {"cpu": 4, "gpu": 32, "accelerator": 8}
_COPY_BYTES = 256 << 20
_LAUNCHES = 200


class ProbeError(RuntimeError):
    """A probe computed something else than it should have."""


def _vectors(session: Session) -> bool:
    return session.language == "opencl" and session.device.kind == "cpu"


def _source(session: Session) -> Source:
    return Source(
        "backends/device/probes.cl",
        {
            "CHAINS": _CHAINS,
            "CHAINS_64": _CHAINS_64,
            "ROUNDS_AT_ONCE": _ROUNDS_AT_ONCE,
            # Vectors of 512 bits, which compilers cut to what the processor has.
            "LANES": 16 if _vectors(session) else 1,
        },
    )


def _groups(session: Session) -> int:
    return session.device.compute_units * _GROUPS_A_UNIT[session.device.kind]


def multiply_add_rate(session: Session) -> list[float]:
    """Return 32-bit multiply-adds a second of each repetition, by the device's clock."""
    kernel = session.build(_source(session)).kernel("multiply_add")
    groups = _groups(session)
    count = groups * kernel.group_size * _CHAINS * (16 if _vectors(session) else 1)
    start = np.arange(1, 2 * count, 2, dtype=np.uint32)
    words = session.upload(start)
    constants = np.uint32(_MULTIPLIER), np.uint32(_ADDEND)
    rates, steps = _rates(
        session, lambda rounds: kernel.launch(groups, words, *constants, rounds), count
    )
    factor, addend = _steps(steps)
    if not np.array_equal(words.read(), start * np.uint32(factor) + np.uint32(addend)):
        raise ProbeError(f"{session.device} computed something else than x c + d")
    words.release()
    return rates


def product_rate(session: Session, bits: int) -> list[float]:
    """Return whole products of two words of 32 or 64 bits a second of each repetition."""
    kernel = session.build(_source(session)).kernel(f"multiply_{bits}")
    groups = _groups(session)
    chains = _CHAINS_64 if bits == 64 else _CHAINS * (8 if _vectors(session) else 1)
    count = groups * kernel.group_size * chains
    starts = [2 * i + 1 for i in range(_STARTS)]
    words = session.upload(_halves(starts, bits, count))
    carry = (np.uint32 if bits == 32 else np.uint64)(_CARRIES[bits])
    rates, steps = _rates(
        session, lambda rounds: kernel.launch(groups, words, carry, rounds), count
    )
    modulus = (_CARRIES[bits] << bits) - 1
    factor = pow(1 << bits, -steps, modulus)
    ends = [start * factor % modulus for start in starts]
    if not np.array_equal(words.read(), _halves(ends, bits, count)):
        raise ProbeError(f"{session.device} computed something else than products with carry")
    words.release()
    return rates


def _halves(states: list[int], bits: int, count: int) -> Array:
    """Return ``count`` states of two halves as words of 64 bits, the states one after another."""
    parts = (
        [states] if bits == 32 else [[s & (1 << 64) - 1 for s in states], [s >> 64 for s in states]]
    )
    return np.concatenate([np.resize(np.array(part, np.uint64), count) for part in parts])


def _rates(
    session: Session, launch: Callable[[np.uint32], None], count: int
) -> tuple[list[float], int]:
    """Return operations a second of each repetition, and how many each chain did in all.

    ``launch`` has all ``count`` chains do ``_ROUNDS_AT_ONCE`` operations so many times.
    """
    rounds, total = 1, 1
    _seconds(session, launch, rounds)
    while True:
        seconds = _seconds(session, launch, rounds)
        total += rounds
        if seconds >= _LONG_ENOUGH or rounds >= _MOST_ROUNDS:
            break
        # By twice at the least, and by no more than one measurement can be trusted for.
        grow = 1.5 * _LONG_ENOUGH / seconds if seconds > 0 else 8.0
        rounds = min(_MOST_ROUNDS, int(rounds * min(8.0, max(2.0, grow))))
    rates = []
    for _ in range(_REPETITIONS[session.device.kind]):
        seconds = _seconds(session, launch, rounds)
        total += rounds
        if seconds <= 0:
            raise ProbeError(f"{session.device} says that {rounds} rounds took no time")
        rates.append(count * _ROUNDS_AT_ONCE * rounds / seconds)
    return rates, total * _ROUNDS_AT_ONCE


def _seconds(session: Session, launch: Callable[[np.uint32], None], rounds: int) -> float:
    _, seconds = session.timed(lambda: launch(np.uint32(rounds)))
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
    for _ in range(_REPETITIONS[session.device.kind]):
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
    kernel = session.build(_source(session)).kernel("touch")
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
