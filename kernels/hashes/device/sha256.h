// SHA-256 (FIPS 180-4).
//
// A compression takes 64 rounds of 6 rotations, 12 other operations and additions, and 48 words of schedule of 4
// rotations, 2 shifts and 7 others: about 2,300 operations on words of 32 bits with a rotation in one instruction. A
// block that is padding alone has its schedule made beforehand, which leaves 1,500.

CONSTANT u32 SHA256_STATE[8] = {SHA256_INITIAL_STATE};
CONSTANT u32 SHA256_K[64] = {SHA256_ROUND_CONSTANTS};
// Words and the rounds' constants added up, of the block behind the 64 bytes of a pair.
CONSTANT u32 SHA256_PAIR_PADDING[64] = {SHA256_PAIR_SCHEDULE};
#if LEAF_BYTES % 64 == 0
CONSTANT u32 SHA256_LEAF_PADDING[64] = {SHA256_LEAF_SCHEDULE};
#endif

#if VECTOR_BITS == 256 && defined(__SHA__) && !WITHOUT_SHA_EXTENSION
#include "kernels/hashes/opencl/sha256_extension.h"
#else

FUNCTION words sha256_byte_swap(words x) {
#if LANES == 1
    return BYTE_SWAP32(x);
#else
    return ROTATE_RIGHT32(x & 0xff00ff00u, 24) | ROTATE_RIGHT32(x & 0x00ff00ffu, 8);
#endif
}

// One round; the eight variables change places from round to round.
#define SHA256_ROUND(a, b, c, d, e, f, g, h, word)                                                           \
    {                                                                                                        \
        const words sum1 = ROTATE_RIGHT32(e, 6) ^ ROTATE_RIGHT32(e, 11) ^ ROTATE_RIGHT32(e, 25);             \
        const words t = (h + (word)) + (sum1 + (g ^ (e & (f ^ g))));                                         \
        const words sum0 = ROTATE_RIGHT32(a, 2) ^ ROTATE_RIGHT32(a, 13) ^ ROTATE_RIGHT32(a, 22);             \
        d += t;                                                                                              \
        h = t + (sum0 + (b ^ ((a ^ b) & (b ^ c))));                                                          \
    }
#define SHA256_EIGHT_ROUNDS(word, i)                                \
    SHA256_ROUND(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7], word(i))     \
    SHA256_ROUND(s[7], s[0], s[1], s[2], s[3], s[4], s[5], s[6], word(i + 1)) \
    SHA256_ROUND(s[6], s[7], s[0], s[1], s[2], s[3], s[4], s[5], word(i + 2)) \
    SHA256_ROUND(s[5], s[6], s[7], s[0], s[1], s[2], s[3], s[4], word(i + 3)) \
    SHA256_ROUND(s[4], s[5], s[6], s[7], s[0], s[1], s[2], s[3], word(i + 4)) \
    SHA256_ROUND(s[3], s[4], s[5], s[6], s[7], s[0], s[1], s[2], word(i + 5)) \
    SHA256_ROUND(s[2], s[3], s[4], s[5], s[6], s[7], s[0], s[1], word(i + 6)) \
    SHA256_ROUND(s[1], s[2], s[3], s[4], s[5], s[6], s[7], s[0], word(i + 7))

// The word of the schedule 16 after w[i], in its place.
FUNCTION void sha256_extend(words *w, u32 i) {
    const words early = w[(i + 1) % 16], late = w[(i + 14) % 16];
    const words sigma0 = ROTATE_RIGHT32(early, 7) ^ ROTATE_RIGHT32(early, 18) ^ (early >> 3);
    const words sigma1 = ROTATE_RIGHT32(late, 17) ^ ROTATE_RIGHT32(late, 19) ^ (late >> 10);
    w[i] = (w[i] + sigma0) + (w[(i + 9) % 16] + sigma1);
}

// One block of 16 big-endian words, which are overwritten.
FUNCTION void sha256_compress(words *state, words *w) {
    words s[8];
    UNROLL for (u32 i = 0; i < 8; ++i) s[i] = state[i];
    UNROLL_ON_GPU for (u32 block = 0; block < 64; block += 16) {
#define SHA256_SCHEDULED(i) (w[i] + SHA256_K[block + i])
        SHA256_EIGHT_ROUNDS(SHA256_SCHEDULED, 0)
        SHA256_EIGHT_ROUNDS(SHA256_SCHEDULED, 8)
        if (block < 48) {
            UNROLL for (u32 i = 0; i < 16; ++i) sha256_extend(w, i);
        }
    }
    UNROLL for (u32 i = 0; i < 8; ++i) state[i] += s[i];
}

// A block that is the same for all messages.
FUNCTION void sha256_compress_padding(words *state, CONSTANT_POINTER(u32) schedule) {
    words s[8];
    UNROLL for (u32 i = 0; i < 8; ++i) s[i] = state[i];
    UNROLL_ON_GPU for (u32 block = 0; block < 64; block += 8) {
#define SHA256_PREPARED(i) schedule[block + i]
        SHA256_EIGHT_ROUNDS(SHA256_PREPARED, 0)
    }
    UNROLL for (u32 i = 0; i < 8; ++i) state[i] += s[i];
}

FUNCTION void sha256_start(words *state) {
    UNROLL for (u32 i = 0; i < 8; ++i) state[i] = (words)(SHA256_STATE[i]);
}
FUNCTION void sha256_finish(words *state) {
    UNROLL for (u32 i = 0; i < 8; ++i) state[i] = sha256_byte_swap(state[i]);
}

// Behind the message comes a bit 1, then zeros, then its length in bits in the last two words of a block.
FUNCTION void hash_leaf(rows leaves, words *digest) {
#if LEAF_BYTES % 64 == 0
    const u32 blocks = LEAF_BYTES / 64;
#else
    const u32 blocks = (LEAF_BYTES + 8) / 64 + 1;
#endif
    sha256_start(digest);
    for (u32 block = 0; block < blocks; ++block) {
        words w[16];
        message_row(leaves, 16 * block, w);
        message_row(leaves, 16 * block + 8, w + 8);
        UNROLL for (u32 i = 0; i < 16; ++i) {
#if LEAF_BYTES % 64
            if (16 * block + i == LEAF_BYTES / 4) w[i] |= 0x80u << (8 * (LEAF_BYTES % 4));
#endif
            w[i] = sha256_byte_swap(w[i]);
        }
#if LEAF_BYTES % 64
        if (block == blocks - 1) {
            w[14] = (words)((u32)((u64)LEAF_BYTES >> 29));
            w[15] = (words)((u32)LEAF_BYTES << 3);
        }
#endif
        sha256_compress(digest, w);
    }
#if LEAF_BYTES % 64 == 0
    sha256_compress_padding(digest, SHA256_LEAF_PADDING);
#endif
    sha256_finish(digest);
}

FUNCTION void hash_pair(rows pairs, words *digest) {
    words pair[2 * ROW_WORDS];
    load_pair(pairs, pair);
    words w[16];
    sha256_start(digest);
    UNROLL for (u32 i = 0; i < 16; ++i) w[i] = sha256_byte_swap(pair[i]);
    sha256_compress(digest, w);
    sha256_compress_padding(digest, SHA256_PAIR_PADDING);
    sha256_finish(digest);
}

#endif
