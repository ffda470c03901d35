// The arithmetic of packed transforms: the small fields in vector lanes, for AVX-512 or AVX2, whichever this
// is compiled for.
//
// A value is what lies in a block, a term is what may be added to a value: products are terms. A factor is
// two words: a twiddle, and what was worked out from it beforehand.
//
//                       instructions AVX-512 / AVX2        value        term
//     31 bits     product  9 / 10, sum 3, difference 3     [0, p)       [0, p)
//     Goldilocks  product 23 / 29, sum 3 / 4, difference   any word     [0, p)
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
    static constexpr std::size_t lanes = W::lanes;
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

// Goldilocks. A factor is w 2^64 mod p and its high half. x w = ((product) - m p) / 2^64 for the m that makes
// the low half vanish: m = low (2^32 + 1), and the high half of m p is m - floor(m / 2^32) less a borrow. As
// w < p, the difference of high halves is above -p and needs one correction: the product is reduced.
#if defined(__AVX512F__)
class LanesGoldilocks {
public:
    using Word = std::uint64_t;
    using Vector = __m512i;
    static constexpr std::size_t lanes = 8;
    struct Factor {
        Vector w, high;
    };

    struct Seconds {
        explicit Seconds(std::uint64_t) {}
        ZKMARK_ALWAYS_INLINE Vector second(Vector w) const { return _mm512_srli_epi64(w, 32); }
        ZKMARK_ALWAYS_INLINE Factor factor(Vector w) const { return {w, second(w)}; }
    };

    explicit ZKMARK_ALWAYS_INLINE LanesGoldilocks(std::uint64_t) {}

    static ZKMARK_ALWAYS_INLINE Vector load(const Word* from) { return _mm512_loadu_si512(from); }
    static ZKMARK_ALWAYS_INLINE void store(Word* to, Vector a) { _mm512_storeu_si512(to, a); }
    static ZKMARK_ALWAYS_INLINE Factor factor(const Word* pair) {
        return {broadcast(pair[0]), broadcast(pair[1])};
    }
    static ZKMARK_ALWAYS_INLINE Factor factors(const Word* w, const Word* high) {
        return {load(w), load(high)};
    }

    ZKMARK_ALWAYS_INLINE Vector times(Vector x, const Factor& f) const {
        const Vector x_high = high_to_low(x, 0xffff);
        const Vector low = _mm512_mul_epu32(x, f.w), high = _mm512_mul_epu32(x_high, f.high);
        const Vector t = _mm512_add_epi64(_mm512_mul_epu32(x, f.high), high_half(low));
        const Vector u = _mm512_add_epi64(_mm512_mul_epu32(x_high, f.w), low_half(t));
        const Vector top = _mm512_add_epi64(_mm512_add_epi64(high, high_half(t)), high_half(u));
        // The low half of the product is (u, low); the halves of m are their sum, carry and all, and low.
        const Vector sum = _mm512_add_epi64(low_half(u), low_half(low));
        const Vector m = _mm512_castps_si512(_mm512_mask_moveldup_ps(
            _mm512_castsi512_ps(low), 0xaaaa, _mm512_castsi512_ps(sum)));
        // top and the two cannot wrap: top is below p - 1.
        const Vector v = _mm512_add_epi64(_mm512_add_epi64(top, high_half(sum)), low_half(sum));
        const Vector r = _mm512_sub_epi64(v, m);
        return _mm512_mask_sub_epi64(r, _mm512_cmplt_epu64_mask(v, m), r, epsilon_);
    }
    ZKMARK_ALWAYS_INLINE Vector lazy_times(Vector x, const Factor& f) const { return times(x, f); }
    // A sum that wrapped lost 2^64 = epsilon. It is then below p, so that epsilon does not wrap it again.
    ZKMARK_ALWAYS_INLINE Vector add(Vector x, Vector term) const {
        const Vector sum = _mm512_add_epi64(x, term);
        return _mm512_mask_add_epi64(sum, _mm512_cmplt_epu64_mask(sum, x), sum, epsilon_);
    }
    ZKMARK_ALWAYS_INLINE Vector sub(Vector x, Vector term) const {
        const Vector difference = _mm512_sub_epi64(x, term);
        return _mm512_mask_sub_epi64(difference, _mm512_cmplt_epu64_mask(x, term), difference, epsilon_);
    }
    ZKMARK_ALWAYS_INLINE Vector lazy_add(Vector x, Vector term) const { return add(x, term); }
    ZKMARK_ALWAYS_INLINE Vector lazy_sub(Vector x, Vector term) const { return sub(x, term); }
    // x + epsilon + ... is x - p where x is at least p, and a larger word elsewhere.
    ZKMARK_ALWAYS_INLINE Vector term_of(Vector x) const {
        return _mm512_min_epu64(x, _mm512_sub_epi64(x, p_));
    }
    ZKMARK_ALWAYS_INLINE Vector value_of(Vector term) const { return term; }

