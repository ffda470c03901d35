// FE_LANES elements of the Goldilocks field in a vector of u64; a product of 64 bits is four of 32.

typedef FE_JOIN(ulong, FE_LANES) fev;
#define fev_as_mask FE_JOIN(as_ulong, FE_LANES)

FUNCTION fev fev_broadcast(fe a) { return (fev)(a); }

// What a borrow of a - b, or a carry, is worth; epsilon or zero.
FUNCTION fev fev_epsilon_if_less(fev a, fev b) { return fev_as_mask(a < b) & FE_EPSILON; }

FUNCTION fev fev_sub(fev a, fev b) { return a - b - fev_epsilon_if_less(a, b); }
FUNCTION fev fev_add(fev a, fev b) { return fev_sub(a, FE_P - b); }
FUNCTION fev fev_canonical(fev x) { return x >= FE_P ? x - FE_P : x; }

FUNCTION fev fev_reduce_lazily(fev low, fev high) {
    const fev top = high >> 32, middle = high & FE_EPSILON;
    const fev x = low - top - fev_epsilon_if_less(low, top);
    const fev term = (middle << 32) - middle, sum = x + term;
    return sum + fev_epsilon_if_less(sum, term);
}
// From the halves of the factors' words.
FUNCTION fev fev_mul_halves(fev a0, fev a1, fev b0, fev b1) {
    const fev low = a0 * b0;
    const fev middle = a0 * b1 + (low >> 32);
    const fev other = a1 * b0 + (middle & FE_EPSILON);
    const fev high = a1 * b1 + (middle >> 32) + (other >> 32);
    return fev_canonical(fev_reduce_lazily(other << 32 | (low & FE_EPSILON), high));
}
FUNCTION fev fev_mul(fev a, fev b) {
    return fev_mul_halves(a & FE_EPSILON, a >> 32, b & FE_EPSILON, b >> 32);
}
// By one element in every lane.
FUNCTION fev fev_mul_by(fev a, fe b) {
    return fev_mul_halves(a & FE_EPSILON, a >> 32, (fev)(b & FE_EPSILON), (fev)(b >> 32));
}
