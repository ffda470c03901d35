"""Small programs that together use everything the machine has."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Example:
    """A program with inputs and advice that it ends well with."""

    source: str
    inputs: list[int] = field(default_factory=list)
    advice: list[int] = field(default_factory=list)


U32_MAX = 2**32 - 1

EXAMPLES = {
    "counter": Example(
        "begin dup.0 neq.0 while.true movup.2 dup.2 add swap sub.1 dup.0 neq.0 end end", [9, 1, 0]
    ),
    "stack": Example(
        """begin
            push.7.8.9 dup.5 dup.15 movup.9 movdn.12 swap.3 swap.15 movup.15 movdn.15 movdn.2
            padw swapw swapw.2 swapw.3 swapdw movupw.2 movupw.3 movdnw.2 movdnw.3 reversew
            dropw dup.3 swap drop movup.4 drop drop drop drop drop
            repeat.20 push.5 end repeat.23 drop end drop drop drop push.1.2.3
            drop drop drop
        end""",
        list(range(101, 117)),
    ),
    "field": Example(
        """begin
            dup.1 add mul sub div.3 add.5 neg inv dup.0 push.3 div sub.7 mul.2 dup.0 mul
            swap dup.1 sub movup.3 dup.1 mul dup.0 dup.4 add movup.2 dup.0 add dup.3 neg
            eq swap eq.4 xor not push.1 or push.1 and neq.1 push.0 and eqz drop dup.2 dup.2 eq
            drop dup.0 eq.0 drop exp.11 add.1 movdn.4
            lt swap gt lte.5 gte.0 swap lt.3 is_odd assertz drop drop drop
        end""",
        [5, 6, 7, 8, 9, 10, 11, 12],
    ),
    "alone": Example(
        """begin
            adv_push.2 mul dup.2 div dup.1 sub eq.3 not push.1 and push.0 or push.1 xor drop
            dup.3 dup.3 neq drop neq.7 drop swap.5 movdn.4 movup.2 drop movup.3 add.2 movdn.3
            push.1 dup.0 assert dup.0 if.true add.1 end adv_push.1 if.true add.2 end drop
        end""",
        [5, 6, 7, 8, 9, 10, 11, 12],
        [13, 14, 1],
    ),
    "choices": Example(
        """begin
            if.true push.0 if.true push.1 else push.2 end drop else push.3 drop end
            push.0 while.true push.1 end
            push.1 cswap push.0 cswap push.1 cdrop push.0 cdrop
            eq.3 if.true push.7 else push.8 end drop
            push.5 u32lt.6 if.true push.4 drop end
            push.9 u32gte.9 assert push.9 u32lt.9 assertz push.4 eq.4 assert push.5 neq.5 assertz
        end""",
        [1, 3, 4, 5, 6, 7, 8],
    ),
    "u32": Example(
        """begin
            dup.1 u32assert u32assert2 u32wrapping_add dup.0 u32overflowing_add u32assertw
            u32widening_add u32wrapping_sub.9 u32overflowing_sub.4294967295 drop
            u32wrapping_mul.3 u32widening_mul.4294967295 u32overflowing_mul u32div.7 u32mod.5
            u32divmod.3 drop u32wrapping_add.3000000000 u32and.4042322160 u32or.255 u32xor.4660
            u32not u32rotr.7 u32rotl.9 u32shl.3 u32shr.2 dup.0 u32xor.77 u32rotr.16 u32rotr.31
            dup.1 u32lt.5 drop dup.0 u32lte.5 drop u32gt.1 drop u32gte drop u32min.9 u32max.3
            push.18446744069414584320 u32split u32cast drop drop push.18446744069414584319
            u32split drop drop push.3 pow2 push.31 u32shl push.5 u32shr push.3 u32rotl push.9
            u32rotr u32test drop u32testw drop u32wrapping_add3 push.4294967295.4294967295
            u32overflowing_add3 u32widening_add3 u32wrapping_madd push.4294967295.4294967295
            u32widening_madd u32overflowing_madd drop movup.3 dup.1 u32xor u32rotr.12
            movup.2 dup.1 u32wrapping_add drop drop drop drop
        end""",
        [1, 2, U32_MAX, 4, U32_MAX, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
    ),
    "memory": Example(
        """
        proc.inner.1 loc_store.0 loc_load.0 loc_load.0 add end
        proc.outer.6 loc_store.5 loc_load.5 exec.inner loc_storew.0 loc_loadw.0 locaddr.2 drop end
        begin
            mem_store.7 mem_load.7 push.5 mem_store push.7 mem_load exec.outer
            mem_storew.8 push.12 mem_storew mem_storew_le.16 push.16 mem_loadw mem_loadw_le.8
            mem_loadw.20 push.5 push.4294967295 mem_store mem_load.4294967295 drop dup.2 mem_store.3
            adv_push.2 add mem_load.8 add mem_load.9 eq drop adv_push.1 mem_store.30 adv_loadw
            push.7 mem_store.0 mem_load.0 push.7 assert_eq mem_load.0 push.7 assert_eq
            push.0 mem_load drop mem_load.1000 assertz drop
        end""",
        [3, 4, 5, 6, 7, 8, 9, 10],
        [11, 12, 13, 14, 15, 16, 17],
    ),
    "words": Example(
        """begin
            push.1 cswapw push.0 cswapw push.1 cdropw push.0 cdropw padw padw eqw drop assert_eqw
            dupw dropw dup.0 dup.1 assert_eq drop
        end""",
        list(range(1, 17)),
    ),
}
