"""What a verifier refuses: corrupted bytes, other statements, weaker options. It never raises."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from zkmark.kernels.stark.cpu import CpuStarkKernels
from zkmark.kernels.stark.domain import MODULUS
from zkmark.kernels.stark.operations import Columns, Commitment, DeepTerm, Opening, Words
from zkmark.kernels.stark.reference import ReferenceStarkKernels
from zkmark.provers.stark.air import Air
from zkmark.provers.stark.examples import Example, fibonacci, lookups
from zkmark.provers.stark.options import HASHES, Options
from zkmark.provers.stark.proof import Proof, ProofError
from zkmark.provers.stark.prover import Prover
from zkmark.provers.stark.table import Table
from zkmark.provers.stark.verifier import Verdict, verify

OPTIONS = Options(blowup=4, folding=4, final_size=4, queries=8, grinding=8)
CORRUPTIONS = 10_000


@cache
def made(options: Options = OPTIONS) -> tuple[Example, bytes, bytes]:
    """An example with everything in it, its proof, and the digest of its preprocessed columns."""
    example = lookups(4)
    kernels = ReferenceStarkKernels(options.degree, hash_backend="cpu")
    prover = Prover(example.air, kernels, options, example.preprocessed)
    proof = prover.prove(example.witness, example.public)
    assert prover.digest is not None
    return example, proof.to_bytes(), prover.digest


def verdict(data: bytes, made_with: Options = OPTIONS, **more: object) -> Verdict:
    example, _, digest = made(made_with)
    arguments = {"digest": digest, "minimum_security": 1, **more}
    return verify(example.air, data, example.public, **arguments)  # type: ignore[arg-type]


def rejected(data: bytes, options: Options = OPTIONS) -> str:
    found = verdict(data, options)
    assert not found
    assert found.security == 0
    # One plain sentence.
    assert 10 < len(found.reason) < 400
    assert "Traceback" not in found.reason
    return found.reason


def changed(**parts: object) -> str:
    """Why a proof with other parts is rejected."""
    proof = Proof.from_bytes(made()[1])
    return rejected(replace(proof, **parts).to_bytes())  # type: ignore[arg-type]


def test_the_proof_itself_is_accepted() -> None:
    assert verdict(made()[1])


# A quarter is enough to see a hole; the rest is for the long run.
@pytest.mark.parametrize(
    "quarter", [0, *(pytest.param(quarter, marks=pytest.mark.slow) for quarter in range(1, 4))]
)
def test_ten_thousand_random_corruptions_of_a_byte(quarter: int) -> None:
    """Any byte, to any other value. A nonce that is as good a proof of work would be no corruption
    of what is proven, and with one in 256 it could happen: those bytes draw other queries.
    """
    data = made()[1]
    rng = random.Random(quarter)
    for _ in range(CORRUPTIONS // 4):
        place = rng.randrange(len(data))
        corrupted = bytearray(data)
        corrupted[place] ^= rng.randrange(1, 256)
        assert not verdict(bytes(corrupted)), f"byte {place}"


@pytest.mark.parametrize("hash", HASHES[1:])
def test_corruptions_with_algebraic_hashes(hash: str) -> None:
    options = replace(OPTIONS, hash=hash, degree=3)
    data = made(options)[1]
    rng = random.Random(2)
    for _ in range(300):
        corrupted = bytearray(data)
        corrupted[rng.randrange(len(data))] ^= rng.randrange(1, 256)
        assert not verdict(bytes(corrupted), options)


def test_every_byte_of_the_header() -> None:
    """All values of all bytes before the values, where sizes and options stand."""
    data = made()[1]
    for place in range(19):
        for value in range(256):
            if value != data[place]:
                corrupted = bytearray(data)
                corrupted[place] = value
                rejected(bytes(corrupted))


def test_truncated_and_over_long_bytes() -> None:
    data = made()[1]
    for length in [*range(300), *range(300, len(data), 7), len(data) - 1]:
        reason = rejected(data[:length])
        assert "ends within" in reason or "does not begin" in reason
    assert "has 1 byte too many" in rejected(data + b"\0")
    assert "bytes too many" in rejected(data + data)
    rejected(data[1:])
    rejected(b"\0" + data)
    rejected(data[:200] + data[201:])
    rejected(data[:200] + b"\0" + data[200:])


def test_random_bytes() -> None:
    rng = random.Random(3)
    for length in (0, 1, 5, 20, 100, 5000):
        rejected(rng.randbytes(length))
        rejected(made()[1][:5] + rng.randbytes(length))
        rejected(made()[1][:60] + rng.randbytes(length))


def test_sizes_that_ask_for_much_take_no_time_or_memory() -> None:
    """Counts of 2^16 - 1 or 2^32 - 1 at every place: few of them leave something to be read."""
    data = made()[1]
    readable = 0
    for place in range(len(data) - 4):
        other = data[:place] + b"\xff\xff\xff\xff" + data[place + 4 :]
        try:
            Proof.from_bytes(other)
        except ProofError:
            rejected(other)
            continue
        readable += 1
        if readable % 10 == 0:
            rejected(other)


def test_what_is_no_bytes_at_all() -> None:
    with pytest.raises(ProofError, match="a proof is bytes, not str"):
        Proof.from_bytes("proof")  # type: ignore[arg-type]


def test_elements_that_are_not_canonical() -> None:
    """The same proof with p added to an element that fits: other bytes, so no proof."""
    data = made()[1]
    found = 0
    for place in range(len(data) - 8):
        value = int.from_bytes(data[place : place + 8], "little")
        if value < 2**64 - MODULUS:
            other = (value + MODULUS).to_bytes(8, "little")
            rejected(data[:place] + other + data[place + 8 :])
            found += 1
    assert found > 100


def test_wrong_public_values() -> None:
    example, data, digest = made()
    for public in ([0, 0, 0], [1, 1, 0], [0, 1, 1], [0, 1, MODULUS - 1]):
        if list(example.public["claim"]) != public:
            found = verify(example.air, data, {"claim": public}, digest=digest, minimum_security=1)
            assert not found
    for public in ({}, {"claim": [0, 1]}, {"claim": [0, 1, MODULUS]}, {"other": [1]}):
        with pytest.raises(ValueError, match="public values"):
            verify(example.air, data, public, digest=digest)


def test_another_digest() -> None:
    example, data, digest = made()
    for place in (0, 13, 31):
        other = bytearray(digest)
        other[place] ^= 1
        found = verdict(data, digest=bytes(other))
        assert found.reason == "the proof is about another program: its digest is not the one given"
    for bad in (None, b"", digest[:31], digest.hex()):
        with pytest.raises(ValueError, match=r"^digest: want the 32 bytes"):
            verify(example.air, data, example.public, digest=bad)  # type: ignore[arg-type]


def test_another_preprocessed_table_has_another_digest() -> None:
    example, _, digest = made()
    fixed = example.preprocessed["squares"].copy()
    fixed[1, 7] = 50
    kernels = ReferenceStarkKernels(2, hash_backend="cpu")
    prover = Prover(example.air, kernels, OPTIONS, {"squares": fixed})
    assert prover.digest != digest
    data = prover.prove(example.witness, example.public).to_bytes()
    assert not verdict(data)


def test_another_air() -> None:
    other = fibonacci(4)
    found = verify(other.air, made()[1], other.public, minimum_security=1)
    assert found.reason.startswith("the proof's shape is not the AIR's")


def test_weaker_options_than_asked_for() -> None:
    data = made()[1]
    assert verdict(data, minimum_security=15)
    found = verdict(data, minimum_security=16)
    assert found.reason == "the proof has 15 bits of security, fewer than the 16 that are asked for"
    assert not verify(made()[0].air, data, made()[0].public, digest=made()[2])
    fewer = replace(OPTIONS, queries=7)
    weak, digest = made(fewer)[1:]
    assert verdict(weak, digest=digest)
    assert not verdict(weak, digest=digest, minimum_security=15)
    found = verdict(weak, digest=digest, options=OPTIONS)
    assert found.reason.startswith("the proof's options are hash blake3")
    # To claim more queries, or more work, than were done does not help.
    for claim in (replace(OPTIONS, queries=9), replace(OPTIONS, grinding=9), fewer):
        changed(options=claim)


def swapped(opening: Opening, part: str) -> Opening:
    if part == "rows":
        return Opening(tuple(rows[::-1].copy() for rows in opening.rows), opening.siblings)
    return Opening(opening.rows, opening.siblings[::-1].copy())


def test_reordering() -> None:
    proof = Proof.from_bytes(made()[1])
    reason: Callable[..., str] = changed
    reason(main_root=proof.quotient_root, quotient_root=proof.main_root)
    reason(auxiliary_root=proof.main_root, main_root=proof.auxiliary_root)
    reason(sums=proof.sums[::-1].copy())
    reason(here=proof.ahead, ahead=proof.here)
    reason(here=proof.here[::-1].copy())
    reason(pieces=proof.pieces[::-1].copy())
    reason(final=proof.final[::-1].copy())
    for number, opening in enumerate(proof.openings):
        for part in ("rows", "siblings"):
            other = swapped(opening, part)
            same = all(np.array_equal(a, b) for a, b in zip(other.rows, opening.rows, strict=True))
            if same and np.array_equal(other.siblings, opening.siblings):
                continue
            openings = list(proof.openings)
            openings[number] = other
            reason(openings=tuple(openings))


def test_parts_that_are_missing_or_too_many() -> None:
    proof = Proof.from_bytes(made()[1])
    assert "cumulative sums" in changed(sums=proof.sums[:-1])
    assert "columns" in changed(here=proof.here[:-1], ahead=proof.ahead[:-1])
    assert "quotient columns" in changed(pieces=np.repeat(proof.pieces, 2, axis=0))
    assert "coefficients" in changed(final=np.concatenate([proof.final, proof.final]))
    assert "layers" in changed(layers=proof.layers[:-1], openings=proof.openings[:-1])
    assert "preprocessed commitment is missing" in changed(
        preprocessed_root=None, openings=proof.openings[1:]
    )
    assert "auxiliary commitment is missing" in changed(
        auxiliary_root=None, openings=proof.openings[1:]
    )
    assert "it is absent, but" in changed(log_heights=(None, *proof.log_heights[1:]))
    assert "shape" in changed(log_heights=proof.log_heights[:-1])
    assert "shape" in changed(log_heights=(3, 31, 4, 0))
    for opening_number in range(len(proof.openings)):
        openings = list(proof.openings)
        rows = openings[opening_number].rows
        more = tuple(np.concatenate([part, part[:1]]) for part in rows)
        openings[opening_number] = Opening(more, openings[opening_number].siblings)
        assert "opens" in changed(openings=tuple(openings))
        openings[opening_number] = Opening(rows, proof.openings[opening_number].siblings[:-1])
        assert "not those that were committed to" in changed(openings=tuple(openings))
        wider = tuple(np.concatenate([part, part[:, :1]], axis=1) for part in rows)
        openings[opening_number] = Opening(wider, proof.openings[opening_number].siblings)
        assert "other columns" in changed(openings=tuple(openings))


def test_nonces() -> None:
    proof = Proof.from_bytes(made()[1])
    assert "nonce" in changed(nonce=MODULUS)
    reasons = [changed(nonce=proof.nonce + 1 + more) for more in range(20)]
    assert "the nonce is no proof of work" in reasons
    free = replace(OPTIONS, grinding=0)
    data = made(free)[1]
    found = Proof.from_bytes(data)
    assert found.nonce == 0
    assert verdict(data, free)
    assert "no proof of work is asked for" in rejected(replace(found, nonce=1).to_bytes(), free)


def test_sums_that_balance_but_are_not_the_tables() -> None:
    """Moved from one table to another, cumulative sums still come to zero."""
    proof = Proof.from_bytes(made()[1])
    sums = proof.sums.copy()
    one = np.uint64(1)
    sums[0, 0] = (int(sums[0, 0]) + 1) % MODULUS
    sums[1, 0] = sums[1, 0] - one if sums[1, 0] else np.uint64(MODULUS - 1)
    assert "do not hold at a random point" in changed(sums=sums)


def test_a_value_that_was_not_committed_to() -> None:
    """A cheating prover who makes values up that satisfy the identity fails at the queries."""
    proof = Proof.from_bytes(made()[1])
    here = proof.here.copy()
    here[3, 1] ^= np.uint64(1)
    changed(here=here)
    ahead = proof.ahead.copy()
    # The preprocessed columns at the next row are in no constraint: only DEEP sees them.
    ahead[0, 0] ^= np.uint64(1)
    reason = changed(ahead=ahead)
    assert "do not hold" not in reason


class HighDegree(CpuStarkKernels):
    """A cheating prover: one column is extended to no polynomial, and the end of FRI made up."""

    def extend(self, coefficients: Columns, blocks: int) -> Columns:
        out = super().extend(coefficients, blocks)
        if coefficients.count == 4 and coefficients.height == 16:
            values = self.download(out).copy()
            values[1, 1::2] ^= np.uint64(1)  # not the blocks that the quotient is made of
            return self.upload(values)
        return out

    def interpolate(self, columns: Columns, coset: bool = False) -> Columns:
        out = super().interpolate(columns, coset)
        if columns.blocks == OPTIONS.blowup:
            values = self.download(out).reshape(self.degree, columns.blocks, 1, columns.height)
            first = np.ascontiguousarray(np.repeat(values[:, :1], columns.blocks, axis=1))
            return self.upload(first.reshape(out.count, 1, columns.height))
        return out


def test_fri_rejects_what_is_no_polynomial(monkeypatch: pytest.MonkeyPatch) -> None:
    example, _, digest = made()
    honest = Prover(example.air, CpuStarkKernels(2), OPTIONS, example.preprocessed)
    assert honest.digest == digest
    assert verdict(honest.prove(example.witness, example.public).to_bytes())
    cheat = Prover(example.air, HighDegree(2), OPTIONS, example.preprocessed)
    found = verdict(cheat.prove(example.witness, example.public).to_bytes())
    assert found.reason == "the last polynomial does not follow from FRI's layers"
    # An honest prover on a kernel that computes so is told instead of making a proof of nothing.
    monkeypatch.setattr(HighDegree, "interpolate", CpuStarkKernels.interpolate)
    broken = Prover(example.air, HighDegree(2), OPTIONS, example.preprocessed)
    with pytest.raises(RuntimeError, match="a kernel computes wrongly"):
        broken.prove(example.witness, example.public)


class ZeroDeep(CpuStarkKernels):
    """A cheating prover: FRI is run, faultlessly, on the zero polynomial."""

    def deep(self, terms: Sequence[DeepTerm], blocks: int, height: int) -> Columns:
        return self.upload(np.zeros((self.degree, blocks, height), dtype=np.uint64))


class ZeroFold(CpuStarkKernels):
    """A cheating prover: from FRI's first fold on, all is zero."""

    def fold(self, columns: Columns, ways: int, challenge: Words) -> Columns:
        folded = super().fold(columns, ways, challenge)
        return self.upload(np.zeros_like(self.download(folded)))


