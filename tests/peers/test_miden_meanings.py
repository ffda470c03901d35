"""Instructions mean the same to this machine and to today's Miden VM, where that is built."""

from __future__ import annotations

import pytest

from zkmark.backends.base import BackendUnavailableError
from zkmark.kernels.stark.domain import MODULUS as P
from zkmark.provers.stackvm.assembler import assemble
from zkmark.provers.stackvm.execution import execute
from zkmark.provers.stackvm.failures import ExecutionError
from zkmark.provers.stackvm.peer import MidenVm

pytestmark = pytest.mark.peers

# Texts that leave a stack of 16, and stacks that they are run on: what Miden has changed between
# versions among them (the order of two results, of words in memory, of advice).
BIG = 2**32 - 1
ONE_RESULT = (
    "add sub mul div eq neq lt lte gt gte u32wrapping_add u32wrapping_sub u32wrapping_mul u32div "
    "u32mod u32and u32or u32xor u32lt u32lte u32gt u32gte u32min u32max "
    "add.7 sub.7 mul.7 div.7 eq.7 lt.7 gt.7 exp.7 exp.0 exp.1 exp.11 neg inv not is_odd "
    "u32wrapping_add.7 u32wrapping_sub.7 u32wrapping_mul.7 u32div.7 u32mod.7 u32and.7 u32lt.7 "
    "u32not u32cast u32shl.7 u32shr.7 u32rotl.7 u32rotr.7 u32rotr.31 u32rotl.1 u32shl u32shr "
    "u32rotl u32rotr pow2 u32wrapping_add3 u32wrapping_madd cdrop cswap and or xor assert assertz "
    "assert_eq u32assert u32assert2 u32assertw drop dropw"
)
TWO_RESULTS = (
    "u32overflowing_add u32widening_add u32overflowing_sub u32widening_mul u32divmod "
    "u32overflowing_mul u32overflowing_add3 u32widening_add3 u32widening_madd u32overflowing_madd "
    "swapw swapw.2 swapw.3 swapdw reversew cswapw cdropw assert_eqw "
    "movupw.2 movupw.3 movdnw.2 movdnw.3 swap.2 swap.9 swap.15 movup.5 movup.15 movdn.9 movdn.15"
)
ONE_MORE = "u32split u32test u32testw eqw dup.3 dup.8 dup.15 push.5 push.0x10"
LONGER = [
    "push.1.2.3 drop drop drop",
    "dupw.1 movupw.2 dropw",
    "mem_storew.8 dropw mem_load.8 mem_load.9 mem_load.10 mem_load.11 movup.4 drop movup.4 drop "
    "movup.4 drop movup.4 drop",
    "mem_storew_le.8 mem_loadw_be.8",
    "mem_storew_be.8 mem_loadw_le.8",
    "push.8 mem_storew push.8 mem_loadw",
    "mem_store.3 mem_load.3 movup.15 drop",
    "push.3 mem_store push.3 mem_load movup.15 drop",
    "push.3 push.1 while.true swap add.7 swap sub.1 dup neq.0 end drop",
    "if.true push.5 add else push.6 mul end",
    "repeat.5 swap dup.1 add end",
    "adv_push.3 movup.15 drop movup.15 drop movup.15 drop",
    "adv_loadw",
]
STACKS = [
    [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3],
    [1, BIG, BIG, 7, 1, BIG, BIG, 7, 2, 4, 6, 8, 1, 3, 5, 7],
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [1, 0, 20, 30, 1, 0, 20, 30, 1, 1, 1, 1, 2, 2, 2, 2],
    [P - 1, BIG + 1, 5 << 40, 7, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    [7, 7, 100, 200],
]
TEXTS = [
    *ONE_RESULT.split(),
    *TWO_RESULTS.split(),
    *(f"{text} movup.15 drop" for text in ONE_MORE.split()),
    *LONGER,
]
ADVICE = (11, 12, 13, 14)


def by_miden(text: str, stack: list[int]) -> list[int] | None:
    """What Miden leaves; None when it refuses."""
    try:
        with MidenVm(f"begin {text} end", stack, ADVICE) as machine:
            return machine.outputs()
    except BackendUnavailableError as error:
        assert "does not run" in str(error), text
        return None


def by_zkmark(text: str, stack: list[int]) -> list[int] | None:
    try:
        return execute(assemble(f"begin {text} end"), stack, ADVICE, 1000).outputs
    except ExecutionError:
        return None


@pytest.mark.parametrize("text", TEXTS)
def test_instructions_mean_the_same(miden: None, text: str) -> None:
    for stack in STACKS:
        assert by_zkmark(text, stack) == by_miden(text, stack), stack


@pytest.mark.parametrize(
    "program",
    [
        "proc.f.8 loc_storew.4 dropw loc_load.4 loc_load.7 swap drop drop end begin exec.f end",
        "proc.f.2 push.5.6 loc_store.1 loc_store.0 loc_load.1 loc_load.0 add add end "
        "begin exec.f exec.f end",
        "const.N=3 proc.g add.N end proc.f exec.g exec.g end begin repeat.N exec.f end end",
    ],
)
def test_procedures_mean_the_same(miden: None, program: str) -> None:
    with MidenVm(program, STACKS[0]) as machine:
        assert machine.outputs() == execute(assemble(program), STACKS[0]).outputs
