// Keccak-256 with Keccak's own padding, as Ethereum uses it (The Keccak reference 3.0).
//
// A permutation takes 24 rounds of 29 rotations and 68 logical operations of up to three operands on words of 64 bits,
// which are two on a GPU: 24 x 2 x (29 + 68) = 4,700 instructions there.

#define KECCAK_RATE_WORDS (MESSAGE_BLOCK_BYTES / 8)
CONSTANT u64 KECCAK_CONSTANTS[KECCAK_ROUNDS] = {KECCAK_ROUND_CONSTANTS};

// By 0 as well.
#define KECCAK_ROTATE(x, n) (((x) << (n)) | ((x) >> ((64 - (n)) % 64)))

// A row of the next state, from the five lanes that come there, with their rotations: rho, pi and chi.
#define KECCAK_ROW(row, f0, n0, f1, n1, f2, n2, f3, n3, f4, n4)                            \
    {                                                                                      \
        const words b0 = KECCAK_ROTATE(a[f0], n0), b1 = KECCAK_ROTATE(a[f1], n1);          \
        const words b2 = KECCAK_ROTATE(a[f2], n2), b3 = KECCAK_ROTATE(a[f3], n3);          \
        const words b4 = KECCAK_ROTATE(a[f4], n4);                                         \
        next[5 * row] = b0 ^ (~b1 & b2);                                                   \
        next[5 * row + 1] = b1 ^ (~b2 & b3);                                               \
        next[5 * row + 2] = b2 ^ (~b3 & b4);                                               \
        next[5 * row + 3] = b3 ^ (~b4 & b0);                                               \
        next[5 * row + 4] = b4 ^ (~b0 & b1);                                               \
    }

FUNCTION void keccak_permute(words *a) {
    for (u32 round = 0; round < KECCAK_ROUNDS; ++round) {
        words c[5], d[5], next[25];
        UNROLL for (u32 x = 0; x < 5; ++x) c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
        UNROLL for (u32 x = 0; x < 5; ++x) d[x] = c[(x + 4) % 5] ^ KECCAK_ROTATE(c[(x + 1) % 5], 1);
        // At once, so that the differences leave their registers.
        UNROLL for (u32 i = 0; i < 25; ++i) a[i] ^= d[i % 5];
        KECCAK_ROWS
        next[0] ^= KECCAK_CONSTANTS[round];
        UNROLL for (u32 i = 0; i < 25; ++i) a[i] = next[i];
    }
}

FUNCTION void keccak_finish(words *state, words *digest) {
    keccak_permute(state);
    UNROLL for (u32 i = 0; i < 4; ++i) digest[i] = state[i];
}

// Behind the message comes a bit 1, then zeros, then a bit 1 at the block's end.
FUNCTION void hash_leaf(rows leaves, words *digest) {
    words state[25];
    UNROLL for (u32 i = 0; i < 25; ++i) state[i] = (words)(0);
    const u32 blocks = LEAF_BYTES / (8 * KECCAK_RATE_WORDS) + 1;
    for (u32 block = 0; block < blocks; ++block) {
        if (block > 0) keccak_permute(state);
        const u32 first = KECCAK_RATE_WORDS * block;
        UNROLL for (u32 i = 0; i < 16; i += 4) {
            words x[4];
            message_row(leaves, first + i, x);
            UNROLL for (u32 k = 0; k < 4; ++k) state[i + k] ^= x[k];
        }
        state[16] ^= OF_EVERY_ROW(message_word, leaves, first + 16);
        UNROLL for (u32 i = 0; i < KECCAK_RATE_WORDS; ++i) {
            if (first + i == LEAF_BYTES / 8) state[i] ^= U64(1) << (8 * (LEAF_BYTES % 8));
        }
    }
    state[KECCAK_RATE_WORDS - 1] ^= U64(1) << 63;
    keccak_finish(state, digest);
}

FUNCTION void hash_pair(rows pairs, words *digest) {
    words pair[2 * ROW_WORDS];
    load_pair(pairs, pair);
    words state[25];
    UNROLL for (u32 i = 0; i < 8; ++i) state[i] = pair[i];
    UNROLL for (u32 i = 8; i < 25; ++i) state[i] = (words)(0);
    state[8] = (words)(U64(1));
    state[KECCAK_RATE_WORDS - 1] = (words)(U64(1) << 63);
    keccak_finish(state, digest);
}
