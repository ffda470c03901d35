// A Merkle tree, layer by layer: one thread a digest. All layers lie in one array, the leaves' first, the root last.
//
// Bytes: each leaf is read once, each digest written once and read once. Everything else is the hash's.
#include "kernels/hashes/device/hash.h"

FUNCTION void store_digest(GLOBAL u32 *nodes, u64 place, const u32 *digest) {
    UNROLL for (u32 i = 0; i < DIGEST_WORDS; ++i) nodes[place * DIGEST_WORDS + i] = digest[i];
}

FUNCTION void hash_children(GLOBAL u32 *nodes, u64 children, u64 parent) {
    u32 pair[2 * DIGEST_WORDS], digest[DIGEST_WORDS];
    UNROLL for (u32 i = 0; i < 2 * DIGEST_WORDS; ++i) pair[i] = nodes[children * DIGEST_WORDS + i];
    hash_pair(pair, digest);
    store_digest(nodes, parent, digest);
}

KERNEL(hash_leaves, THREADS)(GLOBAL const u8 *leaves, GLOBAL u32 *nodes, u32 count) {
    const u32 i = GLOBAL_ID;
    if (i >= count) return;
    u32 digest[DIGEST_WORDS];
    hash_leaf(leaves + (u64)i * LEAF_BYTES, digest);
    store_digest(nodes, i, digest);
}

// The layer of `count` digests from `parents` on, over the one from `children` on.
KERNEL(hash_layer, THREADS)(GLOBAL u32 *nodes, u64 children, u64 parents, u32 count) {
    const u32 i = GLOBAL_ID;
    if (i < count) hash_children(nodes, children + 2 * (u64)i, parents + i);
}

// All layers over the one of 2 `count` digests from `children` on, `count` at most THREADS, by one group.
KERNEL(hash_top, THREADS)(GLOBAL u32 *nodes, u64 children, u32 count) {
    for (; count > 0; count /= 2) {
        const u64 parents = children + 2 * count;
        if (LOCAL_ID < count) hash_children(nodes, children + 2 * LOCAL_ID, parents + LOCAL_ID);
        GLOBAL_BARRIER();
        children = parents;
    }
}
