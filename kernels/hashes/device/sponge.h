// Sponge and compression of algebraic hashes, for a permutation of SPONGE_WIDTH elements that takes in SPONGE_RATE.
//
// Elements of Montgomery fields enter with a product and stay in that form. A permutation's file has:
//
//   sponge_permute(state)
//   sponge_element(x)  a canonical word of a leaf to what the state holds; sponge_digest(x): to a digest's
//   SPONGE_LENGTH      1 if the message's length modulo the rate starts the capacity, and zeros fill the last block;
//                      0 if what a short last block does not replace stays

#if FE_GOLDILOCKS
#include "kernels/hashes/device/goldilocks_halves.h"
#endif
#if POSEIDON2_WIDTH
#include "kernels/hashes/device/poseidon2.h"
#else
#include "kernels/hashes/device/rpo256.h"
#endif

#define LEAF_WORDS (LEAF_BYTES / (WORD_BITS / 8))

FUNCTION void hash_leaf(rows leaves, words *digest) {
    words state[SPONGE_WIDTH];
    UNROLL for (u32 i = 0; i < SPONGE_WIDTH; ++i) state[i] = (words)(0);
#if SPONGE_LENGTH
    state[SPONGE_RATE] = (words)(LEAF_WORDS % SPONGE_RATE);
#endif
    for (u32 at = 0; at < LEAF_WORDS; at += SPONGE_RATE) {
        UNROLL for (u32 i = 0; i < SPONGE_RATE; i += ROW_WORDS) {
            words x[ROW_WORDS];
            message_row(leaves, at + i, x);
            UNROLL for (u32 k = 0; k < ROW_WORDS; ++k) {
                if (at + i + k < LEAF_WORDS) state[i + k] = sponge_element(x[k]);
#if SPONGE_LENGTH
                else state[i + k] = (words)(0);
#endif
            }
        }
        sponge_permute(state);
    }
    UNROLL for (u32 i = 0; i < ROW_WORDS; ++i) digest[i] = sponge_digest(state[i]);
}

FUNCTION void hash_pair(rows pairs, words *digest) {
    words pair[2 * ROW_WORDS];
    load_pair(pairs, pair);
    words state[SPONGE_WIDTH];
    UNROLL for (u32 i = 0; i < 2 * ROW_WORDS; ++i) state[i] = pair[i];
    UNROLL for (u32 i = 2 * ROW_WORDS; i < SPONGE_WIDTH; ++i) state[i] = (words)(0);
    sponge_permute(state);
    UNROLL for (u32 i = 0; i < ROW_WORDS; ++i) digest[i] = sponge_digest(state[i]);
}
