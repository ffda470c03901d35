"""Between values and coefficients of whole columns, by the NTT's kernels and one for shifts."""

from __future__ import annotations

import numpy as np

from zkmark.backends.device import Buffer, Kernel, Session
from zkmark.kernels.ntt.case import NttCase
from zkmark.kernels.ntt.device import DeviceTransforms
from zkmark.kernels.stark.device.tables import Tables, log_low
from zkmark.kernels.stark.domain import log2

# Columns that a group of the kernel ``shift`` goes through (COLUMNS_TOGETHER of columns.cl).
COLUMNS_TOGETHER = 16


class Transforms:
    """Transforms of one device; twiddles of every height are kept once made."""

    def __init__(self, session: Session, tables: Tables) -> None:
        self._session = session
        self._tables = tables
        self._found: dict[tuple[int, str], DeviceTransforms] = {}

    def _transforms(self, height: int, direction: str) -> DeviceTransforms:
        key = height, direction
        if key not in self._found:
            case = NttCase("goldilocks", log2(height), direction=direction)
            self._found[key] = DeviceTransforms(case, self._session)
        return self._found[key]

    def inverse(self, values: Buffer, count: int, height: int) -> Buffer:
        """Return the coefficients of ``count`` polynomials by their values on the subgroup."""
        transforms = self._transforms(height, "inverse")
        output = self._session.allocate(8 * count * height, np.uint64)
        between = output
        if len(transforms.passes) > 1:
            between = self._session.allocate(8 * count * height, np.uint64)
        transforms.compute(values, between, output, count)
        return output

    def forward_in_place(self, coefficients: Buffer, count: int, height: int) -> Buffer:
        """Return the values on the subgroup; the coefficients are overwritten, or given back."""
        transforms = self._transforms(height, "forward")
        other = self._session.allocate(8 * count * height, np.uint64)
        if len(transforms.passes) % 2:
            transforms.compute(coefficients, coefficients, other, count)
            return other
        transforms.compute(coefficients, other, coefficients, count)
        return coefficients

    def shift(
        self,
        kernel: Kernel,
        source: Buffer,
        target: Buffer,
        shape: tuple[int, int, int],
        source_blocks: int,
        inverse: bool,
        items: int,
    ) -> None:
        """Multiply row r of every block by its shift, or its shift's inverse, to the r.

        ``shape`` is (columns, blocks, height), ``items`` the threads that share the rows.
        """
        columns, blocks, height = shape
        log_height = log2(height)
        powers = self._tables.shifts(height, blocks, inverse)
        numbers = (log_height, log_low(log_height), blocks, source_blocks, columns)
        groups = (-(-items // kernel.group_size), -(-columns // COLUMNS_TOGETHER))
        kernel.launch(groups, source, target, powers, *map(np.uint32, numbers))
