// A Merkle tree, layer by layer: one thread a digest.
//
// Bytes: each leaf is read once, each digest written once and read once. Everything else is the hash's.
#include "kernels/merkle/device/nodes.h"

KERNEL(hash_leaves, THREADS)(GLOBAL const u8 *leaves, GLOBAL u8 *nodes, u32 count) {
    const u32 i = GLOBAL_ID;
    if (i < count) hash_leaves_at(leaves + (u64)i * LEAF_BYTES, nodes + (u64)i * ROW_BYTES, 1);
}

// The layer of `count` digests from `parents` on, over the one from `children` on.
KERNEL(hash_layer, THREADS)(GLOBAL u8 *nodes, u64 children, u64 parents, u32 count) {
    const u32 i = GLOBAL_ID;
    if (i < count) hash_pairs_at(nodes + (children + 2 * (u64)i) * ROW_BYTES, nodes + (parents + i) * ROW_BYTES, 1);
}

// All layers over the one of 2 `count` digests from `children` on, `count` at most THREADS, by one group.
KERNEL(hash_top, THREADS)(GLOBAL u8 *nodes, u64 children, u32 count) {
    for (; count > 0; count /= 2) {
        const u64 parents = children + 2 * count;
        if (LOCAL_ID < count)
            hash_pairs_at(nodes + (children + 2 * LOCAL_ID) * ROW_BYTES, nodes + (parents + LOCAL_ID) * ROW_BYTES, 1);
        GLOBAL_BARRIER();
        children = parents;
    }
}
