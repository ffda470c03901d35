// Reading messages of LEAF_BYTES bytes as little-endian words, with zeros behind their ends.
//
// Their length is known to the compiler, so that padding costs nothing where there is none.

// Two digests side by side.
FUNCTION void load_pair(rows pairs, words *pair) {
    load_aligned_row(pairs, 0, pair);
    load_aligned_row(pairs, ROW_BYTES, pair + ROW_WORDS);
}

// One word of one message.
FUNCTION word message_word(GLOBAL const u8 *message, u32 index) {
    const u32 at = index * (WORD_BITS / 8);
#if LEAF_BYTES % (WORD_BITS / 8) == 0
    // Then every message lies on a word.
    return at < LEAF_BYTES ? ((GLOBAL const word *)message)[index] : 0;
#else
    word value = 0;
    UNROLL for (u32 i = 0; i < WORD_BITS / 8; ++i) {
        if (at + i < LEAF_BYTES) value |= (word)message[at + i] << (8 * i);
    }
    return value;
#endif
}

// The words from `index` on, of ROW_BYTES bytes: `index` lies a multiple of those behind the beginning of a block of
// MESSAGE_BLOCK_BYTES.
FUNCTION void message_row(rows messages, u32 index, words *x) {
#if LANES > 1 || LEAF_BYTES % (WORD_BITS / 8) == 0
    if (index * (WORD_BITS / 8) + ROW_BYTES <= LEAF_BYTES) {
#if LEAF_BYTES % 16 == 0 && MESSAGE_BLOCK_BYTES % 16 == 0
        load_aligned_row(messages, index * (WORD_BITS / 8), x);
#else
        load_row(messages, index * (WORD_BITS / 8), x);
#endif
        return;
    }
#endif
    UNROLL for (u32 i = 0; i < ROW_WORDS; ++i) x[i] = OF_EVERY_ROW(message_word, messages, index + i);
}