    static ZKMARK_ALWAYS_INLINE void transpose(Vector (&v)[lanes]) {
        for (std::size_t i = 0; i < lanes; i += 2) {
            const Vector low = _mm512_unpacklo_epi64(v[i], v[i + 1]);
            v[i + 1] = _mm512_unpackhi_epi64(v[i], v[i + 1]);
            v[i] = low;
        }
        // v[2 k + i] has, in its quarter q, column 2 q + i of rows 2 k and 2 k + 1.
        transpose_quarters(v, 2);
        transpose_quarters(v + 1, 2);
    }

private:
    static ZKMARK_ALWAYS_INLINE Vector broadcast(std::uint64_t a) {
        return _mm512_set1_epi64(static_cast<long long>(a));
    }
    // By moves within 64-bit words, for which there are more ports than for shifts.
    static ZKMARK_ALWAYS_INLINE Vector high_to_low(Vector a, __mmask16 kept) {
        return _mm512_castps_si512(_mm512_maskz_movehdup_ps(kept, _mm512_castsi512_ps(a)));
    }
    static ZKMARK_ALWAYS_INLINE Vector high_half(Vector a) { return high_to_low(a, 0x5555); }
    static ZKMARK_ALWAYS_INLINE Vector low_half(Vector a) { return _mm512_maskz_mov_epi32(0x5555, a); }
    const Vector epsilon_ = broadcast(0xffff'ffff), p_ = broadcast(0xffff'ffff'0000'0001);
};
#else
// There is no comparison of unsigned words, so that values are kept less 2^63: then a sum has wrapped
// if it is the smaller as a signed word.
class LanesGoldilocks {
public:
    using Word = std::uint64_t;
    using Vector = __m256i;
    static constexpr std::size_t lanes = 4;
    struct Factor {
        Vector w, high;
    };

    struct Seconds {
        explicit Seconds(std::uint64_t) {}
        ZKMARK_ALWAYS_INLINE Vector second(Vector w) const { return _mm256_srli_epi64(w, 32); }
        ZKMARK_ALWAYS_INLINE Factor factor(Vector w) const { return {w, second(w)}; }
    };

    explicit ZKMARK_ALWAYS_INLINE LanesGoldilocks(std::uint64_t) {}

