// The same word of several messages side by side: the type `words` has LANES words of WORD_BITS bits (32 or 64, to be
// defined before), the text below being the same for one and for many.
//
// A GPU's thread has one lane, and a `words` is a plain word. A CPU's compiler takes work items one after another and
// rarely joins them to vectors: there a work item has as many lanes as a vector of its instruction set.
//
// Messages lie in memory one after another, so that words are transposed on their way: 32 bytes of each message,
// ROW_WORDS words, at once.

#if WORD_BITS == 32
typedef u32 word;
#define ROW_WORDS 8
#else
typedef u64 word;
#define ROW_WORDS 4
#endif
#define ROW_BYTES 32

// Tests define other widths than the processor's.
#if defined(VECTOR_BITS)
#elif LANGUAGE_OPENCL && DEVICE_CPU
#if defined(__AVX512F__)
#define VECTOR_BITS 512
#elif defined(__SSE2__) && !defined(__AVX2__) || defined(__ARM_NEON)
#define VECTOR_BITS 128
#else
#define VECTOR_BITS 256
#endif
#else
#define VECTOR_BITS WORD_BITS
#endif

#define LANES (VECTOR_BITS / WORD_BITS)

// Where each lane's message begins. Those beyond the last message repeat it.
typedef struct {
    GLOBAL const u8 *row[LANES];
} rows;

FUNCTION rows rows_at(GLOBAL const u8 *first, u32 stride, u32 last) {
    rows r;
    UNROLL for (u32 i = 0; i < LANES; ++i) r.row[i] = first + (u64)(i < last ? i : last) * stride;
    return r;
}

#if VECTOR_BITS == WORD_BITS

typedef word words;
// An expression of `row`, a lane's message, for every lane.
#define OF_EVERY_ROW(function, r, index) function((r).row[0], index)

FUNCTION void load_row(rows r, u32 at, words *x) {
    GLOBAL const word *from = (GLOBAL const word *)(r.row[0] + at);
    UNROLL for (u32 i = 0; i < ROW_WORDS; ++i) x[i] = from[i];
}

// From and to places that are multiples of 16 bytes: one access for that many.
typedef struct ALIGNED(16) {
    word part[ROW_WORDS / 2];
} half_row;
FUNCTION void load_aligned_row(rows r, u32 at, words *x) {
    GLOBAL const half_row *from = (GLOBAL const half_row *)(r.row[0] + at);
    UNROLL for (u32 i = 0; i < 2; ++i) {
        const half_row half = from[i];
        UNROLL for (u32 k = 0; k < ROW_WORDS / 2; ++k) x[ROW_WORDS / 2 * i + k] = half.part[k];
    }
}
FUNCTION void store_row(const words *x, GLOBAL u8 *first, u32 count) {
    UNROLL for (u32 i = 0; i < 2; ++i) {
        half_row half;
        UNROLL for (u32 k = 0; k < ROW_WORDS / 2; ++k) half.part[k] = x[ROW_WORDS / 2 * i + k];
        ((GLOBAL half_row *)first)[i] = half;
    }
}

#else
#define load_aligned_row load_row
#include "backends/opencl/lanes.h"
#endif
