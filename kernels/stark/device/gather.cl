// What an opening takes out of matrices and trees: a word, or a digest, a thread.
#include "kernels/stark/device/matrices.h"

// Rows `indices` (block * tallest + row) of all columns: [columns, count]. Rows of a matrix with fewer of them come
// again.
KERNEL(gather_rows, THREADS)(MATRIX_PARAMETERS, GLOBAL const u64 *places, GLOBAL const u64 *indices, GLOBAL u64 *rows,
                             u32 log_tallest, u32 columns, u32 count) {
    const matrices m = MATRICES_HERE;
    const u32 i = GLOBAL_ID;
    if (i >= columns * count) return;
    const u32 column = i / count;
    const u64 index = indices[i - column * count], row = index & ((U64(1) << log_tallest) - 1);
    rows[i] = column_of(&m, places, column, (u32)(index >> log_tallest))[row & (rows_of(places, column) - 1)];
}

// Digests of 4 words.
KERNEL(gather_digests, THREADS)(GLOBAL const u64 *digests, GLOBAL const u64 *places, GLOBAL u64 *chosen, u32 count) {
    const u32 i = GLOBAL_ID;
    if (i < 4 * count) chosen[i] = digests[4 * places[i / 4] + i % 4];
}
