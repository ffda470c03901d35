// Poseidon2 over 31-bit fields. Words are in Montgomery form (R = 2^32), below p between layers.
//
// The S-box takes and gives signed words in (-p, p), which needs no correction between its products: the rounds'
// constants are less p. A product is 3 of 32 bits. x^7 takes 4 products, 18 instructions on a GPU with 6 of them long;
// a sum takes 3 instructions, a fraction of the internal layer's diagonal 9.

#if LANES == 1
FUNCTION u32 p31_smaller(u32 a, u32 b) { return a < b ? a : b; }
// a b / R for signed words of which one is below p.
FUNCTION u32 p31_product(u32 a, u32 b) {
    const i64 product = (i64)(i32)a * (i32)b;
    const u32 multiple = (u32)product * FE_INVERSE;
    return (u32)(product >> 32) - MULTIPLY_HIGH_SIGNED32(multiple, FE_P);
}
#else
#include "kernels/hashes/opencl/products31.h"
#endif

// From (-p, p), and from [0, 2p), to [0, p).
FUNCTION words p31_raised(words a) { return p31_smaller(a, a + FE_P); }
FUNCTION words p31_lowered(words a) { return p31_smaller(a, a - FE_P); }
FUNCTION words p31_add(words a, words b) { return p31_lowered(a + b); }
FUNCTION words p31_sub(words a, words b) { return p31_raised(a - b); }

FUNCTION words sponge_element(words canonical) { return p31_raised(p31_product(canonical, (words)(FE_R_SQUARED))); }
FUNCTION words sponge_digest(words x) { return x; }

FUNCTION words p31_power(words x) {
    const words square = p31_product(x, x);
#if POSEIDON2_ALPHA == 7
    return p31_raised(p31_product(p31_product(square, square), p31_product(square, x)));
#else
    return p31_raised(p31_product(square, x));
#endif
}

FUNCTION void p31_external_layer(words *x) { POSEIDON2_EXTERNAL_LAYER(words, p31_add, x) }

FUNCTION void p31_full_rounds(words *x, CONSTANT_POINTER(word) constants) {
    for (u32 round = 0; round < POSEIDON2_HALF_ROUNDS; ++round) {
        UNROLL for (u32 i = 0; i < POSEIDON2_WIDTH; ++i) {
            x[i] = p31_power(x[i] + constants[POSEIDON2_WIDTH * round + i]);
        }
        p31_external_layer(x);
    }
}

// n x, for n up to 4.
FUNCTION words p31_times(words x, u32 n) {
    if (n == 1) return x;
    const words twice = p31_add(x, x);
    if (n == 2) return twice;
    return n == 3 ? p31_add(twice, x) : p31_add(twice, twice);
}
// The internal layer's lanes, sum + x times an entry of the diagonal: a small number, or 2^-n. With
// x = 2^n high + low, x / 2^n is high - low (p - 1) / 2^n.
#define POSEIDON2_PLUS(i, n) x[i] = p31_add(sum, p31_times(x[i], n));
#define POSEIDON2_MINUS(i, n) x[i] = p31_sub(sum, p31_times(x[i], n));
#define P31_HIGH(x, n) ((x) >> (n))
#define P31_LOW(x, n) (((x) & ((1u << (n)) - 1)) * ((FE_P - 1) >> (n)))
#define POSEIDON2_PLUS_HALVED(i, n) x[i] = p31_add(p31_sub(sum, P31_LOW(x[i], n)), P31_HIGH(x[i], n));
#define POSEIDON2_MINUS_HALVED(i, n) x[i] = p31_sub(p31_add(sum, P31_LOW(x[i], n)), P31_HIGH(x[i], n));

FUNCTION void sponge_permute(words *x) {
    p31_external_layer(x);
    p31_full_rounds(x, POSEIDON2_FIRST);
    for (u32 round = 0; round < POSEIDON2_PARTIAL_ROUNDS; ++round) {
        words sums[2] = {x[1], x[2]};
        UNROLL for (u32 i = 3; i < POSEIDON2_WIDTH; ++i) sums[(i + 1) % 2] = p31_add(sums[(i + 1) % 2], x[i]);
        x[0] = p31_power(x[0] + POSEIDON2_PARTIAL[round]);
        const words sum = p31_add(p31_add(sums[0], sums[1]), x[0]);
        POSEIDON2_DIAGONAL
    }
    p31_full_rounds(x, POSEIDON2_LAST);
}
