"""How a case lies in the memory of the four-step machine, and what the machine is told of it.

Transforms of at least LANES^2 elements are matrices of 2^log_rows rows, n = 2^(log_rows +
log_columns), in the order in which the case has them: memory holds input, then output in its place,
and after all of them the matrices between the passes. Shorter ones lie side by side, element i of
all transforms in row i: ``to_memory`` and ``from_memory`` transpose them, as part of upload and
download.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zkmark.backends.fpga.simulation import Words
from zkmark.kernels.case import Array
from zkmark.kernels.ntt.case import NttCase
from zkmark.kernels.ntt.rtl import LOG_CAPACITY, LOG_WIDTH, WORD_BITS, lanes


@dataclass(frozen=True)
class Pass:
    """One pass: blocks of a transform, and of what it is made: rows, groups of LANES columns."""

    log_rows: int
    blocks: int
    log_width: int


@dataclass(frozen=True)
class Layout:
    """A case as the machine does it, blocks of ``2^log_width`` groups of columns."""

    case: NttCase
    log_width: int

    @property
    def lanes(self) -> int:
        """Elements of a memory word."""
        return lanes(self.case.field)

    @property
    def two_passes(self) -> bool:
        """Whether a transform is a matrix; else it is a column."""
        return self.case.size >= self.lanes**2

    @property
    def log_rows(self) -> int:
        """Rows in the first pass."""
        return self.case.log_size // 2 if self.two_passes else self.case.log_size

    @property
    def log_columns(self) -> int:
        """Columns in the first of two passes."""
        return self.case.log_size - self.log_rows

    @property
    def log_table(self) -> int:
        """Twiddles that the machine is given."""
        return max(self.log_rows, self.log_columns, 1) - 1

    @property
    def columns(self) -> int:
        """Columns of a block."""
        return self.lanes << self.log_width

    @property
    def batch(self) -> int:
        """Transforms, if they are matrices: columns all belong to one."""
        return self.case.batch if self.two_passes else 1

    @property
    def passes(self) -> tuple[Pass, ...]:
        """The passes over memory."""
        if self.two_passes:
            shapes = (
                (self.log_rows, self.log_columns),
                (self.log_columns, self.log_rows),
            )
            return tuple(
                Pass(rows, (1 << columns) // self.columns, self.log_width)
                for rows, columns in shapes
            )
        return (Pass(self.log_rows, -(-self.case.batch // self.columns), self.log_width),)

    @property
    def row_words(self) -> int:
        """Memory words of a row in the first pass."""
        first = self.passes[0]
        return first.blocks << first.log_width

    @property
    def data_words(self) -> int:
        """Memory words that input and output take."""
        return self.batch * (self.row_words << self.log_rows)

    @property
    def memory_words(self) -> int:
        """Memory words in all."""
        return self.data_words * len(self.passes)

    @property
    def settings(self) -> dict[str, int]:
        """The machine's settings."""
        return {
            "inverse": int(self.case.direction == "inverse"),
            "bit_reversed": int(self.case.order == "bit-reversed"),
            "two_passes": int(self.two_passes),
            "log_rows": self.log_rows,
            "log_columns": self.log_columns if self.two_passes else 0,
            "log_width": self.log_width,
            "log_table": self.log_table,
            "blocks": self.passes[0].blocks,
            "row_words": self.row_words,
            "batch": self.batch,
            "region": self.data_words,
        }

    def parameters(self) -> list[int]:
        """Return what its stream of parameters holds: twiddles, then each pass's constants."""
        field, inverse = self.case.field_parameters, self.case.direction == "inverse"
        p = field.modulus
        root = field.root_of_order(self.log_table + 1)
        turn = field.root_of_order(self.case.log_size)
        shift = field.generator if self.case.coset else 1
        found = _powers(pow(root, -1 if inverse else 1, p), 1 << self.log_table, p)
        if inverse:
            half = (p + 1) // 2
            found = [one * half % p for one in found]
        if not self.two_passes:
            constants = [(pow(shift, -1, p) if inverse else shift, 1)]
        elif inverse:
            # Output i1 + n1 i2 of columns j2 and then rows: w^(-j2 i1) g^(-i1), then g^(-n1 i2).
            rows = 1 << self.log_rows
            constants = [(pow(shift, -1, p), pow(turn, -1, p)), (pow(shift, -rows, p), 1)]
        else:
            # Input n2 i1 + i2: g^(n2 i1), and then w^(k1 i2) g^(i2).
            columns = 1 << self.log_columns
            constants = [(pow(shift, columns, p), 1), (shift, turn)]
        for base, ratio in constants:
            powers = _powers(ratio, self.columns, p)
            found.append(pow(ratio, self.columns, p))
            found += [base * one % p for one in powers]
        return found

    def to_memory(self, values: Array) -> Words:
        """Return the memory with a case's input in it."""
        memory = np.zeros((self.memory_words, WORD_BITS // 32), np.uint32)
        if self.two_passes:
            memory[: self.data_words] = (
                np.ascontiguousarray(values).view("<u4").reshape(self.data_words, -1)
            )
            return memory
        rows = memory.view(values.dtype).reshape(self.case.size, -1)
        rows[:, : self.case.batch] = values.T
        return memory

    def from_memory(self, memory: Words) -> Array:
        """Return the output that a run left in memory."""
        elements = memory[: self.data_words].view(self.case.field_parameters.dtype)
        if self.two_passes:
            return elements.reshape(self.case.shape).copy()
        rows = elements.reshape(self.case.size, -1)[:, : self.case.batch]
        return np.ascontiguousarray(rows.T)


def _powers(base: int, count: int, p: int) -> list[int]:
    powers = [1]
    while len(powers) < count:
        powers.append(powers[-1] * base % p)
    return powers


def widths(case: NttCase) -> list[Layout]:
    """Return every layout of a case that the machine can do, the narrowest blocks first."""
    found = []
    for log_width in range(LOG_WIDTH + 1):
        layout = Layout(case, log_width)
        fits = all(one.log_rows + log_width <= LOG_CAPACITY for one in layout.passes)
        if layout.two_passes:
            # Tiles are as long as they are wide, and a pass has a block at least.
            fits = fits and all(one.blocks for one in layout.passes)
        if fits:
            found.append(layout)
    return found
