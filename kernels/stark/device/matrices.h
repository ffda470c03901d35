// Several matrices of columns as one: MATRIX_COUNT buffers, and for each column of all of them two words `places`:
//
//   matrix << 56 | where block 0 of the column begins
//   log2 of its height << 56 | how far apart its blocks are
//
// So columns that were split lie where they are, and matrices need not be put together.

typedef struct {
    GLOBAL const u64 *of[MATRIX_COUNT];
} matrices;

#define PLACE_BITS 56
#define PLACE_MASK ((U64(1) << PLACE_BITS) - 1)

// What a place's first word names. All threads ask for the same column, or nearly so: choices cost little.
FUNCTION GLOBAL const u64 *named(const matrices *m, u64 place) {
    GLOBAL const u64 *from = m->of[0];
    UNROLL for (u32 i = 1; i < MATRIX_COUNT; ++i) {
        if (place >> PLACE_BITS == i) from = m->of[i];
    }
    return from + (place & PLACE_MASK);
}
// Where a column's block begins.
FUNCTION GLOBAL const u64 *column_of(const matrices *m, GLOBAL const u64 *places, u32 column, u32 block) {
    return named(m, places[2 * column]) + block * (places[2 * column + 1] & PLACE_MASK);
}
FUNCTION u64 rows_of(GLOBAL const u64 *places, u32 column) {
    return U64(1) << (places[2 * column + 1] >> PLACE_BITS);
}
