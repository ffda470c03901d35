// Montgomery multiplication in x86-64 assembly with MULX, ADCX and ADOX, for sources compiled with BMI2 and ADX.
//
// The product row and the reduction row each run two carry chains at once (ADCX carries low words in CF, ADOX high
// words in OF), which compilers do not find. 2 n^2 + n multiplications: 36 for 4 limbs, 78 for 6; a core that
// starts one MULX a cycle cannot be faster than as many cycles.
//
// Source of the scheme: Ozturk, Guilford, Gopal, "Large Integer Squaring on Intel Architecture Processors" (2013); the
// "no-carry" bound as in montgomery.hpp.
#pragma once

#if defined(__x86_64__) && defined(__ADX__) && defined(__BMI2__)
#define ZKMARK_HAS_ADX 1

#include <array>
#include <cstdint>

#define ZKMARK_INVERSE "%[inverse]"
#include "kernels/fields/cpu/adx_rows.h"
#include "kernels/fields/cpu/word.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

// a b / 2^256 mod p.
ZKMARK_ALWAYS_INLINE std::array<std::uint64_t, 4> multiply_adx(const std::array<std::uint64_t, 4>& a,
                                                               const std::array<std::uint64_t, 4>& b,
                                                               const std::array<std::uint64_t, 4>& p,
                                                               std::uint64_t negated_inverse_of_p) {
    std::uint64_t t0, t1, t2, t3, low, high, top;
    __asm__(
        ZKMARK_MULTIPLY_4
        : [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3), [low] "=&r"(low), [high] "=&r"(high),
          [top] "=&r"(top)
        : [a] "r"(a.data()), [b] "r"(b.data()), [p] "r"(p.data()), [inverse] "rm"(negated_inverse_of_p), "m"(a),
          "m"(b), "m"(p)
        : "rdx", "cc");
    return {t0, t1, t2, t3};
}

// a b / 2^384 mod p.
ZKMARK_ALWAYS_INLINE std::array<std::uint64_t, 6> multiply_adx(const std::array<std::uint64_t, 6>& a,
                                                               const std::array<std::uint64_t, 6>& b,
                                                               const std::array<std::uint64_t, 6>& p,
                                                               std::uint64_t negated_inverse_of_p) {
    std::uint64_t t0, t1, t2, t3, t4, t5, low, high, top;
    const std::uint64_t *a_limbs = a.data(), *b_limbs = b.data();
    __asm__(
        ZKMARK_MULTIPLY_6
        : [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3), [t4] "=&r"(t4), [t5] "=&r"(t5),
          [low] "=&r"(low), [high] "=&r"(high), [top] "=&r"(top), [a] "+r"(a_limbs), [b] "+r"(b_limbs)
        : [p] "r"(p.data()), [inverse] "m"(negated_inverse_of_p), "m"(a),
          "m"(b), "m"(p)
        : "rdx", "cc");
    return {t0, t1, t2, t3, t4, t5};
}

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark

#endif
