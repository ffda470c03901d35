// Products of Goldilocks elements in lanes: four of 32 bits a product, three a square.
//
// Carries are found by comparing. Vectors of AVX2 compare signed words only, so words are shifted by 2^63 for that.

#if LANES == 8
typedef long8 gl_signed;
#define gl_as_signed as_long8
#define gl_as_words as_ulong8
#elif LANES == 4
typedef long4 gl_signed;
#define gl_as_signed as_long4
#define gl_as_words as_ulong4
#else
typedef long2 gl_signed;
#define gl_as_signed as_long2
#define gl_as_words as_ulong2
#endif
#define GL_SIGN (U64(1) << 63)

FUNCTION words gl_shifted(words a) { return a ^ GL_SIGN; }
// Epsilon, what a carry or a borrow is worth, where a shifted word is less than another.
FUNCTION words gl_epsilon_if_less(words a, words b) { return gl_as_words(gl_as_signed(a) < gl_as_signed(b)) >> 32; }
// a + b for a shifted a, with what a lost carry is worth; b <= p.
FUNCTION words gl_add_shifted(words a, words b) {
    const words sum = a + b;
    return sum + gl_epsilon_if_less(sum, a);
}
FUNCTION words gl_add_folding(words a, words b) { return gl_shifted(gl_add_shifted(gl_shifted(a), b)); }
FUNCTION words gl_canonical(words a) { return a + gl_epsilon_if_less((words)((FE_P - 1) ^ GL_SIGN), gl_shifted(a)); }

// low + 2^64 high: 2^64 is epsilon, 2^96 is -1.
FUNCTION words gl_reduce(words low, words high) {
    const words shifted = gl_shifted(low), difference = shifted - (high >> 32);
    const words folded = difference - gl_epsilon_if_less(shifted, difference);
    return gl_shifted(gl_add_shifted(folded, (high & FE_EPSILON) * FE_EPSILON));
}

// a b = (low modulo 2^32) + 2^32 (middle modulo 2^32) + 2^64 high.
FUNCTION void gl_wide_product(words a, words b, words *low, words *middle, words *high) {
    const words a0 = a & FE_EPSILON, a1 = a >> 32, b0 = b & FE_EPSILON, b1 = b >> 32;
    *low = a0 * b0;
    const words one = a1 * b0 + (*low >> 32);
    *middle = a0 * b1 + (one & FE_EPSILON);
    *high = a1 * b1 + (one >> 32) + (*middle >> 32);
}
FUNCTION words gl_mul(words a, words b) {
    words low, middle, high;
    gl_wide_product(a, b, &low, &middle, &high);
    return gl_reduce(middle << 32 | (low & FE_EPSILON), high);
}
FUNCTION words gl_square(words a) {
    const words a0 = a & FE_EPSILON, a1 = a >> 32;
    const words low = a0 * a0, cross = a0 * a1;
    // The cross product counts twice: half of that sum has no 65th bit.
    const words middle = cross + (low >> 33);
    return gl_reduce(low + (cross << 33), a1 * a1 + (middle >> 31));
}
