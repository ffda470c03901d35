// What a STARK prover does to whole columns between transforms and trees. Columns are `count` arrays of [blocks,
// height] canonical elements; an extension column is DEGREE of them.
//
// Counted for degree 2 (3) and an element: bytes, and products of the base field. A GPU takes 18 instructions for a
// product, 7 for a sum, and 6 for a term of a sum of products that is reduced at its end.
//
//   shift        8 bytes read of a polynomial's first block (a cache holds it for the others) and 8 written; 1 product,
//                and 1 of a row for all columns
//   make_powers  16 (24) bytes written; 4 (9) products
//   evaluate     8 bytes a coefficient and point, powers from a cache; 2 (3) terms
//   combine      8 bytes a column and point; 2 (3) terms, and 10 (15) products a point
//   deep         16 (24) bytes read and written, 32 (48) and 16 (24) for all terms but one; 17 (41) products and
//                72 / STRIP a term
//   divide       32 (48) bytes read, half of them twice, 16 (24) written; 11 (30) products and 72 / STRIP
//   sums         8 bytes of all quotients read, and 4 times 16 (24) of the running sum; no products
//
// On an H200 a byte of memory takes as long as 8 instructions. So shift and sums wait for memory, combine and evaluate
// for both, the others for their products.
#include "kernels/stark/device/elements.h"

// Columns that a group goes through with the same powers.
#define COLUMNS_TOGETHER 16
// Columns whose sums a thread of `evaluate` has in registers.
#define EVALUATED_TOGETHER 2
// Columns of which `combine` reads a row before it needs the first: one read at a time is waited for.
#define LOADED_TOGETHER 4

// Row r of block j of every column times power r of that block's base. A source of one block is read for all blocks.
// Each block has tables of 2^(log_low + 1) powers (power_at).
KERNEL(shift, THREADS)(GLOBAL const fe *source, GLOBAL fe *target, GLOBAL const fe *powers, u32 log_height, u32 log_low,
                       u32 blocks, u32 source_blocks, u32 columns) {
    const u32 first = GROUP_ID_Y * COLUMNS_TOGETHER;
    const u32 last = columns - first < COLUMNS_TOGETHER ? columns : first + COLUMNS_TOGETHER;
    FOR_EACH(i, (blocks << log_height) / FE_LANES) {
        const u32 at = i * FE_LANES, block = at >> log_height, row = at & ((1u << log_height) - 1);
        const fev power = power_at(powers + ((u64)block << (log_low + 1)), log_low, row);
        for (u64 c = first; c < last; ++c) {
            const u64 from = c * source_blocks + (source_blocks > 1 ? block : 0);
            const fev x = load(source, (from << log_height) + row);
            store(target, ((c * blocks) << log_height) + at, fev_mul(x, power));
        }
    }
}

// Powers 0 to height - 1 of an extension element, coordinates `height` apart. `steps` holds the element's powers 0 to
// FE_LANES - 1 (coordinate by coordinate), then what it is to each 2^i, then its power `threads` FE_LANES: a thread has
// every so manieth vector.
KERNEL(make_powers, THREADS)(GLOBAL const fe *steps, GLOBAL fe *powers, u32 vectors, u32 log_height, u32 threads) {
    FOR_EACH(t, threads) {
        ext power = ext_load(steps, 0, FE_LANES);
        GLOBAL const fe *doubled = steps + DEGREE * FE_LANES;
        for (u32 bit = 0, left = t * FE_LANES; left; ++bit, left >>= 1) {
            GLOBAL const fe *c = doubled + bit * DEGREE;
            if (left & 1) power = ext_mul(power, ext_of(c[0], c[1], c[DEGREE - 1]));
        }
        GLOBAL const fe *c = doubled + log_height * DEGREE;
        const ext step = ext_of(c[0], c[1], c[DEGREE - 1]);
        for (u32 i = t; i < vectors; i += threads) {
            ext_store(powers, (u64)i * FE_LANES, (u64)vectors * FE_LANES, power);
            power = ext_mul(power, step);
        }
    }
}

