"""What a proof consists of, once the heights of its tables are known: for prover and verifier.

A commitment holds one matrix a table, in the AIR's order, of the tables that have columns of its
section. Columns are numbered section by section (preprocessed, main, auxiliary), and in a section
table by table: that is the order of a proof's values and of the powers of the DEEP challenge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from zkmark.kernels.stark.domain import log2
from zkmark.kernels.stark.operations import Words
from zkmark.provers.stark.air import Air
from zkmark.provers.stark.expressions import Public, Section, postorder
from zkmark.provers.stark.fri import rounds
from zkmark.provers.stark.options import HASHES, Options
from zkmark.provers.stark.proof import ABSENT
from zkmark.provers.stark.security import Security, Statement, security
from zkmark.provers.stark.table import Table
from zkmark.provers.stark.transcript import Label, Transcript

TRACE = (Section.PREPROCESSED, Section.MAIN, Section.AUXILIARY)
LARGEST_LOG_DOMAIN = 32


@dataclass(frozen=True)
class Matrix:
    """The columns of a table in one commitment; the first is ``start`` of all."""

    table: Table
    height: int
    columns: int
    start: int


class Layout:
    """Shapes and numbers that follow from an AIR, options, and the heights of present tables.

    Raises ``ValueError`` for heights that the AIR or the field does not allow.
    """

    def __init__(self, air: Air, options: Options, log_heights: tuple[int | None, ...]) -> None:
        if len(log_heights) != len(air.tables):
            raise ValueError(f"tables: got {len(log_heights)}, want {len(air.tables)}")
        self.air, self.options, self.log_heights = air, options, log_heights
        self.present = [
            (table, 1 << log)
            for table, log in zip(air.tables, log_heights, strict=True)
            if log is not None
        ]
        if not self.present:
            raise ValueError("tables: got none that is present, want at least one")
        for table, log in zip(air.tables, log_heights, strict=True):
            if log is None and table in required_tables(air):
                raise ValueError(
                    f"{table}: it is absent, but has preprocessed columns, reads public values, "
                    "or sends and receives nothing that would be missed"
                )
        for table, height in self.present:
            air.check_height(table, height)
        self.height = max(height for _, height in self.present)
        if log2(self.height) + options.log_blowup > LARGEST_LOG_DOMAIN:
            raise ValueError(
                f"height: got {self.height} with a blowup of {options.blowup}, "
                f"want a domain of at most 2^{LARGEST_LOG_DOMAIN} points"
            )
        if air.quotient_blocks > options.blowup:
            raise ValueError(
                f"blowup: got {options.blowup}, want at least {air.quotient_blocks} "
                f"for constraints of degree {air.degree}"
            )
        widths = {
            Section.PREPROCESSED: lambda table: len(table.preprocessed_columns),
            Section.MAIN: lambda table: len(table.main),
            Section.AUXILIARY: lambda table: options.degree * air.auxiliary_columns(table),
        }
        self.trace: dict[Section, list[Matrix]] = {}
        start = 0
        for section in TRACE:
            self.trace[section] = []
            for table, height in self.present:
                columns = widths[section](table)
                if columns:
                    self.trace[section].append(Matrix(table, height, columns, start))
                    start += columns
        self.trace_columns = start
        self.pieces = options.degree * air.quotient_blocks
        self.quotient = [
            Matrix(table, height, self.pieces, i * self.pieces)
            for i, (table, height) in enumerate(self.present)
        ]
        self.quotient_columns = self.pieces * len(self.present)
        self.commitments = [
            *(matrices for matrices in self.trace.values() if matrices),
            self.quotient,
        ]
        self.rounds = rounds(self.height, options)

    @cached_property
    def statement(self) -> Statement:
        """What security depends on besides the options."""
        air = self.air
        return Statement(
            log_height=log2(self.height),
            columns=self.trace_columns + self.quotient_columns,
            constraints=max(len(air.constraints(table)) for table, _ in self.present),
            degree=air.degree,
            fractions=len(air.interactions)
            + sum(len(table.interactions) * height for table, height in self.present),
        )

    @cached_property
    def security(self) -> Security:
        """All figures of a proof of this shape."""
        return security(self.options, self.statement)

    @cached_property
    def _opening_told(self) -> Words:
        options = self.options
        return np.array(
            [
                HASHES.index(options.hash),
                options.degree,
                options.blowup,
                options.folding,
                options.final_size,
                options.queries,
                options.grinding,
            ],
            dtype=np.uint64,
        )

    def transcript(
        self, public: dict[str, list[int]], root: NDArray[np.uint8] | None
    ) -> Transcript:
        """Return a transcript that has been told what both sides know before the first message."""
        transcript = Transcript(self.options.hash)
        transcript.tell_bytes(Label.AIR, self.air.id)
        transcript.tell_elements(Label.OPTIONS, self._opening_told)
        values = [value for name in self.air.public_lengths for value in public[name]]
        transcript.tell_elements(Label.PUBLIC, np.array(values, dtype=np.uint64))
        logs = [ABSENT if log is None else log for log in self.log_heights]
        transcript.tell_elements(Label.HEIGHTS, np.array(logs, dtype=np.uint64))
        if root is not None:
            transcript.tell_digest(Label.PREPROCESSED, root)
        return transcript


@lru_cache(maxsize=64)
def required_tables(air: Air) -> frozenset[Table]:
    """Return the tables that a proof cannot leave out.

    A table that is left out demands nothing. So only those may be whose whole part in an AIR is to
    answer messages, which the bus would miss: not those that are fixed before, that say something
    about public values, or that have no messages.
    """
    required = []
    for table in air.tables:
        parts = [constraint.value for constraint in table.constraints]
        for interaction in table.interactions:
            parts.extend((*interaction.message, interaction.multiplicity))
        reads_public = any(isinstance(node, Public) for node in postorder(parts))
        if reads_public or table.preprocessed_columns or not table.interactions:
            required.append(table)
    return frozenset(required)


@lru_cache(maxsize=64)
def layout(air: Air, options: Options, log_heights: tuple[int | None, ...]) -> Layout:
    """Return a layout, the same for the same arguments."""
    return Layout(air, options, log_heights)


def tallest(matrices: Sequence[Matrix]) -> int:
    """Return the height of a commitment's tree."""
    return max(matrix.height for matrix in matrices)


def program_digest(air: Air, options: Options, log_heights: list[int], root: bytes) -> bytes:
    """Return 32 bytes that bind what is fixed before any proof: a program, for a machine.

    The hash of the AIR's id, the options that the preprocessed commitment depends on (hash and
    blowup), the heights of the preprocessed tables in the AIR's order, and the commitment's root.
    """
    transcript = Transcript(options.hash)
    transcript.tell_bytes(Label.AIR, air.id)
    shape = [HASHES.index(options.hash), options.blowup, *log_heights]
    transcript.tell_elements(Label.HEIGHTS, np.array(shape, dtype=np.uint64))
    transcript.tell_digest(Label.PREPROCESSED, np.frombuffer(root, dtype=np.uint8))
    digest: bytes = transcript.seed().tobytes()
    return digest
