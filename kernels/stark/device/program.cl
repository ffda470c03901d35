// An interpreter of expression programs (kernels/stark/program.py): every thread goes through the code for its own
// row; on processors a work item for TILE vectors of rows, so that an instruction is looked at once for all of them.
//
// Registers lie in local memory, [registers, TILE, THREADS], or in a buffer where that is too small. All threads take
// the same way through the code, whose words are the same for all of them.
//
// Bytes: 8 for each load and each output of a row; a column that is loaded twice comes from a cache. Products: those
// of the program. An instruction costs a GPU about 30 others to fetch it and its operands, and as many for a product
// and its sum: code compiled for the program would take half as long, and NVRTC 9 seconds for 1,000 instructions.
#include "kernels/stark/device/elements.h"
#include "kernels/stark/device/matrices.h"

// An instruction has 4 words: what it does above the target, and three operands. Those that add and multiply come
// first.
#define FIELD_BITS 28
#define FIELD_MASK ((1u << FIELD_BITS) - 1)
#define IS_ADD 0
#define IS_SUBTRACT 1
#define IS_MULTIPLY 2
#define IS_MULTIPLY_ADD 3
// Where an operand comes from: otherwise a block's constant.
#define IN_REGISTER 0
#define IS_CONSTANT 1
#define IS_LOAD 2
#define IS_LOAD_OF_NEXT 4

#if SCRATCH_IN_LOCAL
#define SCRATCH LOCAL
#else
#define SCRATCH GLOBAL
#endif

typedef struct {
    matrices of;
    GLOBAL const u64 *places;
    GLOBAL const fe *constants, *of_block;
    SCRATCH fev *registers;  // of this thread
    u32 block, row, vectors;
} state;

FUNCTION fev load_ahead(GLOBAL const fe *from, u32 row, u32 rows) {
#if FE_LANES == 1
    return from[(row + 1) & (rows - 1)];
#else
    // The same, but for where it lies.
    typedef fev __attribute__((aligned(8))) unaligned_fev;
    if (row + FE_LANES < rows) return *(GLOBAL const unaligned_fev *)(from + row + 1);
    fev x;
    for (u32 i = 0; i < FE_LANES; ++i) ((fe *)&x)[i] = from[(row + 1 + i) & (rows - 1)];
    return x;
#endif
}
FUNCTION void fetch(const state *s, u32 code, fev *x) {
    const u32 kind = code >> FIELD_BITS, index = code & FIELD_MASK;
    if (kind == IN_REGISTER) {
        UNROLL for (u32 v = 0; v < TILE; ++v) x[v] = s->registers[(index * TILE + v) * THREADS];
    } else if (kind == IS_LOAD || kind == IS_LOAD_OF_NEXT) {
        const u32 rows = (u32)rows_of(s->places, index);
        GLOBAL const fe *from = column_of(&s->of, s->places, index, s->block);
        for (u32 v = 0; v < s->vectors; ++v) {
            const u32 row = (s->row + v * FE_LANES) & (rows - 1);
            x[v] = kind == IS_LOAD ? load(from, row) : load_ahead(from, row, rows);
        }
    } else {
        const fev value = fev_broadcast((kind == IS_CONSTANT ? s->constants : s->of_block)[index]);
        UNROLL for (u32 v = 0; v < TILE; ++v) x[v] = value;
    }
}

// Tiles of one block each, so many a block. `scratch` is used where registers do not lie in local memory: for all
// threads of the launch, which then takes several tiles each.
KERNEL(run, THREADS)
(MATRIX_PARAMETERS, GLOBAL const u64 *places, GLOBAL const u32 *code, GLOBAL const fe *constants,
 GLOBAL const fe *block_constants, GLOBAL fe *output, GLOBAL fev *scratch, u32 instructions, u32 registers,
 u32 constants_of_block, u32 log_height, u32 vectors_of_block, u32 tiles_of_block,
 u32 tiles DYNAMIC_LOCAL_PARAMETER(fev, shared)) {
    DYNAMIC_LOCAL(fev, shared);
    const matrices of = MATRICES_HERE;
    state s;
    s.of = of, s.places = places, s.constants = constants;
#if SCRATCH_IN_LOCAL
    s.registers = shared + LOCAL_ID;
#else
    s.registers = scratch + (u64)GROUP_ID * registers * TILE * THREADS + LOCAL_ID;
#endif
    const u64 points = (u64)tiles / tiles_of_block << log_height;
    for (u32 tile = GROUP_ID * THREADS + LOCAL_ID; tile < tiles; tile += GROUP_COUNT * THREADS) {
        s.block = tile / tiles_of_block;
        const u32 first = (tile - s.block * tiles_of_block) * TILE;
        s.row = first * FE_LANES;
        s.vectors = vectors_of_block - first < TILE ? vectors_of_block - first : TILE;
        s.of_block = block_constants + s.block * constants_of_block;
        const u64 at = ((u64)s.block << log_height) + s.row;
        for (u32 i = 0; i < instructions; ++i) {
            GLOBAL const u32 *words = code + 4 * (u64)i;
            const u32 kind = words[0] >> FIELD_BITS, target = words[0] & FIELD_MASK;
            fev a[TILE], b[TILE], c[TILE];
            fetch(&s, words[1], a);
            if (kind > IS_MULTIPLY_ADD) {
                for (u32 v = 0; v < s.vectors; ++v) store(output, target * points + at + v * FE_LANES, a[v]);
                continue;
            }
            fetch(&s, words[2], b);
            SCRATCH fev *to = s.registers + target * TILE * THREADS;
            if (kind == IS_ADD) {
                UNROLL for (u32 v = 0; v < TILE; ++v) to[v * THREADS] = fev_add(a[v], b[v]);
            } else if (kind == IS_SUBTRACT) {
                UNROLL for (u32 v = 0; v < TILE; ++v) to[v * THREADS] = fev_sub(a[v], b[v]);
            } else if (kind == IS_MULTIPLY) {
                UNROLL_ON_GPU for (u32 v = 0; v < TILE; ++v) to[v * THREADS] = fev_mul(a[v], b[v]);
            } else {
                fetch(&s, words[3], c);
                UNROLL_ON_GPU for (u32 v = 0; v < TILE; ++v) to[v * THREADS] = fev_add(fev_mul(a[v], b[v]), c[v]);
            }
        }
    }
}
