// SHA-256 by the SHA extensions of x86-64 processors, two messages in turn, since one alone waits for its own rounds: two
// rounds an instruction, which AVX2's 8 lanes together take 40 for. The twin of what stands beside its inclusion in
// sha256.h.
//
// The eight variables are in two vectors, from the last element on: a b e f and c d g h.

typedef int4 __attribute__((aligned(4))) unaligned_int4;
typedef int4 __attribute__((aligned(1))) unaligned_bytes;
#define SHA256_TOGETHER 2
#define SHA256_EACH UNROLL for (u32 k = 0; k < SHA256_TOGETHER; ++k)

typedef struct {
    int4 abef, cdgh;
} sha256_state;

FUNCTION int4 sha256_big_endian(int4 x) { return as_int4(as_uchar16(x).s32107654ba98fedc); }

FUNCTION void sha256_four_rounds(sha256_state *s, int4 words_and_constants) {
    s->cdgh = __builtin_ia32_sha256rnds2(s->cdgh, s->abef, words_and_constants);
    s->abef = __builtin_ia32_sha256rnds2(s->abef, s->cdgh, words_and_constants.s2323);
}

FUNCTION sha256_state sha256_sum(sha256_state a, sha256_state b) {
    a.abef += b.abef, a.cdgh += b.cdgh;
    return a;
}

// One block a message, of four vectors of words.
FUNCTION void sha256_compress(sha256_state *states, int4 w[SHA256_TOGETHER][4]) {
    sha256_state s[SHA256_TOGETHER];
    SHA256_EACH s[k] = states[k];
    UNROLL for (u32 i = 0; i < 16; ++i) {
        const int4 constants = ((CONSTANT_POINTER(unaligned_int4))SHA256_K)[i];
        SHA256_EACH {
            int4 *m = w[k];
            sha256_four_rounds(&s[k], m[i % 4] + constants);
            if (i < 12) {
                const int4 last = m[(i + 3) % 4];
                const int4 sigma0 = __builtin_ia32_sha256msg1(m[i % 4], m[(i + 1) % 4]);
                m[i % 4] = __builtin_ia32_sha256msg2(sigma0 + (int4)(m[(i + 2) % 4].s123, last.s0), last);
            }
        }
    }
    SHA256_EACH states[k] = sha256_sum(states[k], s[k]);
}

// A block that is the same for all messages.
FUNCTION void sha256_compress_padding(sha256_state *states, CONSTANT_POINTER(u32) schedule) {
    sha256_state s[SHA256_TOGETHER];
    SHA256_EACH s[k] = states[k];
    UNROLL for (u32 i = 0; i < 16; ++i) {
        SHA256_EACH sha256_four_rounds(&s[k], ((CONSTANT_POINTER(unaligned_int4))schedule)[i]);
    }
    SHA256_EACH states[k] = sha256_sum(states[k], s[k]);
}

FUNCTION sha256_state sha256_start(void) {
    sha256_state s;
    s.abef = (int4)(SHA256_STATE[5], SHA256_STATE[4], SHA256_STATE[1], SHA256_STATE[0]);
    s.cdgh = (int4)(SHA256_STATE[7], SHA256_STATE[6], SHA256_STATE[3], SHA256_STATE[2]);
    return s;
}
FUNCTION words sha256_finish(sha256_state s) {
    return as_uint8((int8)(sha256_big_endian((int4)(s.abef.s3, s.abef.s2, s.cdgh.s3, s.cdgh.s2)),
                           sha256_big_endian((int4)(s.abef.s1, s.abef.s0, s.cdgh.s1, s.cdgh.s0))));
}

FUNCTION void sha256_load(GLOBAL const u8 *from, int4 *w) {
    UNROLL for (u32 i = 0; i < 4; ++i) w[i] = sha256_big_endian(((GLOBAL const unaligned_bytes *)from)[i]);
}

// The block of a message in which it ends, or the one behind that: with a bit 1, zeros, and its length in bits.
FUNCTION void sha256_load_end(GLOBAL const u8 *message, u32 block, u32 is_last, int4 *w) {
    u32 x[16];
    for (u32 i = 0; i < 16; ++i) {
        const u32 index = 16 * block + i;
        x[i] = message_word(message, index);
        if (index == LEAF_BYTES / 4) x[i] |= 0x80u << (8 * (LEAF_BYTES % 4));
    }
    UNROLL for (u32 i = 0; i < 4; ++i) {
        w[i] = sha256_big_endian((int4)(x[4 * i], x[4 * i + 1], x[4 * i + 2], x[4 * i + 3]));
    }
    if (is_last) w[3].s2 = (u32)((u64)LEAF_BYTES >> 29), w[3].s3 = (u32)LEAF_BYTES << 3;
}

FUNCTION void hash_leaf(rows leaves, words *digest) {
    const u32 whole = LEAF_BYTES / 64, blocks = (LEAF_BYTES + 8) / 64 + 1;
    for (u32 first = 0; first < LANES; first += SHA256_TOGETHER) {
        sha256_state s[SHA256_TOGETHER];
        int4 w[SHA256_TOGETHER][4];
        SHA256_EACH s[k] = sha256_start();
        for (u32 block = 0; block < whole; ++block) {
            SHA256_EACH sha256_load(leaves.row[first + k] + 64 * block, w[k]);
            sha256_compress(s, w);
        }
#if LEAF_BYTES % 64 == 0
        sha256_compress_padding(s, SHA256_LEAF_PADDING);
#else
        for (u32 block = whole; block < blocks; ++block) {
            SHA256_EACH sha256_load_end(leaves.row[first + k], block, block == blocks - 1, w[k]);
            sha256_compress(s, w);
        }
#endif
        SHA256_EACH digest[first + k] = sha256_finish(s[k]);
    }
    transpose_rows(digest);
}

FUNCTION void hash_pair(rows pairs, words *digest) {
    for (u32 first = 0; first < LANES; first += SHA256_TOGETHER) {
        sha256_state s[SHA256_TOGETHER];
        int4 w[SHA256_TOGETHER][4];
        SHA256_EACH {
            s[k] = sha256_start();
            sha256_load(pairs.row[first + k], w[k]);
        }
        sha256_compress(s, w);
        sha256_compress_padding(s, SHA256_PAIR_PADDING);
        SHA256_EACH digest[first + k] = sha256_finish(s[k]);
    }
    transpose_rows(digest);
}
