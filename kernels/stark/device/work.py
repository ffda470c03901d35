"""What steps of a STARK ask of a GPU: their launches, and the bytes that each of them moves."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from zkmark.backends.cuda.recording import RecordingSession, Request
from zkmark.kernels.stark.device import DeviceStarkKernels
from zkmark.kernels.stark.operations import Columns, DeepTerm, Words

_WORD, _DIGEST = 8, 32


@dataclass(frozen=True)
class StarkStep:
    """One operation on ``columns`` columns of 2^log_height rows, on ``blocks`` blocks of those."""

    step: str
    log_height: int
    columns: int
    blocks: int
    degree: int = 2
    hash: str = "blake3"
    kernel = "stark"


def device_work(case: StarkStep, session: RecordingSession) -> None:
    """Have the step launch what it computes with; tables' launches are not of it."""
    kernels, height = DeviceStarkKernels(session, case.degree), 1 << case.log_height

    def columns(count: int, blocks: int) -> Columns:
        buffer = session.allocate(_WORD * count * blocks * height, np.uint64)
        return Columns(count, blocks, height, buffer)

    degree = case.degree
    element: Words = np.arange(2, 2 + degree, dtype=np.uint64)
    whole, one = columns(case.columns, case.blocks), columns(degree, case.blocks)
    # Nothing is read back from a session that records: those steps end there.
    with suppress(NotImplementedError):
        if case.step == "commit":
            kernels.commit([whole], case.hash)
        elif case.step == "combine":
            kernels.combine([whole], np.ones((case.columns, degree), dtype=np.uint64))
        elif case.step == "evaluate":
            kernels.evaluate(whole, element[np.newaxis])
        elif case.step == "fractions":
            kernels.fractions(whole, whole)
        elif case.step == "deep":
            kernels.deep([DeepTerm((one,), element, element, element)], case.blocks, height)
        elif case.step == "fold":
            kernels.fold(one, 4, element)
        else:
            raise ValueError(f"step: got {case.step!r}, which has no model")


def moved_bytes(case: StarkStep, request: Request) -> tuple[int, int]:
    """Count the bytes that a launch reads and writes; what caches hold is read once."""
    height, degree = 1 << case.log_height, case.degree
    points = case.blocks * height
    extension = _WORD * degree * points
    name, number = request.kernel.name, request.number
    if name == "hash_rows":
        return _WORD * case.columns * points, _DIGEST * points
    if name == "hash_layer":
        pairs = number(4)
        return 2 * _DIGEST * pairs, _DIGEST * pairs
    if name == "hash_top":
        pairs = 2 * number(2) - 1
        return 2 * _DIGEST * pairs, _DIGEST * pairs
    whole = _WORD * case.columns * points
    if name == "evaluate":
        return whole + extension, request.arguments[2].nbytes
    return {
        "combine": (whole, extension),
        "make_powers": (0, extension),
        "divide": (2 * whole, whole),
        "sum_columns": (whole, extension),
        "sum_runs": (extension, extension // 32),
        "scan_runs": (extension // 32, extension // 32),
        "run_sums": (extension, extension),
        "deep": (extension, extension),
        "fold": (extension, extension // 4),
    }[name]
