// The number-theoretic transform in passes of radix R = 2^log_rows each (Stockham's self-sorting form).
//
// n / R columns of R elements, n / R apart: a pass transforms each column, multiplies element k of it by a factor from
// a table (the twiddle, with coset shift and scale in it), and writes it where the next pass reads columns again. With s
// the product of the radices before, column j = p s + q goes to (p R + k) s + q; after the last pass the order is
// natural. A group holds a tile of R rows and 2^log_columns columns, and goes through it in steps of radix 2^LOG_RADIX
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

// Where a row of the tile lies, its columns then by exclusive or. On GPUs the upper bits are folded onto the bank's, so
// that neither neighbouring columns nor rows at a distance of a power of two meet in a bank.
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

// Where a column's transform begins.
FUNCTION u64 transform_place(const Pass *pass, u32 column) {
    return (u64)(column >> (pass->log_size - pass->log_rows)) << pass->log_size;
}
// Where a column begins whose rows are neighbours in memory; with one lane, as they are after each other.
FUNCTION u64 row_place(const Pass *pass, u32 column, u32 bit_reversed) {
    const u32 log_apart = pass->log_size - pass->log_rows;
    if (!bit_reversed) return (u64)column << pass->log_rows;
    const u32 j = column & ((1u << log_apart) - 1);
    return transform_place(pass, column) + (reversed(j, log_apart) << pass->log_rows);
}

