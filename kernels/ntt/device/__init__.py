"""Number-theoretic transforms on devices: the host plan of OpenCL and CUDA."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zkmark.backends.device import Buffer, Session, Source
from zkmark.kernels.case import Array, Inputs
from zkmark.kernels.device import DeviceImplementation, DevicePlan
from zkmark.kernels.fields.device import Definitions, field_definitions
from zkmark.kernels.fields.encoding import dense, from_integers
from zkmark.kernels.fields.parameters import FieldParameters, field
from zkmark.kernels.ntt.case import NttCase

# What is left of a cache for the values of a batch: the second of a core, or the second of a GPU.
_CACHED_BYTES = {"cpu": 1 << 24, "gpu": 1 << 23}

# The flags of transform.cl.
_LOAD_ROWS, _STORE_ROWS = 1, 2
_BIT_REVERSED_INPUT, _BIT_REVERSED_OUTPUT = 4, 8
_WITH_ROW_FACTORS, _WITH_TABLE = 16, 32
# A table whose entry is the same for neighbouring columns.
_ONE_COLUMN = 31


@dataclass(frozen=True)
class Shape:
    """How a program's groups are cut: threads, elements of a tile, lanes, and the longest pass.

    Neighbouring columns are read together; ``log_columns`` is the least number of them.
    """

    threads: int
    log_tile: int
    log_lanes: int
    log_radix: int
    log_columns: int

    @property
    def most_rows(self) -> int:
        """The binary logarithm of the largest radix of a pass."""
        return self.log_tile - self.log_columns


def shape_for(field_id: str, on_cpu: bool, local_bytes: int) -> Shape:
    """Return the shape for a field on a CPU or a GPU with so much local memory."""
    size = field(field_id).bytes_per_element
    log_size = (size - 1).bit_length()
    log_local = local_bytes.bit_length() - 1 - log_size
    if on_cpu:
        # A vector of 32 bytes; a tile for the second cache, columns in runs of 256 bytes (measured:
        # shorter runs at a distance of a power of two cost up to half as much again).
        log_lanes = max(0, 5 - log_size) if size <= 8 else 0
        return Shape(1, min(17 - log_size, log_local), log_lanes, 3, 8 - log_size)
    if size <= 8:
        log_radix = 4 if field_id == "goldilocks" else 3
        return Shape(256, min(12, log_local), 0, log_radix, 6 - log_size)
    return Shape(128, min(9, log_local), 0, 2, 1)


def transform_source(field_id: str, direction: str, shape: Shape) -> Source:
    """Return the program of a field and a direction."""
    definitions: Definitions = {
        "TILE": 1 << shape.log_tile,
        "THREADS": shape.threads,
        "FE_LANES": 1 << shape.log_lanes,
        "LOG_LANES": shape.log_lanes,
        "LOG_RADIX": shape.log_radix,
    }
    if field_id == "goldilocks":
        definitions |= _shifts(direction)
    return Source("kernels/ntt/device/transform.cl", field_definitions(field_id) | definitions)


def _shifts(direction: str) -> Definitions:
    """Return the powers of a 16th root of unity as shifts: p divides 2^96 + 1."""
    parameters = field("goldilocks")
    p, found = parameters.modulus, Definitions()
    w = parameters.root_of_order(4)
    for i in range(1, 8):
        root = pow(w, -i if direction == "inverse" else i, p)
        shift = next(k for k in range(0, 192, 12) if pow(2, k, p) == root)
        found |= {f"ROOT16_{i}": shift % 96, f"ROOT16_{i}_NEGATED": int(shift > 96)}
    return found


@dataclass(frozen=True)
class Pass:
    """One launch: radix 2^log_rows, after passes of 2^log_before together."""

    log_rows: int
    log_before: int
    flags: int
    table_shift: int


def passes_of(case: NttCase, shape: Shape) -> list[Pass]:
    """Share out the layers to as few passes as the tile allows, the first ones not the smaller."""
    count = max(1, -(-case.log_size // shape.most_rows))
    rows = [(case.log_size + i) // count for i in reversed(range(count))]
    bit_reversed = case.order == "bit-reversed"
    inverse = case.direction == "inverse"
    passes, before = [], 0
    for i, log_rows in enumerate(rows):
        first, last = i == 0, i == count - 1
        flags, shift = 0, before
        if first:
            flags |= _BIT_REVERSED_INPUT if bit_reversed and inverse else 0
            flags |= _WITH_ROW_FACTORS if case.coset and not inverse else 0
        if last:
            flags |= _BIT_REVERSED_OUTPUT if bit_reversed and not inverse else 0
            shift = 0
        if flags & _BIT_REVERSED_INPUT or count == 1:
            flags |= _LOAD_ROWS
        if first or flags & _BIT_REVERSED_OUTPUT:
            flags |= _STORE_ROWS
        if not last or (inverse and (case.coset or count == 1)):
            flags |= _WITH_TABLE
        if count == 1:
            shift = _ONE_COLUMN
        passes.append(Pass(log_rows, before, flags, shift))
        before += log_rows
    return passes


class DeviceTransforms:
    """Kernels compiled and tables made, for transforms of a case's field, size and options.

    Buffers are the caller's, and so is the number of transforms.
    """

    def __init__(self, case: NttCase, session: Session, shape: Shape | None = None) -> None:
        self.case = case
        self.session = session
        on_cpu = session.device.kind == "cpu"
        self.shape = shape or shape_for(case.field, on_cpu, session.limits.local_bytes)
        self.passes = passes_of(case, self.shape)
        self.cached_bytes = _CACHED_BYTES["cpu" if on_cpu else "gpu"]
        program = session.build(transform_source(case.field, case.direction, self.shape))
        self.kernel = program.kernel("transform")
        self.table_kernel = program.kernel("make_table")
        self.each = case.field_parameters.bytes_per_element
        self._make_tables()

    def _make_tables(self) -> None:
        case, session = self.case, self.session
        parameters = case.field_parameters
        p, size, inverse = parameters.modulus, case.size, case.direction == "inverse"
        w = parameters.root_of_order(case.log_size)
        s = parameters.generator if case.coset else 1
        scale = 1
        if inverse:
            w, s, scale = pow(w, -1, p), pow(s, -1, p), pow(size, -1, p)
        log_low = (case.log_size + 1) // 2
        roots = self._powers_in_two(w, 1, log_low)
        shifts = self._powers_in_two(s, scale, log_low)
        none = self._upload([1])
        self.roots: dict[int, Buffer] = {}
        self.tables: list[Buffer] = []
        self.row_factors = none
        for place, one in enumerate(self.passes):
            last = place == len(self.passes) - 1
            log_apart = case.log_size - one.log_rows
            if one.log_rows not in self.roots:
                root, order = pow(w, 1 << log_apart, p), 1 << one.log_rows
                self.roots[one.log_rows] = self._upload(_powers(root, 1, order, p))
            if one.flags & _WITH_ROW_FACTORS:
                step = pow(s, 1 << log_apart, p)
                self.row_factors = self._upload(_powers(step, 1, 1 << one.log_rows, p))
            if not one.flags & _WITH_TABLE:
                self.tables.append(none)
                continue
            # The last table has no twiddles, but the shift of every index; the first one that of
            # the columns (its rows have row_factors) or the inverse's scale.
            log_columns = log_apart - (0 if last else one.log_before)
            log_step = case.log_size if last else one.log_before
            shifted = 2 if last else int(place == 0 and self._first_is_scaled())
            table = session.allocate(self.each << (one.log_rows + log_columns), parameters.dtype)
            count = 1 << (one.log_rows + log_columns)
            numbers = (count, log_low, log_columns, log_step, case.log_size, shifted, log_apart)
            self.table_kernel.over(count, roots, shifts, table, *map(np.uint32, numbers))
            self.tables.append(table)
        session.synchronize()

    def _first_is_scaled(self) -> bool:
        """Say whether the first of several tables has the column's shift, or the scale."""
        return self.case.coset != (self.case.direction == "inverse")

    def _powers_in_two(self, base: int, start: int, log_low: int) -> Buffer:
        """Upload base^i below 2^log_low and after it start base^(i 2^log_low), for make_table."""
        p = self.case.field_parameters.modulus
        low = _powers(base, 1, 1 << log_low, p)
        high = _powers(pow(base, 1 << log_low, p), start, 1 << (self.case.log_size - log_low), p)
        return self._upload(low + high)

    def _upload(self, values: list[int]) -> Buffer:
        """Copy factors to the device in the form that fe_mul takes."""
        parameters = self.case.field_parameters
        r = _form(parameters)
        values = [value * r % parameters.modulus for value in values]
        return self.session.upload(dense(from_integers(values, parameters, (len(values),))))

    def compute(self, source: Buffer, between: Buffer, output: Buffer, count: int) -> None:
        """Transform ``count`` arrays, from ``source`` to ``output`` by the buffer ``between``.

        With an even number of passes the output may be the source, with an odd one the buffer
        between may be; a single pass uses none.
        """
        # As many transforms at a time as a cache keeps between two passes.
        most = max(1, self.cached_bytes // (self.case.size * self.each))
        if len(self.passes) == 1:
            most = count
        for first in range(0, count, most):
            origin = source
            for place, one in enumerate(self.passes):
                left = len(self.passes) - 1 - place
                target = between if left % 2 else output
                batch = range(first, min(first + most, count))
                self._launch(one, self.tables[place], origin, target, batch)
                origin = target

    def _launch(
        self, one: Pass, table: Buffer, source: Buffer, target: Buffer, batch: range
    ) -> None:
        case, shape = self.case, self.shape
        units = self.session.device.compute_units
        log_apart = case.log_size - one.log_rows
        columns = len(batch) << log_apart
        log_columns = shape.log_tile - one.log_rows
        # Few columns are shared out to as many groups as read whole lines of memory.
        while log_columns > shape.log_columns and columns >> log_columns < 4 * units:
            log_columns -= 1
        numbers = (case.log_size, one.log_rows, log_columns, one.log_before)
        self.kernel.launch(
            -(-columns // (1 << log_columns)),
            source,
            target,
            self.roots[one.log_rows],
            self.row_factors,
            table,
            *map(np.uint32, (*numbers, one.table_shift, one.flags)),
            np.uint32(batch.start << log_apart),
            np.uint32(batch.stop << log_apart),
        )


class DeviceNttPlan(DevicePlan):
    """Kernels compiled, tables made on the device; the input stays as it was uploaded."""

    def __init__(self, case: NttCase, session: Session, shape: Shape | None = None) -> None:
        super().__init__(session)
        self.case = case
        session.check_room(*ntt_memory(case))
        self.transforms = DeviceTransforms(case, session, shape)
        self.passes = self.transforms.passes
        nbytes = case.batch * case.size * self.transforms.each
        self.values, self.output = (self._allocate(nbytes) for _ in range(2))
        self.between = self._allocate(nbytes) if len(self.passes) > 1 else self.output

    def _allocate(self, nbytes: int) -> Buffer:
        return self.session.allocate(nbytes, self.case.field_parameters.dtype)

    def upload(self, inputs: Inputs) -> Buffer:
        """Copy the values to the device."""
        self.values.write(dense(inputs["values"]))
        return self.values

    def compute(self, uploaded: Buffer) -> Buffer:
        """Run the passes, from the input to the output by the buffer between."""
        self.transforms.compute(uploaded, self.between, self.output, self.case.batch)
        return self.output

    def download(self, result: Buffer) -> Array:
        """Return the transforms."""
        output: Array = result.read(count=int(np.prod(self.case.shape))).reshape(self.case.shape)
        return output


def _powers(base: int, start: int, count: int, p: int) -> list[int]:
    powers = [start]
    for _ in range(count - 1):
        powers.append(powers[-1] * base % p)
    return powers


def _form(parameters: FieldParameters) -> int:
    return 1 if parameters.id == "goldilocks" else parameters.montgomery_r


def ntt_memory(case: NttCase) -> tuple[int, int]:
    """Count the bytes of a plan at the most, and those of its largest buffer.

    Input, output and what is between them; a table of n factors for the first pass, shorter ones
    for the others, or one of n for the shift of a coset's coefficients; roots, in parts of sqrt(n).
    """
    values = case.batch * case.size
    tables = case.size * (2 if case.coset else 1) + (case.size >> 3) + (8 << (case.log_size // 2))
    each = case.field_parameters.bytes_per_element
    return (3 * values + tables + (1 << 11)) * each, values * each


def ntt_on(backend: str) -> DeviceImplementation:
    """Return the implementation on ``opencl`` or ``cuda``."""
    return DeviceImplementation(backend, "ntt", DeviceNttPlan, lambda case: None, ntt_memory)


def sources() -> dict[str, Source]:
    """Return every program of this family by a name, for the compilers' tests."""
    found = {}
    for id in ("goldilocks", "babybear", "bls12-381-fr", "bls12-381-fq"):
        shape = shape_for(id, on_cpu=False, local_bytes=48 * 1024)
        found[f"ntt/{id}"] = transform_source(id, "forward", shape)
    # Other shifts than those forward, and another text with them.
    shape = shape_for("goldilocks", on_cpu=False, local_bytes=48 * 1024)
    found["ntt/goldilocks/inverse"] = transform_source("goldilocks", "inverse", shape)
    return found
