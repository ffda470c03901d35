// The number-theoretic transform in passes of radix R = 2^log_rows each (Stockham's self-sorting form).
//
// n / R columns of R elements, n / R apart: a pass transforms each column, multiplies element k of it by a factor from
// a table (the twiddle, with coset shift and scale in it), and writes it where the next pass reads columns again. With s
// the product of the radices before, column j = p s + q goes to (p R + k) s + q; after the last pass the order is
// natural. A group holds a tile of R rows and 2^log_columns columns, and goes through it in steps of radix 8 (2^LOG_RADIX)
// in registers. Where neighbours in memory are rows, not columns (the first pass's output, bit-reversed order, columns
// of one transform each), the tile is read or written as a whole in the order of memory.
//
// Values are canonical and stay so: in Montgomery's form are the factors alone, and x t = mul(x, t R).
//
// Counted for each element and pass: one product for the table, (1 - 1/8) a step but the last one's, and for fields
// where the 8th roots are no shifts 5/8 a step more. Bytes: an element is read and written once, the table read once.
#include "kernels/fields/device/field.h"
#include "kernels/ntt/device/butterflies.h"

#define LOAD_ROWS 1u
#define STORE_ROWS 2u
#define BIT_REVERSED_INPUT 4u
#define BIT_REVERSED_OUTPUT 8u
#define WITH_ROW_FACTORS 16u
#define WITH_TABLE 32u

FUNCTION u32 reversed(u32 x, u32 bits) { return bits ? BIT_REVERSE32(x) >> (32 - bits) : 0; }

// Where a tile's element lies. On GPUs the upper bits are folded onto the bank's, so that neither neighbouring columns
// nor rows at a distance of a power of two meet in a bank.
#if DEVICE_CPU
#define TILE_PLACE(i) (i)
#else
#define TILE_PLACE(i) ((i) ^ (((i) >> 5 ^ (i) >> 10) & 31))
#endif

// A vector of neighbouring elements, or as many of them as a short transform has.
FUNCTION void load_block(fev *v, GLOBAL const fe *from, u32 log_block) {
    if (log_block == LOG_LANES) {
        *v = *(GLOBAL const fev *)from;
    } else {
        for (u32 i = 0; i < 1u << log_block; ++i) ((fe *)v)[i] = from[i];
    }
}
FUNCTION void store_block(GLOBAL fe *to, fev v, u32 log_block) {
    if (log_block == LOG_LANES) {
        *(GLOBAL fev *)to = v;
    } else {
        for (u32 i = 0; i < 1u << log_block; ++i) to[i] = ((const fe *)&v)[i];
    }
}

typedef struct {
    u32 log_size, log_rows, log_columns;
    u32 log_before;   // of s
    u32 table_shift;  // the table's column is p s + q >> this
    u32 flags;
    u32 columns;      // of all transforms together, up to the last of this launch
} Pass;

// Where row `row` of column `column` is read, and where its transform's element k is written.
FUNCTION u64 source_place(const Pass *pass, u32 row, u32 column) {
    const u32 log_apart = pass->log_size - pass->log_rows;
    const u32 j = column & ((1u << log_apart) - 1);
    return ((u64)(column >> log_apart) << pass->log_size) + (row << log_apart) + j;
}
FUNCTION u64 target_place(const Pass *pass, u32 k, u32 column) {
    const u32 log_apart = pass->log_size - pass->log_rows;
    const u32 j = column & ((1u << log_apart) - 1);
    const u32 q = j & ((1u << pass->log_before) - 1), p = j >> pass->log_before;
    return ((u64)(column >> log_apart) << pass->log_size) + (((p << pass->log_rows) + k) << pass->log_before) + q;
}
// The same where a column's rows are neighbours, from the place-th on.
FUNCTION u64 block_place(const Pass *pass, u32 place, u32 column, u32 bit_reversed) {
    const u32 log_apart = pass->log_size - pass->log_rows;
    const u32 j = column & ((1u << log_apart) - 1);
    return ((u64)(column >> log_apart) << pass->log_size) +
           ((bit_reversed ? reversed(j, log_apart) : j) << pass->log_rows) + place;
}