// A step: R / radix units a column, each of `radix` rows 2^log_span apart. Element i of a unit's transform is in place
// REVERSED(i). Places grow evenly along a unit, so that one address and one distance make them all.
#define STEP(log_radix, butterflies)                                                                          \
    {                                                                                                         \
        const u32 log_units = pass.log_rows - (log_radix);                                                    \
        const u32 log_apart = pass.log_size - pass.log_rows;                                                  \
        const u32 log_outer = log_units - log_span;                                                           \
        const u32 is_last = log_span == 0;                                                                    \
        u32 places[1 << (log_radix)];                                                                         \
        UNROLL for (u32 i = 0; i < (1u << (log_radix)); ++i) places[i] = TILE_PLACE(i << (log_span + log_vectors)); \
        for (u32 t = LOCAL_ID; t < (1u << (log_units + log_vectors)); t += THREADS) {                         \
            const u32 vector = t & ((1u << log_vectors) - 1), unit = t >> log_vectors;                        \
            const u32 column = first_column + vector * FE_LANES;                                              \
            const u32 j = column & ((1u << log_apart) - 1);                                                   \
            const u32 low = unit & ((1u << log_span) - 1);                                                    \
            const u32 base = ((unit >> log_span) << (log_span + (log_radix))) + low;                          \
            const u32 place = TILE_PLACE(base << log_vectors) ^ vector;                                     \
            fev v[1 << (log_radix)];                                                                          \
            if (from_memory) {                                                                                \
                if (column >= columns) continue;                                                              \
                GLOBAL const fe *from = input + transform_place(&pass, column) + ((base << log_apart) + j);   \
                UNROLL for (u32 i = 0; i < (1u << (log_radix)); ++i)                                          \
                    v[i] = *(GLOBAL const fev *)(from + (i << (log_span + log_apart)));                       \
                if (flags & WITH_ROW_FACTORS) {                                                               \
                    UNROLL for (u32 i = 0; i < (1u << (log_radix)); ++i)                                      \
                        v[i] = fev_mul_by(v[i], row_factors[base + (i << log_span)]);                         \
                }                                                                                             \
            } else {                                                                                          \
                UNROLL for (u32 i = 0; i < (1u << (log_radix)); ++i) v[i] = tile[place ^ places[i]];          \
            }                                                                                                 \
            butterflies;                                                                                      \
            const u32 k = reversed(base, pass.log_rows);                                                      \
            if (!is_last) {                                                                                   \
                const u32 exponent = low << log_outer;                                                        \
                UNROLL for (u32 i = 1; i < (1u << (log_radix)); ++i)                                          \
                    v[i] = fev_mul_by(v[i], roots[REVERSED_##log_radix(i) * exponent]);                       \
            } else if (flags & WITH_TABLE) {                                                                  \
                const u32 shift = table_shift < log_apart ? table_shift : log_apart;                          \
                const u32 log_width = log_apart - shift;                                                      \
                GLOBAL const fe *factors = table + ((k << log_width) + (j >> shift));                         \
                UNROLL for (u32 i = 0; i < (1u << (log_radix)); ++i) {                                        \
                    const u32 at = REVERSED_##log_radix(i) << (log_units + log_width);                        \
                    if (FE_LANES == 1 || table_shift) v[i] = fev_mul_by(v[i], factors[at]);                   \
                    else v[i] = fev_mul(v[i], *(GLOBAL const fev *)(factors + at));                           \
                }                                                                                             \
            }                                                                                                 \
            if (to_memory && is_last) {                                                                       \
                if (column < columns) {                                                                       \
                    const u32 q = j & ((1u << log_before) - 1), p = j >> log_before;                          \
                    GLOBAL fe *to = output + transform_place(&pass, column) +                                 \
                                    ((((p << pass.log_rows) + k) << log_before) + q);                         \
                    UNROLL for (u32 i = 0; i < (1u << (log_radix)); ++i)                                      \
                        *(GLOBAL fev *)(to + (REVERSED_##log_radix(i) << (log_units + log_before))) = v[i];   \
                }                                                                                             \
            } else {                                                                                          \
                UNROLL for (u32 i = 0; i < (1u << (log_radix)); ++i) tile[place ^ places[i]] = v[i];          \
            }                                                                                                 \
        }                                                                                                     \
    }
#define REVERSED_1(i) (i)
#define REVERSED_2(i) (((i) & 1) << 1 | (i) >> 1)
#define REVERSED_4(i) (((i) & 1) << 3 | ((i) & 2) << 1 | ((i) & 4) >> 1 | (i) >> 3)
#define REVERSED_3(i) (((i) & 1) << 2 | ((i) & 2) | (i) >> 2)

// Blocks of rows that lie at `to(column + i)`, from the tile to memory.
#define STORE_COLUMNS(to)                                                                                     \
    for (u32 vector = first_vector; vector < 1u << log_vectors; vector += vector_step) {                                \
        const u32 column = first_column + vector * FE_LANES;                                                  \
        fev v[FE_LANES];                                                                                      \
        for (u32 i = 0; i < 1u << log_block; ++i) v[i] = tile[tile_places[i] ^ vector];           \
        FEV_TRANSPOSE(v);                                                                                     \
        UNROLL for (u32 i = 0; i < FE_LANES; ++i) {                                                           \
            if (column + i < columns) store_block(to, v[i], log_block);                      \
        }                                                                                                     \
    }

KERNEL(transform, THREADS)
(GLOBAL const fe *RESTRICT input, GLOBAL fe *RESTRICT output, GLOBAL const fe *roots, GLOBAL const fe *row_factors,
 GLOBAL const fe *table, u32 log_size, u32 log_rows, u32 log_columns, u32 log_before, u32 table_shift, u32 flags,
 u32 first, u32 columns) {
    LOCAL_ARRAY(fev, tile, TILE / FE_LANES);
    const Pass pass = {log_size, log_rows, log_columns, log_before, table_shift, flags, columns};
    const u32 first_column = first + (GROUP_ID << log_columns);
    const u32 log_vectors = log_columns - LOG_LANES;
    // Rows that are read or written together, where rows are neighbours in memory.
    const u32 log_block = log_rows < LOG_LANES ? log_rows : LOG_LANES;
    const roots8 eighths = roots8_of(roots, 1u << log_rows);
    const roots8 *r = &eighths;

    // Where rows are neighbours in memory, a block of as many rows as columns is transposed on its way.
    const u32 blocks = 1u << (log_rows - log_block);
    const u32 row_threads = THREADS < blocks ? THREADS : blocks;
    const u32 first_place = LOCAL_ID % row_threads << log_block, place_step = row_threads << log_block;
    const u32 first_vector = LOCAL_ID / row_threads, vector_step = THREADS / row_threads;

    if (flags & LOAD_ROWS) {
        for (u32 place = first_place; place < 1u << log_rows; place += place_step) {
            for (u32 vector = first_vector; vector < 1u << log_vectors; vector += vector_step) {
                const u32 column = first_column + vector * FE_LANES;
                fev v[FE_LANES];
                UNROLL for (u32 i = 0; i < FE_LANES; ++i) {
                    if (column + i < columns)
                        load_block(&v[i], input + row_place(&pass, column + i, flags & BIT_REVERSED_INPUT) + place,
                                   log_block);
                }
                FEV_TRANSPOSE(v);
                for (u32 i = 0; i < 1u << log_block; ++i) {
                    const u32 row = flags & BIT_REVERSED_INPUT ? reversed(place + i, log_rows) : place + i;
                    if (flags & WITH_ROW_FACTORS) v[i] = fev_mul_by(v[i], row_factors[row]);
                    tile[TILE_PLACE(row << log_vectors) ^ vector] = v[i];
                }
            }
        }
        BARRIER();
    }
    u32 log_span = log_rows;
    u32 from_memory = !(flags & LOAD_ROWS);
    const u32 to_memory = !(flags & STORE_ROWS);
    while (log_span) {
#if LOG_RADIX >= 4
        if (log_span >= 4) {
            log_span -= 4;
            STEP(4, transform16(v, r))
        } else
#endif
#if LOG_RADIX >= 3
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
        for (u32 place = first_place; place < 1u << log_rows; place += place_step) {
            // The tile's rows are in bit-reversed order, and so may be the output.
            u32 tile_places[FE_LANES];
            for (u32 i = 0; i < 1u << log_block; ++i) {
                const u32 row = flags & BIT_REVERSED_OUTPUT ? place + i : reversed(place + i, log_rows);
                tile_places[i] = TILE_PLACE(row << log_vectors);
            }
            if (flags & BIT_REVERSED_OUTPUT) STORE_COLUMNS(output + row_place(&pass, column + i, 1) + place)
            else STORE_COLUMNS(output + ((u64)(column + i) << log_rows) + place)
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
