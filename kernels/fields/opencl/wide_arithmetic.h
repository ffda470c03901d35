// Sums and products of wide fields with carries in double limbs; the twin of kernels/fields/cuda/wide_arithmetic.h.
//
// A product takes 2 l^2 + l multiplications of limbs: Montgomery's rows, interleaved, in l + 1 limbs (coarsely
// integrated operand scanning; with the modulus's top bit free no row carries beyond its last limb). WITHOUT_ADX has
// this text where there is assembly, too.

// a, or a - p where that is not negative; a is below 2p.
FUNCTION fe fe_reduced(fe a) {
    fe less;
    limb borrow = 0;
    UNROLL for (u32 i = 0; i < FE_LIMBS; ++i) {
        const double_limb difference = (double_limb)a.limbs[i] - FE_P[i] - borrow;
        less.limbs[i] = (limb)difference;
        borrow = (limb)(difference >> LIMB_BITS) & 1;
    }
    UNROLL for (u32 i = 0; i < FE_LIMBS; ++i) less.limbs[i] = borrow ? a.limbs[i] : less.limbs[i];
    return less;
}

FUNCTION fe fe_add(fe a, fe b) {
    limb carry = 0;
    UNROLL for (u32 i = 0; i < FE_LIMBS; ++i) {
        const double_limb sum = (double_limb)a.limbs[i] + b.limbs[i] + carry;
        a.limbs[i] = (limb)sum;
        carry = (limb)(sum >> LIMB_BITS);
    }
    return fe_reduced(a);
}

FUNCTION fe fe_sub(fe a, fe b) {
    limb borrow = 0;
    UNROLL for (u32 i = 0; i < FE_LIMBS; ++i) {
        const double_limb difference = (double_limb)a.limbs[i] - b.limbs[i] - borrow;
        a.limbs[i] = (limb)difference;
        borrow = (limb)(difference >> LIMB_BITS) & 1;
    }
    const limb mask = (limb)0 - borrow;
    limb carry = 0;
    UNROLL for (u32 i = 0; i < FE_LIMBS; ++i) {
        const double_limb sum = (double_limb)a.limbs[i] + (FE_P[i] & mask) + carry;
        a.limbs[i] = (limb)sum;
        carry = (limb)(sum >> LIMB_BITS);
    }
    return a;
}

#if HAS_U128 && DEVICE_CPU && defined(__x86_64__) && defined(__ADX__) && defined(__BMI2__) && !WITHOUT_ADX
#include "kernels/fields/opencl/wide_adx.h"
#else

FUNCTION fe fe_mul(fe a, fe b) {
    fe t = fe_zero();
    UNROLL for (u32 i = 0; i < FE_LIMBS; ++i) {
        double_limb product = (double_limb)a.limbs[0] * b.limbs[i] + t.limbs[0];
        const limb multiple = (limb)product * FE_NEGATED_INVERSE;
        double_limb reduction = (double_limb)multiple * FE_P[0] + (limb)product;
        UNROLL for (u32 j = 1; j < FE_LIMBS; ++j) {
            product = (double_limb)a.limbs[j] * b.limbs[i] + t.limbs[j] + (limb)(product >> LIMB_BITS);
            reduction = (double_limb)multiple * FE_P[j] + (limb)product + (limb)(reduction >> LIMB_BITS);
            t.limbs[j - 1] = (limb)reduction;
        }
        t.limbs[FE_LIMBS - 1] = (limb)(product >> LIMB_BITS) + (limb)(reduction >> LIMB_BITS);
    }
    return fe_reduced(t);
}

#if FE_THREE_FIT
// The product of two different limbs is taken once, with one of them doubled: 3/2 (l^2 + l) multiplications. A row then
// adds up to 3p, for which a field must have room.
FUNCTION fe fe_sqr(fe a) {
    fe t = fe_zero();
    UNROLL for (u32 i = 0; i < FE_LIMBS; ++i) {
        limb carry = 0;
        UNROLL for (u32 j = i; j < FE_LIMBS; ++j) {
            // 2a from limb i + 1 on; what limb i would hand up has its place in a_i^2.
            const limb below = j > i + 1 ? a.limbs[j - 1] >> (LIMB_BITS - 1) : 0;
            const limb factor = j > i ? a.limbs[j] << 1 | below : a.limbs[i];
            const double_limb product = (double_limb)a.limbs[i] * factor + t.limbs[j] + carry;
            t.limbs[j] = (limb)product;
            carry = (limb)(product >> LIMB_BITS);
        }
        const limb multiple = t.limbs[0] * FE_NEGATED_INVERSE;
        double_limb reduction = (double_limb)multiple * FE_P[0] + t.limbs[0];
        UNROLL for (u32 j = 1; j < FE_LIMBS; ++j) {
            reduction = (double_limb)multiple * FE_P[j] + t.limbs[j] + (limb)(reduction >> LIMB_BITS);
            t.limbs[j - 1] = (limb)reduction;
        }
        t.limbs[FE_LIMBS - 1] = carry + (limb)(reduction >> LIMB_BITS);
    }
    return fe_reduced(t);
}
#else
FUNCTION fe fe_sqr(fe a) { return fe_mul(a, a); }
#endif
#endif
