// Butterflies of radix 2, 4 and 8 in registers, decimation in frequency: v becomes its transform, in bit-reversed
// order. r holds the powers of an 8th root of unity w.
//
// Goldilocks: w^i is a power of two up to its sign (ROOT8_i is 24, 48 or 72, and ROOT8_i_NEGATED the sign), so that
// radix 8 takes no products.
#include "kernels/fields/device/lanes.h"

#if FE_GOLDILOCKS

// x 2^24, 2^48, 2^72, with 2^64 = 2^32 - 1 and 2^128 = -2^32.
FUNCTION fev fev_shifted_24(fev x) { return fev_canonical(fev_reduce_lazily(x << 24, x >> 40)); }
FUNCTION fev fev_shifted_48(fev x) { return fev_canonical(fev_reduce_lazily(x << 48, x >> 16)); }
FUNCTION fev fev_shifted_72(fev x) { return fev_canonical(fev_reduce_lazily(FE_P - (x >> 56 << 32), x << 8)); }
#define FE_JOINED_(a, b) a##b
#define FE_JOINED(a, b) FE_JOINED_(a, b)
#define TURNED(power, a, b) \
    FE_JOINED(fev_shifted_, ROOT8_##power)(ROOT8_##power##_NEGATED ? fev_sub(b, a) : fev_sub(a, b))
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

#endif

#define BUTTERFLY(i, j)                    \
    {                                      \
        const fev x = v[i], y = v[j];      \
        v[i] = fev_add(x, y);              \
        v[j] = fev_sub(x, y);              \
    }
#define TURNING_BUTTERFLY(i, j, power)     \
    {                                      \
        const fev x = v[i], y = v[j];      \
        v[i] = fev_add(x, y);              \
        v[j] = TURNED(power, x, y);        \
    }

FUNCTION void transform2(fev *v) { BUTTERFLY(0, 1) }
FUNCTION void transform4(fev *v, const roots8 *r) {
    BUTTERFLY(0, 2)
    TURNING_BUTTERFLY(1, 3, 2)
    BUTTERFLY(0, 1)
    BUTTERFLY(2, 3)
}
FUNCTION void transform8(fev *v, const roots8 *r) {
    BUTTERFLY(0, 4)
    TURNING_BUTTERFLY(1, 5, 1)
    TURNING_BUTTERFLY(2, 6, 2)
    TURNING_BUTTERFLY(3, 7, 3)
    transform4(v, r);
    transform4(v + 4, r);
}
