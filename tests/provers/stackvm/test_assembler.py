"""The assembler: its syntax, its errors with line and column, and what it fuses."""

from __future__ import annotations

import pytest

from zkmark.provers.stackvm.assembler import AssemblyError, assemble
from zkmark.provers.stackvm.execution import execute
from zkmark.provers.stackvm.instructions import flag_names


def outputs(source: str, inputs: list[int] | None = None) -> list[int]:
    return execute(assemble(source), inputs or []).outputs


def test_comments_and_constants_and_procedures() -> None:
    source = """# a comment with "quotes and begin in it
    const.TWO=2   # decimal
    const.BIG=0xff
    const LATE = 7
    proc.double add.0 dup.0 add end  # used twice
    proc.quadruple.2 exec.double exec.double loc_store.1 loc_load.1 end
    begin
        exec.quadruple add.BIG push.LATE add mul.TWO
        swap drop
    end
    """
    assert outputs(source, [5])[0] == (20 + 255 + 7) * 2


def test_if_else_and_while_and_repeat() -> None:
    source = """begin
        if.true push.1 else if.true push.2 else push.3 end end
        repeat.2 repeat.3 add.1 end end
        dup.0 neq.0 while.true sub.1 swap add.1 swap dup.0 neq.0 end
        drop
    end"""
    # 1, 2 or 3, and 6 more, are moved to what lies below, one at a time.
    assert outputs(source, [1, 0, 100])[:2] == [0 + 1 + 6, 100]
    assert outputs(source, [0, 1, 0, 100])[:2] == [0 + 2 + 6, 100]
    assert outputs(source, [0, 0, 5, 100])[:2] == [5 + 3 + 6, 100]
    assert outputs("begin if.true push.1 else push.2 end swap drop end", [1, 9])[0] == 1
    assert outputs("begin if.true push.1 else push.2 end swap drop end", [0, 9])[0] == 2
    assert outputs("begin repeat.2 repeat.3 add.1 end add.10 end end", [0])[0] == 26
    loop = "begin dup.0 neq.0 while.true sub.1 swap add.2 swap dup.0 neq.0 end drop end"
    for count in (0, 1, 5):
        assert outputs(loop, [count, 7])[0] == 7 + 2 * count


def test_locals_of_nested_procedures_do_not_meet() -> None:
    source = """
    proc.inner.5 push.1 loc_store.0 push.2 loc_store.4 end
    proc.outer.1 push.9 loc_store.0 exec.inner loc_load.0 end
    begin exec.outer swap drop end"""
    assert outputs(source)[0] == 9


def test_a_program_knows_how_long_it_is_and_where_its_rows_come_from() -> None:
    program = assemble("proc.f add.1 end\nbegin\n  exec.f\n  mul\nend")
    assert len(program) == 3
    assert program.where(1) == "line 1, column 8, in procedure f"
    assert program.where(2) == "line 4, column 3, in the main program"


ERRORS = [
    ("", 1, 1, "got the end of the program, want begin"),
    ("begin add", 1, 10, "got the end of the program, want end for 'begin' of line 1"),
    ("begin\n  ad\nend", 2, 3, "got 'ad', want an instruction"),
    ("begin end", 1, 7, "got 'end' at once, want an instruction"),
    ("begin add end add", 1, 15, "got 'add' after the program's end, want nothing"),
    ("add", 1, 1, "got 'add', want begin, proc.<name> or const.<NAME>=<value>"),
    ("begin\n\texec.f\nend", 2, 2, "got procedure 'f', want one defined above: none yet"),
    ("proc.f add end proc.f add end", 1, 16, "got procedure 'f' again, want each name once"),
    ("proc.1f add end", 1, 1, "got procedure '1f', want proc.<name> or with .<locals>"),
    ("const.A=1 const.A=2 begin add end", 1, 11, "got constant 'A' again, want each name once"),
    ("const.A begin add end", 1, 1, "got constant 'A', want const.<NAME>=<value>"),
    ("const.A=x begin add end", 1, 1, "got constant 'x', want one defined above: none yet"),
    ("begin push.A end", 1, 7, "got constant 'A', want one defined above: none yet"),
    ("begin push.1.2.x-y end", 1, 7, "got number 'x-y', want it in decimal or after 0x"),
    (f"begin push.{2**64} end", 1, 7, f"got number {2**64}, want 0 to {2**64 - 2**32}"),
    ("begin push end", 1, 7, "got 'push', want 1 to 16 values"),
    (f"begin push{'.1' * 17} end", 1, 7, f"got 'push{'.1' * 17}', want 1 to 16 values"),
    (f"begin push.0x{'f' * 64} end", 1, 7, "want elements of 0 to"),
    ("begin dup.16 end", 1, 7, "got number 16, want 0 to 15"),
    ("begin movup.1 end", 1, 7, "got 'movup.1', want an operand of 2 to 15"),
    ("begin movup end", 1, 7, "got 'movup', want one operand"),
    ("begin swap.0 end", 1, 7, "got 'swap.0', want an operand of 1 to 15"),
    ("begin drop.1 end", 1, 7, "got 'drop.1', want it without operands"),
    ("begin div.0 end", 1, 7, "got 'div.0', want an operand of 1 to"),
    ("begin u32div.0 end", 1, 7, "got 'u32div.0', want an operand of 1 to 4294967295"),
    ("begin u32rotr.32 end", 1, 7, "got number 32, want 0 to 31"),
    ("begin u32wrapping_add.4294967296 end", 1, 7, "got number 4294967296, want 0 to 4294967295"),
    ("begin add.1.2 end", 1, 7, "got 'add.1.2', want one operand at the most"),
    ("begin mem_loadw.5 end", 1, 7, "got 'mem_loadw.5', want an address that is a multiple of 4"),
    ("begin adv_push.0 end", 1, 7, "got 'adv_push.0', want an operand of 1 to 16"),
    ("begin loc_load.0 end", 1, 7, "got local 0, want one of the procedure's 0"),
    ("proc.f.2 loc_store.2 end", 1, 10, "got local 2, want one of the procedure's 2"),
    ("begin repeat.0 add end end", 1, 7, "got repeat.0, want a count from 1 on"),
    ("begin repeat.x add end end", 1, 7, "got constant 'x', want one defined above: none yet"),
    ("begin repeat.9999999 add add add end end", 1, 7, "got 9999999 times 3 rows, want 16777216"),
    ("begin if.true add else end end", 1, 24, "got 'end' at once, want an instruction"),
    ("begin else end", 1, 7, "got 'else' here, want an instruction"),
    ("begin proc.f add end end", 1, 7, "got 'proc.f' here, want an instruction"),
    ("begin add.err=1 end", 1, 7, "got 'add.err=1', want add without an error code"),
    ('begin assert.err="x end', 1, 7, "got no error code, want a text in quotes"),
]