FUNCTION fev times_factor(fev x, const Pass *pass, GLOBAL const fe *table, u32 k, u32 column) {
    const u32 log_apart = pass->log_size - pass->log_rows;
    const u32 j = column & ((1u << log_apart) - 1);
    if (pass->table_shift) {
        const u32 shift = pass->table_shift < log_apart ? pass->table_shift : log_apart;
        return fev_mul_by(x, table[(k << (log_apart - shift)) + (j >> shift)]);
    }
    return fev_mul(x, *(GLOBAL const fev *)(table + ((k << log_apart) + j)));
}

// A step: R / radix units a column, each of `radix` rows 2^log_span apart.
#define STEP(log_radix, butterflies)                                                                          \
    for (u32 t = LOCAL_ID; t < (1u << (pass.log_rows - (log_radix) + log_vectors)); t += THREADS) {           \
        const u32 vector = t & ((1u << log_vectors) - 1), unit = t >> log_vectors;                            \
        const u32 column = first_column + vector * FE_LANES;                                                  \
        const u32 low = unit & ((1u << log_span) - 1);                                                        \
        const u32 base = ((unit >> log_span) << (log_span + (log_radix))) + low;                              \
        fev v[1 << (log_radix)];                                                                              \
        if (from_memory) {                                                                                    \
            if (column >= columns) continue;                                                                  \
            UNROLL for (u32 i = 0; i < (1u << (log_radix)); ++i) {                                            \
                const u32 row = base + (i << log_span);                                                       \
                v[i] = *(GLOBAL const fev *)(input + source_place(&pass, row, column));                       \
                if (flags & WITH_ROW_FACTORS) v[i] = fev_mul_by(v[i], row_factors[row]);          \
            }                                                                                                 \
        } else {                                                                                              \
            UNROLL for (u32 i = 0; i < (1u << (log_radix)); ++i)                                              \
                v[i] = tile[TILE_PLACE(((base + (i << log_span)) << log_vectors) + vector)];                  \
        }                                                                                                     \
        butterflies;                                                                                          \
        if (log_span) {                                                                                       \
            const u32 log_outer = pass.log_rows - log_span - (log_radix);                                     \
            UNROLL for (u32 i = 1; i < (1u << (log_radix)); ++i)                                              \
                v[i] = fev_mul_by(v[i], roots[(REVERSED_##log_radix(i) * low) << log_outer]);     \
        } else if (flags & WITH_TABLE) {                                                                      \
            UNROLL for (u32 i = 0; i < (1u << (log_radix)); ++i)                                              \
                v[i] = times_factor(v[i], &pass, table, reversed(base + i, pass.log_rows), column);     \
        }                                                                                                     \
        if (to_memory && !log_span) {                                                                         \
            if (column < columns) {                                                                           \
                UNROLL for (u32 i = 0; i < (1u << (log_radix)); ++i)                                          \
                    *(GLOBAL fev *)(output + target_place(&pass, reversed(base + i, pass.log_rows), column)) = v[i]; \
            }                                                                                                 \
        } else {                                                                                              \
            UNROLL for (u32 i = 0; i < (1u << (log_radix)); ++i)                                              \
                tile[TILE_PLACE(((base + (i << log_span)) << log_vectors) + vector)] = v[i];                  \
        }                                                                                                     \
    }
#define REVERSED_1(i) (i)
#define REVERSED_2(i) (((i) & 1) << 1 | (i) >> 1)
#define REVERSED_3(i) (((i) & 1) << 2 | ((i) & 2) | (i) >> 2)

KERNEL(transform, THREADS)
(GLOBAL const fe *RESTRICT input, GLOBAL fe *RESTRICT output, GLOBAL const fe *roots, GLOBAL const fe *row_factors,
 GLOBAL const fe *table, u32 log_size, u32 log_rows, u32 log_columns, u32 log_before, u32 table_shift, u32 flags,
 u32 first, u32 columns) {
    LOCAL_ARRAY(fev, tile, TILE / FE_LANES);
    const Pass pass = {log_size, log_rows, log_columns, log_before, table_shift, flags, columns};
    const u32 first_column = first + (GROUP_ID << log_columns);
    const u32 log_vectors = log_columns - LOG_LANES;
    const u32 count = 1u << (log_rows + log_columns);
    // Rows that are read or written together, where rows are neighbours in memory.
    const u32 log_block = log_rows < LOG_LANES ? log_rows : LOG_LANES;
    const roots8 eighths = roots8_of(roots, 1u << log_rows);
    const roots8 *r = &eighths;

    if (flags & LOAD_ROWS) {
        for (u32 t = LOCAL_ID; t < count >> (log_block + LOG_LANES); t += THREADS) {
            // Neighbours in memory are neighbouring rows, or those whose reversed numbers are neighbours.
            const u32 place = t % (1u << (log_rows - log_block)) << log_block;
            const u32 column = t >> (log_rows - log_block) << LOG_LANES;
            fev v[FE_LANES];
            UNROLL for (u32 i = 0; i < FE_LANES; ++i) {
                if (first_column + column + i < columns)
                    load_block(&v[i], input + block_place(&pass, place, first_column + column + i, flags & BIT_REVERSED_INPUT), log_block);
            }
            FEV_TRANSPOSE(v);
            for (u32 i = 0; i < 1u << log_block; ++i) {
                const u32 row = flags & BIT_REVERSED_INPUT ? reversed(place + i, log_rows) : place + i;
                if (flags & WITH_ROW_FACTORS) v[i] = fev_mul_by(v[i], row_factors[row]);
                tile[TILE_PLACE((row << log_vectors) + (column >> LOG_LANES))] = v[i];
            }
        }
        BARRIER();
    }
    u32 log_span = log_rows;
    u32 from_memory = !(flags & LOAD_ROWS);
    const u32 to_memory = !(flags & STORE_ROWS);
    while (log_span) {
#if LOG_RADIX == 3
        if (log_span >= 3) {
            log_span -= 3;
            STEP(3, transform8(v, r))
        } else
#endif
        if (log_span >= 2) {
            log_span -= 2;
            STEP(2, transform4(v, r))
        } else {
            log_span -= 1;
            STEP(1, transform2(v))
        }
        from_memory = 0;
        BARRIER();
    }
    if (flags & STORE_ROWS) {
        for (u32 t = LOCAL_ID; t < count >> (log_block + LOG_LANES); t += THREADS) {
            const u32 place = t % (1u << (log_rows - log_block)) << log_block;
            const u32 column = t >> (log_rows - log_block) << LOG_LANES;
            fev v[FE_LANES];
            for (u32 i = 0; i < 1u << log_block; ++i) {
                // The tile's rows are in bit-reversed order, and so may be the output.
                const u32 row = flags & BIT_REVERSED_OUTPUT ? place + i : reversed(place + i, log_rows);
                v[i] = tile[TILE_PLACE((row << log_vectors) + (column >> LOG_LANES))];
            }
            FEV_TRANSPOSE(v);
            UNROLL for (u32 i = 0; i < FE_LANES; ++i) {
                if (first_column + column + i < columns)
                    store_block(output + block_place(&pass, place, first_column + column + i, flags & BIT_REVERSED_OUTPUT), v[i], log_block);
            }
        }
    }
}

// w^e for e below n in two steps: small tables of w^(2^log_low i) and w^i, in Montgomery's form.
FUNCTION fe power_of(GLOBAL const fe *powers, u32 log_low, u64 exponent) {
    const fe low = powers[exponent & ((U64(1) << log_low) - 1)];
    return fe_mul(powers[(1u << log_low) + (exponent >> log_low)], low);
}

// A pass's table: element k of 2^log_columns gets w^(step k p) shift^(p + k row_step).
KERNEL(make_table, THREADS)
(GLOBAL const fe *roots, GLOBAL const fe *shifts, GLOBAL fe *table, u32 count, u32 log_low, u32 log_columns,
 u32 log_step, u32 log_size, u32 shifted, u32 log_row_shift) {
    const u32 i = GLOBAL_ID;
    if (i >= count) return;
    const u64 k = i >> log_columns, p = i & ((1u << log_columns) - 1);
    fe x = power_of(roots, log_low, ((k * p) << log_step) & ((U64(1) << log_size) - 1));
    if (shifted) x = fe_mul(x, power_of(shifts, log_low, p + (shifted > 1 ? k << log_row_shift : 0)));
    table[i] = x;
}