// Polynomials at the point whose powers these are: parts of the sums, [points, groups, columns, DEGREE].
KERNEL(evaluate, THREADS)(GLOBAL const fe *coefficients, GLOBAL const fe *powers, GLOBAL fe *parts, u32 vectors,
                          u32 columns, u32 vectors_of_group, u32 point) {
    LOCAL_ARRAY(fe, sums, EVALUATED_TOGETHER * DEGREE * THREADS);
    const u64 height = (u64)vectors * FE_LANES;
    const u32 first = GROUP_ID_Y * EVALUATED_TOGETHER;
    const u32 start = GROUP_ID * vectors_of_group;
    const u32 end = vectors - start < vectors_of_group ? vectors : start + vectors_of_group;
    ext sum[EVALUATED_TOGETHER];
    UNROLL for (u32 c = 0; c < EVALUATED_TOGETHER; ++c) sum[c] = ext_of(0, 0, 0);
    for (u32 part = start; part < end; part += MOST_PRODUCTS * THREADS) {
        const u32 part_end = end - part < MOST_PRODUCTS * THREADS ? end : part + MOST_PRODUCTS * THREADS;
        products terms[EVALUATED_TOGETHER][DEGREE];
        UNROLL for (u32 c = 0; c < EVALUATED_TOGETHER; ++c) {
            UNROLL for (u32 k = 0; k < DEGREE; ++k) products_clear(&terms[c][k]);
        }
        for (u32 i = part + LOCAL_ID; i < part_end; i += THREADS) {
            const u64 at = (u64)i * FE_LANES;
            limbs power[DEGREE];
            UNROLL for (u32 k = 0; k < DEGREE; ++k) power[k] = limbs_of(load(powers, at + k * height));
            UNROLL for (u32 c = 0; c < EVALUATED_TOGETHER; ++c) {
                // The last columns of all are read again, rather than none.
                const u64 column = first + c < columns ? first + c : columns - 1;
                const fev x = load(coefficients, column * height + at);
                UNROLL for (u32 k = 0; k < DEGREE; ++k) products_add(&terms[c][k], x, power[k]);
            }
        }
        UNROLL for (u32 c = 0; c < EVALUATED_TOGETHER; ++c) {
            UNROLL for (u32 k = 0; k < DEGREE; ++k)
                sum[c].c[k] = fev_add(sum[c].c[k], products_reduced(&terms[c][k]));
        }
    }
    UNROLL for (u32 c = 0; c < EVALUATED_TOGETHER; ++c) {
        UNROLL for (u32 k = 0; k < DEGREE; ++k) sums[(c * DEGREE + k) * THREADS + LOCAL_ID] = fev_total(sum[c].c[k]);
    }
    BARRIER();
    for (u32 reach = THREADS / 2; reach > 0; reach /= 2) {
        if (LOCAL_ID < reach) {
            for (u32 k = 0; k < EVALUATED_TOGETHER * DEGREE; ++k) {
                LOCAL fe *own = sums + k * THREADS + LOCAL_ID;
                own[0] = fe_add(own[0], own[reach]);
            }
        }
        BARRIER();
    }
    for (u32 k = LOCAL_ID; k < EVALUATED_TOGETHER * DEGREE; k += THREADS) {
        const u64 part = (u64)point * GROUP_COUNT + GROUP_ID;
        if (first + k / DEGREE < columns) parts[(part * columns + first) * DEGREE + k] = sums[k * THREADS];
    }
}

typedef struct ALIGNED(16) {
    u32 of[4];  // the last one of no consequence
} weight_limbs;

// The sum of columns by extension weights; there are weights for a multiple of LOADED_TOGETHER columns. `more` adds
// the sum to what the target holds.
KERNEL(combine, THREADS)(GLOBAL const fe *source, GLOBAL const weight_limbs *weights, GLOBAL fe *target, u32 vectors,
                         u32 columns, u32 more) {
    FOR_EACH(i, vectors) {
        const u64 points = (u64)vectors * FE_LANES, at = (u64)i * FE_LANES;
        ext sum = more ? ext_load(target, at, points) : ext_of(0, 0, 0);
        for (u32 part = 0; part < columns; part += MOST_PRODUCTS) {
            const u32 part_end = columns - part < MOST_PRODUCTS ? columns : part + MOST_PRODUCTS;
            products terms[DEGREE];
            UNROLL for (u32 k = 0; k < DEGREE; ++k) products_clear(&terms[k]);
            for (u32 c = part; c < part_end; c += LOADED_TOGETHER) {
                fev x[LOADED_TOGETHER];
                GLOBAL const fe *from = source + (c * points + at);
                UNROLL for (u32 m = 0; m < LOADED_TOGETHER; ++m)
                    x[m] = c + m < part_end ? load(from, m * points) : fev_broadcast(0);
                UNROLL for (u32 m = 0; m < LOADED_TOGETHER; ++m) {
                    UNROLL for (u32 k = 0; k < DEGREE; ++k) {
                        const weight_limbs weight = weights[(c + m) * DEGREE + k];
                        limbs l;
                        UNROLL for (u32 i = 0; i < 3; ++i) l.of[i] = fev_broadcast(weight.of[i]);
                        products_add(&terms[k], x[m], l);
                    }
                }
            }
            UNROLL for (u32 k = 0; k < DEGREE; ++k) sum.c[k] = fev_add(sum.c[k], products_reduced(&terms[k]));
        }
        ext_store(target, at, points, sum);
    }
}

