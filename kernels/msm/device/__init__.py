"""Multi-scalar multiplication on devices: the host plan of OpenCL and CUDA."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from zkmark.backends.device import Buffer, Session, Source
from zkmark.kernels.case import Array, Inputs
from zkmark.kernels.curves.device import curve_definitions
from zkmark.kernels.curves.encoding import point_from_tuple
from zkmark.kernels.curves.parameters import curve
from zkmark.kernels.device import DeviceImplementation, DevicePlan
from zkmark.kernels.fields.encoding import dense, to_integers
from zkmark.kernels.msm.case import MsmCase

# Bits of a half scalar's magnitude, and the widest window.
_HALF_BITS = 127
_WIDEST = 22
# Of scan_chunks; a power of two.
_CHUNK = 64
# Heads that a thread joins, and points that share an inversion.
_JOINED, _SHARED = 8, 8
# An entry's index leaves two of 32 bits free; positions in the lists have 32.
_MOST_POINTS = 1 << 27
# Multiplications: an addition of an affine point; of a bucket in the reduction, without its runs'.
_ADDITION, _BUCKET = 10, 28

_THREADS = {"cpu": 4, "gpu": 128, "accelerator": 16}


@dataclass(frozen=True)
class Schedule:
    """How a sum is cut.

    ``bits`` are those of a window, ``length`` the entries that a thread adds up, ``log_run`` the
    binary logarithm of the buckets that a thread reduces.
    """

    bits: int
    length: int
    log_run: int
    fixed_base: bool = False

    @property
    def windows(self) -> int:
        """Windows of a half scalar."""
        return (_HALF_BITS + self.bits) // self.bits

    @property
    def bucket_windows(self) -> int:
        """How many windows have buckets of their own: with multiples of the points, just one."""
        return 1 if self.fixed_base else self.windows

    @property
    def multiples(self) -> int:
        """How many multiples of each point there are."""
        return self.windows if self.fixed_base else 1

    @property
    def buckets(self) -> int:
        """Buckets of all windows."""
        return self.bucket_windows << (self.bits - 1)

    def entries(self, size: int) -> int:
        """Return how many digits the halves of ``size`` scalars have."""
        return 2 * size * self.windows

    def parts(self, size: int) -> int:
        """Return how many threads add up the entries."""
        return -(-self.entries(size) // self.length)


def _schedule(size: int, bits: int, on_cpu: bool, fixed_base: bool) -> Schedule:
    """Return the schedule with windows of ``bits`` bits.

    A part is long enough that its head, which is added once more, does not weigh; short enough that
    there are some thousand parts on a GPU.
    """
    entries = Schedule(bits, 1, 0, fixed_base).entries(size)
    wanted = 256 if on_cpu else 1 << 17
    length = max(16, min(1 << 12 if on_cpu else 256, entries // wanted))
    return Schedule(bits, length, min(bits - 1, 7 if on_cpu else 5), fixed_base)


def schedules(size: int, on_cpu: bool, fixed_base: bool = False) -> list[Schedule]:
    """Return the schedules for a number of points, those with the fewest multiplications first."""

    def cost(one: Schedule) -> int:
        return one.entries(size) * _ADDITION + one.buckets * (_BUCKET + 8)

    found = [_schedule(size, bits, on_cpu, fixed_base) for bits in range(2, _WIDEST + 1)]
    # A place in the lists has 32 bits, an entry's index two less.
    numbered = (one for one in found if one.entries(size) < 1 << 32)
    return sorted((one for one in numbered if size * one.multiples < 1 << 30), key=cost)


def msm_source(curve_id: str, threads: int) -> Source:
    """Return the program of a curve."""
    definitions = curve_definitions(curve_id) | {"THREADS": threads}
    return Source("kernels/msm/device/msm.cl", definitions)


class DeviceMsmPlan(DevicePlan):
    """Kernels compiled, room for lists and buckets allocated; the input stays as it was uploaded.

    ``compute`` is everything from canonical points and scalars to one point in XYZZ form;
    ``download`` fetches that and makes it affine. With a fixed base the points and their multiples
    are made ready in ``upload``.
    """

    def __init__(self, case: MsmCase, session: Session, schedule: Schedule | None = None) -> None:
        super().__init__(session)
        self.case = case
        self.schedule = one = schedule or _fitting(case, session)
        self.program = session.build(msm_source(case.curve, _THREADS[session.device.kind]))
        if not case.size:
            return
        session.check_room(*plan_memory(case, one))
        base, size = case.curve_parameters.base, case.size
        each = base.bytes_per_element
        self.points = session.allocate(2 * each * size, base.dtype)
        self.scalars = session.allocate(case.curve_parameters.scalar.bytes_per_element * size)
        self.prepared = session.allocate(3 * each * size * one.multiples)
        self.entries = session.allocate(4 * one.entries(size))
        # The lists' beginnings, and what their chunks sum up to, chunk upon chunk.
        self.ends = [session.allocate(4 * one.buckets)]
        while len(self.ends) == 1 or self.ends[-1].nbytes > 16:
            count = -(-self.ends[-1].nbytes // (4 * _CHUNK))
            self.ends.append(session.allocate(4 * count))
            if count == 1:
                break
        xyzz = 4 * each
        self.buckets = session.allocate(xyzz * one.buckets)
        self.heads: list[tuple[int, Buffer, Buffer]] = []
        parts = one.parts(size)
        while True:
            self.heads.append((parts, session.allocate(xyzz * parts), session.allocate(4 * parts)))
            if parts == 1:
                break
            parts = -(-parts // _JOINED)
        runs = one.buckets >> one.log_run
        self.sums = [session.allocate(xyzz * runs), session.allocate(xyzz * runs)]
        self.result = session.allocate(xyzz, base.dtype)

    def upload(self, inputs: Inputs) -> tuple[Buffer, Buffer] | None:
        """Copy points and scalars to the device, and prepare what is fixed."""
        if not self.case.size:
            return None
        self.points.write(dense(inputs["points"]))
        self.scalars.write(dense(inputs["scalars"]))
        if self.schedule.fixed_base:
            self._prepare(self.points)
            self.session.synchronize()
            return self.prepared, self.scalars
        return self.points, self.scalars

    def compute(self, uploaded: tuple[Buffer, Buffer] | None) -> Buffer | None:
        """Sort, accumulate, reduce."""
        if uploaded is None:
            return None
        points, scalars = uploaded
        if not self.schedule.fixed_base:
            self._prepare(points)
            points = self.prepared
        self._sort(scalars)
        self._accumulate(points)
        self._reduce()
        return self.result

    def _over(self, name: str, items: int, *arguments: Buffer | int) -> None:
        """Launch a kernel on as many threads; numbers are of 32 bits."""
        values = [one if isinstance(one, Buffer) else np.uint32(one) for one in arguments]
        self.program.kernel(name).over(items, *values)

    def _prepare(self, points: Buffer) -> None:
        one, size = self.schedule, self.case.size
        self._over("prepare_points", size, points, self.prepared, size)
        for window in range(1, one.multiples):
            threads = -(-size // _SHARED)
            self._over("multiply_points", threads, self.prepared, size, window * size, one.bits)

    def _sort(self, scalars: Buffer) -> None:
        one, size = self.schedule, self.case.size
        strides = (0, size) if one.fixed_base else (1 << (one.bits - 1), 0)
        ends = self.ends
        ends[0].fill_zero()
        digits = (size, one.bits, one.windows)
        self._over("count_digits", size, scalars, ends[0], *digits, strides[0])
        counts = [one.buckets]
        for values, sums in pairwise(ends):
            chunks = -(-counts[-1] // _CHUNK)
            self._over("sum_chunks", chunks, values, sums, counts[-1])
            counts.append(chunks)
        for level in reversed(range(len(ends))):
            above = ends[min(level + 1, len(ends) - 1)]
            first = int(level == len(ends) - 1)
            chunks = -(-counts[level] // _CHUNK)
            self._over("scan_chunks", chunks, ends[level], above, counts[level], first)
        self._over("sort_digits", size, scalars, ends[0], self.entries, *digits, *strides)

    def _accumulate(self, points: Buffer) -> None:
        one = self.schedule
        parts, heads, head_buckets = self.heads[0]
        self.buckets.fill_zero()
        lists = (points, self.entries, self.ends[0], self.buckets, heads, head_buckets)
        self._over("accumulate", parts, *lists, one.length, parts, one.buckets)
        for below, above in pairwise(self.heads):
            buffers = (*below[1:], self.buckets, *above[1:])
            self._over("join_heads", above[0], *buffers, _JOINED, below[0])

    def _reduce(self) -> None:
        one = self.schedule
        source, target = self.sums
        log_runs = one.bits - 1 - one.log_run
        count = one.bucket_windows << log_runs
        self._over("reduce_buckets", count, self.buckets, source, target, one.log_run, count)
        self._over("move_runs", count, source, target, one.log_run, log_runs, count)
        while log_runs:
            step = min(3, log_runs)
            log_runs -= step
            count >>= step
            self._over("fold_points", count, source, target, 1 << step, count)
            source, target = target, source
        self.program.kernel("combine_windows").launch(
            1, source, self.result, np.uint32(one.bits), np.uint32(one.bucket_windows)
        )

    def download(self, result: Buffer | None) -> Array:
        """Return the sum as a canonical affine point."""
        parameters = self.case.curve_parameters
        if result is None:
            return point_from_tuple(None, parameters)
        base = parameters.base
        words = result.read(count=4 * base.limbs).reshape(4, base.limbs)
        # All in Montgomery form, whose factor cancels in x = X / ZZ and y = Y / ZZZ.
        x, y, zz, zzz = to_integers(words, base)
        if zz == 0:
            return point_from_tuple(None, parameters)
        p = base.modulus
        return point_from_tuple((x * pow(zz, -1, p) % p, y * pow(zzz, -1, p) % p), parameters)


def plan_memory(case: MsmCase, one: Schedule) -> tuple[int, int]:
    """Count the bytes of a plan by a schedule, and those of its largest buffer."""
    each = case.curve_parameters.base.bytes_per_element
    points, scalars = 2 * each * case.size, 32 * case.size
    entries = 4 * one.entries(case.size)
    prepared = 3 * each * case.size * one.multiples
    buckets = one.buckets * (4 * each + 5)
    heads = one.parts(case.size) * (4 * each + 4) * _JOINED // (_JOINED - 1) + 1024 * _JOINED
    sums = 2 * (4 * each) * ((one.buckets >> one.log_run) + 1)
    largest = max(prepared, entries, 4 * each * one.buckets)
    return points + scalars + entries + prepared + buckets + heads + sums, largest


def _fitting(case: MsmCase, session: Session) -> Schedule:
    """Return the cheapest schedule for which the device has room, or the one that wants least."""
    found = schedules(case.size, session.device.kind == "cpu", case.fixed_base)
    fitting = (one for one in found if session.lacks_room(*plan_memory(case, one)) is None)
    return next(fitting, min(found, key=lambda one: plan_memory(case, one)))


def msm_memory(case: MsmCase) -> tuple[int, int]:
    """Count the bytes of the plan that wants least, and those of its largest buffer."""
    return max(
        min(plan_memory(case, one) for one in schedules(case.size, on_cpu, case.fixed_base))
        for on_cpu in (False, True)
    )


def lacks(case: MsmCase) -> str | None:
    """Say how many points there may be, if these are too many."""
    most = _MOST_POINTS >> 3 if case.fixed_base else _MOST_POINTS
    if case.size >= most:
        return f"its sorted lists hold fewer than 2^{most.bit_length() - 1} points"
    return None


def msm_on(backend: str) -> DeviceImplementation:
    """Return the implementation on ``opencl`` or ``cuda``."""
    return DeviceImplementation(backend, "msm", DeviceMsmPlan, lacks, msm_memory)


def sources() -> dict[str, Source]:
    """Return every program of this family by a name: one a size of the base field."""
    names = ("bn254-g1", "bls12-381-g1")
    return {f"msm/{curve(id).id}": msm_source(id, _THREADS["gpu"]) for id in names}
