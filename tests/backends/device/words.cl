// Every word of backends/device/language.h, for the tests beside it.

// Reverses the words of each group through local memory.
KERNEL(reverse_groups, 64)(GLOBAL const u32 *input, GLOBAL u32 *output) {
    LOCAL_ARRAY(u32, tile, 64);
    tile[LOCAL_ID] = input[GLOBAL_ID];
#if !WITHOUT_BARRIER
    BARRIER();
#endif
    output[GLOBAL_ID] = tile[GROUP_SIZE - 1 - LOCAL_ID];
}

// The same through local memory whose size the launch says, in both dimensions of groups.
KERNEL(reverse_rows, 64)(GLOBAL const u64 *input, GLOBAL u64 *output DYNAMIC_LOCAL_PARAMETER(u64, tile)) {
    DYNAMIC_LOCAL(u64, tile);
    const u32 place = (GROUP_ID_Y * GROUP_COUNT + GROUP_ID) * GROUP_SIZE + LOCAL_ID;
    tile[LOCAL_ID] = input[place];
    BARRIER();
    output[place] = tile[GROUP_SIZE - 1 - LOCAL_ID] + U64(0x100000000) * GROUP_ID_Y;
}

KERNEL(histogram, 64)(GLOBAL const u32 *input, GLOBAL u32 *counts, u32 size) {
    LOCAL_ARRAY(u32, local_counts, 16);
    if (LOCAL_ID < 16) local_counts[LOCAL_ID] = 0;
    BARRIER();
    if (GLOBAL_ID < size) ATOMIC_ADD(&local_counts[input[GLOBAL_ID] % 16], 1u);
    BARRIER();
    if (LOCAL_ID < 16) ATOMIC_ADD(&counts[LOCAL_ID], local_counts[LOCAL_ID]);
}

CONSTANT u32 TABLE[2] = {TABLE_WORDS};

OUTLINED u32 outlined(u32 x) { return x + TABLE[x % 2]; }

KERNEL(word_operations, 64)(GLOBAL const u32 *input, GLOBAL u32 *output, u64 factor) {
    const u32 x = input[GLOBAL_ID];
    const u64 wide = (u64)x << 32 | ~x;
    GLOBAL u32 *out = output + 16 * GLOBAL_ID;
    out[0] = ROTATE_RIGHT32(x, 7);
    out[1] = ROTATE_LEFT32(x, 7);
    out[2] = BYTE_SWAP32(x);
    out[3] = BIT_REVERSE32(x);
    out[4] = MULTIPLY_HIGH32(x, 0x9e3779b9u);
    out[5] = (u32)MULTIPLY_HIGH64(wide, factor);
    out[6] = (u32)(MULTIPLY_HIGH64(wide, factor) >> 32);
    out[7] = LEADING_ZEROS32(x);
    out[8] = POPULATION32(x);
    out[9] = (u32)ROTATE_LEFT64(wide, 13);
    out[10] = (u32)ROTATE_RIGHT64(wide, 13);
    out[11] = outlined(x);
    out[12] = ((GLOBAL const u8 *)input)[4 * GLOBAL_ID + 1];
    u32 sum = 0;
    UNROLL for (u32 i = 0; i < 8; ++i) sum += x >> i;
    UNROLL_ON_GPU for (u32 i = 0; i < 8; ++i) sum ^= x << i;
    out[13] = sum;
}

// Some threads leave before the others' barrier: no language allows it.
KERNEL(diverge, 64)(GLOBAL u32 *output) {
    if (LOCAL_ID > 3) return;
    BARRIER();
    output[LOCAL_ID] = 1;
}

// Nothing but work.
KERNEL(iterate, 64)(GLOBAL u32 *values, u32 times) {
    u32 x = values[GLOBAL_ID];
    for (u32 i = 0; i < times; ++i) x = x * x + i;
    values[GLOBAL_ID] = x;
}
