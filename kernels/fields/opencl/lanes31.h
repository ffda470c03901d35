// FE_LANES elements of a 31-bit field in a vector of u32.
//
// Products of 32 bits go to vectors of half as many u64, of even lanes and of odd ones: each product is one
// instruction where the upper halves of the factors' words are known to be zero or to be shifted out.

typedef FE_JOIN(uint, FE_LANES) fev;
#if FE_LANES == 16
typedef ulong8 fev_half;
#define fev_as_halves as_ulong8
#define fev_of_halves as_uint16
#elif FE_LANES == 8
typedef ulong4 fev_half;
#define fev_as_halves as_ulong4
#define fev_of_halves as_uint8
#elif FE_LANES == 4
typedef ulong2 fev_half;
#define fev_as_halves as_ulong2
#define fev_of_halves as_uint4
#endif

FUNCTION fev fev_broadcast(fe a) { return (fev)(a); }

// A comparison and a choice, which compilers know as a minimum; the function of that name may be a call.
FUNCTION fev fev_smaller(fev a, fev b) { return a < b ? a : b; }
FUNCTION fev fev_add(fev a, fev b) {
    const fev sum = a + b;
    return fev_smaller(sum, sum - FE_P);
}
FUNCTION fev fev_sub(fev a, fev b) {
    const fev difference = a - b;
    return fev_smaller(difference, difference + FE_P);
}
// By one element in every lane.
FUNCTION fev fev_mul_by(fev a, fe b) {
    const fev_half wide = (fev_half)((u64)b);
    const fev_half even = (fev_as_halves(a) & U64(0xffffffff)) * wide, odd = (fev_as_halves(a) >> 32) * wide;
    const fev_half multiple = fev_as_halves(a * (b * FE_INVERSE));
    const fev_half even_rest = even - (multiple & U64(0xffffffff)) * FE_P;
    const fev_half odd_rest = odd - (multiple >> 32) * FE_P;
    const fev difference = fev_of_halves(even_rest >> 32 | odd_rest);
    return fev_smaller(difference, difference + FE_P);
}
FUNCTION fev fev_mul(fev a, fev b) {
    const fev_half a_even = fev_as_halves(a) & U64(0xffffffff), a_odd = fev_as_halves(a) >> 32;
    const fev_half b_even = fev_as_halves(b) & U64(0xffffffff), b_odd = fev_as_halves(b) >> 32;
    const fev_half multiple = fev_as_halves(a * b * FE_INVERSE);
    // The lower halves of the two products are the same.
    const fev_half even = a_even * b_even - (multiple & U64(0xffffffff)) * FE_P;
    const fev_half odd = a_odd * b_odd - (multiple >> 32) * FE_P;
    const fev difference = fev_of_halves(even >> 32 | odd);
    return fev_smaller(difference, difference + FE_P);
}
