// Poseidon2 (eprint 2023/323): what its permutations share.
#define SPONGE_WIDTH POSEIDON2_WIDTH
#define SPONGE_RATE POSEIDON2_RATE
#define SPONGE_LENGTH 0

// Constants of the full rounds before and after the partial ones, a round after another, and one a partial round; as
// the permutation wants them (kernels/hashes/device/poseidon2.py).
CONSTANT word POSEIDON2_FIRST[] = {POSEIDON2_FIRST_CONSTANTS};
CONSTANT word POSEIDON2_PARTIAL[] = {POSEIDON2_PARTIAL_CONSTANTS};
CONSTANT word POSEIDON2_LAST[] = {POSEIDON2_LAST_CONSTANTS};

// The external layer: the circulant of (2, 3, 1, 1) on every 4 lanes, then every lane adds the sum of the lanes equal to
// it modulo 4. `term` is what lanes are here, `add` their sum.
#define POSEIDON2_EXTERNAL_LAYER(term, add, x)                                            \
    UNROLL for (u32 i = 0; i < POSEIDON2_WIDTH; i += 4) {                                 \
        const term first = add(x[i], x[i + 1]), second = add(x[i + 2], x[i + 3]);         \
        const term all = add(first, second);                                              \
        const term with_1 = add(all, x[i + 1]), with_3 = add(all, x[i + 3]);              \
        x[i + 1] = add(with_1, add(x[i + 2], x[i + 2]));                                  \
        x[i + 3] = add(with_3, add(x[i], x[i]));                                          \
        x[i] = add(with_1, first);                                                        \
        x[i + 2] = add(with_3, second);                                                   \
    }                                                                                     \
    UNROLL for (u32 lane = 0; lane < 4; ++lane) {                                         \
        term sum = x[lane];                                                               \
        UNROLL for (u32 i = lane + 4; i < POSEIDON2_WIDTH; i += 4) sum = add(sum, x[i]);  \
        UNROLL for (u32 i = lane; i < POSEIDON2_WIDTH; i += 4) x[i] = add(x[i], sum);     \
    }

#if FE_31
#include "kernels/hashes/device/poseidon2_31.h"
#else
#include "kernels/hashes/device/poseidon2_goldilocks.h"
#endif
