// Goldilocks elements as sums low + 2^32 high, whose halves have more than 32 bits: what linear layers add up.
//
// Halves stay below 2^52 or so, and many terms are added before anything is reduced. Words here are congruent to the
// elements, not always below p.

#if LANES == 1
#define gl_mul fe_mul_lazily
#define gl_square(a) fe_mul_lazily((a), (a))
#define gl_canonical fe_canonical
#define gl_add_folding fe_add_lazily
#else
#include "kernels/hashes/opencl/products_goldilocks.h"
#endif

typedef struct {
    words low, high;
} halves;

FUNCTION halves halves_of(words low, words high) {
    halves a;
    a.low = low, a.high = high;
    return a;
}
FUNCTION halves halves_split(words a) { return halves_of(a & FE_EPSILON, a >> 32); }
FUNCTION halves halves_add(halves a, halves b) { return halves_of(a.low + b.low, a.high + b.high); }
FUNCTION halves halves_sub(halves a, halves b) { return halves_of(a.low - b.low, a.high - b.high); }
FUNCTION halves halves_plus(halves a, u64 low, u64 high) { return halves_of(a.low + low, a.high + high); }

// A product, reduced no further than to low in (-2^33, 2^32) and high in [0, 2^33).
#if LANES == 1
// A GPU's words are of 32 bits: there the other reduction takes no longer.
FUNCTION halves halves_product(u64 a, u64 b) { return halves_split(fe_mul_lazily(a, b)); }
#else
FUNCTION halves halves_product(words a, words b) {
    words low, middle, high;
    gl_wide_product(a, b, &low, &middle, &high);
    const words folded = high & FE_EPSILON;
    return halves_of((low & FE_EPSILON) - (folded + (high >> 32)), (middle & FE_EPSILON) + folded);
}
#endif

// A word, from halves that are not negative: 2^64 is 2^32 - 1, and there are few bits above the high half's 32nd.
FUNCTION words halves_joined(halves a) {
    const words above = a.high >> 32;
    return gl_add_folding(a.high << 32, a.low + ((above << 32) - above));
}