@pytest.mark.parametrize(
    ("kernels", "final_size", "reason"),
    [
        (ZeroDeep, 1, "layer 0 of FRI does not follow from the one before"),
        (ZeroDeep, 16, "the last polynomial does not follow from FRI's layers"),
        (ZeroFold, 1, "layer 1 of FRI does not follow from the one before"),
        (ZeroFold, 4, "the last polynomial does not follow from FRI's layers"),
    ],
)
def test_fri_is_bound_to_what_came_before(
    kernels: type[CpuStarkKernels], final_size: int, reason: str
) -> None:
    example = made()[0]
    options = replace(OPTIONS, final_size=final_size)
    prover = Prover(example.air, kernels(2), options, example.preprocessed)
    data = prover.prove(example.witness, example.public).to_bytes()
    found = verify(example.air, data, example.public, digest=prover.digest, minimum_security=1)
    assert found.reason == reason


class OtherMain(CpuStarkKernels):
    """A cheating prover: opens other rows than those that it committed to."""

    def commit(self, matrices: Sequence[Columns], hash: str) -> Commitment:
        true = super().commit(matrices, hash)
        if len(matrices) < 4:
            return true
        other = [self.upload(self.download(m) ^ np.uint64(m.height == 16)) for m in matrices]
        false = super().commit(other, hash)
        false.root = true.root
        return false


