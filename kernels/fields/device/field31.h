// 31-bit fields in Montgomery form with R = 2^32.
//
// A multiplication takes 3 products of 32 bits: a b, its lower half times p^-1, and the upper half of that times p.

typedef u32 fe;

FUNCTION fe fe_zero(void) { return 0; }
FUNCTION fe fe_one(void) { return FE_ONE; }
FUNCTION u32 fe_equal(fe a, fe b) { return a == b; }
FUNCTION u32 fe_is_zero(fe a) { return a == 0; }

// Both ways out are computed and the smaller taken: of x and x + p, one is below p and the other above 2^31.
FUNCTION fe fe_smaller(u32 a, u32 b) { return a < b ? a : b; }

FUNCTION fe fe_add(fe a, fe b) {
    const u32 sum = a + b;
    return fe_smaller(sum, sum - FE_P);
}
FUNCTION fe fe_sub(fe a, fe b) {
    const u32 difference = a - b;
    return fe_smaller(difference, difference + FE_P);
}
FUNCTION fe fe_neg(fe a) { return fe_sub(0, a); }

// x R^-1 for x below 2^32 p: the multiple of p with x's lower half is taken from x, and the rest is in the upper.
FUNCTION fe fe_reduce(u64 x) {
    const u32 multiple = (u32)x * FE_INVERSE;
    const u32 difference = (u32)(x >> 32) - MULTIPLY_HIGH32(multiple, FE_P);
    return fe_smaller(difference, difference + FE_P);
}
FUNCTION fe fe_mul(fe a, fe b) { return fe_reduce((u64)a * b); }
FUNCTION fe fe_sqr(fe a) { return fe_mul(a, a); }

FUNCTION fe fe_from_canonical(fe a) { return fe_mul(a, FE_R_SQUARED); }
FUNCTION fe fe_to_canonical(fe a) { return fe_reduce(a); }
