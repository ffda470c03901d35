// A Merkle tree for devices with few threads, processors that is: a work item hashes a range of a layer, LANES digests
// at once, and the layers above it while they are in its cache.
//
// Launches are few: each takes a processor's driver as long as hundreds of digests.
#include "kernels/merkle/device/nodes.h"

// Ranges of `range` nodes of the layer of `size` nodes from `first` on, and `levels` layers above each.
KERNEL(hash_subtrees, 1)(GLOBAL const u8 *leaves, GLOBAL u8 *nodes, u64 first, u64 size, u32 range, u32 levels,
                         u32 of_leaves) {
    u64 at = (u64)GROUP_ID * range;
    u32 count = range;
    if (of_leaves) {
        for (u32 i = 0; i < count; i += LANES) {
            const u32 here = count - i < LANES ? count - i : LANES;
            hash_leaves_at(leaves + (at + i) * LEAF_BYTES, nodes + (first + at + i) * ROW_BYTES, here);
        }
    }
    for (; levels > 0; --levels) {
        GLOBAL const u8 *children = nodes + (first + at) * ROW_BYTES;
        first += size;
        size /= 2, at /= 2, count /= 2;
        for (u32 i = 0; i < count; i += LANES) {
            const u32 here = count - i < LANES ? count - i : LANES;
            hash_pairs_at(children + 2 * (u64)i * ROW_BYTES, nodes + (first + at + i) * ROW_BYTES, here);
        }
    }
}
