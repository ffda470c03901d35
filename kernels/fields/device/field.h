// The field of a program, chosen by its definitions (kernels/fields/device/__init__.py makes them from the
// catalogue of fields): the type fe and functions with the same names for every field.
//
//   fe_zero() fe_one()                       constants
//   fe_add(a, b) fe_sub(a, b) fe_neg(a)      reduced, like every result here
//   fe_mul(a, b) fe_sqr(a)
//   fe_pow(a, exponent) fe_inv(a)            the inverse of zero is zero
//   fe_equal(a, b) fe_is_zero(a)             1 or 0
//   fe_from_canonical(a) fe_to_canonical(a)  into and out of the form that the others take
//
// An fe has the bytes of the border's arrays: u32 for 31-bit fields, u64 for Goldilocks, else a struct of limbs from
// the least on. So a GLOBAL fe * points to what a user's array was copied to. Values are always below the modulus.
// Goldilocks is in canonical form, the others in Montgomery form.
#if LANGUAGE_CUDA
#include "kernels/fields/cuda/carry.h"
#endif
#if FE_31
#include "kernels/fields/device/field31.h"
#elif FE_GOLDILOCKS
#include "kernels/fields/device/goldilocks.h"
#else
#include "kernels/fields/device/wide.h"
#endif

FUNCTION fe fe_pow(fe base, u64 exponent) {
    fe power = fe_one();
    for (; exponent != 0; exponent >>= 1) {
        if (exponent & 1) power = fe_mul(power, base);
        base = fe_sqr(base);
    }
    return power;
}

CONSTANT u32 FE_INVERSION[FE_WORDS] = {FE_INVERSION_EXPONENT};

// By Fermat: a^(p - 2), as many squarings as the modulus has bits. Share inversions where there are many.
OUTLINED fe fe_inv(fe a) {
    fe power = fe_one();
    for (u32 bit = 32 * FE_WORDS; bit-- > 0;) {
        power = fe_sqr(power);
        if ((FE_INVERSION[bit / 32] >> (bit % 32)) & 1) power = fe_mul(power, a);
    }
    return power;
}
