"""Where columns lie on the host: allocation and views."""

from __future__ import annotations

from zkmark.kernels.stark.operations import Columns, Words


def empty(count: int, blocks: int, height: int) -> Columns:
    """Return unsplit columns with room for values, not yet written, from a cache line on."""
    from zkmark import _native

    handle = _native.stark_memory(count * blocks * height).reshape(count, blocks, 1, height)
    return Columns(count, blocks, height, handle)


def values(columns: Columns) -> Words:
    """Return ``[count, blocks, height]``: a view, or of split columns a copy in order."""
    handle: Words = columns.handle
    shape = (-1, columns.blocks, columns.ways, columns.height)
    parts = handle.reshape(shape).transpose(0, 2, 1, 3)
    return parts.reshape(columns.count, columns.blocks, columns.height)