@pytest.mark.parametrize(("source", "line", "column", "text"), ERRORS)
def test_errors_name_line_and_column(source: str, line: int, column: int, text: str) -> None:
    with pytest.raises(AssemblyError) as caught:
        assemble(source)
    told = str(caught.value)
    assert told.startswith(f"line {line}, column {column}: ")
    assert text in told


FUSED = [
    ("dup.3 add", ["keep a_top b_index add n=3"]),
    ("swap dup.1 add", ["up a_index b_top add n=1"]),
    ("movup.4 dup.1 u32xor u32rotr.16", ["up a_index b_top chip n=4"]),
    ("push.5 mul", ["keep a_top mul"]),
    ("dup.2 push.5 eq", ["push a_index eq n=2"]),
    ("movup.2 mem_load.7 u32wrapping_add", ["up a_index chip load n=2"]),
    ("mem_load.7 add", ["keep a_top add load"]),
    ("dup.0 dup.4 sub", ["push a_top b_index sub n=3"]),
    ("movup.5 sub", ["remove a_top b_index sub n=5"]),
    ("swap drop", ["remove b_top add n=1"]),
    ("add.5 movdn.4", ["down a_top add n=4"]),
    ("dup.3 mem_store.8", ["b_index store n=3"]),
    ("adv_push.1 mem_store.8", ["free store"]),
    ("dup.2 assert_eq", ["pop a_top b_index neq n=2"]),
    ("eq.5 assert", ["pop a_top neq"]),
    ("dup.0 neq.0 assertz", ["a_index neq n=0"]),
    ("dup.1 neg", ["push b_index sub n=1"]),
    ("movup.2 neg", ["up b_index sub n=2"]),
    ("movup.2 dup.0 mul", ["up a_index b_index mul n=2"]),
    ("dup.2 dup.0 mul", ["push a_index b_index mul n=2"]),
    ("movup.4 sub.3 movdn.4", ["write a_index sub n=4"]),
    ("movup.4 dup.1 add movdn.4", ["write a_index b_top add n=4"]),
    ("movup.4 adv_push.1 add movdn.4", ["write a_index free add n=4"]),
    ("dup.3 if.true drop drop end", ["b_index eq bool n=3", "pop", "pop"]),
    ("adv_push.1 if.true drop drop end", ["free eq bool", "pop", "pop"]),
    ("mem_load.4 if.true drop drop end", ["eq bool load", "pop", "pop"]),
    ("dup.3 assert", ["a_index neq n=3"]),
    ("dup.3 assertz", ["a_index neq n=3"]),
    # and what must not be
    ("movup.4 sub.3 movdn.5", ["up a_index sub n=4", "down b_top add n=5"]),
    ("adv_push.1 assert", ["push free add", "pop a_top neq"]),
    ("movup.4 dup.2 add", ["up b_index add n=4", "keep a_top b_index add n=2"]),
    ("push.1 drop", ["push add", "pop"]),
    ("swap swap", ["up b_index add n=1", "up b_index add n=1"]),
]


@pytest.mark.parametrize(("instructions", "rows"), FUSED)
def test_fused_rows(instructions: str, rows: list[str]) -> None:
    program = assemble(f"begin {instructions} end")
    assert [" ".join(flag_names(row[0])) for row in program.rows[1:-1]] == rows


def test_nothing_is_fused_where_a_jump_ends() -> None:
    """The row after a conditional cannot become part of its last one."""
    source = "begin if.true push.5 else push.6 end add swap drop end"
    assert outputs(source, [1, 10])[0] == 15
    assert outputs(source, [0, 10])[0] == 16
    loop = "begin push.1 while.true push.0 end dup.0 add end"
    assert outputs(loop, [4])[0] == 8
    procedure = "proc.f if.true dup.3 else dup.4 end end begin exec.f add swap drop end"
    assert outputs(procedure, [1, 2, 3, 4, 5])[0] == 2 + 5
    assert outputs(procedure, [0, 2, 3, 4, 5, 6])[0] == 2 + 6


def test_the_same_source_is_the_same_program() -> None:
    source = "proc.f dup.0 mul end begin repeat.3 exec.f end end"
    assert assemble(source).rows == assemble(source).rows
