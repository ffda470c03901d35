// Multi-scalar multiplication: Pippenger's algorithm over the halves of the scalars.
//
// 1. prepare_points   points in Montgomery form, and the x of their images under the endomorphism
// 2. count_digits     how many points each bucket of each window has
//    sum_chunks, scan_chunks   where each bucket's list begins
//    sort_digits      the lists: places within one are taken as they come, the sum being the same in any order
// 3. accumulate       as many entries a thread, whatever the buckets: a bucket that begins in a thread's part is written
//                     by this thread, what continues one from before is a head
//    join_heads       heads, several times, until none is left
// 4. reduce_buckets   sum of b S_b over some neighbouring buckets; move_runs, fold_points, combine_windows: all of them
//
// Multiplications: 10 for each digit that is not zero, 28 a bucket and up to 23 c a run of buckets for the reduction.
// Bytes: a digit's entry is written and read (8), its point read (3 field elements of a struct of 3); scalars twice.
//
// With a fixed base there are 2^(c w) P_i prepared for every window w (multiply_points), behind one another: all windows
// then share one window's buckets (bucket_stride is 0, and point_stride the number of points; else 2^(c-1) and 0).
#include "kernels/curves/device/xyzz.h"
#include "kernels/msm/device/digits.h"

#define NO_BUCKET 0xffffffffu
#define CHUNK 64u

CONSTANT limb ENDOMORPHISM_BETA[FE_LIMBS] = {FE_CONSTANT(ENDOMORPHISM_BETA)};

// x, y and the image's x.
typedef struct {
    fe x[2], y;
} point_pair;

FUNCTION point_pair pair_of(fe x, fe y) {
    point_pair pair;
    fe beta;
    UNROLL for (u32 j = 0; j < FE_LIMBS; ++j) beta.limbs[j] = ENDOMORPHISM_BETA[j];
    pair.x[0] = x;
    pair.x[1] = fe_mul(x, beta);
    pair.y = y;
    return pair;
}

KERNEL(prepare_points, THREADS)(GLOBAL const affine *points, GLOBAL point_pair *prepared, u32 count) {
    const u32 i = GLOBAL_ID;
    if (i < count) prepared[i] = pair_of(fe_from_canonical(points[i].x), fe_from_canonical(points[i].y));
}

// prepared[to + i] = 2^bits prepared[to - count + i]; a thread has one inversion for SHARED points.
#define SHARED 8u
KERNEL(multiply_points, THREADS)(GLOBAL point_pair *prepared, u32 count, u32 to, u32 bits) {
    const u32 first = GLOBAL_ID * SHARED;
    if (first >= count) return;
    const u32 some = count - first < SHARED ? count - first : SHARED;
    xyzz multiples[SHARED];
    fe products[SHARED], product = fe_one();
    for (u32 i = 0; i < some; ++i) {
        const point_pair pair = prepared[to - count + first + i];
        affine p;
        p.x = pair.x[0];
        p.y = pair.y;
        multiples[i] = xyzz_of(p);
        for (u32 bit = 0; bit < bits; ++bit) multiples[i] = xyzz_double(multiples[i]);
        products[i] = product;
        if (!xyzz_is_infinity(multiples[i])) product = fe_mul(product, multiples[i].zzz);
    }
    fe inverse = fe_inv(product);
    for (u32 i = some; i-- > 0;) {
        const xyzz p = multiples[i];
        if (xyzz_is_infinity(p)) {
            prepared[to + first + i] = pair_of(fe_zero(), fe_zero());
            continue;
        }
        // 1 / ZZ = (ZZ / ZZZ)^2 because ZZ^3 = ZZZ^2.
        const fe zzz_inverse = fe_mul(inverse, products[i]), z_inverse = fe_mul(p.zz, zzz_inverse);
        prepared[to + first + i] = pair_of(fe_mul(p.x, fe_sqr(z_inverse)), fe_mul(p.y, zzz_inverse));
        inverse = fe_mul(inverse, p.zzz);
    }
}

FUNCTION void halves_of(GLOBAL const u32 *scalars, u32 i, half_scalar *halves) {
    u32 k[8];
    UNROLL for (u32 j = 0; j < 8; ++j) k[j] = scalars[8 * (u64)i + j];
    split_scalar(k, halves);
}

