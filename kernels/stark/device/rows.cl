// The leaves of a Merkle tree: the rows of matrices that lie column by column.
//
// A thread hashes a row: neighbours have neighbouring rows, so that every read of a column is a whole line. On
// processors a work item has ITEMS vectors of LANES rows. The digest of row r stands at the place with r's bits
// reversed.
//
// Bytes: every element is read once, every digest written, of 32 bytes. All else is the hash's: for rows of W elements
// W / 8 compressions of BLAKE3 or permutations.
#include "kernels/hashes/device/hash.h"
#include "kernels/stark/device/items.h"
#include "kernels/stark/device/matrices.h"

// LANES rows from `row` on of one block of all columns; only `rows` of them where a column is shorter than a vector.
typedef struct {
    matrices of;
    GLOBAL const u64 *places;
    u32 columns, row, rows;
} row_lanes;

// A column's element of each row: in one word or, where words have 32 bits, in two.
#if LANES > 1
#if LANES * WORD_BITS == 512 && WORD_BITS == 32
typedef ulong16 elements;
#define LOW_HALVES(x) ((uint16)(as_uint16((x).lo).even, as_uint16((x).hi).even))
#define HIGH_HALVES(x) ((uint16)(as_uint16((x).lo).odd, as_uint16((x).hi).odd))
#elif LANES == 8
typedef ulong8 elements;
#define LOW_HALVES(x) (as_uint16(x).even)
#define HIGH_HALVES(x) (as_uint16(x).odd)
#elif LANES == 4
typedef ulong4 elements;
#define LOW_HALVES(x) (as_uint8(x).even)
#define HIGH_HALVES(x) (as_uint8(x).odd)
#else
typedef ulong2 elements;
#endif
#else
typedef u64 elements;
#define LOW_HALVES(x) ((u32)(x))
#define HIGH_HALVES(x) ((u32)((x) >> 32))
#endif
FUNCTION void load_element(const row_lanes *r, u32 column, words *x) {
    GLOBAL const u64 *from = named(&r->of, r->places[column]) + r->row;
#if LANES > 1
    elements all;
    if (r->rows == LANES) {
        all = *(GLOBAL const elements *)from;
    } else {
        for (u32 i = 0; i < LANES; ++i) ((u64 *)&all)[i] = from[i < r->rows ? i : 0];
    }
#else
    const elements all = *from;
#endif
#if WORD_BITS == 32
    x[0] = LOW_HALVES(all);
    x[1] = HIGH_HALVES(all);
#else
    x[0] = all;
#endif
}

#if HASH_BLAKE3
// 1024 bytes of a chunk are 128 elements, and a block's 64 are 8. Rows have 2^BLAKE3_ROW_DEPTH chunks at the most.
#define CHUNK_ELEMENTS (BLAKE3_CHUNK_BYTES / 8)
#define BLOCK_ELEMENTS (BLAKE3_BLOCK_BYTES / 8)
#define BLAKE3_ROW_DEPTH 8

FUNCTION void blake3_row_chunk(const row_lanes *row, u32 chunk, u32 top, words *chaining) {
    const u32 start = chunk * CHUNK_ELEMENTS;
    const u32 end = row->columns - start < CHUNK_ELEMENTS ? row->columns : start + CHUNK_ELEMENTS;
    blake3_start(chaining);
    for (u32 at = start; at < end; at += BLOCK_ELEMENTS) {
        const u32 here = end - at < BLOCK_ELEMENTS ? end - at : BLOCK_ELEMENTS;
        words block[16];
        UNROLL for (u32 i = 0; i < BLOCK_ELEMENTS; ++i) {
            block[2 * i] = (words)(0), block[2 * i + 1] = (words)(0);
            if (i < here) load_element(row, at + i, block + 2 * i);
        }
        u32 flags = at == start ? BLAKE3_CHUNK_START : 0;
        if (at + here == end) flags |= BLAKE3_CHUNK_END | top;
        blake3_compress(chaining, block, chunk, 8 * here, flags);
    }
}
FUNCTION void hash_row(const row_lanes *row, words *digest) {
    const u32 chunks = (row->columns + CHUNK_ELEMENTS - 1) / CHUNK_ELEMENTS;
    words waiting[8 * BLAKE3_ROW_DEPTH];
    u32 depth = 0;
    // As in blake3.h; one place for each function to be put in.
    for (u32 chunk = 0; chunk < chunks; ++chunk) {
        blake3_row_chunk(row, chunk, chunks == 1 ? BLAKE3_ROOT : 0, digest);
        const u32 last = chunk == chunks - 1;
        for (u32 done = chunk + 1; last ? depth > 0 : done % 2 == 0; done /= 2) {
            --depth;
            blake3_parent(waiting + 8 * depth, digest, last && depth == 0 ? BLAKE3_ROOT : 0);
        }
        if (!last) {
            for (u32 i = 0; i < 8; ++i) waiting[8 * depth + i] = digest[i];
            ++depth;
        }
    }
}
#else
FUNCTION void hash_row(const row_lanes *row, words *digest) {
    words state[SPONGE_WIDTH];
    UNROLL for (u32 i = 0; i < SPONGE_WIDTH; ++i) state[i] = (words)(0);
#if SPONGE_LENGTH
    state[SPONGE_RATE] = (words)(row->columns % SPONGE_RATE);
#endif
    for (u32 at = 0; at < row->columns; at += SPONGE_RATE) {
        UNROLL for (u32 i = 0; i < SPONGE_RATE; ++i) {
            if (at + i < row->columns) load_element(row, at + i, &state[i]);
#if SPONGE_LENGTH
            else state[i] = (words)(0);
#endif
        }
        sponge_permute(state);
    }
    UNROLL for (u32 i = 0; i < ROW_WORDS; ++i) digest[i] = sponge_digest(state[i]);
}
#endif

FUNCTION u32 reversed(u32 x, u32 bits) { return bits ? BIT_REVERSE32(x) >> (32 - bits) : 0; }

// Rows of matrices of one height, all blocks, whose columns' blocks begin at `places`, [blocks, columns], to
// `digests`: each to its place times 2^log_apart, and `offset` beyond.
KERNEL(hash_rows, THREADS)(MATRIX_PARAMETERS, GLOBAL const u64 *places, GLOBAL u8 *digests, u32 columns, u32 blocks,
                           u32 log_height, u32 log_apart, u32 offset) {
    const u32 height = 1u << log_height, rows = height < LANES ? height : LANES;
    FOR_EACH(i, blocks * (height / rows)) {
        const u32 at = i * rows;
        const matrices of = MATRICES_HERE;
        row_lanes row;
        row.of = of;
        row.places = places + (at >> log_height) * columns;
        row.columns = columns, row.row = at & (height - 1), row.rows = rows;
        words digest[ROW_WORDS];
        hash_row(&row, digest);
        for (u32 k = 0; k < rows; ++k) {
            const u64 place = (at & ~(height - 1)) + reversed(row.row + k, log_height);
            GLOBAL u8 *to = digests + ((place << log_apart) + offset) * ROW_BYTES;
#if LANES == 1
            store_row(digest, to, 1);
#else
            for (u32 w = 0; w < ROW_WORDS; ++w) ((GLOBAL word *)to)[w] = ((const word *)&digest[w])[k];
#endif
        }
    }
}
