// Fields of 254 to 381 bits in Montgomery form, R = 2^(32 FE_WORDS).
//
// An element has limbs of 32 bits; of 64 where the compiler has products of 128, as those for CPUs do. The bytes in
// memory are the same. The modulus leaves the top bit free, which the carries of fe_mul rely on.

#if LANGUAGE_OPENCL && HAS_U128
typedef u64 limb;
typedef u128 double_limb;
#define LIMB_BITS 64
#define FE_LIMBS (FE_WORDS / 2)
#define FE_CONSTANT(name) name##_64
#else
typedef u32 limb;
typedef u64 double_limb;
#define LIMB_BITS 32
#define FE_LIMBS FE_WORDS
#define FE_CONSTANT(name) name##_32
#endif

typedef struct ALIGNED(16) {
    limb limbs[FE_LIMBS];
} fe;

CONSTANT limb FE_P[FE_LIMBS] = {FE_CONSTANT(FE_MODULUS)};
CONSTANT limb FE_ONE_LIMBS[FE_LIMBS] = {FE_CONSTANT(FE_ONE)};
CONSTANT limb FE_R_SQUARED_LIMBS[FE_LIMBS] = {FE_CONSTANT(FE_R_SQUARED)};
// -p^-1 modulo a limb.
#define FE_NEGATED_INVERSE FE_CONSTANT(FE_NEGATED_INVERSE)

FUNCTION fe fe_zero(void) {
    fe a;
    UNROLL for (u32 i = 0; i < FE_LIMBS; ++i) a.limbs[i] = 0;
    return a;
}
FUNCTION fe fe_one(void) {
    fe a;
    UNROLL for (u32 i = 0; i < FE_LIMBS; ++i) a.limbs[i] = FE_ONE_LIMBS[i];
    return a;
}
FUNCTION u32 fe_equal(fe a, fe b) {
    limb different = 0;
    UNROLL for (u32 i = 0; i < FE_LIMBS; ++i) different |= a.limbs[i] ^ b.limbs[i];
    return different == 0;
}
FUNCTION u32 fe_is_zero(fe a) {
    limb bits = 0;
    UNROLL for (u32 i = 0; i < FE_LIMBS; ++i) bits |= a.limbs[i];
    return bits == 0;
}

// fe_add, fe_sub, fe_mul and fe_sqr: long chains of carries, which CUDA writes in PTX.
#if LANGUAGE_CUDA
#include "kernels/fields/cuda/wide_arithmetic.h"
#else
#include "kernels/fields/opencl/wide_arithmetic.h"
#endif

FUNCTION fe fe_neg(fe a) { return fe_sub(fe_zero(), a); }

FUNCTION fe fe_from_canonical(fe a) {
    fe r;
    UNROLL for (u32 i = 0; i < FE_LIMBS; ++i) r.limbs[i] = FE_R_SQUARED_LIMBS[i];
    return fe_mul(a, r);
}
FUNCTION fe fe_to_canonical(fe a) {
    fe one = fe_zero();
    one.limbs[0] = 1;
    return fe_mul(a, one);
}
