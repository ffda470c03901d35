"""Running a design cycle by cycle: items in, items out, and how many cycles that took."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zkmark.backends.fpga.build import build_design
from zkmark.backends.fpga.design import Design, Stream

Words = NDArray[np.uint32]
_STUCK, _BROKEN = 1, 2
_DRAIN = 16


class SimulationError(RuntimeError):
    """A design stood still, or broke the rules of a stream; the text says where."""


@dataclass
class Channel:
    """What a channel of external memory holds and how fast it is.

    ``data`` has a row of 32-bit words for every word of the memory; the design changes it in place.
    ``latency``: cycles of the design from a request to its answer. ``per_cycle``: words that it
    moves in a cycle of the design, reads and writes together. ``jump``: further words' time for an
    access that does not follow the one before. A run counts ``read``, ``written`` and ``jumps``.
    """

    data: Words
    latency: int = 64
    per_cycle: float = 1.0
    jump: float = 0.0
    read: int = 0
    written: int = 0
    jumps: int = 0


@dataclass(frozen=True)
class Stalls:
    """How often the bench holds items back, is not ready, or lets memory wait: of all cycles."""

    inputs: float = 0.0
    outputs: float = 0.0
    memories: float = 0.0


@dataclass
class Transfers:
    """When a stream's items passed: the first and the last cycle, from 1, and cycles of waiting."""

    first: int
    last: int
    refused: int


@dataclass
class Run:
    """What a run gave: items of every output, cycles until the last of them, counters."""

    outputs: dict[str, Words]
    cycles: int
    counters: dict[str, int]
    transfers: dict[str, Transfers]
    seconds: float = field(default=0.0)  # that the simulation took


class _StreamState(ctypes.Structure):
    _fields_ = (
        ("data", ctypes.c_void_p),
        ("count", ctypes.c_uint64),
        ("done", ctypes.c_uint64),
        ("first", ctypes.c_uint64),
        ("last", ctypes.c_uint64),
        ("refused", ctypes.c_uint64),
        ("words", ctypes.c_uint32),
        ("stall", ctypes.c_uint32),
    )


class _MemoryState(ctypes.Structure):
    _fields_ = (
        ("data", ctypes.c_void_p),
        ("count", ctypes.c_uint64),
        ("words", ctypes.c_uint32),
        ("latency", ctypes.c_uint32),
        ("per_cycle", ctypes.c_double),
        ("jump", ctypes.c_double),
        ("read", ctypes.c_uint64),
        ("written", ctypes.c_uint64),
        ("jumps", ctypes.c_uint64),
        ("stall", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32),
    )


class _RunState(ctypes.Structure):
    _fields_ = (
        ("inputs", ctypes.c_void_p),
        ("outputs", ctypes.c_void_p),
        ("memories", ctypes.c_void_p),
        ("settings", ctypes.c_void_p),
        ("counters", ctypes.c_void_p),
        ("seed", ctypes.c_uint64),
        ("reset_at", ctypes.c_uint64),
        ("max_cycles", ctypes.c_uint64),
        ("cycles", ctypes.c_uint64),
        ("drain", ctypes.c_uint64),
        ("waves", ctypes.c_char_p),
        ("message", ctypes.c_char * 256),
    )


def _of_32_bits(share: float) -> int:
    if not 0 <= share < 1:
        raise ValueError(f"stalls: got {share}, want a share from 0 to below 1")
    return int(share * (1 << 32))


@lru_cache(maxsize=64)
def _library(path: Path) -> Any:
    run = ctypes.CDLL(str(path)).zkmark_run
    run.restype = ctypes.c_int
    run.argtypes = [ctypes.POINTER(_RunState)]
    return run


