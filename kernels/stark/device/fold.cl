// FRI's folding of an extension column by WAYS, a power of two: halves log2(WAYS) times in registers.
//
// f(X) = f_even(X^2) + X f_odd(X^2): from f(x) and f(-x) follow 2 f_even + 2 f_odd c = (f(x) + f(-x)) + (c / x) (f(x)
// - f(-x)). The next pairs has c^2 and x^2, and 1 / WAYS comes last. Bytes: the column once, a WAYS-th of it written.
// Products of a result for degree 2 (3): 4 (9) for each of WAYS - 1 halves and log2(WAYS) - 1 squares, 2 (3) for each
// root but 1, and 6 (8): 24 (47) for 4 ways, which read 64 (96) bytes.
#include "kernels/stark/device/elements.h"

CONSTANT fe FOLD_ROOTS[] = {FOLD_INVERSE_ROOTS};

KERNEL(fold, THREADS)(GLOBAL const fe *column, GLOBAL fe *target, GLOBAL const fe *roots, GLOBAL const fe *starts,
                      u32 log_low, u32 log_height, u32 blocks, u64 challenge_0, u64 challenge_1, u64 challenge_2) {
    const u32 log_folded = log_height - LOG_WAYS, vectors = (blocks << log_folded) / FE_LANES;
    FOR_EACH(i, vectors) {
        const u32 at = i * FE_LANES, block = at >> log_folded, row = at & ((1u << log_folded) - 1);
        ext v[WAYS];
        UNROLL for (u32 m = 0; m < WAYS; ++m) {
            const u64 from = ((u64)block << log_height) + ((u64)m << log_folded) + row;
            v[m] = ext_load(column, from, (u64)blocks << log_height);
        }
        const fev inverse = scaled_power_at(roots, log_low, row, starts[block]);
        ext factor = ext_scale(ext_of(challenge_0, challenge_1, challenge_2), inverse);
        UNROLL for (u32 pairs = WAYS / 2; pairs > 0; pairs /= 2) {
            UNROLL for (u32 m = 0; m < pairs; ++m) {
                // The root of order 2 pairs, to the -m.
                const ext turned = m ? ext_scale_by(factor, FOLD_ROOTS[m * (WAYS / 2 / pairs)]) : factor;
                const ext difference = ext_sub(v[m], v[m + pairs]);
                v[m] = ext_add(ext_add(v[m], v[m + pairs]), ext_mul(difference, turned));
            }
            if (pairs > 1) factor = ext_mul(factor, factor);
        }
        ext_store(target, at, (u64)vectors * FE_LANES, ext_scale_by(v[0], FOLD_SCALE));
    }
}
