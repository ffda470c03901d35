"""Prover and verifier together: what holds is proven and accepted, whatever the options."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from zkmark.kernels.stark.cpu import CpuStarkKernels
from zkmark.kernels.stark.operations import StarkKernels
from zkmark.kernels.stark.reference import ReferenceStarkKernels
from zkmark.provers.stark.examples import Example, fibonacci, lookups
from zkmark.provers.stark.options import BLOWUPS, DEGREES, FOLDINGS, HASHES, Options
from zkmark.provers.stark.phases import FAMILIES, Recorder
from zkmark.provers.stark.proof import Proof
from zkmark.provers.stark.prover import Prover, prove
from zkmark.provers.stark.verifier import Verdict, verify

SMALL = Options(blowup=4, folding=4, final_size=4, queries=6, grinding=3)


def reference(options: Options) -> StarkKernels:
    return ReferenceStarkKernels(options.degree, hash_backend="cpu")


def native(options: Options) -> StarkKernels:
    return CpuStarkKernels(options.degree)


def prover(toy: Example, options: Options = SMALL, kernels: StarkKernels | None = None) -> Prover:
    return Prover(toy.air, kernels or native(options), options, toy.preprocessed)


def verdict(toy: Example, data: bytes, digest: bytes | None, **more: object) -> Verdict:
    return verify(toy.air, data, toy.public, digest=digest, **{"minimum_security": 1, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize("hash", HASHES)
@pytest.mark.parametrize("degree", DEGREES)
@pytest.mark.parametrize("blowup", BLOWUPS)
@pytest.mark.parametrize("folding", FOLDINGS)
def test_all_options(hash: str, degree: int, blowup: int, folding: int) -> None:
    options = Options(hash, degree, blowup, folding, final_size=2, queries=5, grinding=2)
    for toy in (fibonacci(5), lookups(4)):
        made = prover(toy, options)
        proof = made.prove(toy.witness, toy.public)
        found = verdict(toy, proof.to_bytes(), made.digest, options=options)
        assert found, found.reason


@pytest.mark.parametrize("degree", DEGREES)
@pytest.mark.parametrize("hash", HASHES)
def test_reference_and_native_make_the_same_bytes(degree: int, hash: str) -> None:
    options = replace(SMALL, degree=degree, hash=hash)
    for toy in (fibonacci(4), lookups(4), lookups(3, optional=False)):
        makers = [prover(toy, options, kernels(options)) for kernels in (reference, native)]
        proofs = [maker.prove(toy.witness, toy.public).to_bytes() for maker in makers]
        assert proofs[0] == proofs[1]
        assert makers[0].digest == makers[1].digest
        for backend in ("cpu", "reference"):
            assert verdict(toy, proofs[0], makers[0].digest, backend=backend)


@pytest.mark.parametrize("log_height", [0, 1, 2, 3, 7])
@pytest.mark.parametrize("final_size", [1, 4, 64])
def test_heights_from_one_row_on(log_height: int, final_size: int) -> None:
    toy = fibonacci(log_height)
    options = replace(SMALL, final_size=final_size)
    proof = prover(toy, options).prove(toy.witness, toy.public)
    assert verdict(toy, proof.to_bytes(), None)
    assert len(proof.final) <= max(final_size, 1)


def test_a_table_may_be_absent_or_shorter_or_taller_than_the_others() -> None:
    for toy in (lookups(2), lookups(6), lookups(2, optional=False), lookups(5, optional=False)):
        made = prover(toy)
        proof = made.prove(toy.witness, toy.public, check=True)
        assert verdict(toy, proof.to_bytes(), made.digest)
        assert proof.log_heights.count(None) == (0 if "optional" in toy.witness else 1)
        # A table of no rows is as absent as one that is not there.
        empty = {"optional": np.zeros((3, 0), dtype=np.uint64), **toy.witness}
        assert made.prove(empty, toy.public).to_bytes() == proof.to_bytes()


def test_one_prover_makes_several_proofs() -> None:
    toy = lookups(4)
    made = prover(toy)
    first = made.prove(toy.witness, toy.public).to_bytes()
    other = lookups(5)
    second = made.prove(other.witness, other.public).to_bytes()
    assert made.prove(toy.witness, toy.public).to_bytes() == first
    assert verdict(toy, first, made.digest)
    assert verdict(other, second, made.digest)
    assert len(first) != len(second)
    plain = prove(
        toy.air,
        toy.witness,
        toy.public,
        kernels=native(SMALL),
        options=SMALL,
        preprocessed=toy.preprocessed,
    )
    assert plain.to_bytes() == first


def test_more_queries_than_points() -> None:
    toy = fibonacci(1)
    options = replace(SMALL, queries=100)
    proof = prover(toy, options).prove(toy.witness, toy.public)
    assert verdict(toy, proof.to_bytes(), None)


def test_the_default_options_have_96_bits() -> None:
    toy = fibonacci(6)
    proof = prover(toy, Options()).prove(toy.witness, toy.public)
    found = verify(toy.air, proof.to_bytes(), toy.public)
    assert (found.ok, found.security, found.reason) == (True, 96, "the proof holds")
    strong = Options.for_security(128)
    proof = prover(toy, strong).prove(toy.witness, toy.public)
    assert verify(toy.air, proof.to_bytes(), toy.public, minimum_security=128).security == 128


def test_bytes_and_back() -> None:
    toy = lookups(4)
    proof = prover(toy).prove(toy.witness, toy.public)
    data = proof.to_bytes()
    assert Proof.from_bytes(data).to_bytes() == data
    assert Proof.from_bytes(bytearray(data)).options == SMALL
    assert sum(proof.size.values()) == len(data)
    assert min(proof.size.values()) > 0
    assert set(proof.size) == {
        "header",
        "commitments",
        "out-of-domain values",
        "fri commitments",
        "final polynomial",
        "nonce",
        "trace rows",
        "trace paths",
        "fri rows",
        "fri paths",
    }


def test_a_recorder_changes_nothing_and_its_steps_add_up() -> None:
    toy = lookups(8)
    made = prover(toy, Options())
    made.prove(toy.witness, toy.public)
    recorder = Recorder(made.kernels.synchronize)
    proof = made.prove(toy.witness, toy.public, recorder=recorder)
    assert proof.to_bytes() == made.prove(toy.witness, toy.public).to_bytes()
    root = recorder.root
    leaves = list(root.leaves())
    # Steps follow one another without gaps: those of a group are all of it.
    for step in root.steps:
        if step.steps:
            assert sum(part.seconds for part in step.steps) == pytest.approx(step.seconds)
    assert sum(root.family_seconds().values()) == pytest.approx(
        sum(step.seconds for step in root.steps)
    )
    assert sum(leaf.seconds for leaf in leaves) <= root.seconds
    assert {leaf.family for leaf in leaves} <= set(FAMILIES)
    names = [step.name for step in root.steps]
    assert names == [
        "prepare",
        "main trace",
        "lookups",
        "quotient",
        "out-of-domain values",
        "deep",
        "fri",
        "grinding",
        "openings",
    ]
    assert root.work.multiplications == sum(leaf.work.multiplications for leaf in leaves) > 0
    assert root.work.hashes > 0
    assert root.work.bytes > 0
    json = root.to_json()
    assert json["steps"][1]["steps"][0]["family"] == "transfer"
    assert str(root).count("\n") + 1 == len(leaves) + 7


def test_a_recording_within_another_is_part_of_it() -> None:
    """A machine that runs a program, and then proves the run, is one whole."""
    toy = fibonacci(3)
    made = prover(toy)
    recorder = Recorder(made.kernels.synchronize)
    with recorder.whole():
        with recorder.step("execute", "other"):
            pass
        made.prove(toy.witness, toy.public, recorder=recorder)
    root = recorder.root
    assert [step.name for step in root.steps[:3]] == ["execute", "prepare", "main trace"]
    assert 0 < sum(step.seconds for step in root.steps) <= root.seconds


def test_a_witness_that_does_not_fit_is_refused_in_a_sentence() -> None:
    toy = lookups(4)
    made = prover(toy)
    user = toy.witness["user"]
    bad_value = user.copy()
    bad_value[1, 3] = 2**64 - 1
    cases: list[tuple[dict[str, object], str]] = [
        ({"nobody": user}, "witness: got a table 'nobody'"),
        ({"user": user[:3]}, r"witness\['user'\]: got shape \(3, 16\), want 4 columns"),
        ({"user": user[:, :12]}, r"witness\['user'\]: got 12 rows, want a power of two"),
        ({"user": user.astype(np.int64)}, r"witness\['user'\]: want an array of uint64"),
        ({"user": bad_value}, r"witness\['user'\]: got 18446744073709551615 in column 1, row 3"),
        ({"user": user[:, :2].copy()}, "height of .*user"),
        ({"squares": np.zeros((1, 4), dtype=np.uint64)}, "squares'\\]: got 4 rows, want 8"),
        ({"squares": np.zeros((1, 0), dtype=np.uint64)}, "it is absent, but"),
    ]
    for change, message in cases:
        with pytest.raises(ValueError, match=message):
            made.prove({**toy.witness, **change}, toy.public)  # type: ignore[dict-item]
    with pytest.raises(ValueError, match="public values"):
        made.prove(toy.witness, {})
    with pytest.raises(ValueError, match="preprocessed: got"):
        Prover(toy.air, native(SMALL), SMALL)
    with pytest.raises(ValueError, match="kernels: got those of degree 2, want 3"):
        Prover(toy.air, native(SMALL), replace(SMALL, degree=3), toy.preprocessed)


def test_check_names_what_a_witness_breaks() -> None:
    toy = fibonacci(4)
    broken = toy.witness["fibonacci"].copy()
    broken[1, 7] += np.uint64(1)
    with pytest.raises(ValueError, match=r"'b takes the sum' is broken at row 6"):
        prover(toy).prove({"fibonacci": broken}, toy.public, check=True)
    with pytest.raises(ValueError, match=r"'the result is public' is broken at row 15"):
        prover(toy).prove(toy.witness, {"result": [1]}, check=True)
    toy = lookups(4)
    unbalanced = {**toy.witness, "shuffled": toy.witness["shuffled"] + np.uint64(1)}
    with pytest.raises(ValueError, match="shuffled"):
        prover(toy).prove(unbalanced, toy.public, check=True)


@pytest.mark.parametrize("column", range(4))
def test_without_a_check_the_verifier_rejects_a_broken_witness(column: int) -> None:
    toy = lookups(4)
    broken = toy.witness["user"].copy()
    broken[column, 5] += np.uint64(1)
    made = prover(toy)
    proof = made.prove({**toy.witness, "user": broken}, toy.public)
    found = verdict(toy, proof.to_bytes(), made.digest)
    assert not found
    assert "do not hold" in found.reason or "are not those that are received" in found.reason


def test_every_constraint_and_every_message_is_checked() -> None:
    """The bus alone: rows that satisfy all constraints, but are no permutation."""
    toy = lookups(4)
    other = toy.witness["shuffled"].copy()
    other[0, 3] = 77
    made = prover(toy)
    proof = made.prove({**toy.witness, "shuffled": other}, toy.public)
    found = verdict(toy, proof.to_bytes(), made.digest)
    assert found.reason == "messages that are sent are not those that are received"
