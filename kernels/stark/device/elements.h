// What the column kernels of a STARK share: FE_LANES neighbouring rows at once, powers of the domain's generators, and
// the extension field x^DEGREE = 7 of Goldilocks.
//
// A thread of a GPU has one row of a column (FE_LANES = 1) and neighbours have neighbours, so that reads are whole
// lines. A processor's work item has ITEMS vectors of FE_LANES rows one after another.
#include "kernels/fields/device/field.h"
#include "kernels/fields/device/lanes.h"
#include "kernels/stark/device/items.h"

FUNCTION fev load(GLOBAL const fe *from, u64 at) { return *(GLOBAL const fev *)(from + at); }
FUNCTION void store(GLOBAL fe *to, u64 at, fev x) { *(GLOBAL fev *)(to + at) = x; }
// The sum of the lanes.
FUNCTION fe fev_total(fev x) {
#if FE_LANES == 1
    return x;
#else
    fe total = ((const fe *)&x)[0];
    for (u32 i = 1; i < FE_LANES; ++i) total = fe_add(total, ((const fe *)&x)[i]);
    return total;
#endif
}
FUNCTION u32 fev_has_zero(fev x) {
#if FE_LANES == 1
    return fe_is_zero(x);
#else
    u32 found = 0;
    for (u32 i = 0; i < FE_LANES; ++i) found |= fe_is_zero(((const fe *)&x)[i]);
    return found;
#endif
}

// base^index from two short tables: base^i for i below 2^log_low, behind them base^(i 2^log_low). One product, and one
// more for a factor; `index` a multiple of FE_LANES, of which the low table holds at least one vector.
FUNCTION fev power_at(GLOBAL const fe *powers, u32 log_low, u32 index) {
    const fev low = load(powers, index & ((1u << log_low) - 1));
    return fev_mul_by(low, powers[(1u << log_low) + (index >> log_low)]);
}
FUNCTION fev scaled_power_at(GLOBAL const fe *powers, u32 log_low, u32 index, fe factor) {
    const fev low = load(powers, index & ((1u << log_low) - 1));
    return fev_mul_by(low, fe_mul(powers[(1u << log_low) + (index >> log_low)], factor));
}

// a^(p - 2) with p - 2 = 0xfffffffeffffffff: runs of ones of doubled length; 63 squarings and 9 products.
FUNCTION fev fev_shift_and_multiply(fev a, u32 squarings, fev b) {
    for (u32 i = 0; i < squarings; ++i) a = fev_sqr(a);
    return fev_mul(a, b);
}
OUTLINED fev fev_inv(fev a) {
    const fev ones2 = fev_shift_and_multiply(a, 1, a);
    const fev ones3 = fev_shift_and_multiply(ones2, 1, a);
    const fev ones6 = fev_shift_and_multiply(ones3, 3, ones3);
    const fev ones12 = fev_shift_and_multiply(ones6, 6, ones6);
    const fev ones24 = fev_shift_and_multiply(ones12, 12, ones12);
    const fev ones30 = fev_shift_and_multiply(ones24, 6, ones6);
    const fev ones31 = fev_shift_and_multiply(ones30, 1, a);
    const fev upper = fev_shift_and_multiply(ones31, 32, ones31);
    return fev_shift_and_multiply(upper, 1, a);
}
// STRIP elements in place by one inversion (Montgomery's trick): 3 products each, and 72 / STRIP. A zero makes all
// zero; gives the product of all.
FUNCTION fev invert_strip(fev *x) {
    fev before[STRIP];
    fev product = x[0];
    UNROLL_ON_GPU for (u32 i = 1; i < STRIP; ++i) {
        before[i] = product;
        product = fev_mul(product, x[i]);
    }
    fev inverse = fev_inv(product);
    UNROLL_ON_GPU for (u32 i = STRIP - 1; i > 0; --i) {
        const fev own = fev_mul(inverse, before[i]);
        inverse = fev_mul(inverse, x[i]);
        x[i] = own;
    }
    x[0] = inverse;
    return product;
}

// A sum of products that is reduced at its end: halves of 32 bits of one factor by limbs of 22 bits of the other, 6
// multiplications with a sum of 64 bits a term, and MOST_PRODUCTS terms at the most.
#define SHORT_LIMB_BITS 22
#define SHORT_LIMB_MASK ((1u << SHORT_LIMB_BITS) - 1)
#define MOST_PRODUCTS 1024
typedef struct {
    fev of[2][3];
} products;
typedef struct {
    fev of[3];
} limbs;

