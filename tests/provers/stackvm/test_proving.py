"""Programs from source to verdict."""

from __future__ import annotations

import random

import pytest
from tests.provers.stackvm.programs import EXAMPLES

from zkmark.kernels.stark.reference import ReferenceStarkKernels
from zkmark.provers.stackvm.failures import ExecutionError
from zkmark.provers.stackvm.proving import TABLES_AT, Compiled, prove, verify
from zkmark.provers.stark.options import Options
from zkmark.provers.stark.phases import Recorder

SMALL = Options(blowup=4, folding=4, final_size=4, queries=8, grinding=1)
ADD = "begin push.2 add end"


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_proven_and_verified(name: str) -> None:
    example = EXAMPLES[name]
    compiled = Compiled(example.source, SMALL)
    made = compiled.prove(example.inputs, example.advice)
    data = made.proof.to_bytes()
    found = verify(data, compiled.digest, example.inputs, made.outputs, 1)
    assert found, found.reason
    wrong = [made.outputs[0] ^ 1, *made.outputs[1:]]
    assert not verify(data, compiled.digest, example.inputs, wrong, 1)
    assert not verify(data, compiled.digest, [*example.inputs[:-1], 77], made.outputs, 1)


def test_the_default_is_as_secure_as_it_says() -> None:
    compiled = Compiled(ADD)
    made = compiled.prove([40])
    data = made.proof.to_bytes()
    found = verify(data, compiled.digest, [40], made.outputs)
    assert found and found.security >= 96
    assert not verify(data, compiled.digest, [40], made.outputs, 128)
    assert verify(data, compiled.digest, [40], [42])
    assert not verify(data, compiled.digest, [40], [43])


def test_another_programs_digest_is_refused() -> None:
    made = prove(ADD, [40], options=SMALL)
    for other in ("begin push.3 add end", "begin push.2 add.0 add end", "begin u32not end"):
        digest = Compiled(other, SMALL).digest
        assert not verify(made.proof.to_bytes(), digest, [40], made.outputs, 1)


def test_a_digest_is_the_programs_alone() -> None:
    """Neither comments nor names matter, every constant does."""
    digest = Compiled(ADD, SMALL).digest
    assert Compiled("# two\nbegin push.2\n add\nend", SMALL).digest == digest
    assert Compiled("proc.two add.2 end begin exec.two end", SMALL).digest == digest
    assert Compiled("begin push.3 add end", SMALL).digest != digest
    assert Compiled("begin push.2 sub end", SMALL).digest != digest


def test_a_program_that_fails_has_no_proof() -> None:
    with pytest.raises(ExecutionError, match=r"line 1, column 7.*assertion failed \(four\)"):
        prove('begin assert.err="four" end', [4], options=SMALL)


def test_the_reference_makes_the_same_bytes() -> None:
    example = EXAMPLES["choices"]
    proofs = []
    for kernels in (None, ReferenceStarkKernels(2)):
        made = prove(example.source, example.inputs, example.advice, SMALL, kernels)
        proofs.append(made.proof.to_bytes())
    assert proofs[0] == proofs[1]


def test_the_number_of_tables_stands_where_it_is_looked_for() -> None:
    for source, tables in ((ADD, 2), ("begin u32not end", 7)):
        assert prove(source, [1], options=SMALL).proof.to_bytes()[TABLES_AT] == tables


def test_bytes_that_are_no_proof() -> None:
    compiled = Compiled(ADD, SMALL)
    made = compiled.prove([40])
    data = made.proof.to_bytes()
    for length in (*range(20), len(data) - 1):
        assert not verify(data[:length], compiled.digest, [40], made.outputs, 1)
    assert not verify(data + b"\0", compiled.digest, [40], made.outputs, 1)
    random_ = random.Random(1)
    for _ in range(300):
        place = random_.randrange(len(data))
        changed = bytearray(data)
        changed[place] ^= 1 << random_.randrange(8)
        assert not verify(bytes(changed), compiled.digest, [40], made.outputs, 1)


def test_calls_that_make_no_sense() -> None:
    compiled = Compiled(ADD, SMALL)
    data = compiled.prove([40]).proof.to_bytes()
    with pytest.raises(ValueError, match=r"digest: want 32 bytes"):
        verify(data, b"", [40], [42])
    with pytest.raises(ValueError, match=r"^inputs: got 17 of them"):
        verify(data, compiled.digest, [40] * 17, [42])


def test_a_recorder_sees_all_of_it() -> None:
    recorder = Recorder(lambda: None)
    Compiled(ADD, SMALL).prove([40], recorder=recorder)
    root = recorder.root
    assert {"execute", "fill the tables"} <= {step.name for step in root.steps}
    assert sum(step.seconds for step in root.steps) <= root.seconds
