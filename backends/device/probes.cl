// Probes of a device: loops that do one thing as fast as it can, over words that the caller checks.

// Compilers for CPUs rarely join work items to vectors: there a chain is a vector, as it is in the kernels.
#if LANES == 1
typedef u32 word;
typedef u64 product;
#else
typedef uint16 word;
typedef ulong8 product;
#endif

// Each thread takes CHAINS words ROUNDS_AT_ONCE x rounds times from x to x c + d modulo 2^32, every chain by itself.
// c and d come with the launch, so that no compiler knows them.
KERNEL(multiply_add, 256)(GLOBAL word *words, u32 c, u32 d, u32 rounds) {
    word x[CHAINS];
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

// Multiply-with-carry (Marsaglia): x to (low half of x) c + (high half of x), which needs both halves of each product and
// divides by 2^32 modulo c 2^32 - 1.
KERNEL(multiply_32, 256)(GLOBAL product *words, u32 c, u32 rounds) {
    product x[CHAINS];
    const u32 stride = GROUP_COUNT * GROUP_SIZE;
    UNROLL
    for (u32 i = 0; i < CHAINS; ++i) x[i] = words[i * stride + GLOBAL_ID];
    for (u32 round = 0; round < rounds; ++round) {
        UNROLL
        for (u32 at_once = 0; at_once < ROUNDS_AT_ONCE; ++at_once) {
            UNROLL
            for (u32 i = 0; i < CHAINS; ++i) x[i] = (x[i] & U64(0xffffffff)) * (u64)c + (x[i] >> 32);
        }
    }
    UNROLL
    for (u32 i = 0; i < CHAINS; ++i) words[i * stride + GLOBAL_ID] = x[i];
}

// The same with halves of 64 bits. All low halves lie before all high ones.
KERNEL(multiply_64, 256)(GLOBAL u64 *words, u64 c, u32 rounds) {
    u64 low[CHAINS_64], high[CHAINS_64];
    const u32 stride = GROUP_COUNT * GROUP_SIZE;
    UNROLL
    for (u32 i = 0; i < CHAINS_64; ++i) {
        low[i] = words[i * stride + GLOBAL_ID];
        high[i] = words[(CHAINS_64 + i) * stride + GLOBAL_ID];
    }
    for (u32 round = 0; round < rounds; ++round) {
        UNROLL
        for (u32 at_once = 0; at_once < ROUNDS_AT_ONCE; ++at_once) {
            UNROLL
            for (u32 i = 0; i < CHAINS_64; ++i) {
#if HAS_U128
                const u128 sum = (u128)low[i] * c + high[i];
                low[i] = (u64)sum;
                high[i] = (u64)(sum >> 64);
#else
                const u64 least = low[i] * c, most = MULTIPLY_HIGH64(low[i], c);
                low[i] = least + high[i];
                high[i] = most + (low[i] < least);
#endif
            }
        }
    }
    UNROLL
    for (u32 i = 0; i < CHAINS_64; ++i) {
        words[i * stride + GLOBAL_ID] = low[i];
        words[(CHAINS_64 + i) * stride + GLOBAL_ID] = high[i];
    }
}

// As little as a launch can do and be seen to have been done.
KERNEL(touch, 1)(GLOBAL u32 *word) { word[0] += 1; }