// Of factors below 2^32.
#if FE_LANES == 1
#define MULTIPLY32(a, b) ((u64)(u32)(a) * (u32)(b))
#else
#define MULTIPLY32(a, b) ((a) * (b))
#endif
FUNCTION limbs limbs_of(fev a) {
    limbs l;
    l.of[0] = a & SHORT_LIMB_MASK;
    l.of[1] = (a >> SHORT_LIMB_BITS) & SHORT_LIMB_MASK;
    l.of[2] = a >> (2 * SHORT_LIMB_BITS);
    return l;
}
FUNCTION void products_clear(products *sum) {
    UNROLL for (u32 i = 0; i < 6; ++i) sum->of[i / 3][i % 3] = fev_broadcast(0);
}
FUNCTION void products_add(products *sum, fev a, limbs b) {
    const fev low = a & FE_EPSILON, high = a >> 32;
    UNROLL for (u32 i = 0; i < 3; ++i) {
        sum->of[0][i] += MULTIPLY32(low, b.of[i]);
        sum->of[1][i] += MULTIPLY32(high, b.of[i]);
    }
}
// 5 products.
FUNCTION fev products_reduced(const products *sum) {
    fev half_sum[2];
    UNROLL for (u32 i = 0; i < 2; ++i) {
        fev x = fev_canonical(sum->of[i][2]);
        x = fev_add(fev_mul_by(x, 1u << SHORT_LIMB_BITS), fev_canonical(sum->of[i][1]));
        half_sum[i] = fev_add(fev_mul_by(x, 1u << SHORT_LIMB_BITS), fev_canonical(sum->of[i][0]));
    }
    return fev_add(half_sum[0], fev_mul_by(half_sum[1], U64(1) << 32));
}

// The extension: coordinates c[i] of s^i with s^DEGREE = 7.
typedef struct {
    fev c[DEGREE];
} ext;

FUNCTION fev times_7(fev a) {
    const fev twice = fev_add(a, a), four = fev_add(twice, twice);
    return fev_sub(fev_add(four, four), a);
}
FUNCTION ext ext_of(u64 c0, u64 c1, u64 c2) {
    ext a;
    a.c[0] = fev_broadcast(c0);
    a.c[1] = fev_broadcast(c1);
#if DEGREE == 3
    a.c[2] = fev_broadcast(c2);
#endif
    return a;
}
// An extension column's coordinates lie `apart` elements from each other.
FUNCTION ext ext_load(GLOBAL const fe *from, u64 at, u64 apart) {
    ext a;
    UNROLL for (u32 i = 0; i < DEGREE; ++i) a.c[i] = load(from, at + i * apart);
    return a;
}
FUNCTION void ext_store(GLOBAL fe *to, u64 at, u64 apart, ext a) {
    UNROLL for (u32 i = 0; i < DEGREE; ++i) store(to, at + i * apart, a.c[i]);
}
FUNCTION ext ext_add(ext a, ext b) {
    UNROLL for (u32 i = 0; i < DEGREE; ++i) a.c[i] = fev_add(a.c[i], b.c[i]);
    return a;
}
FUNCTION ext ext_sub(ext a, ext b) {
    UNROLL for (u32 i = 0; i < DEGREE; ++i) a.c[i] = fev_sub(a.c[i], b.c[i]);
    return a;
}
FUNCTION ext ext_scale(ext a, fev b) {
    UNROLL for (u32 i = 0; i < DEGREE; ++i) a.c[i] = fev_mul(a.c[i], b);
    return a;
}
FUNCTION ext ext_scale_by(ext a, fe b) {
    UNROLL for (u32 i = 0; i < DEGREE; ++i) a.c[i] = fev_mul_by(a.c[i], b);
    return a;
}
FUNCTION ext ext_total(ext a) {
    UNROLL for (u32 i = 0; i < DEGREE; ++i) a.c[i] = fev_broadcast(fev_total(a.c[i]));
    return a;
}
#if DEGREE == 2
// 4 products.
FUNCTION ext ext_mul(ext a, ext b) {
    ext r;
    r.c[0] = fev_add(fev_mul(a.c[0], b.c[0]), times_7(fev_mul(a.c[1], b.c[1])));
    r.c[1] = fev_add(fev_mul(a.c[0], b.c[1]), fev_mul(a.c[1], b.c[0]));
    return r;
}
// The product of a's other conjugates, and with a itself: an element of the base field. 2 products.
FUNCTION ext ext_conjugates(ext a, fev *norm) {
    *norm = fev_sub(fev_sqr(a.c[0]), times_7(fev_sqr(a.c[1])));
    a.c[1] = fev_sub(fev_broadcast(0), a.c[1]);
    return a;
}
#else
// 9 products.
FUNCTION ext ext_mul(ext a, ext b) {
    ext r;
    r.c[0] = fev_add(fev_mul(a.c[0], b.c[0]),
                     times_7(fev_add(fev_mul(a.c[1], b.c[2]), fev_mul(a.c[2], b.c[1]))));
    r.c[1] = fev_add(fev_add(fev_mul(a.c[0], b.c[1]), fev_mul(a.c[1], b.c[0])), times_7(fev_mul(a.c[2], b.c[2])));
    r.c[2] = fev_add(fev_add(fev_mul(a.c[0], b.c[2]), fev_mul(a.c[2], b.c[0])), fev_mul(a.c[1], b.c[1]));
    return r;
}
// The same for three conjugates. 9 products.
FUNCTION ext ext_conjugates(ext a, fev *norm) {
    ext r;
    r.c[0] = fev_sub(fev_sqr(a.c[0]), times_7(fev_mul(a.c[1], a.c[2])));
    r.c[1] = fev_sub(times_7(fev_sqr(a.c[2])), fev_mul(a.c[0], a.c[1]));
    r.c[2] = fev_sub(fev_sqr(a.c[1]), fev_mul(a.c[0], a.c[2]));
    const fev rest = fev_add(fev_mul(a.c[1], r.c[2]), fev_mul(a.c[2], r.c[1]));
    *norm = fev_add(fev_mul(a.c[0], r.c[0]), times_7(rest));
    return r;
}
#endif
