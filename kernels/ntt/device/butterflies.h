// Butterflies of radix 2 to 8, or 16, in registers, decimation in frequency: v becomes its transform, in bit-reversed
// order. r holds the powers of an 8th root of unity.
//
// Goldilocks: a 16th root's powers are powers of two up to their signs (ROOT16_i is that power's logarithm, a multiple of
// 12 below 96, and ROOT16_i_NEGATED its sign), so that radix 16 takes no products.
#include "kernels/fields/device/lanes.h"

#if FE_GOLDILOCKS

// x 2^s for 0 < s < 96, with 2^64 = 2^32 - 1 and 2^128 = -2^32.
FUNCTION fev fev_shifted(fev x, u32 s) {
    if (s < 64) return fev_canonical(fev_reduce_lazily(x << s, x >> (64 - s)));
    return fev_canonical(fev_reduce_lazily(FE_P - (x >> (128 - s) << 32), x << (s - 64)));
}
#define TURNED(power, a, b) fev_shifted(ROOT16_##power##_NEGATED ? fev_sub(b, a) : fev_sub(a, b), ROOT16_##power)
// As many 16th roots in the exponent as 8th ones.
#define EIGHTH_1 2
#define EIGHTH_2 4
#define EIGHTH_3 6
typedef u32 roots8;
FUNCTION roots8 roots8_of(GLOBAL const fe *roots, u32 count) { return 0; }

#else

typedef struct {
    fe power[4];
} roots8;
// From all roots of an order of at least 4; for 4 itself there is only the square.
FUNCTION roots8 roots8_of(GLOBAL const fe *roots, u32 count) {
    roots8 r;
    UNROLL for (u32 i = 0; i < 4; ++i) r.power[i] = roots[i * count / 8];
    return r;
}
#define TURNED(i, a, b) fev_mul_by(fev_sub(a, b), r->power[i])
#define EIGHTH_1 1
#define EIGHTH_2 2
#define EIGHTH_3 3

#endif

#define BUTTERFLY(i, j)                    \
    {                                      \
        const fev x = v[i], y = v[j];      \
        v[i] = fev_add(x, y);              \
        v[j] = fev_sub(x, y);              \
    }
#define TURNING_BUTTERFLY(i, j, power) TURNING_BUTTERFLY_(i, j, power)
#define TURNING_BUTTERFLY_(i, j, power)    \
    {                                      \
        const fev x = v[i], y = v[j];      \
        v[i] = fev_add(x, y);              \
        v[j] = TURNED(power, x, y);        \
    }

FUNCTION void transform2(fev *v) { BUTTERFLY(0, 1) }
FUNCTION void transform4(fev *v, const roots8 *r) {
    BUTTERFLY(0, 2)
    TURNING_BUTTERFLY(1, 3, EIGHTH_2)
    BUTTERFLY(0, 1)
    BUTTERFLY(2, 3)
}
FUNCTION void transform8(fev *v, const roots8 *r) {
    BUTTERFLY(0, 4)
    TURNING_BUTTERFLY(1, 5, EIGHTH_1)
    TURNING_BUTTERFLY(2, 6, EIGHTH_2)
    TURNING_BUTTERFLY(3, 7, EIGHTH_3)
    transform4(v, r);
    transform4(v + 4, r);
}
#if FE_GOLDILOCKS
FUNCTION void transform16(fev *v, const roots8 *r) {
    BUTTERFLY(0, 8)
    TURNING_BUTTERFLY(1, 9, 1)
    TURNING_BUTTERFLY(2, 10, 2)
    TURNING_BUTTERFLY(3, 11, 3)
    TURNING_BUTTERFLY(4, 12, 4)
    TURNING_BUTTERFLY(5, 13, 5)
    TURNING_BUTTERFLY(6, 14, 6)
    TURNING_BUTTERFLY(7, 15, 7)
    transform8(v, r);
    transform8(v + 8, r);
}
#endif