def words_of(values: Any, bits: int) -> Words:
    """Return integers (any iterable) as items of a stream of so many bits: a row of words each."""
    words = -(-bits // 32)
    raw = b"".join(int(value).to_bytes(4 * words, "little") for value in values)
    return np.frombuffer(raw, dtype="<u4").reshape(-1, words).copy()


def integers_of(items: Words) -> list[int]:
    """Return the items of a stream as integers."""
    rows = np.ascontiguousarray(items, dtype="<u4")
    return [int.from_bytes(row.tobytes(), "little") for row in rows]


class Simulator:
    """A design, built. Every run begins with a reset and registers of random content."""

    def __init__(self, design: Design) -> None:
        self.design = design
        build_design(design)

    def run(
        self,
        inputs: Mapping[str, Words],
        outputs: Mapping[str, int],
        *,
        settings: Mapping[str, int] | None = None,
        memories: Mapping[str, Channel] | None = None,
        stalls: Stalls | None = None,
        seed: int = 0,
        reset_at: int = 0,
        max_cycles: int = 1 << 32,
        waves: str | Path | None = None,
    ) -> Run:
        """Feed every input stream, wait for so many items of every output stream.

        ``inputs``: ``uint32[count, words]`` a stream. ``stalls``: bubbles and back-pressure at
        random from ``seed``. ``reset_at``: a cycle in which the design is reset and everything
        begins again. ``waves``: a VCD file with all signals, by a library of its own.

        Raises ``SimulationError`` when the design is not done after ``max_cycles``, takes an item
        back or gives one too many, and ``ValueError`` for streams, settings or memories that it has
        not.
        """
        design, stalls = self.design, stalls or Stalls()
        waves = waves or _waves_asked_for(design.name)
        settings, memories = settings or {}, memories or {}
        _same_names("inputs", inputs, [one.name for one in design.inputs])
        _same_names("outputs", outputs, [one.name for one in design.outputs])
        _same_names("settings", settings, design.settings)
        _same_names("memories", memories, [one.name for one in design.memories])
        fed = [_items(stream, inputs[stream.name]) for stream in design.inputs]
        taken = [
            np.zeros((outputs[stream.name], stream.words), np.uint32) for stream in design.outputs
        ]
        hold, refuse = _of_32_bits(stalls.inputs), _of_32_bits(stalls.outputs)
        ins = (_StreamState * max(1, len(fed)))(*[_stream(one, hold) for one in fed])
        outs = (_StreamState * max(1, len(taken)))(*[_stream(one, refuse) for one in taken])
        channels = [_channel(memories[m.name], m.words, stalls.memories) for m in design.memories]
        mems = (_MemoryState * max(1, len(channels)))(*channels)
        numbers = (ctypes.c_uint64 * max(1, len(design.settings)))(
            *[settings[name] for name in design.settings]
        )
        counters = (ctypes.c_uint64 * max(1, len(design.counters)))()
        state = _RunState(
            *[ctypes.addressof(one) for one in (ins, outs, mems, numbers, counters)],
            seed,
            reset_at,
            max_cycles,
            0,
            _DRAIN,
            None if waves is None else str(waves).encode(),
        )
        run = _library(build_design(design, waves=waves is not None))
        began = time.perf_counter()
        status = run(ctypes.byref(state))
        seconds = time.perf_counter() - began
        if status:
            message = state.message.decode(errors="replace").rstrip(",")
            what = "stood still" if status == _STUCK else "broke a rule"
            raise SimulationError(f"the design {design.name} {what}: {message}")
        for port, channel in zip(design.memories, mems, strict=False):
            memory = memories[port.name]
            memory.read, memory.written = channel.read, channel.written
            memory.jumps = channel.jumps
        names = [one.name for one in (*design.inputs, *design.outputs)]
        states = [*list(ins)[: len(fed)], *list(outs)[: len(taken)]]
        return Run(
            {s.name: one for s, one in zip(design.outputs, taken, strict=True)},
            state.cycles,
            dict(zip(design.counters, list(counters), strict=False)),
            {
                name: Transfers(one.first, one.last, one.refused)
                for name, one in zip(names, states, strict=True)
            },
            seconds,
        )


def _waves_asked_for(name: str) -> Path | None:
    """Return the VCD file that the environment asks for: itself, or the next one in a folder."""
    given = os.environ.get("ZKMARK_FPGA_WAVES")
    if not given:
        return None
    place = Path(given)
    if place.suffix == ".vcd":
        place.parent.mkdir(parents=True, exist_ok=True)
        return place
    place.mkdir(parents=True, exist_ok=True)
    number = 1 + len(list(place.glob(f"{name}-[0-9]*.vcd")))
    while (file := place / f"{name}-{number}.vcd").exists():
        number += 1
    file.touch()
    return file


def _same_names(what: str, given: Mapping[str, Any], wanted: Any) -> None:
    if set(given) != set(wanted):
        raise ValueError(f"{what}: got {sorted(given)}, want {sorted(wanted)}")


def _items(stream: Stream, items: Words) -> Words:
    items = np.ascontiguousarray(items, dtype=np.uint32)
    if items.ndim != 2 or items.shape[1] != stream.words:
        raise ValueError(
            f"{stream.name}: got an array of shape {list(items.shape)}, "
            f"want [count, {stream.words}] for items of {stream.bits} bits"
        )
    return items


def _stream(items: Words, stall: int) -> _StreamState:
    return _StreamState(items.ctypes.data, len(items), 0, 0, 0, 0, items.shape[1], stall)


def _channel(channel: Channel, words: int, stall: float) -> _MemoryState:
    data = channel.data
    if data.dtype != np.uint32 or data.ndim != 2 or data.shape[1] != words:
        raise ValueError(f"memories: got shape {list(data.shape)}, want uint32[count, {words}]")
    if not data.flags.c_contiguous:
        raise ValueError("memories: got an array with gaps, want a contiguous one")
    return _MemoryState(
        data.ctypes.data,
        len(data),
        words,
        channel.latency,
        channel.per_cycle,
        channel.jump,
        stall=_of_32_bits(stall),
    )
