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

#include "kernels/fields/cpu/word.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

// t += a[j] * rdx, low word by CF, high word by OF.
#define ZKMARK_MULTIPLY_ADD(j, t_low, t_high)      \
    "mulxq 8*" #j "(%[a]), %[low], %[high]\n\t"    \
    "adcxq %[low], " t_low "\n\t"                  \
    "adoxq %[high], " t_high "\n\t"

// t = (t + m p) / 2^64, one limb of it; the low word's carry came with the limb before.
#define ZKMARK_REDUCE(j, t_below, t_here)          \
    "adcxq " t_here ", " t_below "\n\t"            \
    "mulxq 8*" #j "(%[p]), %[low], " t_here "\n\t" \
    "adoxq %[low], " t_below "\n\t"

#define ZKMARK_REDUCE_START(t0)                    \
    "movq %[inverse], %%rdx\n\t"                   \
    "imulq " t0 ", %%rdx\n\t"                      \
    "xorl %k[high], %k[high]\n\t"                  \
    "mulxq (%[p]), %[low], %[high]\n\t"            \
    "adcxq " t0 ", %[low]\n\t"                     \
    "movq %[high], " t0 "\n\t"

#define ZKMARK_REDUCE_END(t_last)                  \
    "movl $0, %k[low]\n\t"                         \
    "adcxq %[low], " t_last "\n\t"                 \
    "adoxq %[top], " t_last "\n\t"

#define ZKMARK_ROW_END(j_last, t_last)                \
    "mulxq 8*" #j_last "(%[a]), %[low], %[high]\n\t" \
    "adcxq %[low], " t_last "\n\t"                   \
    "movl $0, %k[low]\n\t"                           \
    "adoxq %[high], %[top]\n\t"                      \
    "adcxq %[low], %[top]\n\t"

#define ZKMARK_FIRST(j, t_here, t_above)              \
    "mulxq 8*" #j "(%[a]), %[low], " t_above "\n\t"  \
    "adcxq %[low], " t_here "\n\t"

#define ZKMARK_REDUCE_4                                                      \
    ZKMARK_REDUCE_START("%[t0]") ZKMARK_REDUCE(1, "%[t0]", "%[t1]")          \
    ZKMARK_REDUCE(2, "%[t1]", "%[t2]") ZKMARK_REDUCE(3, "%[t2]", "%[t3]")    \
    ZKMARK_REDUCE_END("%[t3]")

#define ZKMARK_ROW_4(i)                                                                \
    "movq 8*" #i "(%[b]), %%rdx\n\t"                                                   \
    "xorl %k[top], %k[top]\n\t"                                                        \
    ZKMARK_MULTIPLY_ADD(0, "%[t0]", "%[t1]") ZKMARK_MULTIPLY_ADD(1, "%[t1]", "%[t2]") \
    ZKMARK_MULTIPLY_ADD(2, "%[t2]", "%[t3]") ZKMARK_ROW_END(3, "%[t3]") ZKMARK_REDUCE_4

// The last conditional subtraction. a and b are not needed any more.
#define ZKMARK_SUBTRACT_4                                                                          \
    "movq %[t0], %[low]\n\tmovq %[t1], %[high]\n\tmovq %[t2], %[top]\n\tmovq %[t3], %%rdx\n\t" \
    "subq (%[p]), %[low]\n\tsbbq 8(%[p]), %[high]\n\tsbbq 16(%[p]), %[top]\n\t"                 \
    "sbbq 24(%[p]), %%rdx\n\t"                                                                    \
    "cmovncq %[low], %[t0]\n\tcmovncq %[high], %[t1]\n\tcmovncq %[top], %[t2]\n\t"              \
    "cmovncq %%rdx, %[t3]\n\t"

// a b / 2^256 mod p.
ZKMARK_ALWAYS_INLINE std::array<std::uint64_t, 4> multiply_adx(const std::array<std::uint64_t, 4>& a,
                                                               const std::array<std::uint64_t, 4>& b,
                                                               const std::array<std::uint64_t, 4>& p,
                                                               std::uint64_t negated_inverse_of_p) {
    std::uint64_t t0, t1, t2, t3, low, high, top;
    __asm__(
        "movq (%[b]), %%rdx\n\t"
        "xorl %k[low], %k[low]\n\t"
        "mulxq (%[a]), %[t0], %[t1]\n\t"
        ZKMARK_FIRST(1, "%[t1]", "%[t2]") ZKMARK_FIRST(2, "%[t2]", "%[t3]") ZKMARK_FIRST(3, "%[t3]", "%[top]")
        "movl $0, %k[low]\n\t"
        "adcxq %[low], %[top]\n\t"
        ZKMARK_REDUCE_4 ZKMARK_ROW_4(1) ZKMARK_ROW_4(2) ZKMARK_ROW_4(3) ZKMARK_SUBTRACT_4
        : [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), [t3] "=&r"(t3), [low] "=&r"(low), [high] "=&r"(high),
          [top] "=&r"(top)
        : [a] "r"(a.data()), [b] "r"(b.data()), [p] "r"(p.data()), [inverse] "rm"(negated_inverse_of_p), "m"(a),
          "m"(b), "m"(p)
        : "rdx", "cc");
    return {t0, t1, t2, t3};
}

