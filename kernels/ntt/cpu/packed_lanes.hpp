// The arithmetic of packed transforms over fields of 31 bits, in lanes for AVX-512 or AVX2, whichever this is
// compiled for; of Goldilocks in packed_lanes_goldilocks.hpp.
//
// A value is what lies in a block, a term is what may be added to a value: products are terms. A factor is
// a twiddle, and what was worked out from it beforehand.
//
//                       instructions AVX-512 / AVX2        value        term
//     31 bits     product  9 / 10, sum 3, difference 3     [0, p)       [0, p)
//     Goldilocks  product 22 / 30, sum 3 / 4, difference   any word     [0, p]
//                 shift 7 to 11 / 10 to 16
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/fields/cpu/packed31.hpp"
#include "kernels/fields/cpu/word.hpp"

#if defined(__AVX2__)

namespace zkmark::ntt {
inline namespace ZKMARK_ISA_NAMESPACE {

#if defined(__AVX512F__)
ZKMARK_ALWAYS_INLINE void transpose_quarters(__m512i* v, std::size_t step) {
    // 128-bit quarters of v[0], v[step], v[2 step], v[3 step] as a 4 x 4 matrix.
    const __m512i a = _mm512_shuffle_i64x2(v[0], v[step], 0x44);
    const __m512i b = _mm512_shuffle_i64x2(v[0], v[step], 0xee);
    const __m512i c = _mm512_shuffle_i64x2(v[2 * step], v[3 * step], 0x44);
    const __m512i d = _mm512_shuffle_i64x2(v[2 * step], v[3 * step], 0xee);
    v[0] = _mm512_shuffle_i64x2(a, c, 0x88);
    v[step] = _mm512_shuffle_i64x2(a, c, 0xdd);
    v[2 * step] = _mm512_shuffle_i64x2(b, d, 0x88);
    v[3 * step] = _mm512_shuffle_i64x2(b, d, 0xdd);
}
#endif

// Fields of 31 bits; one code for all of them, the modulus known at run time. The second word of a factor is
// Shoup's quotient.
class Lanes31 {
    using W = Words32;

public:
    using Word = std::uint32_t;
    using Vector = W::Vector;
    static constexpr std::size_t lanes = W::lanes, factor_words = 2;
    struct Factor {
        Vector w, quotient, quotient_odd;
    };

    // Makes the second words of factors. w 2^32 = quotient p + r with r = w 2^32 mod p, so that the quotient
    // is -r / p modulo 2^32.
    class Seconds {
    public:
        explicit Seconds(std::uint64_t modulus)
            : p_(W::broadcast(static_cast<Word>(modulus))),
              minus_inverse_(W::broadcast(static_cast<std::uint32_t>(negated_inverse(modulus)))) {
            const std::uint64_t r = (std::uint64_t(1) << 32) % modulus;
            const Word pair[2] = {static_cast<Word>(r), static_cast<Word>((r << 32) / modulus)};
            to_montgomery_ = Lanes31::factor(pair);
        }
        ZKMARK_ALWAYS_INLINE Vector second(Vector w) const {
            const Vector r = W::multiply_shoup(w, to_montgomery_.w, to_montgomery_.quotient,
                                               to_montgomery_.quotient, p_);
            return W::multiply_low(W::min(r, W::sub(r, p_)), minus_inverse_);
        }
        ZKMARK_ALWAYS_INLINE Factor factor(Vector w) const {
            const Vector quotient = second(w);
            return {w, quotient, W::odd_lanes(quotient)};
        }

    private:
        Vector p_, minus_inverse_;
        Factor to_montgomery_;
    };

    explicit ZKMARK_ALWAYS_INLINE Lanes31(std::uint64_t modulus)
        : p_(W::broadcast(static_cast<std::uint32_t>(modulus))) {}

    static ZKMARK_ALWAYS_INLINE Vector load(const Word* from) { return W::load(from); }
    static ZKMARK_ALWAYS_INLINE void store(Word* to, Vector a) { W::store(to, a); }
    static ZKMARK_ALWAYS_INLINE void stream(Word* to, Vector a) { W::stream(to, a); }
    static ZKMARK_ALWAYS_INLINE Factor factor(const Word* pair) {
        const Vector quotient = W::broadcast(pair[1]);
        return {W::broadcast(pair[0]), quotient, quotient};
    }
    static ZKMARK_ALWAYS_INLINE Factor factors(const Word* w, const Word* quotients) {
        const Vector quotient = W::load(quotients);
        return {W::load(w), quotient, W::odd_lanes(quotient)};
    }

    ZKMARK_ALWAYS_INLINE Vector times(Vector x, const Factor& f) const {
        const Vector r = W::multiply_shoup(x, f.w, f.quotient, f.quotient_odd, p_);
        return W::min(r, W::sub(r, p_));
    }
    // Good as the first argument of times() alone.
    ZKMARK_ALWAYS_INLINE Vector lazy_times(Vector x, const Factor& f) const {
        return W::multiply_shoup(x, f.w, f.quotient, f.quotient_odd, p_);
    }
    ZKMARK_ALWAYS_INLINE Vector lazy_add(Vector x, Vector term) const { return W::add(x, term); }
    ZKMARK_ALWAYS_INLINE Vector lazy_sub(Vector x, Vector term) const {
        return W::add(x, W::sub(p_, term));
    }
    ZKMARK_ALWAYS_INLINE Vector add(Vector x, Vector term) const {
        const Vector sum = W::add(x, term);
        return W::min(sum, W::sub(sum, p_));
    }
    ZKMARK_ALWAYS_INLINE Vector sub(Vector x, Vector term) const {
        const Vector difference = W::sub(x, term);
        return W::min(difference, W::add(difference, p_));
    }
    ZKMARK_ALWAYS_INLINE Vector term_of(Vector x) const { return x; }
    ZKMARK_ALWAYS_INLINE Vector value_of(Vector term) const { return term; }

    static ZKMARK_ALWAYS_INLINE void transpose(Vector (&v)[lanes]) {
#if defined(__AVX512F__)
        Vector u[lanes];
        for (std::size_t i = 0; i < lanes; i += 2) {
            u[i] = _mm512_unpacklo_epi32(v[i], v[i + 1]);
            u[i + 1] = _mm512_unpackhi_epi32(v[i], v[i + 1]);
        }
        for (std::size_t i = 0; i < lanes; i += 4) {
            v[i] = _mm512_unpacklo_epi64(u[i], u[i + 2]);
            v[i + 1] = _mm512_unpackhi_epi64(u[i], u[i + 2]);
            v[i + 2] = _mm512_unpacklo_epi64(u[i + 1], u[i + 3]);
            v[i + 3] = _mm512_unpackhi_epi64(u[i + 1], u[i + 3]);
        }
        // v[4 k + i] has, in its quarter q, column 4 q + i of rows 4 k to 4 k + 3.
        for (std::size_t i = 0; i < 4; ++i) transpose_quarters(v + i, 4);
#else
        Vector u[lanes];
        for (std::size_t i = 0; i < lanes; i += 2) {
            u[i] = _mm256_unpacklo_epi32(v[i], v[i + 1]);
            u[i + 1] = _mm256_unpackhi_epi32(v[i], v[i + 1]);
        }
        for (std::size_t i = 0; i < lanes; i += 4) {
            v[i] = _mm256_unpacklo_epi64(u[i], u[i + 2]);
            v[i + 1] = _mm256_unpackhi_epi64(u[i], u[i + 2]);
            v[i + 2] = _mm256_unpacklo_epi64(u[i + 1], u[i + 3]);
            v[i + 3] = _mm256_unpackhi_epi64(u[i + 1], u[i + 3]);
        }
        for (std::size_t i = 0; i < 4; ++i) {
            const Vector low = _mm256_permute2x128_si256(v[i], v[i + 4], 0x20);
            v[i + 4] = _mm256_permute2x128_si256(v[i], v[i + 4], 0x31);
            v[i] = low;
        }
#endif
    }

private:
    Vector p_;
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark::ntt

#endif
