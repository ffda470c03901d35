"""Following a thread through machine code: loops counted, data unknown, cycles kept."""

from __future__ import annotations

import random

import pytest

from zkmark.backends.cuda import sass_arithmetic as arithmetic
from zkmark.backends.cuda.sass import parsed
from zkmark.backends.cuda.walk import LATENCY, DataBranchError, Place, issue_cycles, pipe_of, walk

# for (i = thread; i < count; i += 256) { if (i & 1) skip a product }
LOOP = """
\t.section\t.text.sum,"ax",@progbits
sum:
        /*0000*/                   S2R R0, SR_TID.X ;
        /*0010*/                   ULDC UR4, c[0x0][0x210] ;
.L_x_1:
        /*0020*/                   ISETP.GE.U32.AND P0, PT, R0, UR4, PT ;
        /*0030*/               @P0 EXIT ;
        /*0040*/                   LOP3.LUT P1, RZ, R0, 0x1, RZ, 0xc0, !PT ;
        /*0050*/               @P1 BRA `(.L_x_2) ;
        /*0060*/                   IMAD.WIDE.U32 R2, R2.reuse, R3, RZ ;
.L_x_2:
        /*0070*/                   VIADD R0, R0, 0x100 ;
        /*0080*/                   BRA `(.L_x_1) ;
"""


@pytest.mark.parametrize(("thread", "count", "rounds"), [(0, 1024, 4), (1, 1024, 4), (0, 1025, 5)])
def test_loops_count_as_often_as_they_run(thread: int, count: int, rounds: int) -> None:
    found = walk(parsed(LOOP)["sum"], {0x210: count}, Place(thread))
    assert found.opcodes["VIADD"] == rounds
    assert found.opcodes["IMAD.WIDE.U32"] == (0 if thread % 2 else rounds)
    assert found.opcodes["ISETP.GE.U32.AND"] == rounds + 1


def test_a_way_that_depends_on_data_is_refused() -> None:
    text = LOOP.replace("S2R R0, SR_TID.X", "LDG.E R0, desc[UR4][R2.64]")
    with pytest.raises(DataBranchError, match="on data"):
        walk(parsed(text)["sum"], {0x210: 64}, Place())


# The loop's flag is kept as bit 3 of R7, beside one of data in bit 0.
KEPT = """
\t.section\t.text.sum,"ax",@progbits
sum:
        /*0000*/                   LDG.E R7, desc[UR4][R2.64] ;
        /*0010*/                   MOV R0, RZ ;
.L_x_1:
        /*0020*/                   IADD3 R0, R0, 0x1, RZ ;
        /*0030*/                   ISETP.GE.U32.AND P2, PT, R0, c[0x0][0x210], PT ;
        /*0040*/                   LOP3.LUT R7, R7, 0xfffffff7, RZ, 0xc0, !PT ;
        /*0050*/               @P2 LOP3.LUT R7, R7, 0x8, RZ, 0xfc, !PT ;
        /*0060*/                   LOP3.LUT R7, R7, 0xfffffffe, RZ, 0xc0, !PT ;
        /*0070*/               @P1 LOP3.LUT R7, R7, 0x1, RZ, 0xfc, !PT ;
        /*0080*/                   LOP3.LUT P0, RZ, R7, 0x8, RZ, 0xc0, !PT ;
        /*0090*/              @!P0 BRA `(.L_x_1) ;
        /*00a0*/                   EXIT ;
"""


@pytest.mark.parametrize("general", [False, True])
@pytest.mark.parametrize("first", ["LDG.E R7, desc[UR4][R2.64]", "MOV R7, RZ"])
def test_flags_kept_as_bits_of_a_register_are_known(first: str, general: bool) -> None:
    text = KEPT.replace("LDG.E R7, desc[UR4][R2.64]", first)
    for count in (1, 5):
        found = walk(parsed(text)["sum"], {0x210: count}, Place(), general)
        assert found.opcodes["IADD3"] == count
    # A register that is written whole keeps none.
    lost = text.replace("LOP3.LUT P0, RZ,", "LDG.E R7, desc[UR4][R2.64] ;\n LOP3.LUT P0, RZ,")
    with pytest.raises(DataBranchError, match="on data"):
        walk(parsed(lost)["sum"], {0x210: 5}, Place())


def test_a_warp_by_itself_waits_for_what_it_needs() -> None:
    head = '\t.section\t.text.k,"ax",@progbits\n'
    load = "        /*0000*/                   LDG.E R0, desc[UR4][R2.64] ;\n"
    one = "        /*0010*/                   IADD3 R1, R0, R1, RZ ;\n"
    done = "        /*0020*/                   EXIT ;\n"
    free = one.replace("R1, R0, R1", "R1, R3, R4").replace("R1,", "R5,", 1)
    waiting = walk(parsed(head + load + one + done)["k"], {}, Place())
    assert waiting.cycles == LATENCY["memory"] + LATENCY["arithmetic"]
    many = walk(parsed(head + free * 10 + done)["k"], {}, Place())
    # Two cycles each, and the last one's result.
    assert many.cycles == 2 * 9 + LATENCY["arithmetic"]
    chained = walk(parsed(head + one * 10 + done)["k"], {}, Place())
    assert chained.cycles == 10 * LATENCY["arithmetic"]


