// One operation of a kernel whose loops go by data, for the model of a GPU (kernels/cuda_model.py).
#include "kernels/curves/device/xyzz.h"

typedef struct {
    fe x[2], y;
} point_pair;

// An entry of a bucket's list, as `accumulate` adds it.
KERNEL(add_entries, THREADS)
(GLOBAL const point_pair *points, GLOBAL const u32 *entries, GLOBAL xyzz *sums, u32 count) {
    xyzz sum = sums[GLOBAL_ID];
    for (u32 i = 0; i < count; ++i) {
        const u32 entry = entries[i];
        affine q;
        q.x = points[entry >> 2].x[entry >> 1 & 1];
        q.y = points[entry >> 2].y;
        if (entry & 1) q.y = fe_neg(q.y);
        sum = xyzz_add_affine(sum, q);
    }
    sums[GLOBAL_ID] = sum;
}

// A head of a bucket, as `join_heads` adds it.
KERNEL(add_heads, THREADS)
(GLOBAL const xyzz *heads, GLOBAL const u32 *head_buckets, GLOBAL xyzz *sums, u32 count) {
    xyzz sum = sums[GLOBAL_ID];
    for (u32 i = 0; i < count; ++i) {
        if (head_buckets[i]) sum = xyzz_add(sum, heads[i]);
    }
    sums[GLOBAL_ID] = sum;
}
