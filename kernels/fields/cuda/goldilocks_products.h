// Products of Goldilocks elements in words of 32 bits with carries, for goldilocks.h: 4 multiplications with a sum of 64
// bits and 4 additions a product, and 7 instructions to reduce it, two of them multiplications, which have a pipe of
// their own. Compilers make three times as many from comparisons of 64-bit words.

FUNCTION u64 fe_joined(u32 low, u32 high) { return (u64)high << 32 | low; }

// A borrow is worth epsilon, which its mask has in the lower word: 5 instructions, and 7 for a sum.
FUNCTION fe fe_sub(fe a, fe b) {
    u32 low = sub_cc((u32)a, (u32)b);
    u32 high = subc_cc((u32)(a >> 32), (u32)(b >> 32));
    const u32 mask = subc_zero(0);
    low = sub_cc(low, mask);
    high = subc_zero(high);
    return fe_joined(low, high);
}
FUNCTION fe fe_add(fe a, fe b) {
    const u32 low = sub_cc(1, (u32)b);
    const u32 high = subc(0xffffffffu, (u32)(b >> 32));
    return fe_sub(a, fe_joined(low, high));
}
// Words from p on carry when epsilon is added, and adding it is what takes p away.
FUNCTION fe fe_canonical(u64 x) {
    add_cc((u32)x, 0xffffffffu);
    addc_cc((u32)(x >> 32), 0);
    return x + (u64)carry_alone() * 0xffffffffu;
}

// w0 + 2^32 w1 + 2^64 w2 + 2^96 w3: 2^64 = 2^32 - 1 and 2^96 = -1. Of the carry and the borrow out of 64 bits, one more
// or less than the other, what is left is worth epsilon; adding or taking that does not carry again.
FUNCTION u64 fe_reduce_words(u32 w0, u32 w1, u32 w2, u32 w3) {
    u32 low = mad_lo_cc(w2, 0xffffffffu, w0);
    u32 high = madc_hi_cc(w2, 0xffffffffu, w1);
    const u32 carry = carry_alone();
    low = sub_cc(low, w3);
    high = subc_zero_cc(high);
    const u32 above = subc_zero(carry);
    return fe_joined(low, high + above) - (u64)(i64)(i32)above;
}
FUNCTION u64 fe_reduce_lazily(u64 low, u64 high) {
    return fe_reduce_words((u32)low, (u32)(low >> 32), (u32)high, (u32)(high >> 32));
}

FUNCTION u64 fe_mul_lazily(u64 a, u64 b) {
    const u32 a0 = (u32)a, a1 = (u32)(a >> 32), b0 = (u32)b, b1 = (u32)(b >> 32);
    u32 w0, w1, w2, w3, cross0, cross1;
    multiply_wide(a0, b0, &w0, &w1);
    multiply_wide(a1, b1, &w2, &w3);
    multiply_wide(a0, b1, &cross0, &cross1);
    cross0 = mad_lo_cc(a1, b0, cross0);
    cross1 = madc_hi_cc(a1, b0, cross1);
    const u32 carry = carry_alone();
    w1 = add_cc(w1, cross0);
    w2 = addc_cc(w2, cross1);
    w3 = addc(w3, carry);
    return fe_reduce_words(w0, w1, w2, w3);
}

// a + b with what a lost carry is worth, for b <= p.
FUNCTION u64 fe_add_lazily(u64 a, u64 b) {
    const u32 low = add_cc((u32)a, (u32)b);
    const u32 high = addc_cc((u32)(a >> 32), (u32)(b >> 32));
    const u32 carry = carry_alone();
    return fe_joined(low, high) + (u64)carry * 0xffffffffu;
}