@pytest.mark.parametrize(
    ("opcode", "pipe", "cycles"),
    [
        ("IMAD.MOV.U32", "multiply", 2),
        ("IMAD.WIDE.U32.X", "multiply", 4),
        ("IMAD.HI.U32", "multiply", 4),
        ("IADD3.X", "alu", 2),
        ("VIADDMNMX.U32", "alu", 2),
        ("BREV", "slow", 8),
        ("UIADD3", "other", 1),
        ("LDS.128", "shared", 1),
        ("STG.E.64", "memory", 1),
    ],
)
def test_units(opcode: str, pipe: str, cycles: int) -> None:
    assert (pipe_of(opcode), issue_cycles(opcode)) == (pipe, cycles)


def test_integer_instructions_compute_what_they_say() -> None:
    rng, mask = random.Random(1), 0xFFFFFFFF
    for _ in range(200):
        a, b, c = (rng.getrandbits(32) for _ in range(3))
        n = rng.randrange(32)
        assert arithmetic.add([a, b, c]) == (a + b + c & mask, a + b + c >> 32)
        assert arithmetic.multiply_add("IMAD.U32", a, b, c) == a * b + c & mask
        assert arithmetic.multiply_add("IMAD.WIDE.U32", a, b, c) == a * b + c
        assert arithmetic.shift("SHF.L.U32", a, n, 0) == a << n & mask
        assert arithmetic.shift("SHF.R.U32.HI", 0, n, a) == a >> n
        assert arithmetic.shift("SHF.R.U64", a, n, b) == (b << 32 | a) >> n & mask
        assert arithmetic.shift("SHF.L.U64.HI", a, n, b) == (b << 32 | a) << n >> 32 & mask
        assert arithmetic.shift("SHF.R.W.U32", a, n, a) == (a >> n | a << (32 - n)) & mask
        assert arithmetic.logic(0x96, a, b, c) == a ^ b ^ c
        assert arithmetic.logic(0xCA, a, b, c) == a & b | ~a & mask & c
        assert arithmetic.logic(0x30, a, b, None) == a & ~b & mask
        assert arithmetic.logic(0xC0, None, 0, 0) == 0
        assert arithmetic.logic(0xC0, None, b | 1, 0) is None
        assert arithmetic.compare("ISETP.GT.U32.AND", a, b, True) == (a > b)
        lower = arithmetic.compare("ISETP.GE.U32.AND", b, c, True)
        wide = arithmetic.compare("ISETP.GE.U32.AND.EX", a, a ^ (n & 1), True, lower)
        assert wide == ((a << 32 | b) >= ((a ^ (n & 1)) << 32 | c))
    assert arithmetic.compare("ISETP.LT.AND", mask, 0, True) is True
    assert arithmetic.half_pair("0", "5.9604644775390625e-08") == 1
    assert arithmetic.reversed_bits(1) == 1 << 31
    assert arithmetic.chosen_bytes(0x33221100, 0x123, 0) == 0x00112233


CALLING = """
\t.section\t.text.k,"ax",@progbits
k:
        /*0000*/                   LDG.E R4, desc[UR4][R2.64] ;
        /*0010*/                   MOV R8, 0x30 ;
        /*0020*/                   CALL.REL.NOINC `($k$twice) ;
        /*0030*/                   ISETP.NE.AND P1, PT, R4, RZ, PT ;
        /*0040*/              @!P1 BRA `(.L_x_1) ;
        /*0050*/                   IMAD R5, R4, R4, RZ ;
.L_x_1:
        /*0060*/                   EXIT ;
$k$twice:
        /*0070*/                   IADD3 R4, R4, R4, RZ ;
        /*0080*/                   RET.REL.NODEC R8 `(k) ;
"""


def test_calls_return_and_general_data_is_not_zero() -> None:
    code = parsed(CALLING)["k"]
    found = walk(code, {}, Place(), general=True)
    assert list(found.opcodes.elements()).count("IMAD") == 1
    assert (found.opcodes["IADD3"], found.opcodes["EXIT"]) == (1, 1)
    with pytest.raises(DataBranchError, match="branches on data"):
        walk(code, {}, Place())


@pytest.mark.parametrize(("count", "rounds"), [(8, 8), (20, 10)])
def test_a_branch_with_two_flags_needs_both(count: int, rounds: int) -> None:
    text = """
\t.section\t.text.k,"ax",@progbits
        /*0000*/                   IMAD.MOV.U32 R0, RZ, RZ, RZ ;
.L_x_1:
        /*0010*/                   VIADD R0, R0, 0x1 ;
        /*0020*/                   ISETP.GE.U32.AND P0, PT, R0, c[0x0][0x210], PT ;
        /*0030*/                   ISETP.LT.U32.AND P1, PT, R0, 0xa, PT ;
        /*0040*/              @!P0 BRA P1, `(.L_x_1) ;
        /*0050*/                   EXIT ;
"""
    found = walk(parsed(text)["k"], {0x210: count}, Place())
    assert found.opcodes["VIADD"] == rounds
