"""The prover, in the order in which it runs; docs/stark.md has the equations.

It knows an AIR and the operations of a device (``StarkKernels``), and no device. Columns stay there
from the upload of the trace to the opening of its rows. What depends on shapes alone, and on the
preprocessed columns, is kept for the next proof.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from zkmark.kernels.fields.encoding import first_not_canonical
from zkmark.kernels.ntt.vector_arithmetic import GoldilocksArithmetic
from zkmark.kernels.stark.domain import GOLDILOCKS, MODULUS, log2, root
from zkmark.kernels.stark.operations import (
    Bytes,
    Columns,
    Commitment,
    DeepTerm,
    Opening,
    StarkKernels,
    Words,
)
from zkmark.kernels.stark.work import (
    Work,
    combine_work,
    commit_work,
    deep_work,
    evaluate_work,
    extend_work,
    fractions_work,
    grind_work,
    interpolate_work,
    run_work,
)
from zkmark.provers.stark import compiler
from zkmark.provers.stark.air import Air
from zkmark.provers.stark.batch import batch
from zkmark.provers.stark.check import check as find_broken
from zkmark.provers.stark.compiler import Code
from zkmark.provers.stark.expressions import Section
from zkmark.provers.stark.fri import commit_layers
from zkmark.provers.stark.layout import (
    TRACE,
    Layout,
    Matrix,
    layout,
    program_digest,
    tallest,
)
from zkmark.provers.stark.options import Options
from zkmark.provers.stark.phases import NO_RECORDER, AnyRecorder
from zkmark.provers.stark.points import out_of_domain_point, table_points
from zkmark.provers.stark.proof import Places, Proof
from zkmark.provers.stark.table import Table
from zkmark.provers.stark.transcript import Label, Transcript

Public = Mapping[str, Sequence[int]]


@dataclass
class _Traced:
    """A table's columns of one section on the device; None when they are not needed any more."""

    values: Columns | None
    coefficients: Columns | None
    extension: Columns


