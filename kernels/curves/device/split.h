// Splitting a scalar along the endomorphism: k = k1 + k2 lambda (mod r), |k1|, |k2| < 2^127; the twin of
// kernels/curves/cpu/split.hpp, where the method stands. In words of 32 bits.

// Sign and magnitude.
typedef struct {
    u32 words[4];
    u32 negative;
} half_scalar;

CONSTANT u32 SPLIT_QUOTIENTS[2][8] = {{SPLIT_G1}, {SPLIT_G2}};
CONSTANT u32 SPLIT_BASIS[2][2][6] = {{{SPLIT_A1}, {SPLIT_B1}}, {{SPLIT_A2}, {SPLIT_B2}}};

// c = (k g + 2^319) >> 320; the words below the ninth matter by their carries alone.
FUNCTION void rounded_quotient(const u32 *k, u32 which, u32 *c) {
    u32 product[16];
    UNROLL for (u32 i = 0; i < 16; ++i) product[i] = 0;
    UNROLL_ON_GPU for (u32 i = 0; i < 8; ++i) {
        u32 carry = 0;
        UNROLL for (u32 j = 0; j < 8; ++j) {
            const u64 t = (u64)k[i] * SPLIT_QUOTIENTS[which][j] + product[i + j] + carry;
            product[i + j] = (u32)t;
            carry = (u32)(t >> 32);
        }
        product[i + 8] = carry;
    }
    u32 carry = product[9] >> 31;
    UNROLL for (u32 i = 0; i < 6; ++i) {
        const u64 t = (u64)product[10 + i] + carry;
        c[i] = (u32)t;
        carry = (u32)(t >> 32);
    }
}

// h -= c v modulo 2^192.
FUNCTION void subtract_product(u32 *h, const u32 *c, u32 which, u32 coordinate) {
    u32 product[6];
    UNROLL for (u32 i = 0; i < 6; ++i) product[i] = 0;
    UNROLL for (u32 i = 0; i < 6; ++i) {
        u32 carry = 0;
        UNROLL for (u32 j = 0; i + j < 6; ++j) {
            const u64 t = (u64)c[i] * SPLIT_BASIS[which][coordinate][j] + product[i + j] + carry;
            product[i + j] = (u32)t;
            carry = (u32)(t >> 32);
        }
    }
    u32 borrow = 0;
    UNROLL for (u32 i = 0; i < 6; ++i) {
        const u64 t = (u64)h[i] - product[i] - borrow;
        h[i] = (u32)t;
        borrow = (u32)(t >> 32) & 1;
    }
}

FUNCTION half_scalar sign_and_magnitude(const u32 *h) {
    half_scalar r;
    r.negative = h[5] >> 31;
    const u32 mask = 0 - r.negative;
    u32 carry = r.negative;
    UNROLL for (u32 i = 0; i < 4; ++i) {
        const u64 t = (u64)(h[i] ^ mask) + carry;
        r.words[i] = (u32)t;
        carry = (u32)(t >> 32);
    }
    return r;
}

FUNCTION void split_scalar(const u32 *k, half_scalar *halves) {
    u32 first[6], second[6];
    UNROLL for (u32 i = 0; i < 6; ++i) {
        first[i] = k[i];
        second[i] = 0;
    }
    UNROLL for (u32 which = 0; which < 2; ++which) {
        u32 c[6];
        rounded_quotient(k, which, c);
        subtract_product(first, c, which, 0);
        subtract_product(second, c, which, 1);
    }
    halves[0] = sign_and_magnitude(first);
    halves[1] = sign_and_magnitude(second);
}