def test_other_rows_than_those_committed_to() -> None:
    example = made()[0]
    prover = Prover(example.air, OtherMain(2), OPTIONS, example.preprocessed)
    found = verdict(prover.prove(example.witness, example.public).to_bytes())
    assert found.reason.startswith("the main commitment: the opened rows are not those")


def two_tables() -> Air:
    """A table of one row that must be there, and one that answers what the verifier asks."""
    main = Table("main")
    main.constrain("ones", main.column("one") - 1)
    answers = Table("answers")
    number, square = answers.columns("n", 2)
    answers.constrain("squares", square - number * number)
    answers.send("square", [number, square], answers.column("times"))
    asked = [answers.public("asked", 0), answers.public("asked", 1)]
    return Air("asked", [main, answers], receives=[("square", asked, 1)])


def test_a_message_of_the_verifiers_is_missed_though_no_table_has_any() -> None:
    air, ones = two_tables(), {"main": np.ones((1, 4), dtype=np.uint64)}
    prover = Prover(air, CpuStarkKernels(2), OPTIONS)
    for wrong in ([3, 9], [3, 10]):
        data = prover.prove(ones, {"asked": wrong}).to_bytes()
        found = verify(air, data, {"asked": wrong}, minimum_security=1)
        assert found.reason == "messages that are sent are not those that are received"
    both = {**ones, "answers": np.array([[3], [9], [1]], dtype=np.uint64)}
    data = prover.prove(both, {"asked": [3, 9]}, check=True).to_bytes()
    assert verify(air, data, {"asked": [3, 9]}, minimum_security=1)
    assert not verify(air, data, {"asked": [3, 10]}, minimum_security=1)


def test_tables_that_nobody_would_miss_cannot_be_left_out() -> None:
    air = two_tables()
    prover = Prover(air, CpuStarkKernels(2), OPTIONS)
    answers = {"answers": np.array([[3], [9], [1]], dtype=np.uint64)}
    with pytest.raises(ValueError, match="'main': it is absent, but"):
        prover.prove(answers, {"asked": [3, 9]})
    first, second = Table("first"), Table("second")
    first.constrain("x", first.column("x") - 1)
    first.send("c", [1])
    second.constrain_last("y", second.column("y") - second.public("y", 0))
    second.receive("c", [1])
    public = Air("public", [first, second])
    with pytest.raises(ValueError, match="'second': it is absent, but"):
        Prover(public, CpuStarkKernels(2), OPTIONS).prove(
            {"first": np.ones((1, 1), dtype=np.uint64)}, {"y": [7]}
        )
