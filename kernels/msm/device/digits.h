// Scalars as signed digits of their halves, from the lowest on.
#include "kernels/curves/device/split.h"

// Takes c bits off a half scalar: the digit's magnitude, at most 2^(c-1), and whether it is to be subtracted. `carry` is
// what the digit before left. The last digit leaves none: a half has 127 bits, and the windows together more.
FUNCTION u32 next_digit(half_scalar *h, u32 c, u32 *carry, u32 *negative) {
    const u32 digit = (h->words[0] & ((1u << c) - 1)) + *carry;
    UNROLL for (u32 i = 0; i < 3; ++i) h->words[i] = h->words[i] >> c | h->words[i + 1] << (32 - c);
    h->words[3] >>= c;
    *carry = digit > 1u << (c - 1);
    *negative = *carry ^ h->negative;
    return *carry ? (1u << c) - digit : digit;
}