#define ZKMARK_REDUCE_6                                                      \
    ZKMARK_REDUCE_START("%[t0]") ZKMARK_REDUCE(1, "%[t0]", "%[t1]")          \
    ZKMARK_REDUCE(2, "%[t1]", "%[t2]") ZKMARK_REDUCE(3, "%[t2]", "%[t3]")    \
    ZKMARK_REDUCE(4, "%[t3]", "%[t4]") ZKMARK_REDUCE(5, "%[t4]", "%[t5]")    \
    ZKMARK_REDUCE_END("%[t5]")

#define ZKMARK_ROW_6(i)                                                                \
    "movq 8*" #i "(%[b]), %%rdx\n\t"                                                   \
    "xorl %k[top], %k[top]\n\t"                                                        \
    ZKMARK_MULTIPLY_ADD(0, "%[t0]", "%[t1]") ZKMARK_MULTIPLY_ADD(1, "%[t1]", "%[t2]") \
    ZKMARK_MULTIPLY_ADD(2, "%[t2]", "%[t3]") ZKMARK_MULTIPLY_ADD(3, "%[t3]", "%[t4]") \
    ZKMARK_MULTIPLY_ADD(4, "%[t4]", "%[t5]") ZKMARK_ROW_END(5, "%[t5]") ZKMARK_REDUCE_6

#define ZKMARK_SUBTRACT_6                                                                          \
    "movq %[t0], %[low]\n\tmovq %[t1], %[high]\n\tmovq %[t2], %[top]\n\tmovq %[t3], %%rdx\n\t" \
    "movq %[t4], %[a]\n\tmovq %[t5], %[b]\n\t"                                                   \
    "subq (%[p]), %[low]\n\tsbbq 8(%[p]), %[high]\n\tsbbq 16(%[p]), %[top]\n\t"                 \
    "sbbq 24(%[p]), %%rdx\n\tsbbq 32(%[p]), %[a]\n\tsbbq 40(%[p]), %[b]\n\t"                    \
    "cmovncq %[low], %[t0]\n\tcmovncq %[high], %[t1]\n\tcmovncq %[top], %[t2]\n\t"              \
    "cmovncq %%rdx, %[t3]\n\tcmovncq %[a], %[t4]\n\tcmovncq %[b], %[t5]\n\t"

// a b / 2^384 mod p.
ZKMARK_ALWAYS_INLINE std::array<std::uint64_t, 6> multiply_adx(const std::array<std::uint64_t, 6>& a,
                                                               const std::array<std::uint64_t, 6>& b,
                                                               const std::array<std::uint64_t, 6>& p,
                                                               std::uint64_t negated_inverse_of_p) {
    std::uint64_t t0, t1, t2, t3, t4, t5, low, high, top;
    const std::uint64_t *a_limbs = a.data(), *b_limbs = b.data();
    __asm__(
        "movq (%[b]), %%rdx\n\t"
        "xorl %k[low], %k[low]\n\t"
        "mulxq (%[a]), %[t0], %[t1]\n\t"
        ZKMARK_FIRST(1, "%[t1]", "%[t2]") ZKMARK_FIRST(2, "%[t2]", "%[t3]") ZKMARK_FIRST(3, "%[t3]", "%[t4]")
        ZKMARK_FIRST(4, "%[t4]", "%[t5]") ZKMARK_FIRST(5, "%[t5]", "%[top]")
        "movl $0, %k[low]\n\t"
        "adcxq %[low], %[top]\n\t"
        ZKMARK_REDUCE_6 ZKMARK_ROW_6(1) ZKMARK_ROW_6(2) ZKMARK_ROW_6(3) ZKMARK_ROW_6(4) ZKMARK_ROW_6(5)
        ZKMARK_SUBTRACT_6
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