// For every digit of a scalar that is not zero: `bucket` counts through all windows.
#define FOR_DIGITS(scalars, i, action)                                                      \
    {                                                                                       \
        half_scalar halves[2];                                                              \
        u32 carries[2] = {0, 0};                                                            \
        halves_of(scalars, i, halves);                                                      \
        for (u32 window = 0; window < windows; ++window) {                                  \
            UNROLL for (u32 second = 0; second < 2; ++second) {                                   \
                u32 negative;                                                               \
                const u32 digit = next_digit(&halves[second], bits, &carries[second], &negative); \
                const u32 bucket = window * bucket_stride + digit - 1;                      \
                if (digit) action;                                                          \
            }                                                                               \
        }                                                                                   \
    }

KERNEL(count_digits, THREADS)(GLOBAL const u32 *scalars, GLOBAL u32 *counts, u32 count, u32 bits, u32 windows,
                               u32 bucket_stride) {
    const u32 i = GLOBAL_ID;
    if (i < count) FOR_DIGITS(scalars, i, ATOMIC_ADD(&counts[bucket], 1u))
}

// An entry: the point's index, which half, whether to subtract. `ends` begins as the lists' beginnings.
KERNEL(sort_digits, THREADS)
(GLOBAL const u32 *scalars, GLOBAL u32 *ends, GLOBAL u32 *entries, u32 count, u32 bits, u32 windows,
 u32 bucket_stride, u32 point_stride) {
    const u32 i = GLOBAL_ID;
    if (i < count)
        FOR_DIGITS(scalars, i,
                   entries[ATOMIC_ADD(&ends[bucket], 1u)] = (i + window * point_stride) << 2 | second << 1 | negative)
}

KERNEL(sum_chunks, THREADS)(GLOBAL const u32 *values, GLOBAL u32 *sums, u32 count) {
    const u32 i = GLOBAL_ID;
    if (i >= (count + CHUNK - 1) / CHUNK) return;
    u32 sum = 0;
    for (u32 j = i * CHUNK; j < count && j < (i + 1) * CHUNK; ++j) sum += values[j];
    sums[i] = sum;
}

// values[j] becomes the sum of those before it; `sums` already are so for the chunks.
KERNEL(scan_chunks, THREADS)(GLOBAL u32 *values, GLOBAL const u32 *sums, u32 count, u32 first) {
    const u32 i = GLOBAL_ID;
    if (i >= (count + CHUNK - 1) / CHUNK) return;
    u32 sum = first ? 0 : sums[i];
    for (u32 j = i * CHUNK; j < count && j < (i + 1) * CHUNK; ++j) {
        const u32 value = values[j];
        values[j] = sum;
        sum += value;
    }
}

// `ends` are the lists' ends: that of a bucket is the next one's beginning, and the first list begins at 0.
KERNEL(accumulate, THREADS)
(GLOBAL const point_pair *points, GLOBAL const u32 *entries, GLOBAL const u32 *ends, GLOBAL xyzz *buckets,
 GLOBAL xyzz *heads, GLOBAL u32 *head_buckets, u32 length, u32 parts, u32 bucket_count) {
    const u32 part = GLOBAL_ID;
    if (part >= parts) return;
    const u32 total = ends[bucket_count - 1];
    u32 i = part * length;
    if (i >= total) {
        head_buckets[part] = NO_BUCKET;
        return;
    }
    const u32 end = total - i < length ? total : i + length;
    // The first bucket whose list ends beyond i.
    u32 bucket = 0;
    for (u32 most = bucket_count - 1; bucket < most;) {
        const u32 middle = (bucket + most) / 2;
        if (ends[middle] > i) most = middle;
        else bucket = middle + 1;
    }
    u32 is_head = (bucket ? ends[bucket - 1] : 0) < i;
    u32 bucket_end = ends[bucket];
    head_buckets[part] = is_head ? bucket : NO_BUCKET;
    xyzz sum = xyzz_infinity();
    for (; i < end; ++i) {
        if (i == bucket_end) {
            if (is_head) heads[part] = sum;
            else buckets[bucket] = sum;
            is_head = 0;
            sum = xyzz_infinity();
            do bucket_end = ends[++bucket];
            while (bucket_end == i);
        }
        const u32 entry = entries[i];
        affine q;
        q.x = points[entry >> 2].x[entry >> 1 & 1];
        q.y = points[entry >> 2].y;
        if (entry & 1) q.y = fe_neg(q.y);
        sum = xyzz_add_affine(sum, q);
    }
    if (is_head) heads[part] = sum;
    else buckets[bucket] = sum;
}

