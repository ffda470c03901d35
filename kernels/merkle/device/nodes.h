// Digests of a tree in memory: ROW_BYTES bytes each, all layers in one array, the leaves' first, the root last.
#include "kernels/hashes/device/hash.h"

// The digests of `count` leaves, LANES at the most.
FUNCTION void hash_leaves_at(GLOBAL const u8 *leaves, GLOBAL u8 *digests, u32 count) {
    words digest[ROW_WORDS];
    hash_leaf(rows_at(leaves, LEAF_BYTES, count - 1), digest);
    store_row(digest, digests, count);
}

// The parents of `count` pairs, LANES at the most.
FUNCTION void hash_pairs_at(GLOBAL const u8 *children, GLOBAL u8 *parents, u32 count) {
    words digest[ROW_WORDS];
    hash_pair(rows_at(children, 2 * ROW_BYTES, count - 1), digest);
    store_row(digest, parents, count);
}
