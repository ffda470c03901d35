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

// A step without a product: the multiple of p for the lowest column, with what the step before left there.
#define FE_STEP_OF_ZERO(even, odd)                                        \
    {                                                                     \
        even[0] = add_cc(even[0], odd[1]);                                \
        const u32 multiple = even[0] * FE_NEGATED_INVERSE;                \
        UNROLL for (u32 j = 0; j < FE_LIMBS - 2; j += 2) {                \
            odd[j] = madc_lo_cc(FE_P[j + 1], multiple, odd[j + 2]);       \
            odd[j + 1] = madc_hi_cc(FE_P[j + 1], multiple, odd[j + 3]);   \
        }                                                                 \
        odd[FE_LIMBS - 2] = madc_lo_cc(FE_P[FE_LIMBS - 1], multiple, 0);  \
        odd[FE_LIMBS - 1] = madc_hi(FE_P[FE_LIMBS - 1], multiple, 0);     \
        FE_ADD_ROW(even, FE_P, 0, multiple)                               \
        odd[FE_LIMBS - 1] = addc(odd[FE_LIMBS - 1], 0);                   \
    }

// The product of two different limbs is taken once, and their sum doubled: 3/2 (l^2 + l) multiplications.
FUNCTION fe fe_sqr(fe a) {
    // Products that begin in even columns, and in odd ones, `odd` one column above `even`. What carries out of a row
    // goes to a column that no row has reached yet.
    u32 even[2 * FE_LIMBS], odd[2 * FE_LIMBS], t[2 * FE_LIMBS];
    UNROLL for (u32 i = 0; i < 2 * FE_LIMBS; ++i) even[i] = odd[i] = 0;
    UNROLL for (u32 i = 0; i < FE_LIMBS - 1; ++i) {
        odd[2 * i] = mad_lo_cc(a.limbs[i], a.limbs[i + 1], odd[2 * i]);
        odd[2 * i + 1] = madc_hi_cc(a.limbs[i], a.limbs[i + 1], odd[2 * i + 1]);
        UNROLL for (u32 j = i + 3; j < FE_LIMBS; j += 2) {
            odd[i + j - 1] = madc_lo_cc(a.limbs[i], a.limbs[j], odd[i + j - 1]);
            odd[i + j] = madc_hi_cc(a.limbs[i], a.limbs[j], odd[i + j]);
        }
        if (i % 2 == 1) odd[i + FE_LIMBS - 1] = carry_alone();
        if (i + 2 < FE_LIMBS) {
            even[2 * i + 2] = mad_lo_cc(a.limbs[i], a.limbs[i + 2], even[2 * i + 2]);
            even[2 * i + 3] = madc_hi_cc(a.limbs[i], a.limbs[i + 2], even[2 * i + 3]);
            UNROLL for (u32 j = i + 4; j < FE_LIMBS; j += 2) {
                even[i + j] = madc_lo_cc(a.limbs[i], a.limbs[j], even[i + j]);
                even[i + j + 1] = madc_hi_cc(a.limbs[i], a.limbs[j], even[i + j + 1]);
            }
            if (i % 2 == 0 && i > 0) even[i + FE_LIMBS] = carry_alone();
        }
    }
    t[1] = odd[0];
    t[2] = add_cc(even[2], odd[1]);
    UNROLL for (u32 i = 3; i < 2 * FE_LIMBS - 1; ++i) t[i] = addc_cc(even[i], odd[i - 1]);
    t[2 * FE_LIMBS - 1] = addc(even[2 * FE_LIMBS - 1], 0);
    UNROLL for (u32 i = 2 * FE_LIMBS - 1; i > 1; --i) t[i] = t[i] << 1 | t[i - 1] >> 31;
    t[1] <<= 1;
    t[0] = mad_lo_cc(a.limbs[0], a.limbs[0], 0);
    t[1] = madc_hi_cc(a.limbs[0], a.limbs[0], t[1]);
    UNROLL for (u32 i = 1; i < FE_LIMBS; ++i) {
        t[2 * i] = madc_lo_cc(a.limbs[i], a.limbs[i], t[2 * i]);
        t[2 * i + 1] = madc_hi_cc(a.limbs[i], a.limbs[i], t[2 * i + 1]);
    }
    // The lower half is reduced, the upper half added.
    UNROLL for (u32 i = 0; i < FE_LIMBS; ++i) {
        even[i] = t[i];
        odd[i] = 0;
    }
    FE_REDUCE(even, odd)
    UNROLL for (u32 i = 1; i < FE_LIMBS - 1; i += 2) {
        FE_STEP_OF_ZERO(odd, even)
        FE_STEP_OF_ZERO(even, odd)
    }
    FE_STEP_OF_ZERO(odd, even)
    fe r;
    r.limbs[0] = add_cc(even[0], odd[1]);
    UNROLL for (u32 i = 1; i < FE_LIMBS - 1; ++i) r.limbs[i] = addc_cc(even[i], odd[i + 1]);
    r.limbs[FE_LIMBS - 1] = addc(even[FE_LIMBS - 1], 0);
    r.limbs[0] = add_cc(r.limbs[0], t[FE_LIMBS]);
    UNROLL for (u32 i = 1; i < FE_LIMBS - 1; ++i) r.limbs[i] = addc_cc(r.limbs[i], t[FE_LIMBS + i]);
    r.limbs[FE_LIMBS - 1] = addc(r.limbs[FE_LIMBS - 1], t[2 * FE_LIMBS - 1]);
    return fe_reduced(r);
}

#undef FE_ADD_ROW
#undef FE_REDUCE
#undef FE_STEP
#undef FE_STEP_OF_ZERO