class Prover:
    """Proves statements about one AIR with one set of preprocessed columns on one device.

    ``preprocessed`` is ``{table name: uint64[columns, height]}`` for the tables that have such
    columns. Raises ``ValueError`` if it does not fit the AIR.
    """

    def __init__(
        self,
        air: Air,
        kernels: StarkKernels,
        options: Options | None = None,
        preprocessed: Mapping[str, Words] | None = None,
        recorder: AnyRecorder = NO_RECORDER,
    ) -> None:
        self.air = air
        self.kernels = kernels
        self.options = options or Options()
        if kernels.degree != self.options.degree:
            raise ValueError(
                f"kernels: got those of degree {kernels.degree}, "
                f"want {self.options.degree}, the options' degree"
            )
        given = preprocessed or {}
        wanted = {table.name: table for table in air.tables if table.preprocessed_columns}
        if set(given) != set(wanted):
            raise ValueError(f"preprocessed: got {sorted(given)}, want {sorted(wanted)}")
        self.preprocessed = given
        self._fixed: dict[str, _Traced] = {}
        self._fixed_commitment: Commitment | None = None
        self._selectors: dict[tuple[int, bool], Columns] = {}
        self._periodic: dict[tuple[str, bool], Columns] = {}
        with recorder.step("compile the constraints", "other"):
            self._compile()
        if wanted:
            with recorder.group("preprocessed"):
                for name, table in wanted.items():
                    columns = given[name]
                    _check_columns(
                        f"preprocessed[{name!r}]", columns, len(table.preprocessed_columns)
                    )
                    air.check_height(table, columns.shape[1])
                    self._fixed[name] = self._traced(columns, recorder)
                matrices = [traced.extension for traced in self._fixed.values()]
                work = partial(commit_work, matrices, self.options.hash)
                with recorder.step("commit", "hash", work):
                    self._fixed_commitment = kernels.commit(matrices, self.options.hash)

    def _compile(self) -> None:
        """Make the programs of all tables, once a process for each AIR and degree."""
        for table in self.air.tables:
            makers = [compiler.quotient]
            if self.air.auxiliary_columns(table):
                makers += [compiler.numerators, compiler.denominators]
            for make in makers:
                make(self.air, table.name, self.options.degree)

    @property
    def preprocessed_root(self) -> Bytes | None:
        """The root of the preprocessed commitment, None without preprocessed columns."""
        return None if self._fixed_commitment is None else self._fixed_commitment.root

    @cached_property
    def digest(self) -> bytes | None:
        """What a verifier has to know of the preprocessed columns, None without any."""
        if self._fixed_commitment is None:
            return None
        logs = [log2(columns.shape[1]) for columns in self._in_order(self.preprocessed)]
        return program_digest(self.air, self.options, logs, self._fixed_commitment.root.tobytes())

    def _in_order(self, columns: Mapping[str, Words]) -> Iterator[Words]:
        return (columns[table.name] for table in self.air.tables if table.name in columns)

    # Columns

    def _traced(self, columns: Words, recorder: AnyRecorder) -> _Traced:
        """Upload a trace ``[columns, height]``, and extend it."""
        with recorder.step("upload", "transfer", lambda: Work(bytes=columns.nbytes)):
            values = self.kernels.upload(columns[:, np.newaxis])
        return self._extended(values, recorder)

    def _extended(self, values: Columns, recorder: AnyRecorder) -> _Traced:
        with recorder.step("interpolate", "ntt", partial(interpolate_work, values)):
            coefficients = self.kernels.interpolate(values)
        blowup = self.options.blowup
        with recorder.step("extend", "ntt", partial(extend_work, coefficients, blowup)):
            return _Traced(values, coefficients, self.kernels.extend(coefficients, blowup))

    def _selector_columns(self, height: int, on_trace: bool) -> Columns:
        """Return is_first, is_last, is_transition: on the trace, or the quotient's blocks."""
        found = self._selectors.get((height, on_trace))
        if found is None:
            found = self._selectors[height, on_trace] = self._made_selectors(height, on_trace)
        return found

    def _made_selectors(self, height: int, on_trace: bool) -> Columns:
        if on_trace:
            return self.kernels.upload(compiler.trace_selectors(height))
        arithmetic = GoldilocksArithmetic(GOLDILOCKS)
        powers = arithmetic.powers(root(height), height)  # w^r
        last = pow(root(height), -1, MODULUS)
        columns = np.zeros((3, 1, height), dtype=np.uint64)
        blocks = self.air.quotient_blocks
        share = arithmetic.constant(pow(height, -1, MODULUS))
        columns[0, 0] = share[0]
        columns[1, 0] = arithmetic.multiply(powers, share)
        if height > 1:
            columns[2, 0, :2] = (-last % MODULUS, 1)
            return self.kernels.extend(self.kernels.upload(columns), blocks)
        # X - 1 is of no degree below 1: its values are those of X, the points themselves, less 1.
        values = np.ones((3, blocks, 1), dtype=np.uint64)
        values[2, :, 0] = [(point - 1) % MODULUS for point in _points_of_one_row(blocks)]
        return self.kernels.upload(values)

    def _periodic_columns(self, table: Table, on_trace: bool) -> Columns:
        key = (table.name, on_trace)
        if key not in self._periodic:
            values = self.kernels.upload(compiler.periodic_values(table))
            if not on_trace:
                coefficients = self.kernels.interpolate(values)
                values = self.kernels.extend(coefficients, self.air.quotient_blocks)
            self._periodic[key] = values
        return self._periodic[key]

    # The proof

    def prove(
        self,
        witness: Mapping[str, Words],
        public: Public | None = None,
        *,
        check: bool = False,
        recorder: AnyRecorder = NO_RECORDER,
    ) -> Proof:
        """Return a proof that the witness satisfies the AIR with these public values.

        ``witness`` is ``{table name: uint64[main columns, height]}``; a table that is not there, or
        has no rows, is absent. With ``check`` every constraint and the bus are evaluated on the
        witness first. Raises ``ValueError``, in a sentence that says what is wrong, for a witness
        that does not fit, or does not satisfy, the AIR.
        """
        with recorder.whole():
            return self._prove(witness, public or {}, check, recorder)

    def _prove(
        self, witness: Mapping[str, Words], public: Public, check: bool, recorder: AnyRecorder
    ) -> Proof:
        kernels, options = self.kernels, self.options
        with recorder.step("prepare", "other"):
            shape, values = self._prepared(witness, public)
            transcript = shape.transcript(values, self.preprocessed_root)
        if check:
            with recorder.step("check the witness", "other"):
                self._check(witness, values)

        with recorder.group("main trace"):
            main = {
                matrix.table.name: self._traced(witness[matrix.table.name], recorder)
                for matrix in shape.trace[Section.MAIN]
            }
            commitments = [] if self._fixed_commitment is None else [self._fixed_commitment]
            commitments.append(self._commit([x.extension for x in main.values()], recorder))
            transcript.tell_digest(Label.MAIN, commitments[-1].root)

        challenges: dict[str, Words] = {}
        auxiliary: dict[str, _Traced] = {}
        sums: dict[str, Words] = {}
        if self.air.all_interactions:
            with recorder.group("lookups"):
                for name in self.air.lookup_challenges:
                    challenges[name] = transcript.element(options.degree)
                for matrix in shape.trace[Section.AUXILIARY]:
                    name = matrix.table.name
                    auxiliary[name], sums[name] = self._lookups(
                        matrix, main[name], values, challenges, recorder
                    )
                transcript.tell_elements(Label.SUMS, np.array(list(sums.values())))
                if auxiliary:
                    commitments.append(
                        self._commit([x.extension for x in auxiliary.values()], recorder)
                    )
                    transcript.tell_digest(Label.AUXILIARY, commitments[-1].root)
        for traced in main.values():
            traced.values = None  # rows are not needed any more, their memory is

        sections = {Section.PREPROCESSED: self._fixed, Section.MAIN: main}
        sections[Section.AUXILIARY] = auxiliary
        with recorder.group("quotient"):
            challenges["fold"] = transcript.element(options.degree)
            pieces = [
                self._quotient(table, height, sections, values, challenges, sums, recorder)
                for table, height in shape.present
            ]
            commitments.append(self._commit([x.extension for x in pieces], recorder))
            transcript.tell_digest(Label.QUOTIENT, commitments[-1].root)

        with recorder.group("out-of-domain values"):
            z = out_of_domain_point(transcript, options.degree)
            here, ahead, at_z = self._values(shape, sections, pieces, z, recorder)
            with recorder.step("tell", "other"):
                transcript.tell_elements(Label.VALUES, np.concatenate([here, ahead, at_z]))
                for traced in (*main.values(), *auxiliary.values(), *pieces):
                    traced.coefficients = None

        with recorder.group("deep"):
            column = self._deep(
                shape, sections, pieces, (here, ahead, at_z), z, transcript, recorder
            )
        del sections, main, auxiliary, pieces
        with recorder.group("fri"):
            layers = commit_layers(kernels, column, options, transcript, recorder)
        del column

        nonce = 0
        seed = transcript.seed()
        if options.grinding:
            with recorder.step("grinding", "grinding", lambda: grind_work(nonce + 1)):
                nonce = kernels.grind(options.hash, seed, options.grinding)
        with recorder.step("openings", "other"):
            transcript.tell_integer(Label.NONCE, nonce)
            indices = transcript.indices(options.queries, options.blowup * shape.height)
            openings = _openings(shape, commitments, layers.commitments, indices)
            roots = [commitment.root for commitment in commitments]
            return Proof(
                options,
                shape.log_heights,
                self.preprocessed_root,
                roots[0 if self._fixed_commitment is None else 1],
                roots[-2] if sums else None,
                roots[-1],
                np.array(list(sums.values()), dtype=np.uint64).reshape(-1, options.degree),
                here,
                ahead,
                at_z,
                tuple(commitment.root for commitment in layers.commitments),
                layers.final,
                nonce,
                openings,
            )

    def _prepared(
        self, witness: Mapping[str, Words], public: Public
    ) -> tuple[Layout, dict[str, list[int]]]:
        """Check a witness and public values; return the layout and the values as integers."""
        air = self.air
        unknown = sorted(set(witness) - set(air.table))
        if unknown:
            raise ValueError(f"witness: got a table {unknown[0]!r}, want some of {list(air.table)}")
        logs: list[int | None] = []
        for table in air.tables:
            columns = witness.get(table.name)
            if columns is None or columns.shape[-1] == 0:
                logs.append(None)
                continue
            _check_columns(f"witness[{table.name!r}]", columns, len(table.main))
            height = columns.shape[1]
            fixed = self.preprocessed.get(table.name)
            if fixed is not None and fixed.shape[1] != height:
                raise ValueError(
                    f"witness[{table.name!r}]: got {height} rows, "
                    f"want {fixed.shape[1]} as in its preprocessed columns"
                )
            logs.append(log2(height))
        values = {name: [int(value) for value in given] for name, given in public.items()}
        air.check_public_values(values)
        return layout(air, self.options, tuple(logs)), values

    def _check(self, witness: Mapping[str, Words], public: dict[str, list[int]]) -> None:
        findings = find_broken(self.air, self.preprocessed, witness, public)
        if findings:
            raise ValueError(f"witness: it does not satisfy the AIR {self.air.name!r}: {findings}")

    def _commit(self, matrices: Sequence[Columns], recorder: AnyRecorder) -> Commitment:
        with recorder.step("commit", "hash", partial(commit_work, matrices, self.options.hash)):
            return self.kernels.commit(matrices, self.options.hash)

    def _lookups(
        self,
        matrix: Matrix,
        main: _Traced,
        public: dict[str, list[int]],
        challenges: Mapping[str, Words],
        recorder: AnyRecorder,
    ) -> tuple[_Traced, Words]:
        """Return a table's auxiliary columns and their cumulative sum."""
        table, degree = matrix.table, self.options.degree
        known = {name: value.tolist() for name, value in challenges.items()}
        parts = []
        for make in (compiler.numerators, compiler.denominators):
            code = make(self.air, table.name, degree)
            sources = []
            for section in code.sources:
                if section is Section.MAIN:
                    assert main.values is not None
                    sources.append(main.values)
                elif section is Section.PREPROCESSED:
                    values = self._fixed[table.name].values
                    assert values is not None
                    sources.append(values)
                elif section is Section.PERIODIC:
                    sources.append(self._periodic_columns(table, on_trace=True))
                else:
                    sources.append(self._selector_columns(matrix.height, on_trace=True))
            parts.append(
                self._run(code, sources, public, known, None, 1, matrix.height, recorder, "lookups")
            )
        with recorder.step("fractions", "lookups", partial(fractions_work, parts[1], degree)):
            try:
                columns, total = self.kernels.fractions(*parts)
            except ZeroDivisionError:
                raise ValueError(
                    f"{table}: a message meets the challenge, which no honest run makes likely; "
                    "try again with other public values"
                ) from None
        return self._extended(columns, recorder), total

    def _run(
        self,
        code: Code,
        sources: Sequence[Columns],
        public: dict[str, list[int]],
        challenges: Mapping[str, Sequence[int]],
        block_constants: Words | None,
        blocks: int,
        height: int,
        recorder: AnyRecorder,
        family: str,
    ) -> Columns:
        work = partial(run_work, code.program, sources, blocks, height)
        with recorder.step("constraints" if family == "constraints" else "messages", family, work):
            constants = code.constants(public, challenges)
            return self.kernels.run(
                code.program, sources, constants, block_constants, blocks, height
            )

    def _quotient(
        self,
        table: Table,
        height: int,
        sections: Mapping[Section, Mapping[str, _Traced]],
        public: dict[str, list[int]],
        challenges: Mapping[str, Words],
        sums: Mapping[str, Words],
        recorder: AnyRecorder,
    ) -> _Traced:
        """Return a table's quotient: one polynomial of degree below its height a block."""
        blocks = self.air.quotient_blocks
        code = compiler.quotient(self.air, table.name, self.options.degree)
        known = {name: value.tolist() for name, value in challenges.items()}
        if table.name in sums:
            share = pow(height, -1, MODULUS)
            known["step"] = [x * share % MODULUS for x in sums[table.name].tolist()]
        sources = []
        for section in code.sources:
            if section in sections:
                sources.append(sections[section][table.name].extension)
            elif section is Section.PERIODIC:
                sources.append(self._periodic_columns(table, on_trace=False))
            else:
                sources.append(self._selector_columns(height, on_trace=False))
        inverses = compiler.vanishing_inverses(blocks)
        values = self._run(
            code, sources, public, known, inverses, blocks, height, recorder, "constraints"
        )
        with recorder.step("interpolate", "ntt", partial(interpolate_work, values)):
            coefficients = self.kernels.interpolate(values, coset=True)
        blowup = self.options.blowup
        with recorder.step("extend", "ntt", partial(extend_work, coefficients, blowup)):
            return _Traced(None, coefficients, self.kernels.extend(coefficients, blowup))

    def _values(
        self,
        shape: Layout,
        sections: Mapping[Section, Mapping[str, _Traced]],
        pieces: Sequence[_Traced],
        z: Words,
        recorder: AnyRecorder,
    ) -> tuple[Words, Words, Words]:
        """Return the values of all trace columns at z and at its next row, and the quotient's."""
        degree = self.options.degree
        points = table_points(z, shape.height, {height for _, height in shape.present})
        found = []
        for section in TRACE:
            for matrix in shape.trace[section]:
                coefficients = sections[section][matrix.table.name].coefficients
                assert coefficients is not None
                work = partial(evaluate_work, coefficients, 2, degree)
                with recorder.step("evaluate", "deep", work):
                    found.append(self.kernels.evaluate(coefficients, points[matrix.height]))
        of_pieces = []
        for matrix, piece in zip(shape.quotient, pieces, strict=True):
            coefficients = piece.coefficients
            assert coefficients is not None
            work = partial(evaluate_work, coefficients, 1, degree)
            with recorder.step("evaluate", "deep", work):
                at = points[matrix.height][:1]
                of_pieces.append(self.kernels.evaluate(coefficients, at)[0])
        both = np.concatenate(found, axis=1)
        return both[0], both[1], np.concatenate(of_pieces)

    def _deep(
        self,
        shape: Layout,
        sections: Mapping[Section, Mapping[str, _Traced]],
        pieces: Sequence[_Traced],
        values: tuple[Words, Words, Words],
        z: Words,
        transcript: Transcript,
        recorder: AnyRecorder,
    ) -> Columns:
        """Return the column that FRI takes."""
        kernels, degree = self.kernels, self.options.degree
        arithmetic = batch(degree)
        with recorder.step("weights", "other"):
            count = shape.trace_columns + shape.quotient_columns
            powers = arithmetic.powers(transcript.element(degree), count + 1)
            of_trace, of_pieces = powers[: shape.trace_columns], powers[shape.trace_columns : -1]
            here, ahead, at_z = values
            weighted = arithmetic.multiply(powers[:-1], np.concatenate([here, at_z]))
            value = arithmetic.sum(weighted, 0)
            value_ahead = arithmetic.sum(arithmetic.multiply(of_trace, ahead), 0)
        by_height: dict[int, list[tuple[Columns, Words]]] = {}
        for section in TRACE:
            for matrix in shape.trace[section]:
                columns = sections[section][matrix.table.name].extension
                weights = of_trace[matrix.start : matrix.start + matrix.columns]
                by_height.setdefault(matrix.height, []).append((columns, weights))
        trace = [self._combined(parts, recorder) for parts in by_height.values()]
        by_height = {}
        for matrix, piece in zip(shape.quotient, pieces, strict=True):
            weights = of_pieces[matrix.start : matrix.start + matrix.columns]
            by_height.setdefault(matrix.height, []).append((piece.extension, weights))
        quotient = [self._combined(parts, recorder) for parts in by_height.values()]
        turn = arithmetic.embed(np.array(root(shape.height), dtype=np.uint64))
        terms = [
            DeepTerm((*trace, *quotient), z, value, powers[0]),
            DeepTerm(tuple(trace), arithmetic.multiply(z, turn), value_ahead, powers[-1]),
        ]
        heights = [[column.height for column in term.columns] for term in terms]
        blowup = self.options.blowup
        with recorder.step(
            "quotients", "deep", partial(deep_work, heights, blowup, shape.height, degree)
        ):
            return kernels.deep(terms, blowup, shape.height)

    def _combined(self, parts: Sequence[tuple[Columns, Words]], recorder: AnyRecorder) -> Columns:
        matrices = [columns for columns, _ in parts]
        work = partial(combine_work, matrices, self.options.degree)
        with recorder.step("combine", "deep", work):
            return self.kernels.combine(matrices, np.concatenate([w for _, w in parts]))


