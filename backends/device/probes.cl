// Probes of a device: loops that do one thing as fast as it can, over words that the caller checks.

// Each thread takes CHAINS words ROUNDS_AT_ONCE x rounds times from x to x c + d modulo 2^32, every chain by itself.
// c and d come with the launch, so that no compiler knows them.
KERNEL(multiply_add, 256)(GLOBAL u32 *words, u32 c, u32 d, u32 rounds) {
    u32 x[CHAINS];
    const u32 stride = GROUP_COUNT * GROUP_SIZE;
    UNROLL
    for (u32 i = 0; i < CHAINS; ++i) x[i] = words[i * stride + GLOBAL_ID];
    for (u32 round = 0; round < rounds; ++round) {
        UNROLL
        for (u32 at_once = 0; at_once < ROUNDS_AT_ONCE; ++at_once) {
            UNROLL
            for (u32 i = 0; i < CHAINS; ++i) x[i] = x[i] * c + d;
        }
    }
    UNROLL
    for (u32 i = 0; i < CHAINS; ++i) words[i * stride + GLOBAL_ID] = x[i];
}

// As little as a launch can do and be seen to have been done.
KERNEL(touch, 1)(GLOBAL u32 *word) { word[0] += 1; }
