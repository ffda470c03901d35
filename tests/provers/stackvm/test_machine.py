"""Running programs: failures say where, the stack overflows, and both backends are one machine."""

from __future__ import annotations

import numpy as np
import pytest
from tests.provers.stackvm.programs import EXAMPLES

from zkmark.provers.stackvm.air import machine_air
from zkmark.provers.stackvm.assembler import assemble
from zkmark.provers.stackvm.execution import BACKENDS, COLUMNS, PROCESSOR_ALONE, execute
from zkmark.provers.stackvm.failures import ExecutionError
from zkmark.provers.stackvm.trace import LEAST_HEIGHT

MAIN = "in the main program"
FAILURES = [
    (
        'begin\n  push.3\n  assert.err="no one"\nend',
        f"line 3, column 3, {MAIN}, cycle 2: assertion failed (no one): compared 3 with 1",
    ),
    ("begin assertz.err=5 end", None),
    ("begin push.4 assertz.err=5 end", "cycle 2: assertion failed (code 5): compared 4 with 0"),
    (
        "proc.f push.3 push.4 assert_eq end begin exec.f end",
        "line 1, column 22, in procedure f, cycle 2: assertion failed: compared 3 with 4",
    ),
    ("begin push.2 if.true add end end", f"column 14, {MAIN}, cycle 1: got 2, want 0 or 1"),
    ("begin push.1 push.3 and drop end", "cycle 2: got 3, want 0 or 1"),
    ("begin div drop end", "cycle 1: got 0 divided by 0, want a divisor that is not 0"),
    ("begin inv drop end", "got 1 divided by 0, want a divisor that is not 0"),
    ("begin push.7 push.0 u32mod drop end", "got 7 divided by 0, want a divisor that is not 0"),
    ("begin push.4294967296 u32not drop end", "got operand 4294967296, want a u32 (below 2^32)"),
    (
        'const.E="too large" begin push.4294967296 u32assert.err=E drop end',
        "got operand 4294967296, want a u32 (below 2^32) (too large)",
    ),
    ("begin push.64 pow2 drop end", "got exponent 64, want 0 to 63"),
    ("begin adv_push.2 drop drop end", "cycle 2: got no advice, want more than 1 elements of it"),
    ("begin push.4294967296 mem_load drop end", "got address 4294967296, want one below 2^32"),
    ("begin push.1 end", "at the end, cycle 3: got 17 elements on the stack, want 16"),
    (
        "begin push.1 while.true push.1 end end",
        "cycle 101: got to the limit of 100 cycles, want an end before it",
    ),
]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("source", "text"), FAILURES)
def test_failures_say_where_and_why(source: str, text: str | None, backend: str) -> None:
    program = assemble(source)
    if text is None:
        execute(program, [], [9], 100, backend)
        return
    with pytest.raises(ExecutionError) as caught:
        execute(program, [], [9], 100, backend)
    assert text in str(caught.value)


def test_both_backends_fail_in_the_same_words() -> None:
    for source, text in FAILURES:
        if text is None:
            continue
        told = []
        for backend in BACKENDS:
            with pytest.raises(ExecutionError) as caught:
                execute(assemble(source), [], [9], 100, backend)
            told.append(str(caught.value))
        assert told[0] == told[1]


@pytest.mark.parametrize("name", EXAMPLES)
def test_both_backends_make_the_same_tables(name: str) -> None:
    example = EXAMPLES[name]
    program = assemble(example.source)
    runs = [
        execute(program, example.inputs, example.advice, backend=backend) for backend in BACKENDS
    ]
    assert runs[0].outputs == runs[1].outputs
    assert runs[0].cycles == runs[1].cycles
    tables = [run.witness for run in runs]
    assert set(tables[0]) == set(tables[1])
    for table, columns in tables[1].items():
        assert columns.dtype == tables[0][table].dtype
        np.testing.assert_array_equal(tables[0][table], columns)


@pytest.mark.parametrize("accesses", [1, 30, 5000])
def test_memory_is_sorted_alike_however_much_there_is(accesses: int) -> None:
    """From 4096 accesses on the native twin sorts by another algorithm."""
    source = f"""begin
        push.{accesses} push.1
        while.true
            dup.0 dup.0 mul mul.2654435761 u32cast u32and.1048575 dup.1 swap mem_store
            sub.1 dup.0 neq.0
        end
        drop
    end"""
    program = assemble(source)
    native, reference = (execute(program, backend=backend).witness for backend in BACKENDS)
    for table, columns in reference.items():
        np.testing.assert_array_equal(native[table], columns)


def test_the_overflow_is_as_deep_as_it_has_to_be() -> None:
    program = assemble("begin repeat.100 dup.15 add.1 end repeat.99 drop end swap drop end")
    inputs = list(range(1, 17))
    stack = list(inputs)
    for _ in range(100):
        stack.insert(0, stack[15] + 1)
    stack = stack[99:]
    del stack[1]
    for backend in BACKENDS:
        assert execute(program, inputs, backend=backend).outputs == stack


def test_an_empty_overflow_gives_zeros() -> None:
    program = assemble("begin drop drop push.5 swap drop end")
    for backend in BACKENDS:
        run = execute(program, list(range(1, 17)), backend=backend)
        assert run.outputs == [5, *range(4, 17), 0, 0]
        assert run.witness["program"][2, 0] == 2


def test_the_stack_at_the_start() -> None:
    program = assemble("begin add.0 end")
    assert execute(program, [1, 2]).inputs == [1, 2, *[0] * 14]
    with pytest.raises(ValueError, match=r"stack inputs: got 17 of them, want 16 at the most"):
        execute(program, [0] * 17)
    with pytest.raises(ValueError, match=r"stack inputs: got -1, want 0 to"):
        execute(program, [-1])
    with pytest.raises(ValueError, match=r"advice: got 18446744069414584321, want 0 to"):
        execute(program, [], [2**64 - 2**32 + 1])
    with pytest.raises(ValueError, match=r"backend: got 'gpu', want one of cpu, reference"):
        execute(program, backend="gpu")
    with pytest.raises(ValueError, match=r"max_cycles: got -1, want 0 to"):
        execute(program, max_cycles=-1)


def test_advice_may_be_an_array() -> None:
    program = assemble("begin adv_push.2 add swap drop end")
    assert execute(program, [], np.array([40, 2], dtype=np.uint64)).outputs[0] == 42


def test_tables_have_the_airs_columns() -> None:
    assert {table.name: len(table.main) for table in machine_air().tables} == COLUMNS
    alone = {table.name: len(table.main) for table in machine_air(False).tables}
    assert alone == {"processor": PROCESSOR_ALONE, "program": COLUMNS["program"]}


def test_heights_are_the_least_powers_of_two() -> None:
    for count in (1, 6, 7, 8, 62, 63):
        program = assemble(f"begin repeat.{count} add.1 end end")
        run = execute(program)
        assert run.cycles == count + 1
        height = run.witness["processor"].shape[1]
        assert height == max(LEAST_HEIGHT, 1 << (count + 2 - 1).bit_length())
