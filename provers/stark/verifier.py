"""The verifier: from a proof's bytes, what is public, and the security that is asked for.

It never raises for a bad proof and never takes long over one: bytes are read strictly, every shape
is compared with what the AIR demands before anything is computed from it, and what is computed is
bounded by the options. docs/stark.md has the equations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from zkmark.kernels.hashes.api import HashBackend
from zkmark.kernels.stark.domain import MODULUS, block_shift, log2, root
from zkmark.kernels.stark.operations import Bytes, Opened, Opening, Words
from zkmark.kernels.stark.program import Program
from zkmark.provers.stark import compiler
from zkmark.provers.stark.air import Air
from zkmark.provers.stark.batch import batch
from zkmark.provers.stark.expressions import Section
from zkmark.provers.stark.fri import evaluate_final
from zkmark.provers.stark.heavy import OpenedTerm, heavy
from zkmark.provers.stark.layout import TRACE, Layout, layout, program_digest
from zkmark.provers.stark.options import Options
from zkmark.provers.stark.points import (
    block_weights,
    joined,
    out_of_domain_point,
    periodic_at,
    recombined,
    selectors_at,
    table_points,
)
from zkmark.provers.stark.proof import Places, Proof, ProofError
from zkmark.provers.stark.scalars import Element, add, embedded, multiply, power, subtract
from zkmark.provers.stark.security import conjectured_bits
from zkmark.provers.stark.transcript import Label, Transcript

Public = Mapping[str, Sequence[int]]
DEFAULT_SECURITY = 96


@dataclass(frozen=True)
class Verdict:
    """Whether a proof holds, and why not: a sentence. ``security`` is the conjectured bits."""

    ok: bool
    reason: str
    security: int = 0

    def __bool__(self) -> bool:
        return self.ok


class _Rejected(Exception):  # noqa: N818
    """A check that failed; the message says which."""


def verify(
    air: Air,
    data: bytes,
    public: Public | None = None,
    *,
    digest: bytes | None = None,
    minimum_security: int = DEFAULT_SECURITY,
    options: Options | None = None,
    backend: HashBackend = "cpu",
) -> Verdict:
    """Say whether bytes prove that an AIR holds for public values.

    ``digest`` is that of the preprocessed columns (``Prover.digest``): needed where the AIR has
    any. ``minimum_security`` is the least that is accepted, in conjectured bits; ``options``, if
    given, the only ones. ``backend`` is ``cpu``, or ``reference``: by definition, in Python.
    Raises ``ValueError`` only for a call that makes no sense: public values that are not the AIR's,
    or a missing digest. A proof never raises.
    """
    values = {name: [int(value) for value in given] for name, given in (public or {}).items()}
    air.check_public_values(values)
    fixed = any(table.preprocessed_columns for table in air.tables)
    if fixed and (not isinstance(digest, bytes) or len(digest) != 32):
        raise ValueError("digest: want the 32 bytes of that of the preprocessed columns")
    try:
        proof = Proof.from_bytes(data)
        if options is not None and proof.options != options:
            raise _Rejected(f"the proof's options are {proof.options}, not {options}")
        try:
            shape = layout(air, proof.options, proof.log_heights)
        except ValueError as error:
            raise _Rejected(f"the proof's shape is not the AIR's: {error}") from None
        bits = conjectured_bits(proof.options, shape.statement)
        if bits < minimum_security:
            raise _Rejected(
                f"the proof has {bits} bits of security, fewer than the {minimum_security} "
                "that are asked for"
            )
        _check_shape(proof, shape)
        if fixed:
            _check_digest(proof, shape, digest)
        _Verification(proof, shape, values, backend).run()
    except (ProofError, _Rejected) as error:
        return Verdict(False, str(error))
    return Verdict(True, "the proof holds", bits)


def _check_shape(proof: Proof, shape: Layout) -> None:
    """Compare all counts with those of the layout, but those that depend on the queries."""
    options = proof.options
    wanted = [
        ("preprocessed commitment", proof.preprocessed_root is not None, Section.PREPROCESSED),
        ("auxiliary commitment", proof.auxiliary_root is not None, Section.AUXILIARY),
    ]
    for name, there, section in wanted:
        if there != bool(shape.trace[section]):
            raise _Rejected(f"the {name} is {'not wanted' if there else 'missing'}")
    final = shape.height
    for ways in shape.rounds:
        final //= ways
    counts = (
        ("cumulative sums", len(proof.sums), len(shape.trace[Section.AUXILIARY])),
        ("columns", len(proof.here), shape.trace_columns),
        ("quotient columns", len(proof.pieces), shape.quotient_columns),
        ("layers", len(proof.layers), len(shape.rounds)),
        ("coefficients of the last polynomial", len(proof.final), final),
    )
    for name, got, want in counts:
        if got != want:
            raise _Rejected(f"{name}: the proof has {got}, not {want}")
    widths = [[matrix.columns for matrix in matrices] for matrices in shape.commitments]
    widths += [[options.degree * ways] for ways in shape.rounds]
    for opening, columns in zip(proof.openings, widths, strict=True):
        if [rows.shape[1] for rows in opening.rows] != columns:
            raise _Rejected("an opening has other columns than its commitment")
    if options.grinding == 0 and proof.nonce != 0:
        raise _Rejected("a nonce is given, but no proof of work is asked for")
    if proof.nonce >= MODULUS:
        raise _Rejected("the nonce is not below the modulus")


def _check_digest(proof: Proof, shape: Layout, digest: bytes | None) -> None:
    heights = [
        int(log)
        for table, log in zip(shape.air.tables, shape.log_heights, strict=True)
        if table.preprocessed_columns and log is not None
    ]
    assert proof.preprocessed_root is not None
    root = proof.preprocessed_root.tobytes()
    if program_digest(shape.air, shape.options, heights, root) != digest:
        raise _Rejected("the proof is about another program: its digest is not the one given")


class _Verification:
    """The checks, in the order of the protocol; each raises ``_Rejected``."""

    def __init__(
        self, proof: Proof, shape: Layout, public: dict[str, list[int]], backend: HashBackend
    ) -> None:
        self.proof, self.shape, self.public = proof, shape, public
        self.degree = proof.options.degree
        self.batch = batch(self.degree)
        self.heavy = heavy(self.degree, backend)
        self.transcript: Transcript = shape.transcript(public, proof.preprocessed_root)

    def run(self) -> None:
        """Go through the protocol."""
        proof, transcript, degree = self.proof, self.transcript, self.degree
        transcript.tell_digest(Label.MAIN, proof.main_root)
        challenges: dict[str, Words] = {}
        # The verifier's own messages must balance even if no table is there that has any.
        if self.shape.air.all_interactions:
            for name in self.shape.air.lookup_challenges:
                challenges[name] = transcript.element(degree)
            transcript.tell_elements(Label.SUMS, proof.sums)
            if proof.auxiliary_root is not None:
                transcript.tell_digest(Label.AUXILIARY, proof.auxiliary_root)
            self._check_bus(challenges)
        challenges["fold"] = transcript.element(degree)
        transcript.tell_digest(Label.QUOTIENT, proof.quotient_root)
        z = out_of_domain_point(transcript, degree)
        self._check_identity(z, challenges)
        values = np.concatenate([proof.here, proof.ahead, proof.pieces])
        transcript.tell_elements(Label.VALUES, values)
        weights = self.batch.powers(
            transcript.element(degree), self.shape.trace_columns + self.shape.quotient_columns + 1
        )
        folds = []
        for root_of_layer in proof.layers:
            transcript.tell_digest(Label.FRI_LAYER, root_of_layer)
            folds.append(transcript.element(degree))
        transcript.tell_elements(Label.FRI_FINAL, proof.final)
        indices = self._queries()
        places = Places(indices, self.shape.height)
        self._check_openings(places)
        rows = self._trace_rows(places)
        x = _points(indices, self.shape.height, proof.options.blowup)
        self._check_layers(places, x, self._deep(x, rows, z, weights), folds)

    def _check_bus(self, challenges: Mapping[str, Words]) -> None:
        """Check that what all tables and the verifier send and receive comes to zero."""
        known = {name: value.tolist() for name, value in challenges.items()}
        try:
            total: Element = self.shape.air.verifier_sum(self.public, known)
        except ZeroDivisionError:
            raise _Rejected("a message of the verifier's meets the challenge") from None
        for row in self.proof.sums.tolist():
            total = add(total, tuple(row))
        if any(total):
            raise _Rejected("messages that are sent are not those that are received")

    def _check_identity(self, z: Words, challenges: Mapping[str, Words]) -> None:
        """Check each table's constraints at its point y: ``C(y) = (y^h - 1) q(y)``."""
        proof, shape, degree = self.proof, self.shape, self.degree
        points = table_points(z, shape.height, {height for _, height in shape.present})
        power_of_z = power(tuple(z.tolist()), shape.height)
        vanishing = subtract(power_of_z, embedded(1, degree))
        weights = block_weights(power_of_z, shape.air.quotient_blocks)
        matrices = {
            (matrix.table.name, section): matrix
            for section in TRACE
            for matrix in shape.trace[section]
        }
        known = {name: value.tolist() for name, value in challenges.items()}
        sums = iter(proof.sums.tolist())
        both = np.stack([proof.here, proof.ahead], axis=1)  # [columns, 2, D]
        for (table, height), pieces in zip(shape.present, shape.quotient, strict=True):
            if (table.name, Section.AUXILIARY) in matrices:
                share = pow(height, -1, MODULUS)
                known["step"] = [x * share % MODULUS for x in next(sums)]
            code = compiler.quotient(shape.air, table.name, degree)
            y = tuple(points[height][0].tolist())
            sources = []
            for section in code.sources:
                if section in TRACE:
                    matrix = matrices[table.name, section]
                    sources.append(both[matrix.start : matrix.start + matrix.columns])
                elif section is Section.SELECTOR:
                    # Selectors are for this row only; the next one's place is filled all the same.
                    sources.append(np.array([[s, s] for s in selectors_at(y, height)], np.uint64))
                else:
                    values = [periodic_at(table.periods, y, height)]
                    if code.program.loads[:, 2].any():
                        ahead = tuple(points[height][1].tolist())
                        values.append(periodic_at(table.periods, ahead, height))
                    both_rows = (values[0], values[-1])
                    sources.append(np.array(both_rows, dtype=np.uint64).transpose(1, 0, 2))
            # The program's block constant is 1 / (X^h - 1) on the prover's side, and 1 here.
            coordinates = self.heavy.run_at(
                code.program,
                _loaded(code.program, sources),
                code.constants(self.public, known),
                np.ones(1, dtype=np.uint64),
            )
            folded = joined(coordinates)
            own = proof.pieces[pieces.start : pieces.start + pieces.columns]
            if folded != multiply(vanishing, recombined(own, weights)):
                raise _Rejected(f"the constraints of {table} do not hold at a random point")

    def _queries(self) -> NDArray[np.int64]:
        """Check the proof of work and draw the queries' places."""
        proof, options = self.proof, self.proof.options
        seed = self.transcript.seed()
        if options.grinding:
            word = self.heavy.grinding_word(options.hash, seed, proof.nonce)
            if word & ((1 << options.grinding) - 1):
                raise _Rejected("the nonce is no proof of work")
        self.transcript.tell_integer(Label.NONCE, proof.nonce)
        return self.transcript.indices(options.queries, options.blowup * self.shape.height)

    def _opened(
        self,
        opening: Opening,
        root_bytes: Bytes,
        places: Places,
        heights: Sequence[int],
        what: str,
    ) -> Opened:
        """Return an opening with a row a leaf, if it has as many rows as there are places."""
        top = max(heights)
        rows = []
        for distinct, height in zip(opening.rows, heights, strict=True):
            count = len(places.leaves(height))
            if len(distinct) != count:
                raise _Rejected(f"{what} opens {len(distinct)} rows, not {count}")
            rows.append(distinct if height == top else distinct[places.below(top, height)])
        full = Opening(tuple(rows), opening.siblings)
        return Opened(tuple(heights), places.leaves(top), full, root_bytes)

    def _check_openings(self, places: Places) -> None:
        """Check that all openings, of trace, quotient and FRI's layers, lead to their roots."""
        proof, shape = self.proof, self.shape
        names = [f"the {section.name.lower()}" for section in TRACE if shape.trace[section]]
        whats = [f"{name} commitment" for name in (*names, "the quotient")]
        heights = [[matrix.height for matrix in matrices] for matrices in shape.commitments]
        height = shape.height
        for number, ways in enumerate(shape.rounds):
            height //= ways
            heights.append([height])
            whats.append(f"layer {number} of FRI")
        roots = (*proof.roots, *proof.layers)
        openings = [
            self._opened(opening, root_bytes, places, own, what)
            for opening, root_bytes, own, what in zip(
                proof.openings, roots, heights, whats, strict=True
            )
        ]
        options = proof.options
        verdicts = self.heavy.lead_to_roots(options.hash, options.blowup, openings)
        for right, what in zip(verdicts, whats, strict=True):
            if not right:
                raise _Rejected(f"{what}: the opened rows are not those that were committed to")

    def _trace_rows(self, places: Places) -> list[Words]:
        """Return the opened matrices of trace and quotient, a row a query."""
        shape = self.shape
        found: list[Words] = []
        for opening, matrices in zip(self.proof.openings, shape.commitments, strict=False):
            for rows, matrix in zip(opening.rows, matrices, strict=True):
                same = matrix.height == shape.height
                found.append(rows if same else rows[places.below(shape.height, matrix.height)])
        return found

    def _deep(self, x: Words, rows: Sequence[Words], z: Words, weights: Words) -> Words:
        """Return the DEEP column at the queries' points, ``[queries, D]``, from the opened rows."""
        proof, shape, arithmetic = self.proof, self.shape, self.batch
        columns = shape.trace_columns
        claimed = arithmetic.multiply(weights[:-1], np.concatenate([proof.here, proof.pieces]))
        ahead = arithmetic.multiply(weights[:columns], proof.ahead)
        turn = np.array([root(shape.height)], dtype=np.uint64)
        every = tuple(range(len(rows)))
        of_trace = every[: -len(shape.quotient)]
        terms = (
            OpenedTerm(every, weights[:-1], z, arithmetic.sum(claimed, 0), weights[0]),
            OpenedTerm(
                of_trace,
                weights[:columns],
                arithmetic.scale(z, turn),
                arithmetic.sum(ahead, 0),
                weights[-1],
            ),
        )
        return self.heavy.deep_at(x, rows, terms)

    def _check_layers(
        self, places: Places, x: Words, values: Words, folds: Sequence[Words]
    ) -> None:
        """Follow the queries, with their points x, through FRI's layers to the last polynomial."""
        proof, shape, degree = self.proof, self.shape, self.degree
        height = shape.height
        openings = proof.openings[len(proof.roots) :]
        for number, (ways, opening, challenge) in enumerate(
            zip(shape.rounds, openings, folds, strict=True)
        ):
            lower = height // ways
            (rows,) = opening.rows
            parts = np.ascontiguousarray(rows.reshape(len(rows), degree, ways).transpose(0, 2, 1))
            way = places.leaves(height) % height // lower
            if not np.array_equal(parts[places.below(height, lower), way], values):
                raise _Rejected(f"layer {number} of FRI does not follow from the one before")
            # The first of the points that fold into one, from any of them: less way by way.
            x = self.batch.scale(x, _inverse_roots(ways)[way])[places.above(height, lower)]
            values = self.heavy.fold_at(x, parts, challenge)
            for _ in range(log2(ways)):
                x = self.batch.scale(x, x)
            height = lower
        if not np.array_equal(evaluate_final(proof.final, x), values):
            raise _Rejected("the last polynomial does not follow from FRI's layers")


def _loaded(program: Program, sources: Sequence[Words]) -> Words:
    """Return what a program loads, ``[loads, D]``, from ``[columns, 2, D]``: a row and the next."""
    starts = np.cumsum([0, *(len(source) for source in sources)])
    source, column, ahead = program.loads.T
    everything = np.concatenate(sources)
    return np.ascontiguousarray(everything[starts[source] + column, ahead])


@cache
def _inverse_roots(order: int) -> Words:
    """Return ``w^-k`` for all k, w the root of unity of an order."""
    w = pow(root(order), -1, MODULUS)
    return np.array([pow(w, k, MODULUS) for k in range(order)], dtype=np.uint64)


def _points(indices: NDArray[np.int64], height: int, blocks: int) -> Words:
    """Return the points at ``block * height + row``."""
    w = root(height)
    return np.array(
        [
            block_shift(height, blocks, index // height) * pow(w, index % height, MODULUS) % MODULUS
            for index in indices.tolist()
        ],
        dtype=np.uint64,
    )