// The sum of two extension columns on the domain of the higher one: rows of the other come again.
KERNEL(lift_and_add, THREADS)(GLOBAL const fe *high, GLOBAL const fe *low, GLOBAL fe *target, u32 vectors,
                              u32 log_height, u32 log_low_height, u32 blocks) {
    FOR_EACH(i, vectors) {
        const u32 at = i * FE_LANES, block = at >> log_height, row = at & ((1u << log_low_height) - 1);
        const ext a = ext_load(high, at, (u64)blocks << log_height);
        const ext b = ext_load(low, ((u64)block << log_low_height) + row, (u64)blocks << log_low_height);
        ext_store(target, at, (u64)blocks << log_height, ext_add(a, b));
    }
}

// weight (column - value) / (X - point) at every point X of the domain, which has rows 2^log_height; the column may
// have fewer. A thread has STRIP vectors, `threads` apart, for which it inverts once: the norms of X - point.
KERNEL(deep, THREADS)(GLOBAL const fe *column, GLOBAL fe *target, GLOBAL const fe *roots, GLOBAL const fe *starts,
                      u32 log_low, u32 log_height, u32 log_column, u32 blocks, u32 threads, u32 more, u64 point_0,
                      u64 point_1, u64 point_2, u64 value_0, u64 value_1, u64 value_2, u64 weight_0, u64 weight_1,
                      u64 weight_2) {
    const ext point = ext_of(point_0, point_1, point_2), value = ext_of(value_0, value_1, value_2);
    const ext weight = ext_of(weight_0, weight_1, weight_2);
    const u32 vectors = (blocks << log_height) / FE_LANES, mask = (1u << log_height) - 1;
    FOR_EACH(t, threads) {
        fev x[STRIP], inverse[STRIP];
        UNROLL_ON_GPU for (u32 m = 0; m < STRIP; ++m) {
            const u32 i = t + m * threads, at = (i < vectors ? i : t) * FE_LANES;
            x[m] = fev_sub(scaled_power_at(roots, log_low, at & mask, starts[at >> log_height]), point.c[0]);
            ext below = ext_sub(ext_of(0, 0, 0), point);
            below.c[0] = x[m];
            ext_conjugates(below, &inverse[m]);
        }
        invert_strip(inverse);
        UNROLL_ON_GPU for (u32 m = 0; m < STRIP; ++m) {
            const u32 i = t + m * threads;
            if (i < vectors) {
                const u32 at = i * FE_LANES, block = at >> log_height, row = at & ((1u << log_column) - 1);
                ext below = ext_sub(ext_of(0, 0, 0), point);
                below.c[0] = x[m];
                fev norm;
                below = ext_scale(ext_conjugates(below, &norm), inverse[m]);
                const u64 from = ((u64)block << log_column) + row;
                const ext above = ext_sub(ext_load(column, from, (u64)blocks << log_column), value);
                ext sum = ext_mul(ext_mul(above, below), weight);
                const u64 points = (u64)vectors * FE_LANES;
                if (more) sum = ext_add(sum, ext_load(target, at, points));
                ext_store(target, at, points, sum);
            }
        }
    }
}

