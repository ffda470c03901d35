// Sums and products of wide fields as chains of carries in PTX; the twin of
// kernels/fields/opencl/wide_arithmetic.h.
//
// A product takes 2 l^2 + l multiplications of limbs of 32 bits. Lower and upper half of a product go to neighbouring
// columns, which ptxas joins to one IMAD.WIDE where the pair begins in an even register. So columns are kept in two
// rows, one for products that begin in even columns and one for those in odd columns; a step of the reduction moves
// everything down by one column, and the rows change places. (The arrangement is known from Supranational's sppark.)


// a, or a - p where that is not negative; a is below 2p.
FUNCTION fe fe_reduced(fe a) {
    fe less;
    less.limbs[0] = sub_cc(a.limbs[0], FE_P[0]);
    UNROLL for (u32 i = 1; i < FE_LIMBS; ++i) less.limbs[i] = subc_cc(a.limbs[i], FE_P[i]);
    const u32 borrow = subc(0, 0);
    UNROLL for (u32 i = 0; i < FE_LIMBS; ++i) less.limbs[i] = borrow ? a.limbs[i] : less.limbs[i];
    return less;
}

FUNCTION fe fe_add(fe a, fe b) {
    a.limbs[0] = add_cc(a.limbs[0], b.limbs[0]);
    UNROLL for (u32 i = 1; i < FE_LIMBS - 1; ++i) a.limbs[i] = addc_cc(a.limbs[i], b.limbs[i]);
    a.limbs[FE_LIMBS - 1] = addc(a.limbs[FE_LIMBS - 1], b.limbs[FE_LIMBS - 1]);
    return fe_reduced(a);
}

FUNCTION fe fe_sub(fe a, fe b) {
    a.limbs[0] = sub_cc(a.limbs[0], b.limbs[0]);
    UNROLL for (u32 i = 1; i < FE_LIMBS; ++i) a.limbs[i] = subc_cc(a.limbs[i], b.limbs[i]);
    const u32 borrow = subc(0, 0);
    a.limbs[0] = add_cc(a.limbs[0], FE_P[0] & borrow);
    UNROLL for (u32 i = 1; i < FE_LIMBS - 1; ++i) a.limbs[i] = addc_cc(a.limbs[i], FE_P[i] & borrow);
    a.limbs[FE_LIMBS - 1] = addc(a.limbs[FE_LIMBS - 1], FE_P[FE_LIMBS - 1] & borrow);
    return a;
}

// row += a's limbs `from`, from + 2, ... times b, from the row's first column on; leaves the carry.
#define FE_ADD_ROW(row, a, from, b)                                       \
    row[0] = mad_lo_cc(a[from], b, row[0]);                               \
    row[1] = madc_hi_cc(a[from], b, row[1]);                              \
    UNROLL for (u32 j = 2; j < FE_LIMBS; j += 2) {                        \
        row[j] = madc_lo_cc(a[j + from], b, row[j]);                      \
        row[j + 1] = madc_hi_cc(a[j + from], b, row[j + 1]);              \
    }

// One step: both rows take a b, then the multiple of p that clears the lowest column. `odd` begins one column above
// `even`. Nothing carries out of `odd`: the whole is below 2^(32 (l + 1)).
#define FE_REDUCE(even, odd)                                              \
    {                                                                     \
        const u32 multiple = even[0] * FE_NEGATED_INVERSE;                \
        FE_ADD_ROW(odd, FE_P, 1, multiple)                                \
        FE_ADD_ROW(even, FE_P, 0, multiple)                               \
        odd[FE_LIMBS - 1] = addc(odd[FE_LIMBS - 1], 0);                   \
    }

// After a step `even`'s lowest column is empty. What was `odd` is the new even row; the old even row, two columns
// down, is the new odd one, and the column between goes to the new even row's lowest.
#define FE_STEP(even, odd, b)                                             \
    even[0] = add_cc(even[0], odd[1]);                                    \
    UNROLL for (u32 j = 0; j < FE_LIMBS - 2; j += 2) {                    \
        odd[j] = madc_lo_cc(a.limbs[j + 1], b, odd[j + 2]);               \
        odd[j + 1] = madc_hi_cc(a.limbs[j + 1], b, odd[j + 3]);           \
    }                                                                     \
    odd[FE_LIMBS - 2] = madc_lo_cc(a.limbs[FE_LIMBS - 1], b, 0);          \
    odd[FE_LIMBS - 1] = madc_hi(a.limbs[FE_LIMBS - 1], b, 0);             \
    FE_ADD_ROW(even, a.limbs, 0, b)                                       \
    odd[FE_LIMBS - 1] = addc(odd[FE_LIMBS - 1], 0);                       \
    FE_REDUCE(even, odd)

FUNCTION fe fe_mul(fe a, fe b) {
    u32 even[FE_LIMBS], odd[FE_LIMBS];
    UNROLL for (u32 j = 0; j < FE_LIMBS; j += 2) {
        even[j] = a.limbs[j] * b.limbs[0];
        even[j + 1] = MULTIPLY_HIGH32(a.limbs[j], b.limbs[0]);
        odd[j] = a.limbs[j + 1] * b.limbs[0];
        odd[j + 1] = MULTIPLY_HIGH32(a.limbs[j + 1], b.limbs[0]);
    }
    FE_REDUCE(even, odd)
    UNROLL for (u32 i = 1; i < FE_LIMBS - 1; i += 2) {
        FE_STEP(odd, even, b.limbs[i])
        FE_STEP(even, odd, b.limbs[i + 1])
    }
    FE_STEP(odd, even, b.limbs[FE_LIMBS - 1])
    // The rows' last: `odd` is the even one, and `even`, above its empty column, lies beside it.
    fe r;
    r.limbs[0] = add_cc(even[0], odd[1]);
    UNROLL for (u32 i = 1; i < FE_LIMBS - 1; ++i) r.limbs[i] = addc_cc(even[i], odd[i + 1]);
    r.limbs[FE_LIMBS - 1] = addc(even[FE_LIMBS - 1], 0);
    return fe_reduced(r);
}

#undef FE_ADD_ROW
#undef FE_REDUCE
#undef FE_STEP
