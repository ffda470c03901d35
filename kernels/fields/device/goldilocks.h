// The Goldilocks field, p = 2^64 - 2^32 + 1, in canonical form.
//
// A multiplication takes one product of 64 bits, which is four of 32 on a GPU. Its reduction is shifts and additions:
// 2^64 = 2^32 - 1 and 2^96 = -1 modulo p. In CUDA it takes 18 instructions for words that need not be below p.

typedef u64 fe;

// What a carry out of 64 bits is worth.
#define FE_EPSILON U64(0xffffffff)

FUNCTION fe fe_zero(void) { return 0; }
FUNCTION fe fe_one(void) { return 1; }
FUNCTION u32 fe_equal(fe a, fe b) { return a == b; }
FUNCTION u32 fe_is_zero(fe a) { return a == 0; }

// fe_reduce_lazily and fe_mul_lazily: a product's two words to one congruent to it, not always below p, which is good as
// a factor, not as a term. fe_canonical makes any word the element that it stands for; fe_sub is right for b = p too, which
// fe_add makes of zero.
#if LANGUAGE_CUDA
#include "kernels/fields/cuda/goldilocks_products.h"
#else
FUNCTION fe fe_sub(fe a, fe b) {
    const u64 difference = a - b;
    return a < b ? difference - FE_EPSILON : difference;
}
FUNCTION fe fe_add(fe a, fe b) { return fe_sub(a, FE_P - b); }
FUNCTION fe fe_canonical(u64 x) { return x >= FE_P ? x - FE_P : x; }

FUNCTION u64 fe_reduce_lazily(u64 low, u64 high) {
    const u64 top = high >> 32, middle = high & FE_EPSILON;
    // A borrow has taken 2^64; what is left is then above epsilon, and taking epsilon cannot borrow again.
    u64 x = low - top;
    if (low < top) x -= FE_EPSILON;
    // A carry has lost 2^64; the sum is then small, and adding epsilon cannot carry again.
    const u64 term = (middle << 32) - middle;
    x += term;
    if (x < term) x += FE_EPSILON;
    return x;
}
FUNCTION u64 fe_mul_lazily(u64 a, u64 b) { return fe_reduce_lazily(a * b, MULTIPLY_HIGH64(a, b)); }
// A sum likewise; b is p at the most.
FUNCTION u64 fe_add_lazily(u64 a, u64 b) {
    const u64 sum = a + b;
    return sum < b ? sum + FE_EPSILON : sum;
}
#endif

FUNCTION fe fe_neg(fe a) { return fe_sub(0, a); }
FUNCTION fe fe_mul(fe a, fe b) { return fe_canonical(fe_mul_lazily(a, b)); }
FUNCTION fe fe_sqr(fe a) { return fe_mul(a, a); }

FUNCTION fe fe_from_canonical(fe a) { return a; }
FUNCTION fe fe_to_canonical(fe a) { return a; }
