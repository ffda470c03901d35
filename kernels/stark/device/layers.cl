// A Merkle tree above its leaves, layer by layer, and grinding with the same hash.
//
// Bytes: every digest is read once and written once, 32 bytes each; of a layer into which shorter matrices come twice.
// All else is the hash's, one compression or permutation a digest.
#include "kernels/hashes/device/hash.h"
#include "kernels/stark/device/items.h"

// The parents of `count` pairs, LANES at the most.
FUNCTION void hash_pairs_at(GLOBAL const u8 *children, GLOBAL u8 *parents, u32 log_apart, u32 count) {
    words digest[ROW_WORDS];
    hash_pair(rows_at(children, 2 * ROW_BYTES, count - 1), digest);
    if (log_apart == 0) {
        store_row(digest, parents, count);
        return;
    }
#if LANES == 1
    store_row(digest, parents, 1);
#else
    for (u32 k = 0; k < count; ++k) {
        GLOBAL word *to = (GLOBAL word *)(parents + ((u64)k << log_apart) * ROW_BYTES);
        for (u32 w = 0; w < ROW_WORDS; ++w) to[w] = ((const word *)&digest[w])[k];
    }
#endif
}

// The parents of neighbours in `children`, from digest `from` on, to `parents` from `to` on: 2^log_apart from each
// other, where others come between them.
KERNEL(hash_layer, THREADS)(GLOBAL const u8 *children, GLOBAL u8 *parents, u64 from, u64 to, u32 pairs, u32 log_apart) {
    FOR_EACH(i, (pairs + LANES - 1) / LANES) {
        const u64 at = (u64)i * LANES;
        const u32 here = pairs - at < LANES ? (u32)(pairs - at) : LANES;
        hash_pairs_at(children + (from + 2 * at) * ROW_BYTES, parents + (to + (at << log_apart)) * ROW_BYTES, log_apart,
                      here);
    }
}

// `layers` layers over the one of 2 `pairs` digests from `from` on, each behind the one before, by one group.
KERNEL(hash_top, THREADS)(GLOBAL u8 *nodes, u64 from, u32 pairs, u32 layers) {
    for (; layers > 0; --layers, pairs /= 2) {
        const u64 to = from + 2 * pairs;
        for (u32 at = LOCAL_ID * LANES; at < pairs; at += THREADS * LANES) {
            const u32 here = pairs - at < LANES ? pairs - at : LANES;
            hash_pairs_at(nodes + (from + 2 * at) * ROW_BYTES, nodes + (to + at) * ROW_BYTES, 0, here);
        }
        GLOBAL_BARRIER();
        from = to;
    }
}

#if HASH_BLAKE3
FUNCTION void hash_seed_and_nonce(GLOBAL const word *seed, u64 nonce, words *digest) {
    words block[16];
    UNROLL for (u32 i = 0; i < 16; ++i) block[i] = (words)(i < 8 ? seed[i & 7] : 0);
    UNROLL for (u32 i = 0; i < LANES; ++i) {
        ((word *)&block[8])[i] = (u32)(nonce + i);
        ((word *)&block[9])[i] = (u32)((nonce + i) >> 32);
    }
    blake3_start(digest);
    blake3_compress(digest, block, 0, 40, BLAKE3_CHUNK_START | BLAKE3_CHUNK_END | BLAKE3_ROOT);
}
#else
FUNCTION void hash_seed_and_nonce(GLOBAL const word *seed, u64 nonce, words *digest) {
    words state[SPONGE_WIDTH];
    UNROLL for (u32 i = 0; i < SPONGE_WIDTH; ++i) state[i] = (words)(i < 4 ? seed[i & 3] : 0);
    UNROLL for (u32 i = 0; i < LANES; ++i) ((word *)&state[4])[i] = nonce + i;
#if SPONGE_LENGTH
    state[SPONGE_RATE] = (words)(5);
#endif
    sponge_permute(state);
    UNROLL for (u32 i = 0; i < ROW_WORDS; ++i) digest[i] = sponge_digest(state[i]);
}
#endif

// Of nonces `first` to `first` + `count`, LANES an item, the least that each item finds, counted from `first`; all ones
// where there is none.
KERNEL(grind, THREADS)(GLOBAL const word *seed, GLOBAL u32 *found, u64 first, u32 items, u32 count, u64 mask) {
    const u32 item = GLOBAL_ID;
    if (item >= items) return;
    found[item] = ~0u;
    if (item >= count / LANES) return;
    words digest[ROW_WORDS];
    hash_seed_and_nonce(seed, first + item * LANES, digest);
    for (u32 lane = LANES; lane-- > 0;) {
#if WORD_BITS == 32
        const u64 high = ((const word *)&digest[1])[lane];
        const u64 value = high << 32 | ((const word *)&digest[0])[lane];
#else
        const u64 value = ((const word *)&digest[0])[lane];
#endif
        if ((value & mask) == 0) found[item] = item * LANES + lane;
    }
}
