"""What a transform asks of a GPU: its launches, and the bytes that each of them moves."""

from __future__ import annotations

from zkmark.backends.cuda.recording import RecordingSession, Request
from zkmark.kernels.ntt.case import NttCase
from zkmark.kernels.ntt.device import DeviceNttPlan

# Places among the arguments of ``transform``. A pass without a table has a buffer of one factor.
_TABLE, _LOG_ROWS, _FIRST, _BEHIND = 4, 6, 11, 12


def device_work(case: NttCase, session: RecordingSession) -> None:
    """Make the plan and have it launch what it computes with."""
    plan = DeviceNttPlan(case, session)
    session.requests.clear()  # the tables' launches belong to the plan
    plan.compute(plan.values)


def moved_bytes(case: NttCase, request: Request) -> tuple[int, int]:
    """Count the bytes that a pass reads and writes: its columns, and its table once.

    Roots and the factors of rows stay in caches.
    """
    columns = request.number(_BEHIND) - request.number(_FIRST)
    elements = columns << request.number(_LOG_ROWS)
    values = elements * case.field_parameters.bytes_per_element
    return values + request.arguments[_TABLE].nbytes, values