def prove(
    air: Air,
    witness: Mapping[str, Words],
    public: Public | None = None,
    *,
    kernels: StarkKernels,
    options: Options | None = None,
    preprocessed: Mapping[str, Words] | None = None,
    check: bool = False,
) -> Proof:
    """Return one proof; ``Prover`` is for several, and says what the arguments are."""
    return Prover(air, kernels, options, preprocessed).prove(witness, public, check=check)


def _points_of_one_row(blocks: int) -> list[int]:
    from zkmark.kernels.stark.domain import point

    return [point(1, blocks, block) for block in range(blocks)]


def _check_columns(name: str, columns: Words, count: int) -> None:
    if not isinstance(columns, np.ndarray) or columns.dtype != np.uint64:
        raise ValueError(f"{name}: want an array of uint64")
    if columns.ndim != 2 or columns.shape[0] != count:
        raise ValueError(f"{name}: got shape {columns.shape}, want {count} columns of one height")
    height = columns.shape[1]
    if height < 1 or height & (height - 1):
        raise ValueError(f"{name}: got {height} rows, want a power of two")
    bad = first_not_canonical(columns, GOLDILOCKS)
    if bad >= 0:
        column, row = divmod(bad, height)
        raise ValueError(
            f"{name}: got {columns[column, row]} in column {column}, row {row}, "
            "want elements below the modulus"
        )


def _openings(
    shape: Layout,
    commitments: Sequence[Commitment],
    layers: Sequence[Commitment],
    indices: NDArray[np.int64],
) -> tuple[Opening, ...]:
    """Open all commitments at the queries; rows that several queries meet are kept once."""
    places = Places(indices, shape.height)
    openings = []
    for commitment, matrices in zip(commitments, shape.commitments, strict=True):
        height = tallest(matrices)
        opening = commitment.open(places.leaves(height))
        rows = tuple(
            rows if matrix.height == height else rows[places.above(height, matrix.height)]
            for rows, matrix in zip(opening.rows, matrices, strict=True)
        )
        openings.append(Opening(rows, opening.siblings))
    height = shape.height
    for commitment, ways in zip(layers, shape.rounds, strict=True):
        height //= ways
        openings.append(commitment.open(places.leaves(height)))
    return tuple(openings)