// Runs of heads of one bucket: where a run begins its sum goes to the bucket, what continues one is a head again.
KERNEL(join_heads, THREADS)
(GLOBAL const xyzz *heads, GLOBAL const u32 *head_buckets, GLOBAL xyzz *buckets, GLOBAL xyzz *next_heads,
 GLOBAL u32 *next_buckets, u32 length, u32 count) {
    const u32 part = GLOBAL_ID;
    if (part >= (count + length - 1) / length) return;
    u32 i = part * length;
    const u32 end = count - i < length ? count : i + length;
    u32 run = head_buckets[i];
    u32 is_head = i && run != NO_BUCKET ? head_buckets[i - 1] == run : 0;
    next_buckets[part] = is_head ? run : NO_BUCKET;
    xyzz sum = xyzz_infinity();
    for (;; ++i) {
        const u32 bucket = i < end ? head_buckets[i] : NO_BUCKET;
        if (bucket != run || i == end) {
            if (run != NO_BUCKET) {
                if (is_head) next_heads[part] = sum;
                else buckets[run] = xyzz_add(buckets[run], sum);
            }
            is_head = 0;
            run = bucket;
            sum = xyzz_infinity();
        }
        if (i == end) break;
        if (bucket != NO_BUCKET) sum = xyzz_add(sum, heads[i]);
    }
}

// The sum of (b + 1) S_b over the buckets b of each window, in runs of 2^log_run a thread, 2^log_runs a window: first
// as though each run began at 0, and the run's plain sum. A thread has no registers for both sums and an addition.
KERNEL(reduce_buckets, THREADS)
(GLOBAL const xyzz *buckets, GLOBAL xyzz *sums, GLOBAL xyzz *plain_sums, u32 log_run, u32 count) {
    const u32 i = GLOBAL_ID;
    if (i >= count) return;
    xyzz running = xyzz_infinity();
    sums[i] = running;
    for (u32 j = 1u << log_run; j-- > 0;) {
        running = xyzz_add(running, buckets[((u64)i << log_run) + j]);
        // Written every time: a compiler that cannot tell the arrays apart does not keep sums[i] in registers.
        plain_sums[i] = running;
        sums[i] = xyzz_add(sums[i], running);
    }
}

// Each bucket (i mod runs) 2^log_run times more.
KERNEL(move_runs, THREADS)
(GLOBAL xyzz *sums, GLOBAL const xyzz *plain_sums, u32 log_run, u32 log_runs, u32 count) {
    const u32 i = GLOBAL_ID;
    if (i >= count) return;
    const u32 place = i & ((1u << log_runs) - 1);
    xyzz moved = xyzz_infinity();
    for (u32 bit = log_runs; bit-- > 0;) {
        moved = xyzz_double(moved);
        if (place >> bit & 1) moved = xyzz_add(moved, plain_sums[i]);
    }
    for (u32 bit = 0; bit < log_run; ++bit) moved = xyzz_double(moved);
    sums[i] = xyzz_add(sums[i], moved);
}

KERNEL(fold_points, THREADS)(GLOBAL const xyzz *points, GLOBAL xyzz *sums, u32 length, u32 count) {
    const u32 i = GLOBAL_ID;
    if (i >= count) return;
    xyzz sum = points[(u64)i * length];
    for (u32 j = 1; j < length; ++j) sum = xyzz_add(sum, points[(u64)i * length + j]);
    sums[i] = sum;
}

KERNEL(combine_windows, 1)(GLOBAL const xyzz *sums, GLOBAL xyzz *result, u32 bits, u32 windows) {
    xyzz sum = sums[windows - 1];
    for (u32 window = windows - 1; window-- > 0;) {
        for (u32 bit = 0; bit < bits; ++bit) sum = xyzz_double(sum);
        sum = xyzz_add(sum, sums[window]);
    }
    *result = sum;
}
