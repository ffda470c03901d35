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


def values(columns: Columns) -> Words:
    """Return ``[count, blocks, height]``: a view, or of split columns a copy in order."""
    handle: Words = columns.handle
    shape = (-1, columns.blocks, columns.ways, columns.height)
    parts = handle.reshape(shape).transpose(0, 2, 1, 3)
    return parts.reshape(columns.count, columns.blocks, columns.height)
