// Products of 31-bit fields in lanes. Products of 32 bits go to vectors of half as many words of 64, of even lanes and of
// odd ones.

#if LANES == 16
typedef int16 p31_signed;
typedef long8 p31_wide;
#define p31_as_wide as_long8
#define p31_as_unsigned as_ulong8
#define p31_as_words as_uint16
#elif LANES == 8
typedef int8 p31_signed;
typedef long4 p31_wide;
#define p31_as_wide as_long4
#define p31_as_unsigned as_ulong4
#define p31_as_words as_uint8
#else
typedef int4 p31_signed;
typedef long2 p31_wide;
#define p31_as_wide as_long2
#define p31_as_unsigned as_ulong2
#define p31_as_words as_uint4
#endif

// A comparison and a choice, which compilers know as a minimum.
FUNCTION words p31_smaller(words a, words b) { return a < b ? a : b; }

FUNCTION p31_wide p31_even(words a) { return (p31_as_wide(a) << 32) >> 32; }
FUNCTION p31_wide p31_odd(words a) { return p31_as_wide(a) >> 32; }

FUNCTION words p31_product(words a, words b) {
    const words multiple = a * b * FE_INVERSE;
    // The lower halves are the same, so that nothing is left of them.
    const p31_wide even = p31_even(a) * p31_even(b) - p31_even(multiple) * (i64)FE_P;
    const p31_wide odd = p31_odd(a) * p31_odd(b) - p31_odd(multiple) * (i64)FE_P;
    return p31_as_words(p31_as_unsigned(even) >> 32 | p31_as_unsigned(odd));
}
