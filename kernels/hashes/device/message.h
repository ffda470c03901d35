// Reading a message of LEAF_BYTES bytes as words of 32 bits, little-endian, with zeros behind its end.
//
// Its length is known to the compiler, so that padding costs nothing where there is none.

FUNCTION u32 message_word(GLOBAL const u8 *message, u32 index) {
    const u32 at = 4 * index;
#if LEAF_BYTES % 4 == 0
    // Then every message lies on a word.
    return at < LEAF_BYTES ? ((GLOBAL const u32 *)message)[index] : 0;
#else
    u32 word = 0;
    UNROLL for (u32 i = 0; i < 4; ++i) {
        if (at + i < LEAF_BYTES) word |= (u32)message[at + i] << (8 * i);
    }
    return word;
#endif
}
