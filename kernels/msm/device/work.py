"""What a multi-scalar multiplication asks of a GPU: launches, bytes, and what data decides.

Points are in general position and no digit is zero. Lists are as long as they are on average.
"""

from __future__ import annotations

from zkmark.backends.cuda.recording import RecordingSession, Request
from zkmark.backends.device import Buffer, Source
from zkmark.kernels.curves.device import curve_definitions
from zkmark.kernels.msm.case import MsmCase
from zkmark.kernels.msm.device import DeviceMsmPlan

# Kernels whose loops go by data: the probe of an operation, and where its number of times stands
# among the kernel's scalars.
_PROBES = {"accumulate": ("add_entries", 6), "join_heads": ("add_heads", 5)}


def device_work(case: MsmCase, session: RecordingSession) -> None:
    """Make the plan and have it launch what it computes with."""
    plan = DeviceMsmPlan(case, session)
    plan.compute((plan.points, plan.scalars))


def stand_in(case: MsmCase, request: Request) -> tuple[Source, str, int] | None:
    """Return the program and the kernel that stand for one whose loops go by data.

    The last of its arguments says how often it does the operation, the number here how often the
    kernel does.
    """
    if request.kernel.name not in _PROBES:
        return None
    name, place = _PROBES[request.kernel.name]
    definitions = curve_definitions(case.curve) | {"THREADS": request.kernel.group_size}
    return Source("kernels/msm/device/probes.cl", definitions), name, request.number(place)


def moved_bytes(case: MsmCase, request: Request) -> tuple[int, int]:
    """Count the bytes that a launch reads and writes, each element as often as it is asked for."""
    each, name = case.curve_parameters.base.bytes_per_element, request.kernel.name
    scalars = case.size * case.curve_parameters.scalar.bytes_per_element
    buffers = [one.nbytes for one in request.arguments if isinstance(one, Buffer)]
    if name == "prepare_points":
        return 2 * each * case.size, 3 * each * case.size
    if name in ("count_digits", "sort_digits"):
        digits = 2 * case.size * request.number(4 if name == "count_digits" else 5)
        # An atomic addition reads and writes a word; so does the entry that follows it.
        return scalars + 4 * digits, (8 if name == "sort_digits" else 4) * digits
    if name in ("sum_chunks", "scan_chunks"):
        return buffers[0], buffers[1] if name == "sum_chunks" else buffers[0]
    if name == "accumulate":
        entries = request.number(6) * request.number(7)
        return entries * (4 + 2 * each), buffers[3] + buffers[4]
    if name == "join_heads":
        return buffers[0] + buffers[1], buffers[3] + buffers[4]
    if name == "reduce_buckets":
        count = request.number(4)
        # One of the two sums is read again for every bucket, and both are written.
        sums = (count << request.number(3)) * 4 * each
        return buffers[0] + sums, 2 * sums
    if name == "move_runs":
        return buffers[0] + buffers[1], buffers[0]
    if name == "fold_points":
        count = request.number(3)
        return count * request.number(2) * 4 * each, count * 4 * each
    return buffers[0], buffers[1]
