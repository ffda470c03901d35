// Arithmetic on machine words that all fields share.
#pragma once

#include <cstdint>
#include <type_traits>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define ZKMARK_ALWAYS_INLINE inline __attribute__((always_inline))

// Multiplications in wide fields. A source that defines ZKMARK_FIELD_CALLS has other things in its inner loops, and
// compiles in a third of the time if it calls them.
#if defined(ZKMARK_FIELD_CALLS)
#define ZKMARK_FIELD_INLINE __attribute__((noinline))
#else
#define ZKMARK_FIELD_INLINE ZKMARK_ALWAYS_INLINE
#endif

// Before a loop over limbs, so that carries stay in the flag and limbs in registers.
#if defined(__clang__)
#define ZKMARK_UNROLL _Pragma("clang loop unroll(full)")
#else
#define ZKMARK_UNROLL _Pragma("GCC unroll 16")
#endif

// Sources compiled for different instruction sets share these headers. What the compiler does not inline
// would then be one symbol with several bodies, of which the linker keeps any: code for a newer CPU could
// end up under an older one. So each instruction set has its own inline namespace. Functions that are
// called across that border (dispatch tables) take words, not field types.
#if defined(__AVX512F__)
#define ZKMARK_ISA_NAMESPACE for_avx512
#elif defined(__AVX2__)
#define ZKMARK_ISA_NAMESPACE for_avx2
#elif defined(__SHA__)
#define ZKMARK_ISA_NAMESPACE for_sha
#else
#define ZKMARK_ISA_NAMESPACE portable
#endif

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

__extension__ typedef unsigned __int128 uint128_t;

// 0 or 1.
using Carry = unsigned char;

// a + b + carry. On x86 by the intrinsic, of which gcc makes a chain of adc; from 128-bit sums it does not.
constexpr ZKMARK_ALWAYS_INLINE std::uint64_t add_carry(std::uint64_t a, std::uint64_t b, Carry& carry) {
#if defined(__x86_64__)
    if (!std::is_constant_evaluated()) {
        unsigned long long sum;
        carry = _addcarry_u64(carry, a, b, &sum);
        return sum;
    }
#endif
    const uint128_t sum = uint128_t(a) + b + carry;
    carry = static_cast<Carry>(sum >> 64);
    return static_cast<std::uint64_t>(sum);
}

// a - b - borrow.
constexpr ZKMARK_ALWAYS_INLINE std::uint64_t subtract_borrow(std::uint64_t a, std::uint64_t b,
                                                             Carry& borrow) {
#if defined(__x86_64__)
    if (!std::is_constant_evaluated()) {
        unsigned long long difference;
        borrow = _subborrow_u64(borrow, a, b, &difference);
        return difference;
    }
#endif
    const uint128_t difference = uint128_t(a) - b - borrow;
    borrow = static_cast<Carry>(difference >> 64) & 1;
    return static_cast<std::uint64_t>(difference);
}

// bit ? a : b without a branch. Compilers turn masks over several limbs back into a branch, or into moves
// through vector registers, either of which costs more than the addition that needs the choice.
constexpr ZKMARK_ALWAYS_INLINE std::uint64_t select(Carry bit, std::uint64_t a, std::uint64_t b) {
    if (std::is_constant_evaluated()) return bit ? a : b;
#if defined(__x86_64__)
    __asm__("testb %2, %2\n\tcmovneq %1, %0" : "+r"(b) : "r"(a), "r"(bit) : "cc");
    return b;
#else
    std::uint64_t chosen = (a ^ b) & (0 - std::uint64_t(bit));
    __asm__("" : "+r"(chosen));
    return chosen ^ b;
#endif
}

// b = bit ? a : b, limb by limb; one test for all.
template <unsigned limbs>
constexpr ZKMARK_ALWAYS_INLINE void select_limbs(Carry bit, const std::uint64_t* a, std::uint64_t* b) {
#if defined(__x86_64__)
    if constexpr (limbs == 4)
        if (!std::is_constant_evaluated()) {
            __asm__("testb %4, %4\n\tcmovneq %5, %0\n\tcmovneq %6, %1\n\tcmovneq %7, %2\n\tcmovneq %8, %3"
                    : "+r"(b[0]), "+r"(b[1]), "+r"(b[2]), "+r"(b[3])
                    : "r"(bit), "rm"(a[0]), "rm"(a[1]), "rm"(a[2]), "rm"(a[3])
                    : "cc");
            return;
        }
    if constexpr (limbs == 6)
        if (!std::is_constant_evaluated()) {
            __asm__("testb %6, %6\n\tcmovneq %7, %0\n\tcmovneq %8, %1\n\tcmovneq %9, %2\n\t"
                    "cmovneq %10, %3\n\tcmovneq %11, %4\n\tcmovneq %12, %5"
                    : "+r"(b[0]), "+r"(b[1]), "+r"(b[2]), "+r"(b[3]), "+r"(b[4]), "+r"(b[5])
                    : "r"(bit), "m"(a[0]), "m"(a[1]), "m"(a[2]), "m"(a[3]), "m"(a[4]), "m"(a[5])
                    : "cc");
            return;
        }
#endif
    for (unsigned i = 0; i < limbs; ++i) b[i] = select(bit, a[i], b[i]);
}

// All ones if the bit is set, else zero; the compiler does not see which.
constexpr ZKMARK_ALWAYS_INLINE std::uint64_t mask_of(Carry bit) {
    std::uint64_t mask = 0 - std::uint64_t(bit);
    if (!std::is_constant_evaluated()) __asm__("" : "+r"(mask));
    return mask;
}

// -p^-1 mod 2^64 for odd p. Newton's iteration doubles the right bits: 3, 6, 12, ... 96.
constexpr std::uint64_t negated_inverse(std::uint64_t p) {
    std::uint64_t inverse = p;
    for (int i = 0; i < 5; ++i) inverse *= 2 - p * inverse;
    return 0 - inverse;
}

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
