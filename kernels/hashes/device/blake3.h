// BLAKE3, unkeyed, 32 bytes out ("BLAKE3: one function, fast everywhere", 2020).
//
// A compression takes 7 rounds of 8 quarters of 6 additions, 4 exclusive ors and 4 rotations, and 8 words of output:
// 792 operations on words of 32 bits with a rotation in one instruction.

#define BLAKE3_BLOCK_BYTES 64
#define BLAKE3_CHUNK_BYTES 1024
#define BLAKE3_CHUNKS ((LEAF_BYTES + BLAKE3_CHUNK_BYTES - 1) / BLAKE3_CHUNK_BYTES)
// More chaining values than this never wait: a message has fewer than 2^22 chunks.
#define BLAKE3_DEPTH 22

CONSTANT u32 BLAKE3_IV[8] = {BLAKE3_INITIAL_VALUE};

#define BLAKE3_QUARTER(a, b, c, d, x, y) \
    a += b + (x);                        \
    d = ROTATE_RIGHT32(d ^ a, 16);       \
    c += d;                              \
    b = ROTATE_RIGHT32(b ^ c, 12);       \
    a += b + (y);                        \
    d = ROTATE_RIGHT32(d ^ a, 8);        \
    c += d;                              \
    b = ROTATE_RIGHT32(b ^ c, 7);

// One block of 16 words into a chaining value. Counters fit a word: messages are shorter than 2^32 bytes.
FUNCTION void blake3_compress(words *chaining, const words *block, u32 counter, u32 bytes, u32 flags) {
    words v[16], m[16];
    UNROLL for (u32 i = 0; i < 8; ++i) v[i] = chaining[i];
    UNROLL for (u32 i = 0; i < 4; ++i) v[8 + i] = (words)(BLAKE3_IV[i]);
    v[12] = (words)(counter), v[13] = (words)(0), v[14] = (words)(bytes), v[15] = (words)(flags);
    UNROLL for (u32 i = 0; i < 16; ++i) m[i] = block[i];
    UNROLL for (u32 round = 0; round < 7; ++round) {
        BLAKE3_QUARTER(v[0], v[4], v[8], v[12], m[0], m[1])
        BLAKE3_QUARTER(v[1], v[5], v[9], v[13], m[2], m[3])
        BLAKE3_QUARTER(v[2], v[6], v[10], v[14], m[4], m[5])
        BLAKE3_QUARTER(v[3], v[7], v[11], v[15], m[6], m[7])
        BLAKE3_QUARTER(v[0], v[5], v[10], v[15], m[8], m[9])
        BLAKE3_QUARTER(v[1], v[6], v[11], v[12], m[10], m[11])
        BLAKE3_QUARTER(v[2], v[7], v[8], v[13], m[12], m[13])
        BLAKE3_QUARTER(v[3], v[4], v[9], v[14], m[14], m[15])
        words next[16];
        BLAKE3_PERMUTE(next, m)
        UNROLL for (u32 i = 0; i < 16; ++i) m[i] = next[i];
    }
    UNROLL for (u32 i = 0; i < 8; ++i) chaining[i] = v[i] ^ v[i + 8];
}

FUNCTION void blake3_start(words *chaining) {
    UNROLL for (u32 i = 0; i < 8; ++i) chaining[i] = (words)(BLAKE3_IV[i]);
}

// The chaining value of one chunk of each message; `top` is BLAKE3_ROOT where it is the only one.
FUNCTION void blake3_chunk(rows leaves, u32 chunk, u32 top, words *chaining) {
    const u32 start = chunk * BLAKE3_CHUNK_BYTES;
    const u32 end = LEAF_BYTES - start < BLAKE3_CHUNK_BYTES ? LEAF_BYTES : start + BLAKE3_CHUNK_BYTES;
    blake3_start(chaining);
    for (u32 at = start; at < end; at += BLAKE3_BLOCK_BYTES) {
        const u32 bytes = end - at < BLAKE3_BLOCK_BYTES ? end - at : BLAKE3_BLOCK_BYTES;
        words block[16];
        message_row(leaves, at / 4, block);
        message_row(leaves, at / 4 + 8, block + 8);
        u32 flags = at == start ? BLAKE3_CHUNK_START : 0;
        if (at + bytes == end) flags |= BLAKE3_CHUNK_END | top;
        blake3_compress(chaining, block, chunk, bytes, flags);
    }
}

// left || right into the chaining value `right`.
FUNCTION void blake3_parent(const words *left, words *right, u32 top) {
    words block[16];
    UNROLL for (u32 i = 0; i < 8; ++i) {
        block[i] = left[i];
        block[8 + i] = right[i];
    }
    blake3_start(right);
    blake3_compress(right, block, 0, BLAKE3_BLOCK_BYTES, BLAKE3_PARENT | top);
}

FUNCTION void hash_leaf(rows leaves, words *digest) {
#if LEAF_BYTES <= BLAKE3_CHUNK_BYTES
    blake3_chunk(leaves, 0, BLAKE3_ROOT, digest);
#else
    // Complete subtrees wait until their sisters are complete: as many as the number of chunks so far has ones.
    words waiting[8 * BLAKE3_DEPTH];
    u32 depth = 0;
    for (u32 chunk = 0; chunk < BLAKE3_CHUNKS - 1; ++chunk) {
        blake3_chunk(leaves, chunk, 0, digest);
        for (u32 done = chunk + 1; done % 2 == 0; done /= 2) blake3_parent(waiting + 8 * --depth, digest, 0);
        for (u32 i = 0; i < 8; ++i) waiting[8 * depth + i] = digest[i];
        ++depth;
    }
    blake3_chunk(leaves, BLAKE3_CHUNKS - 1, 0, digest);
    while (depth-- > 0) blake3_parent(waiting + 8 * depth, digest, depth == 0 ? BLAKE3_ROOT : 0);
#endif
}

FUNCTION void hash_pair(rows pairs, words *digest) {
    words pair[2 * ROW_WORDS];
    load_pair(pairs, pair);
    blake3_start(digest);
    blake3_compress(digest, pair, 0, BLAKE3_BLOCK_BYTES,
                    BLAKE3_CHUNK_START | BLAKE3_CHUNK_END | BLAKE3_ROOT);
}
