"""The kernels of a STARK prover on devices: the host plan of OpenCL and CUDA."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zkmark.backends.device import Buffer, Kernel, Session, Source
from zkmark.kernels.fields.reference import extension_multiply, extension_power
from zkmark.kernels.hashes.parameters import hash_parameters
from zkmark.kernels.stark.device.commitment import DeviceCommitment, hash_form
from zkmark.kernels.stark.device.interpreter import Interpreter
from zkmark.kernels.stark.device.programs import (
    HASHES,
    Form,
    Programs,
    columns_source,
    fold_source,
    form_for,
    gather_source,
    layers_source,
    program_form,
    program_source,
    rows_source,
)
from zkmark.kernels.stark.device.tables import Tables, log_low, words
from zkmark.kernels.stark.device.transforms import Transforms
from zkmark.kernels.stark.domain import MODULUS, block_power, log2
from zkmark.kernels.stark.operations import (
    Bytes,
    Columns,
    DeepTerm,
    StarkKernels,
    Words,
)
from zkmark.kernels.stark.program import Program
from zkmark.kernels.stark.reference import extension

# Columns that a group evaluates together (EVALUATED_TOGETHER of columns.cl), and groups that share
# a column's rows.
_EVALUATED_TOGETHER = 2
_GROUPS_OF_A_COLUMN = {"cpu": 64, "gpu": 256}
# Rows of a run that one thread adds up: enough work for it, and enough runs for the device.
_ROWS_OF_RUN = {"cpu": 4096, "gpu": 32}
# Nonces of a launch: as many as the longest vector has lanes, at the least.
_LEAST_NONCES, _MOST_NONCES = 64, 1 << 20
# Columns that ``combine`` reads together (LOADED_TOGETHER of columns.cl).
_LOADED_TOGETHER = 4
# Of the limbs of weights (SHORT_LIMB_BITS of elements.h).
_LIMB_BITS = 22
_MOST_BITS, _NONE = 40, 0xFFFFFFFF


class DeviceStarkKernels(StarkKernels):
    """All operations on one session. A handle is a ``Buffer``."""

    def __init__(self, session: Session, degree: int) -> None:
        super().__init__(degree)
        self.session = session
        self._on_cpu = session.device.kind == "cpu"
        self._kind = "cpu" if self._on_cpu else "gpu"
        self._tables = Tables(session)
        self._transforms = Transforms(session, self._tables)
        self._programs = Programs(session)
        self._interpreter = Interpreter(self._programs, self._tables)
        # Powers of the points evaluated at last, by height: a round's matrices share them.
        self._powers: dict[int, tuple[bytes, list[Buffer]]] = {}

    def _form(self, height: int) -> Form:
        return form_for(self._on_cpu, height)

    def _kernel(self, name: str, height: int) -> tuple[Kernel, Form]:
        form = self._form(height)
        return self._programs.build(columns_source, self.degree, form).kernel(name), form

    def _columns(self, count: int, blocks: int, height: int) -> Columns:
        """Return unsplit columns with room for values, not yet written."""
        return Columns(
            count, blocks, height, self.session.allocate(8 * count * blocks * height, np.uint64)
        )

    def synchronize(self) -> None:
        """Wait until the device has done all that it was told."""
        self.session.synchronize()

    def upload(self, values: Words) -> Columns:
        """Copy canonical ``uint64[count, blocks, height]`` to the device."""
        array = np.ascontiguousarray(values, dtype=np.uint64)
        count, blocks, height = array.shape
        log2(height)
        return Columns(count, blocks, height, self.session.upload(array))

    def download(self, columns: Columns) -> Words:
        """Return unsplit columns as ``uint64[count, blocks, height]``."""
        self._check_unsplit(columns)
        shape = columns.count, columns.blocks, columns.height
        values: Words = columns.handle.read(columns.count * columns.blocks * columns.height)
        return values.reshape(shape)

    def _check_unsplit(self, *all_columns: Columns) -> None:
        if any(columns.ways != 1 for columns in all_columns):
            raise ValueError("columns: got split ones, want them whole")

    def interpolate(self, columns: Columns, coset: bool = False) -> Columns:
        """Return coefficients: column ``c * blocks + j`` is that of block j of column c."""
        self._check_unsplit(columns)
        count, blocks, height = columns.count, columns.blocks, columns.height
        output = self._transforms.inverse(columns.handle, count * blocks, height)
        if coset:
            self._shift(output, output, (count, blocks, height), blocks, inverse=True)
        return Columns(count * blocks, 1, height, output)

    def extend(self, coefficients: Columns, blocks: int) -> Columns:
        """Evaluate polynomials of one block on ``blocks`` cosets."""
        self._check_unsplit(coefficients)
        count, height = coefficients.count, coefficients.height
        if coefficients.blocks != 1:
            raise ValueError(f"coefficients: got {coefficients.blocks} blocks, want 1")
        shifted = self.session.allocate(8 * count * blocks * height, np.uint64)
        self._shift(coefficients.handle, shifted, (count, blocks, height), 1, inverse=False)
        output = self._transforms.forward_in_place(shifted, count * blocks, height)
        return Columns(count, blocks, height, output)

    def _shift(
        self,
        source: Buffer,
        target: Buffer,
        shape: tuple[int, int, int],
        source_blocks: int,
        inverse: bool,
    ) -> None:
        _, blocks, height = shape
        kernel, form = self._kernel("shift", height)
        items = form.threads_for(blocks * height // form.lanes)
        self._transforms.shift(kernel, source, target, shape, source_blocks, inverse, items)

    def commit(self, matrices: Sequence[Columns], hash: str) -> DeviceCommitment:
        """Build the tree over matrices of equal ``blocks`` (some may be split)."""
        hash = _known(hash)
        if not matrices:
            raise ValueError("matrices: got none, want some")
        form = self._form(max(matrix.height for matrix in matrices))
        return DeviceCommitment(self._programs, self._tables, form, matrices, hash)

    def run(
        self,
        program: Program,
        sources: Sequence[Columns],
        constants: Words,
        block_constants: Words | None = None,
        blocks: int | None = None,
        height: int | None = None,
    ) -> Columns:
        """Run a program at every point of ``blocks`` blocks of ``height`` rows."""
        self._check_unsplit(*sources)
        blocks = sources[0].blocks if blocks is None else blocks
        height = sources[0].height if height is None else height
        output = self._columns(program.outputs, blocks, height)
        least = min([height, *(source.height for source in sources)])
        form = program_form(self._form(least))
        self._interpreter.run(program, sources, constants, block_constants, output, form)
        return output

    def fractions(self, numerators: Columns, denominators: Columns) -> tuple[Columns, Words]:
        """Divide, and sum up; ``ZeroDivisionError`` for a denominator of zero."""
        self._check_unsplit(numerators, denominators)
        height, degree = numerators.height, self.degree
        count = numerators.count // degree
        output = self._columns((count + 1) * degree, 1, height)
        divide, form = self._kernel("divide", height)
        rows = min(height, _ROWS_OF_RUN[self._kind])
        runs = height // rows
        # The sums of all runs, then that of all rows, then whether a denominator is zero.
        sums = self.session.allocate(8 * ((runs + 1) * degree + 1), np.uint64)
        sums.fill_zero()
        vectors = count * height // form.lanes
        threads = -(-vectors // form.strip)
        divide.over(
            form.threads_for(threads),
            *(numerators.handle, denominators.handle, output.handle, sums),
            *map(np.uint32, ((runs + 1) * degree, vectors, log2(height), threads)),
        )
        vectors = height // form.lanes
        self._kernel("sum_columns", height)[0].over(
            form.threads_for(vectors), output.handle, np.uint32(vectors), np.uint32(count)
        )
        numbers = np.uint64(count * degree * height), np.uint32(runs), np.uint32(rows)
        groups = -(-form.threads_for(runs) // form.threads), degree
        self._kernel("sum_runs", height)[0].launch(groups, output.handle, sums, *numbers)
        self._kernel("scan_runs", height)[0].launch((1, degree), sums, np.uint32(runs))
        inverse = np.uint64(pow(height, -1, MODULUS))
        self._kernel("run_sums", height)[0].launch(groups, output.handle, sums, *numbers, inverse)
        *total, zero = sums.read(degree + 1, np.uint64, 8 * runs * degree).tolist()
        if zero:
            raise ZeroDivisionError("denominators: got one that is zero")
        return output, words(total)

    def evaluate(self, coefficients: Columns, points: Words) -> Words:
        """Evaluate polynomials at extension points ``[n, D]``; return ``[n, count, D]``."""
        self._check_unsplit(coefficients)
        height, count, degree = coefficients.height, coefficients.count, self.degree
        kernel, form = self._kernel("evaluate", height)
        vectors = height // form.lanes
        each = max(form.threads, -(-vectors // _GROUPS_OF_A_COLUMN[self._kind]))
        groups = -(-vectors // each)
        size = groups * count * degree
        parts = self.session.allocate(8 * size * len(points), np.uint64)
        for point, powers in enumerate(self._powers_of(points, height)):
            kernel.launch(
                (groups, -(-count // _EVALUATED_TOGETHER)),
                *(coefficients.handle, powers, parts),
                *map(np.uint32, (vectors, count, each, point)),
            )
        found = parts.read(size * len(points)).astype(object)
        sums = found.reshape(len(points), groups, count, degree).sum(axis=1) % MODULUS
        values: Words = sums.astype(np.uint64)
        return values

    def _powers_of(self, points: Words, height: int) -> list[Buffer]:
        """Return powers 0 to height - 1 of each point on the device; kept until others come."""
        key = points.tobytes()
        if height not in self._powers or self._powers[height][0] != key:
            self._powers[height] = key, [self._make_powers(point, height) for point in points]
        return self._powers[height][1]

    def _make_powers(self, point: Words, height: int) -> Buffer:
        kernel, form = self._kernel("make_powers", height)
        vectors, log_height = height // form.lanes, log2(height)
        threads = -(-vectors // min(vectors, form.strip))
        at, field = tuple(point.tolist()), extension(self.degree)
        first = [extension_power(at, i, field) for i in range(form.lanes)]
        steps = [c for coordinate in zip(*first, strict=True) for c in coordinate]
        doubled = at
        for _ in range(log_height):
            steps += doubled
            doubled = extension_multiply(doubled, doubled, field)
        steps += extension_power(at, threads * form.lanes, field)
        powers = self.session.allocate(8 * self.degree * height, np.uint64)
        kernel.over(
            form.threads_for(threads),
            *(self.session.upload(words(steps)), powers),
            *map(np.uint32, (vectors, log_height, threads)),
        )
        return powers

    def combine(self, matrices: Sequence[Columns], weights: Words) -> Columns:
        """Sum up all columns of matrices of one shape with extension weights ``[columns, D]``."""
        self._check_unsplit(*matrices)
        blocks, height = matrices[0].blocks, matrices[0].height
        if any((one.blocks, one.height) != (blocks, height) for one in matrices):
            raise ValueError("matrices: got several shapes, want one")
        total = sum(one.count for one in matrices)
        if weights.shape != (total, self.degree):
            raise ValueError(f"weights: got {weights.shape}, want ({total}, {self.degree})")
        output = self._columns(self.degree, blocks, height)
        kernel, form = self._kernel("combine", height)
        vectors = blocks * height // form.lanes
        first = 0
        for one in matrices:
            own = _limbs(weights[first : first + one.count])
            kernel.over(
                form.threads_for(vectors),
                *(one.handle, self.session.upload(own), output.handle),
                *map(np.uint32, (vectors, one.count, int(first > 0))),
            )
            first += one.count
        return output

    def deep(self, terms: Sequence[DeepTerm], blocks: int, height: int) -> Columns:
        """Sum up the terms at every point: the one extension column that FRI takes."""
        output = self._columns(self.degree, blocks, height)
        log_height = log2(height)
        roots = self._tables.roots(height)
        starts = self._tables.starts(height, blocks)
        for number, term in enumerate(terms):
            _check_point(term.point, blocks, height)
            column = self._lifted_sum(term.columns)
            kernel, form = self._kernel("deep", column.height)
            threads = -(-blocks * height // form.lanes // form.strip)
            numbers = (log_low(log_height), log_height, log2(column.height), blocks, threads)
            kernel.over(
                form.threads_for(threads),
                *(column.handle, output.handle, roots, starts),
                *map(np.uint32, (*numbers, int(number > 0))),
                *(word for one in (term.point, term.value, term.weight) for word in _scalars(one)),
            )
        return output

    def _lifted_sum(self, columns: Sequence[Columns]) -> Columns:
        """Return the sum of extension columns of equal blocks, on the domain of the highest."""
        self._check_unsplit(*columns)
        rising = sorted(columns, key=lambda one: one.height)
        total = rising[0]
        for one in rising[1:]:
            target = self._columns(self.degree, one.blocks, one.height)
            kernel, form = self._kernel("lift_and_add", total.height)
            vectors = one.blocks * one.height // form.lanes
            kernel.over(
                form.threads_for(vectors),
                *(one.handle, total.handle, target.handle),
                *map(np.uint32, (vectors, log2(one.height), log2(total.height), one.blocks)),
            )
            total = target
        return total

    def fold(self, columns: Columns, ways: int, challenge: Words) -> Columns:
        """Fold one extension column f, as FRI does; ``ways`` is a power of two."""
        self._check_unsplit(columns)
        log2(ways)
        height, blocks = columns.height, columns.blocks
        if ways > height:
            raise ValueError(f"ways: got {ways}, want no more than the {height} rows")
        output = self._columns(self.degree, blocks, height // ways)
        form = self._form(height // ways)
        kernel = self._programs.build(fold_source, self.degree, form, ways).kernel("fold")
        kernel.over(
            form.threads_for(blocks * height // ways // form.lanes),
            *(columns.handle, output.handle, self._tables.roots(height, inverse=True)),
            self._tables.starts(height, blocks, inverse=True),
            *map(np.uint32, (log_low(log2(height)), log2(height), blocks)),
            *_scalars(challenge),
        )
        return output

    def grind(self, hash: str, seed: Bytes, bits: int) -> int:
        """Return the least nonce whose hash with the seed has ``bits`` low bits of zero."""
        if not 0 <= bits <= _MOST_BITS:
            raise ValueError(f"bits: got {bits}, want 0 to {_MOST_BITS}")
        form = hash_form(self._form(4))
        kernel = self._programs.build(layers_source, _known(hash), form).kernel("grind")
        # Half as many at once as it takes; vectors have two lanes at the least on processors.
        count = min(_MOST_NONCES, max(_LEAST_NONCES, (1 << bits) // 2))
        items = count // 2 if self._on_cpu else count
        buffer = self.session.upload(np.ascontiguousarray(seed))
        found = self.session.allocate(4 * items, np.uint32)
        numbers = np.uint32(items), np.uint32(count), np.uint64((1 << bits) - 1)
        first = 0
        while True:
            kernel.over(items, buffer, found, np.uint64(first), *numbers)
            nonce = int(found.read(items).min())
            if nonce != _NONE:
                return first + nonce
            first += count


def _limbs(weights: Words) -> NDArray[np.uint32]:
    """Return limbs of 22 bits in four words of 32 bits an element, the last of them zero.

    Behind them come zeros, where the kernel reads weights of columns that are not there.
    """
    limbs = np.zeros((len(weights) + _LOADED_TOGETHER, weights.shape[1], 4), dtype=np.uint32)
    for i in range(3):
        limbs[: len(weights), :, i] = weights >> np.uint64(_LIMB_BITS * i) & np.uint64(
            (1 << _LIMB_BITS) - 1
        )
    return limbs


def _scalars(element: Words) -> list[np.uint64]:
    """Return an extension element as the three words that kernels take."""
    values = [*element.tolist(), 0]
    return [np.uint64(value) for value in values[:3]]


def _check_point(point: Words, blocks: int, height: int) -> None:
    """Raise ``ZeroDivisionError`` for a point of the domain."""
    if not point[1:].any():
        power = pow(int(point[0]), height, MODULUS)
        if any(power == block_power(blocks, block) for block in range(blocks)):
            raise ZeroDivisionError("point: got one of the domain, where X - point is zero")


def _known(hash: str) -> str:
    """Return a hash's id; ``ValueError`` for one that no text here is made of."""
    id = hash_parameters(hash).id
    if id not in HASHES:
        raise ValueError(f"hash: got {hash!r}, want one of {', '.join(HASHES)}")
    return id


def sources() -> dict[str, Source]:
    """Return every program of this family by a name, for the compilers' tests."""
    form = form_for(on_cpu=False, height=1 << 10)
    found = {"stark/gather": gather_source(4)}
    for degree in (2, 3):
        found[f"stark/columns/{degree}"] = columns_source(degree, form)
        for ways in (2, 4, 8):
            found[f"stark/fold/{degree}/{ways}"] = fold_source(degree, form, ways)
    for hash in HASHES:
        found[f"stark/layers/{hash}"] = layers_source(hash, hash_form(form))
        found[f"stark/rows/{hash}"] = rows_source(hash, hash_form(form), 4)
    for matrices, in_local in ((4, True), (8, True), (4, False)):
        name = f"stark/program/{matrices}" + ("" if in_local else "/in-memory")
        found[name] = program_source(program_form(form), matrices, in_local)
    return found
