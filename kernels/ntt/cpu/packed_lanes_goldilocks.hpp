// The arithmetic of packed transforms over Goldilocks. packed_lanes.hpp says what values, terms and factors are.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/fields/cpu/word.hpp"
#include "kernels/ntt/cpu/packed_lanes.hpp"

#if defined(__AVX2__)

namespace zkmark::ntt {
inline namespace ZKMARK_ISA_NAMESPACE {

// Goldilocks. A factor is w 2^64 mod p and its high half. x w = ((product) - m p) / 2^64 for the m that makes
// the low half vanish: m = low (2^32 + 1), and the high half of m p is m - floor(m / 2^32) less a borrow. As
// w < p, the difference of high halves is above -p and needs one correction: the product is reduced.
#if defined(__AVX512F__)
class LanesGoldilocks {
public:
    using Word = std::uint64_t;
    using Vector = __m512i;
    static constexpr std::size_t lanes = 8, factor_words = 3;
    // The last is w / p mod 2^64: vpmullq makes m of it at once.
    struct Factor {
        Vector w, high, quotient;
    };

    struct Seconds {
        explicit Seconds(std::uint64_t) {}
        ZKMARK_ALWAYS_INLINE Vector second(Vector w) const { return _mm512_srli_epi64(w, 32); }
        ZKMARK_ALWAYS_INLINE Factor factor(Vector w) const { return complete(w, second(w)); }
    };

    explicit ZKMARK_ALWAYS_INLINE LanesGoldilocks(std::uint64_t) {}

    static ZKMARK_ALWAYS_INLINE Vector load(const Word* from) { return _mm512_loadu_si512(from); }
    static ZKMARK_ALWAYS_INLINE void store(Word* to, Vector a) { _mm512_storeu_si512(to, a); }
    static ZKMARK_ALWAYS_INLINE void stream(Word* to, Vector a) {
        _mm512_stream_si512(reinterpret_cast<__m512i*>(to), a);
    }
    static ZKMARK_ALWAYS_INLINE Factor factor(const Word* words) {
        return {broadcast(words[0]), broadcast(words[1]), broadcast(words[2])};
    }
    static ZKMARK_ALWAYS_INLINE Factor factors(const Word* w, const Word* high) {
        return complete(load(w), load(high));
    }

    ZKMARK_ALWAYS_INLINE Vector times(Vector x, const Factor& f) const {
        const Vector x_high = high_to_low(x, 0xffff);
        const Vector low = _mm512_mul_epu32(x, f.w), high = _mm512_mul_epu32(x_high, f.high);
        const Vector t = _mm512_add_epi64(_mm512_mul_epu32(x, f.high), high_half(low));
        const Vector u = _mm512_add_epi64(_mm512_mul_epu32(x_high, f.w), low_half(t));
        const Vector top = _mm512_add_epi64(_mm512_add_epi64(high, high_half(t)), high_half(u));
        const Vector m = _mm512_mullo_epi64(x, f.quotient), m_high = high_half(m);
        // The borrow is m's low half being above its high one. What is added to top, which is below p - 1,
        // cannot wrap it.
        Vector v = _mm512_add_epi64(top, m_high);
        v = _mm512_mask_add_epi64(v, _mm512_cmplt_epu64_mask(m_high, low_half(m)), v, one_);
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
    // p for zero, which is a term like others.
    ZKMARK_ALWAYS_INLINE Vector negated(Vector term) const { return _mm512_sub_epi64(p_, term); }
    // A value times 2^exponent, for exponents below 96, as a term. 2^64 = 2^32 - 1 and 2^96 = -1.
    template <unsigned exponent>
    ZKMARK_ALWAYS_INLINE Vector shifted(Vector x) const {
        if constexpr (exponent <= 32) {  // (b, a): a 2^exponent + b (2^32 - 1)
            const Vector low = _mm512_slli_epi64(x, exponent);
            const Vector t = _mm512_mul_epu32(_mm512_srli_epi64(x, 64 - exponent), epsilon_);
            const __mmask8 large = _mm512_cmpgt_epu64_mask(low, _mm512_sub_epi64(below_p_, t));
            const Vector sum = _mm512_add_epi64(low, t);
            return _mm512_mask_add_epi64(sum, large, sum, epsilon_);
        } else if constexpr (exponent <= 64) {  // (c, b, a): a 2^exponent + b (2^32 - 1) - c
            const Vector low = _mm512_slli_epi64(x, exponent);
            const Vector t = _mm512_mul_epu32(_mm512_srli_epi64(x, 64 - exponent), epsilon_);
            const Vector difference = sub(low, _mm512_srli_epi64(x, 96 - exponent));
            return sub(difference, _mm512_sub_epi64(p_, t));
        } else {  // -x / 2^k = -(b + a 2^(32 - k) - a 2^(64 - k)) for (b, a) with k bits in a
            constexpr unsigned k = 96 - exponent;
            const Vector high = _mm512_slli_epi64(x, 64 - k);
            return sub(high, _mm512_add_epi64(_mm512_srli_epi64(x, k), _mm512_srli_epi64(high, 32)));
        }
    }
    // x - p is the smaller word where x is at least p.
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
    static ZKMARK_ALWAYS_INLINE Factor complete(Vector w, Vector high) {
        return {w, high, _mm512_add_epi64(w, _mm512_slli_epi64(w, 32))};  // 1 / p = 2^32 + 1
    }
    // By moves within 64-bit words, for which there are more ports than for shifts.
    static ZKMARK_ALWAYS_INLINE Vector high_to_low(Vector a, __mmask16 kept) {
        return _mm512_castps_si512(_mm512_maskz_movehdup_ps(kept, _mm512_castsi512_ps(a)));
    }
    static ZKMARK_ALWAYS_INLINE Vector high_half(Vector a) { return high_to_low(a, 0x5555); }
    static ZKMARK_ALWAYS_INLINE Vector low_half(Vector a) { return _mm512_maskz_mov_epi32(0x5555, a); }
    const Vector epsilon_ = broadcast(0xffff'ffff), one_ = broadcast(1), p_ = broadcast(0xffff'ffff'0000'0001),
                 below_p_ = broadcast(0xffff'ffff'0000'0000);
};
#else
// There is no comparison of unsigned words, so that values are kept less 2^63: then a sum has wrapped
// if it is the smaller as a signed word.
class LanesGoldilocks {
public:
    using Word = std::uint64_t;
    using Vector = __m256i;
    static constexpr std::size_t lanes = 4, factor_words = 3;
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
    static ZKMARK_ALWAYS_INLINE void stream(Word* to, Vector a) {
        _mm256_stream_si256(reinterpret_cast<__m256i*>(to), a);
    }
    static ZKMARK_ALWAYS_INLINE Factor factor(const Word* pair) {
        return {broadcast(pair[0]), broadcast(pair[1])};
    }
    static ZKMARK_ALWAYS_INLINE Factor factors(const Word* w, const Word* high) {
        return {load(w), load(high)};
    }

    ZKMARK_ALWAYS_INLINE Vector times(Vector value, const Factor& f) const {
        const Vector x = _mm256_xor_si256(value, sign_), x_high = _mm256_srli_epi64(x, 32);
        const Vector low = _mm256_mul_epu32(x, f.w), high = _mm256_mul_epu32(x_high, f.high);
        const Vector t = _mm256_add_epi64(_mm256_mul_epu32(x, f.high), _mm256_srli_epi64(low, 32));
        const Vector u = _mm256_add_epi64(_mm256_mul_epu32(x_high, f.w), low_half(t));
        const Vector top = _mm256_add_epi64(_mm256_add_epi64(high, _mm256_srli_epi64(t, 32)),
                                            _mm256_srli_epi64(u, 32));
        // The low half of the product is (u, low); the halves of m are their sum, carry and all, and low.
        const Vector sum = _mm256_add_epi64(low_half(u), low_half(low));
        const Vector m = _mm256_blend_epi32(low, _mm256_slli_epi64(sum, 32), 0xaa);
        // What is added to top, which is below p - 1, cannot wrap it.
        const Vector v = _mm256_add_epi64(_mm256_add_epi64(top, _mm256_srli_epi64(m, 32)),
                                          _mm256_srli_epi64(sum, 32));
        const Vector borrow = _mm256_cmpgt_epi64(_mm256_xor_si256(m, sign_), _mm256_xor_si256(v, sign_));
        return _mm256_sub_epi64(_mm256_sub_epi64(v, m), _mm256_srli_epi64(borrow, 32));
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
    ZKMARK_ALWAYS_INLINE Vector negated(Vector term) const { return _mm256_sub_epi64(p_, term); }
    // As above.
    template <unsigned exponent>
    ZKMARK_ALWAYS_INLINE Vector shifted(Vector value) const {
        const Vector x = _mm256_xor_si256(value, sign_);
        if constexpr (exponent <= 32) {
            const Vector low = _mm256_slli_epi64(x, exponent);
            const Vector t = _mm256_mul_epu32(_mm256_srli_epi64(x, 64 - exponent), epsilon_);
            const Vector large = _mm256_cmpgt_epi64(_mm256_xor_si256(low, sign_), _mm256_sub_epi64(below_p_, t));
            return _mm256_add_epi64(_mm256_add_epi64(low, t), _mm256_srli_epi64(large, 32));
        } else if constexpr (exponent <= 64) {
            const Vector low = _mm256_xor_si256(_mm256_slli_epi64(x, exponent), sign_);
            const Vector t = _mm256_mul_epu32(_mm256_srli_epi64(x, 64 - exponent), epsilon_);
            const Vector difference = sub(low, _mm256_srli_epi64(x, 96 - exponent));
            return _mm256_xor_si256(sub(difference, _mm256_sub_epi64(p_, t)), sign_);
        } else {
            constexpr unsigned k = 96 - exponent;
            const Vector high = _mm256_slli_epi64(x, 64 - k);
            return _mm256_xor_si256(
                sub(_mm256_xor_si256(high, sign_),
                    _mm256_add_epi64(_mm256_srli_epi64(x, k), _mm256_srli_epi64(high, 32))), sign_);
        }
    }
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
    const Vector epsilon_ = broadcast(0xffff'ffff), p_ = broadcast(0xffff'ffff'0000'0001);
    const Vector below_p_ = broadcast(0xffff'ffff'0000'0000 ^ (std::uint64_t(1) << 63));
};
#endif

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark::ntt

#endif
