// `words` as a vector, for a CPU's work item. See backends/device/lanes.h.

#if WORD_BITS == 32
#if LANES == 16
typedef uint16 words;
#elif LANES == 8
typedef uint8 words;
#else
typedef uint4 words;
#endif
#else
#if LANES == 8
typedef ulong8 words;
#elif LANES == 4
typedef ulong4 words;
#else
typedef ulong2 words;
#endif
#endif

#if LANES == 16
#define OF_EVERY_ROW(f, r, i)                                                                             \
    ((words)(f((r).row[0], i), f((r).row[1], i), f((r).row[2], i), f((r).row[3], i), f((r).row[4], i),    \
             f((r).row[5], i), f((r).row[6], i), f((r).row[7], i), f((r).row[8], i), f((r).row[9], i),    \
             f((r).row[10], i), f((r).row[11], i), f((r).row[12], i), f((r).row[13], i), f((r).row[14], i), \
             f((r).row[15], i)))
#elif LANES == 8
#define OF_EVERY_ROW(f, r, i)                                                                             \
    ((words)(f((r).row[0], i), f((r).row[1], i), f((r).row[2], i), f((r).row[3], i), f((r).row[4], i),    \
             f((r).row[5], i), f((r).row[6], i), f((r).row[7], i)))
#elif LANES == 4
#define OF_EVERY_ROW(f, r, i) ((words)(f((r).row[0], i), f((r).row[1], i), f((r).row[2], i), f((r).row[3], i)))
#else
#define OF_EVERY_ROW(f, r, i) ((words)(f((r).row[0], i), f((r).row[1], i)))
#endif

#if WORD_BITS == 32
typedef uint8 row_words;
#else
typedef ulong4 row_words;
#endif
// Messages lie anywhere. The function vload takes bytes one by one where it is a call.
typedef row_words __attribute__((aligned(1))) unaligned_row_words;

// ROW_WORDS rows to as many columns, in place.
#if WORD_BITS == 32
#define UNPACK_LOW32(a, b) ((uint8)(a.s0, b.s0, a.s1, b.s1, a.s4, b.s4, a.s5, b.s5))
#define UNPACK_HIGH32(a, b) ((uint8)(a.s2, b.s2, a.s3, b.s3, a.s6, b.s6, a.s7, b.s7))
#define UNPACK_LOW64(a, b) ((uint8)(a.s01, b.s01, a.s45, b.s45))
#define UNPACK_HIGH64(a, b) ((uint8)(a.s23, b.s23, a.s67, b.s67))
FUNCTION void transpose_rows(row_words *x) {
    row_words pairs[8], quads[8];
    UNROLL for (u32 i = 0; i < 8; i += 2) {
        pairs[i] = UNPACK_LOW32(x[i], x[i + 1]);
        pairs[i + 1] = UNPACK_HIGH32(x[i], x[i + 1]);
    }
    UNROLL for (u32 i = 0; i < 8; i += 4) {
        quads[i] = UNPACK_LOW64(pairs[i], pairs[i + 2]);
        quads[i + 1] = UNPACK_HIGH64(pairs[i], pairs[i + 2]);
        quads[i + 2] = UNPACK_LOW64(pairs[i + 1], pairs[i + 3]);
        quads[i + 3] = UNPACK_HIGH64(pairs[i + 1], pairs[i + 3]);
    }
    UNROLL for (u32 i = 0; i < 4; ++i) {
        x[i] = (row_words)(quads[i].lo, quads[i + 4].lo);
        x[i + 4] = (row_words)(quads[i].hi, quads[i + 4].hi);
    }
}
#else
FUNCTION void transpose_rows(row_words *x) {
    const row_words a = (row_words)(x[0].s0, x[1].s0, x[0].s2, x[1].s2);
    const row_words b = (row_words)(x[0].s1, x[1].s1, x[0].s3, x[1].s3);
    const row_words c = (row_words)(x[2].s0, x[3].s0, x[2].s2, x[3].s2);
    const row_words d = (row_words)(x[2].s1, x[3].s1, x[2].s3, x[3].s3);
    x[0] = (row_words)(a.lo, c.lo);
    x[1] = (row_words)(b.lo, d.lo);
    x[2] = (row_words)(a.hi, c.hi);
    x[3] = (row_words)(b.hi, d.hi);
}
#endif

// Rows a vector of 256 bits has lanes for are transposed at once. One of 512 bits is two such; one of 128 bits half.
FUNCTION void load_columns(rows r, u32 first, u32 at, row_words *columns) {
    UNROLL for (u32 i = 0; i < ROW_WORDS; ++i) {
        columns[i] = *(GLOBAL const unaligned_row_words *)(r.row[(first + i) % LANES] + at);
    }
    transpose_rows(columns);
}
FUNCTION void store_columns(row_words *columns, GLOBAL u8 *to, u32 count) {
    transpose_rows(columns);
    UNROLL for (u32 i = 0; i < ROW_WORDS; ++i) {
        if (i < count) ((GLOBAL row_words *)to)[i] = columns[i];
    }
}

FUNCTION void load_row(rows r, u32 at, words *x) {
    row_words columns[ROW_WORDS];
    load_columns(r, 0, at, columns);
#if VECTOR_BITS == 512
    row_words upper[ROW_WORDS];
    load_columns(r, ROW_WORDS, at, upper);
    UNROLL for (u32 i = 0; i < ROW_WORDS; ++i) x[i] = (words)(columns[i], upper[i]);
#elif VECTOR_BITS == 256
    UNROLL for (u32 i = 0; i < ROW_WORDS; ++i) x[i] = columns[i];
#else
    UNROLL for (u32 i = 0; i < ROW_WORDS; ++i) x[i] = columns[i].lo;
#endif
}

// The first `count` lanes to rows one after another.
FUNCTION void store_row(const words *x, GLOBAL u8 *first, u32 count) {
    row_words columns[ROW_WORDS];
#if VECTOR_BITS == 512
    UNROLL for (u32 i = 0; i < ROW_WORDS; ++i) columns[i] = x[i].lo;
    store_columns(columns, first, count < ROW_WORDS ? count : ROW_WORDS);
    if (count <= ROW_WORDS) return;
    UNROLL for (u32 i = 0; i < ROW_WORDS; ++i) columns[i] = x[i].hi;
    store_columns(columns, first + ROW_BYTES * ROW_WORDS, count - ROW_WORDS);
#elif VECTOR_BITS == 256
    UNROLL for (u32 i = 0; i < ROW_WORDS; ++i) columns[i] = x[i];
    store_columns(columns, first, count);
#else
    UNROLL for (u32 i = 0; i < ROW_WORDS; ++i) columns[i] = (row_words)(x[i], x[i]);
    store_columns(columns, first, count);
#endif
}
