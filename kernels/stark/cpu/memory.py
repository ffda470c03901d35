"""Where columns lie on the host: allocation and views."""

from __future__ import annotations

import numpy as np

from zkmark.kernels.stark.operations import Columns, Words

_LINE = 64


def empty(count: int, blocks: int, height: int) -> Columns:
    """Return unsplit columns with room for values, not yet written, from a cache line on."""
    words = count * blocks * height
    room = np.empty(words + _LINE // 8, np.uint64)
    start = (-room.ctypes.data % _LINE) // 8
    handle = room[start : start + words].reshape(count, blocks, 1, height)
    return Columns(count, blocks, height, handle)


def unsplit(columns: Columns) -> Words:
    """Return the memory of unsplit columns as ``[count, blocks, height]``."""
    if columns.ways != 1:
        raise ValueError(f"columns: got some split {columns.ways} ways, want unsplit ones")
    handle: Words = columns.handle
    return handle.reshape(columns.count, columns.blocks, columns.height)