    static ZKMARK_ALWAYS_INLINE Vector load(const Word* from) {
        return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
    }
    static ZKMARK_ALWAYS_INLINE void store(Word* to, Vector a) {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), a);
    }
    static ZKMARK_ALWAYS_INLINE Factor factor(const Word* pair) {
        return {broadcast(pair[0]), broadcast(pair[1])};
    }
    static ZKMARK_ALWAYS_INLINE Factor factors(const Word* w, const Word* high) {
        return {load(w), load(high)};
    }

    ZKMARK_ALWAYS_INLINE Vector times(Vector value, const Factor& f) const {
        const Vector x = _mm256_xor_si256(value, sign_);
        const Vector x_high = _mm256_srli_epi64(x, 32);
        const Vector low = _mm256_mul_epu32(x, f.w), high = _mm256_mul_epu32(x_high, f.high);
        const Vector t = _mm256_add_epi64(_mm256_mul_epu32(x, f.high), _mm256_srli_epi64(low, 32));
        const Vector u = _mm256_add_epi64(_mm256_mul_epu32(x_high, f.w), low_half(t));
        const Vector top = _mm256_add_epi64(_mm256_add_epi64(high, _mm256_srli_epi64(t, 32)),
                                            _mm256_srli_epi64(u, 32));
        // The low half of the product is (u, low); the halves of m are their sum, carry and all, and low.
        const Vector sum = _mm256_add_epi64(low_half(u), low_half(low));
        const Vector m = _mm256_blend_epi32(low, _mm256_slli_epi64(sum, 32), 0xaa);
        const Vector b = _mm256_sub_epi64(
            m, _mm256_add_epi64(_mm256_srli_epi64(m, 32), _mm256_srli_epi64(sum, 32)));
        const Vector borrow = _mm256_cmpgt_epi64(_mm256_xor_si256(b, sign_), _mm256_xor_si256(top, sign_));
        return _mm256_sub_epi64(_mm256_sub_epi64(top, b), _mm256_srli_epi64(borrow, 32));
    }
    ZKMARK_ALWAYS_INLINE Vector lazy_times(Vector x, const Factor& f) const {
        return value_of(times(x, f));
    }
    ZKMARK_ALWAYS_INLINE Vector add(Vector x, Vector term) const {
        const Vector sum = _mm256_add_epi64(x, term);
        return _mm256_add_epi64(sum, _mm256_srli_epi64(_mm256_cmpgt_epi64(x, sum), 32));
    }
    ZKMARK_ALWAYS_INLINE Vector sub(Vector x, Vector term) const {
        const Vector difference = _mm256_sub_epi64(x, term);
        return _mm256_sub_epi64(difference, _mm256_srli_epi64(_mm256_cmpgt_epi64(difference, x), 32));
    }
    ZKMARK_ALWAYS_INLINE Vector lazy_add(Vector x, Vector term) const { return add(x, term); }
    ZKMARK_ALWAYS_INLINE Vector lazy_sub(Vector x, Vector term) const { return sub(x, term); }
    // x - p = x + epsilon - 2^64 where x is at least p: epsilon is the mask's low half.
    ZKMARK_ALWAYS_INLINE Vector term_of(Vector x) const {
        const Vector large = _mm256_cmpgt_epi64(x, below_p_);
        return _mm256_add_epi64(_mm256_xor_si256(x, sign_), _mm256_srli_epi64(large, 32));
    }
    ZKMARK_ALWAYS_INLINE Vector value_of(Vector term) const { return _mm256_xor_si256(term, sign_); }

    static ZKMARK_ALWAYS_INLINE void transpose(Vector (&v)[lanes]) {
        const Vector a = _mm256_unpacklo_epi64(v[0], v[1]), b = _mm256_unpackhi_epi64(v[0], v[1]);
        const Vector c = _mm256_unpacklo_epi64(v[2], v[3]), d = _mm256_unpackhi_epi64(v[2], v[3]);
        v[0] = _mm256_permute2x128_si256(a, c, 0x20);
        v[1] = _mm256_permute2x128_si256(b, d, 0x20);
        v[2] = _mm256_permute2x128_si256(a, c, 0x31);
        v[3] = _mm256_permute2x128_si256(b, d, 0x31);
    }

private:
    static ZKMARK_ALWAYS_INLINE Vector broadcast(std::uint64_t a) {
        return _mm256_set1_epi64x(static_cast<long long>(a));
    }
    static ZKMARK_ALWAYS_INLINE Vector low_half(Vector a) {
        return _mm256_blend_epi32(a, _mm256_setzero_si256(), 0xaa);
    }
    const Vector sign_ = broadcast(std::uint64_t(1) << 63);
    const Vector below_p_ = broadcast(0xffff'ffff'0000'0000 ^ (std::uint64_t(1) << 63));
};
#endif

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark::ntt

#endif
