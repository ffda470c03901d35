// SHA-256 (FIPS 180-4), one message a thread.
//
// A compression takes 64 rounds of 6 rotations, 12 other operations and additions, and 48 words of schedule of 4
// rotations, 2 shifts and 7 others: about 2,300 operations on words of 32 bits with a rotation in one instruction.

#define DIGEST_WORDS 8

CONSTANT u32 SHA256_STATE[8] = {SHA256_INITIAL_STATE};
CONSTANT u32 SHA256_K[64] = {SHA256_ROUND_CONSTANTS};

// One block of 16 big-endian words, which are overwritten.
FUNCTION void sha256_compress(u32 *state, u32 *w) {
    u32 a = state[0], b = state[1], c = state[2], d = state[3];
    u32 e = state[4], f = state[5], g = state[6], h = state[7];
    UNROLL_ON_GPU for (u32 block = 0; block < 64; block += 16) {
        UNROLL for (u32 i = 0; i < 16; ++i) {
            const u32 sum1 = ROTATE_RIGHT32(e, 6) ^ ROTATE_RIGHT32(e, 11) ^ ROTATE_RIGHT32(e, 25);
            const u32 t1 = h + sum1 + (g ^ (e & (f ^ g))) + SHA256_K[block + i] + w[i];
            const u32 sum0 = ROTATE_RIGHT32(a, 2) ^ ROTATE_RIGHT32(a, 13) ^ ROTATE_RIGHT32(a, 22);
            const u32 t2 = sum0 + ((a & b) | (c & (a | b)));
            h = g, g = f, f = e, e = d + t1;
            d = c, c = b, b = a, a = t1 + t2;
            if (block < 48) {
                // This word's place is free: it holds what is wanted 16 rounds on.
                const u32 x = w[(i + 1) % 16], y = w[(i + 14) % 16];
                const u32 s0 = ROTATE_RIGHT32(x, 7) ^ ROTATE_RIGHT32(x, 18) ^ (x >> 3);
                const u32 s1 = ROTATE_RIGHT32(y, 17) ^ ROTATE_RIGHT32(y, 19) ^ (y >> 10);
                w[i] += s0 + w[(i + 9) % 16] + s1;
            }
        }
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
    state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}

FUNCTION void sha256_start(u32 *state) {
    UNROLL for (u32 i = 0; i < 8; ++i) state[i] = SHA256_STATE[i];
}
FUNCTION void sha256_finish(u32 *state) {
    UNROLL for (u32 i = 0; i < 8; ++i) state[i] = BYTE_SWAP32(state[i]);
}

// Behind the message comes a bit 1, then zeros, then its length in bits in the last two words of a block.
FUNCTION void hash_leaf(GLOBAL const u8 *leaf, u32 *digest) {
    const u32 blocks = (LEAF_BYTES + 8) / 64 + 1;
    sha256_start(digest);
    for (u32 block = 0; block < blocks; ++block) {
        u32 w[16];
        UNROLL for (u32 i = 0; i < 16; ++i) {
            const u32 index = 16 * block + i;
            u32 word = message_word(leaf, index);
            if (index == LEAF_BYTES / 4) word |= 0x80u << (8 * (LEAF_BYTES % 4));
            w[i] = BYTE_SWAP32(word);
        }
        if (block == blocks - 1) {
            w[14] = (u32)((u64)LEAF_BYTES >> 29);
            w[15] = (u32)LEAF_BYTES << 3;
        }
        sha256_compress(digest, w);
    }
    sha256_finish(digest);
}

FUNCTION void hash_pair(const u32 *pair, u32 *digest) {
    u32 w[16];
    sha256_start(digest);
    UNROLL for (u32 i = 0; i < 16; ++i) w[i] = BYTE_SWAP32(pair[i]);
    sha256_compress(digest, w);
    UNROLL for (u32 i = 0; i < 16; ++i) w[i] = 0;
    w[0] = 0x80000000u;
    w[15] = 512;
    sha256_compress(digest, w);
    sha256_finish(digest);
}
