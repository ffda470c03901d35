// Products of wide fields on x86-64 processors with BMI2 and ADX, in the assembly of kernels/fields/cpu: a third faster
// than what compilers make of double limbs, which is one chain of carries at a time.
//
// Squares are products, too: with fewer multiplications, but compiled, they take a quarter longer (6 limbs, measured).
//
// No operand is in memory: compilers of kernels address it by registers that they then run out of.

// The modulus, and -1/p behind it.
CONSTANT limb FE_P_AND_INVERSE[FE_LIMBS + 1] = {FE_CONSTANT(FE_MODULUS), FE_NEGATED_INVERSE};
#if FE_LIMBS == 4
#define ZKMARK_INVERSE "32(%[p])"
#else
#define ZKMARK_INVERSE "48(%[p])"
#endif
#include "kernels/fields/cpu/adx_rows.h"

#if FE_LIMBS == 4
FUNCTION fe fe_mul(fe a, fe b) {
    limb t0, t1, t2, t3, low, high, top;
    __asm__(ZKMARK_MULTIPLY_4
            : [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3), [low] "=&r"(low), [high] "=&r"(high),
              [top] "=&r"(top)
            : [a] "r"(a.limbs), [b] "r"(b.limbs), [p] "r"((limb)FE_P_AND_INVERSE)
            : "rdx", "cc", "memory");
    a.limbs[0] = t0;
    a.limbs[1] = t1;
    a.limbs[2] = t2;
    a.limbs[3] = t3;
    return a;
}
#else
FUNCTION fe fe_mul(fe a, fe b) {
    limb t0, t1, t2, t3, t4, t5, low, high, top;
    const limb *a_limbs = a.limbs, *b_limbs = b.limbs;
    __asm__(ZKMARK_MULTIPLY_6
            : [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3), [t4] "=&r"(t4), [t5] "=&r"(t5),
              [low] "=&r"(low), [high] "=&r"(high), [top] "=&r"(top), [a] "+&r"(a_limbs), [b] "+&r"(b_limbs)
            : [p] "r"((limb)FE_P_AND_INVERSE)
            : "rdx", "cc", "memory");
    a.limbs[0] = t0;
    a.limbs[1] = t1;
    a.limbs[2] = t2;
    a.limbs[3] = t3;
    a.limbs[4] = t4;
    a.limbs[5] = t5;
    return a;
}
#endif

FUNCTION fe fe_sqr(fe a) { return fe_mul(a, a); }