// Quotients of extension columns, element by element. A thread has STRIP vectors, `threads` apart, for which it inverts
// once. Where a denominator is zero, a word of `sums` becomes 1.
KERNEL(divide, THREADS)(GLOBAL const fe *numerators, GLOBAL const fe *denominators, GLOBAL fe *quotients,
                        GLOBAL u64 *sums, u32 found_zero, u32 vectors, u32 log_height, u32 threads) {
    const u64 height = U64(1) << log_height;
    FOR_EACH(t, threads) {
        fev inverse[STRIP];
        UNROLL_ON_GPU for (u32 m = 0; m < STRIP; ++m) {
            const u32 i = t + m * threads;
            const u64 at = (u64)(i < vectors ? i : t) * FE_LANES;
            const u64 from = (at >> log_height) * height * DEGREE + (at & (height - 1));
            ext_conjugates(ext_load(denominators, from, height), &inverse[m]);
        }
        if (fev_has_zero(invert_strip(inverse))) sums[found_zero] = 1;
        UNROLL_ON_GPU for (u32 m = 0; m < STRIP; ++m) {
            const u32 i = t + m * threads;
            if (i < vectors) {
                const u64 at = (u64)i * FE_LANES;
                const u64 from = (at >> log_height) * height * DEGREE + (at & (height - 1));
                fev norm;
                const ext conjugates = ext_conjugates(ext_load(denominators, from, height), &norm);
                const ext quotient = ext_mul(ext_load(numerators, from, height), conjugates);
                ext_store(quotients, from, height, ext_scale(quotient, inverse[m]));
            }
        }
    }
}

// The sum of `count` extension columns, row by row, to the one behind them.
KERNEL(sum_columns, THREADS)(GLOBAL fe *columns, u32 vectors, u32 count) {
    FOR_EACH(i, vectors) {
        const u64 height = (u64)vectors * FE_LANES, at = (u64)i * FE_LANES;
        ext sum = ext_of(0, 0, 0);
        for (u32 c = 0; c < count; ++c) sum = ext_add(sum, ext_load(columns, c * DEGREE * height + at, height));
        ext_store(columns, count * DEGREE * height + at, height, sum);
    }
}

// Running sums in three steps, one coordinate a group in the second dimension: the sum of each run of rows; what comes
// before each run; and the rows' own; of the columns from element `first` on. There are no products here but one a run.
KERNEL(sum_runs, THREADS)(GLOBAL const fe *columns, GLOBAL fe *sums, u64 first, u32 runs, u32 rows_of_run) {
    GLOBAL const fe *values = columns + first + (u64)GROUP_ID_Y * runs * rows_of_run;
    FOR_EACH(i, runs) {
        fe sum = 0;
        for (u32 row = 0; row < rows_of_run; ++row) sum = fe_add(sum, values[(u64)i * rows_of_run + row]);
        sums[(u64)i * DEGREE + GROUP_ID_Y] = sum;
    }
}
// Sums of all runs before, and behind them the sum of all; by one group.
KERNEL(scan_runs, THREADS)(GLOBAL fe *sums, u32 runs) {
    LOCAL_ARRAY(fe, before, THREADS);
    GLOBAL fe *own = sums + GROUP_ID_Y;
    const u32 each = (runs + THREADS - 1) / THREADS;
    const u32 start = LOCAL_ID * each < runs ? LOCAL_ID * each : runs;
    const u32 end = runs - start < each ? runs : start + each;
    fe sum = 0;
    for (u32 i = start; i < end; ++i) sum = fe_add(sum, own[(u64)i * DEGREE]);
    before[LOCAL_ID] = sum;
    BARRIER();
    if (LOCAL_ID == 0) {
        fe all = 0;
        for (u32 i = 0; i < THREADS; ++i) {
            const fe next = fe_add(all, before[i]);
            before[i] = all;
            all = next;
        }
        own[(u64)runs * DEGREE] = all;
    }
    BARRIER();
    sum = before[LOCAL_ID];
    for (u32 i = start; i < end; ++i) {
        const fe next = fe_add(sum, own[(u64)i * DEGREE]);
        own[(u64)i * DEGREE] = sum;
        sum = next;
    }
}
// Each row becomes the sum of those before, less the row's share of the sum of all.
KERNEL(run_sums, THREADS)(GLOBAL fe *columns, GLOBAL const fe *sums, u64 first, u32 runs, u32 rows_of_run,
                          u64 inverse_height) {
    GLOBAL fe *values = columns + first + (u64)GROUP_ID_Y * runs * rows_of_run;
    GLOBAL const fe *own = sums + GROUP_ID_Y;
    const fe share = fe_mul(own[(u64)runs * DEGREE], inverse_height);
    FOR_EACH(i, runs) {
        fe sum = fe_sub(own[(u64)i * DEGREE], fe_mul(share, (u64)i * rows_of_run));
        for (u32 row = 0; row < rows_of_run; ++row) {
            const u64 at = (u64)i * rows_of_run + row;
            const fe next = fe_add(sum, fe_sub(values[at], share));
            values[at] = sum;
            sum = next;
        }
    }
}
