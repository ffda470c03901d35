"""From this machine's assembly to today's Miden's: what is spelt differently, and nothing else."""

from __future__ import annotations

import pytest

from zkmark.provers.stackvm.translation import to_miden


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("proc.mix", "proc mix"),
        ("proc.mix.0", "proc mix"),
        ("proc.mix.12", "@locals(12) proc mix"),
        ("export.f.4", "@locals(4) proc f"),
        ("const.N=0xfff", "const N = 0x0fff"),
        ("const.N=3 begin push.N end", "const N = 3 begin push.N end"),
        ("adv_push.3 drop", "adv_push adv_push adv_push drop"),
        ("mem_loadw mem_loadw.4 mem_storew", "mem_loadw_be mem_loadw_be.4 mem_storew_be"),
        ("loc_storew.4 loc_loadw.LAST", "loc_storew_be.4 loc_loadw_be.LAST"),
        ("u32overflowing_mul.5", "u32widening_mul.5 swap"),
        ("u32overflowing_madd", "u32widening_madd swap"),
        ("u32assert2.err=77 eqz", 'u32assert2.err="code 77" eq.0'),
        ("push.0x1.0xabc.0x12345", "push.0x01.0x0abc.0x00012345"),
        ("push.0x" + "1f" * 32, "push.0x" + "1f" * 32),
        ("#! says adv_push.3\nadd", "# says adv_push.3\nadd"),
    ],
)
def test_what_is_spelt_differently(here: str, there: str) -> None:
    assert to_miden(here) == there


@pytest.mark.parametrize(
    "text",
    [
        "adv_loadw",
        "proc mix\n  dup.3  add\nend\n",
        "@locals(8)\nproc mix loc_storew_le.4 end",
        "const N = 3",
        "adv_push\n\tmem_loadw_be.4 mem_storew_le loc_loadw_be.0 mem_load.3 mem_store",
        'assert.err="0xfff is no proc.mix, nor const.N=1" assertz',
        "begin if.true nop else end while.true dup.15 neq.0 end repeat.4 u32rotr.16 end end",
        "exec.proc_mix u32overflowing_add u32overflowing_sub u32widening_mul.3",
        "# proc.mix.3 adv_push.2\n",
    ],
)
def test_what_stays_as_it_is(text: str) -> None:
    assert to_miden(text) == text
