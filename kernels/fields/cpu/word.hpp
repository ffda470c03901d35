// Arithmetic on machine words that all fields share.
#pragma once

#include <cstdint>

#if defined(__GNUC__)
#define ZKMARK_ALWAYS_INLINE inline __attribute__((always_inline))
#else
#define ZKMARK_ALWAYS_INLINE inline
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

// a + b + carry; carry in and out is 0 or 1.
constexpr ZKMARK_ALWAYS_INLINE std::uint64_t add_carry(std::uint64_t a, std::uint64_t b,
                                                       std::uint64_t& carry) {
    const uint128_t sum = uint128_t(a) + b + carry;
    carry = static_cast<std::uint64_t>(sum >> 64);
    return static_cast<std::uint64_t>(sum);
}

// a - b - borrow; borrow in and out is 0 or 1.
constexpr ZKMARK_ALWAYS_INLINE std::uint64_t subtract_borrow(std::uint64_t a, std::uint64_t b,
                                                             std::uint64_t& borrow) {
    const uint128_t difference = uint128_t(a) - b - borrow;
    borrow = static_cast<std::uint64_t>(difference >> 64) & 1;
    return static_cast<std::uint64_t>(difference);
}

// The low word of a * b + c + carry; carry becomes the high word. Cannot overflow.
constexpr ZKMARK_ALWAYS_INLINE std::uint64_t multiply_add(std::uint64_t a, std::uint64_t b,
                                                          std::uint64_t c, std::uint64_t& carry) {
    const uint128_t sum = uint128_t(a) * b + c + carry;
    carry = static_cast<std::uint64_t>(sum >> 64);
    return static_cast<std::uint64_t>(sum);
}

// -p^-1 mod 2^64 for odd p. Newton's iteration doubles the right bits: 3, 6, 12, ... 96.
constexpr std::uint64_t negated_inverse(std::uint64_t p) {
    std::uint64_t inverse = p;
    for (int i = 0; i < 5; ++i) inverse *= 2 - p * inverse;
    return 0 - inverse;
}

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
