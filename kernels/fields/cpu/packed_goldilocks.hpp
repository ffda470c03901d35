// Goldilocks in vector lanes: 8 with AVX-512, 4 with AVX2. The twin of goldilocks.hpp; nothing is here for other
// instruction sets.
//
// Lanes are any words congruent to the elements, not always below p = 2^64 - 2^32 + 1: every operation takes and
// gives such words, unless it says otherwise, and only `store` makes them canonical. There is no room above p in a
// word, so sums need a carry, which comes from a comparison: AVX-512 compares words into masks; AVX2 compares
// signed words only, and its words are shifted by 2^63 while a carry is looked for.
//
// Instructions (of them multiplications), AVX-512 / AVX2:
//
//     product             24 (5) / 27 (5)      sum, difference                 5 / 10
//     square              19 (5) / 23 (4)      the same of a canonical term    3 / 6
//     times a constant below 2^32  11 (3) / 14 (3)
//
// A product's four partial products of 32 x 32 bits are the floor of what a 32-bit multiplier can do; splitting,
// adding up and reducing them is the rest. Zen 4 starts two instructions of 512 bits a cycle, so that 8 products
// take 12 cycles, 1.5 an element, and 8 squares 9.5. Multiplying in IFMA's 52-bit limbs was counted too: it saves
// no partial product (52 + 12 bits is four again, most of them twice, for the low and the high half).
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/fields/cpu/goldilocks.hpp"
#include "kernels/fields/cpu/word.hpp"

#if defined(__AVX2__)

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

// Vectors of 64-bit words.
struct Words64 {
    static constexpr std::uint64_t epsilon = Goldilocks::epsilon;

#if defined(__AVX512F__)
    using Vector = __m512i;
    static constexpr std::size_t lanes = 8;

    static ZKMARK_ALWAYS_INLINE Vector load(const void* from) { return _mm512_loadu_si512(from); }
    static ZKMARK_ALWAYS_INLINE void store(void* to, Vector a) { _mm512_storeu_si512(to, a); }
    static ZKMARK_ALWAYS_INLINE Vector broadcast(std::uint64_t a) {
        return _mm512_set1_epi64(static_cast<long long>(a));
    }
    static ZKMARK_ALWAYS_INLINE Vector zero() { return _mm512_setzero_si512(); }
    static ZKMARK_ALWAYS_INLINE Vector add(Vector a, Vector b) { return _mm512_add_epi64(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector sub(Vector a, Vector b) { return _mm512_sub_epi64(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector bits_and(Vector a, Vector b) { return _mm512_and_si512(a, b); }
    template <unsigned n>
    static ZKMARK_ALWAYS_INLINE Vector shift_left(Vector a) {
        return _mm512_slli_epi64(a, n);
    }
    template <unsigned n>
    static ZKMARK_ALWAYS_INLINE Vector shift_right(Vector a) {
        return _mm512_srli_epi64(a, n);
    }
    // Products of the low halves.
    static ZKMARK_ALWAYS_INLINE Vector multiply_low(Vector a, Vector b) { return _mm512_mul_epu32(a, b); }
    // High halves where the low ones were; the high ones stay, and do not count as factors.
    static ZKMARK_ALWAYS_INLINE Vector high_as_low(Vector a) {
        return _mm512_castps_si512(_mm512_movehdup_ps(_mm512_castsi512_ps(a)));
    }
    // low's low half below high's low half.
    static ZKMARK_ALWAYS_INLINE Vector join_low(Vector low, Vector high) {
        return _mm512_castps_si512(
            _mm512_mask_moveldup_ps(_mm512_castsi512_ps(low), 0xaaaa, _mm512_castsi512_ps(high)));
    }
    // a + b, and what a lost carry is worth. Right if a + b - 2^64 + epsilon is below 2^64: for b <= p.
    static ZKMARK_ALWAYS_INLINE Vector add_folding(Vector a, Vector b) {
        const Vector sum = add(a, b);
        return _mm512_mask_add_epi64(sum, _mm512_cmplt_epu64_mask(sum, b), sum, broadcast(epsilon));
    }
    // a - b likewise, for b <= p.
    static ZKMARK_ALWAYS_INLINE Vector sub_folding(Vector a, Vector b) {
        const Vector difference = sub(a, b);
        return _mm512_mask_sub_epi64(difference, _mm512_cmplt_epu64_mask(a, b), difference, broadcast(epsilon));
    }
    // low - a + b for a < 2^32. A word below 2^32 - 1 is raised by p first, so that there is no borrow: two
    // instructions, as a correction would take, but none that waits for `a` or for a mask.
    static ZKMARK_ALWAYS_INLINE Vector sub_add_folding(Vector low, Vector a, Vector b) {
        const Vector raised = _mm512_max_epu64(low, add(low, broadcast(Goldilocks::modulus)));
        return add_folding(sub(raised, a), b);
    }
    static ZKMARK_ALWAYS_INLINE Vector canonical(Vector a) {
        return _mm512_min_epu64(a, sub(a, broadcast(Goldilocks::modulus)));
    }
    // The low halves of squares of whole words: one instruction of one step on Zen 4.
    static ZKMARK_ALWAYS_INLINE Vector square_low(Vector a, Vector, Vector) { return _mm512_mullo_epi64(a, a); }
#else
    using Vector = __m256i;
    static constexpr std::size_t lanes = 4;

    static ZKMARK_ALWAYS_INLINE Vector load(const void* from) {
        return _mm256_loadu_si256(static_cast<const __m256i*>(from));
    }
    static ZKMARK_ALWAYS_INLINE void store(void* to, Vector a) {
        _mm256_storeu_si256(static_cast<__m256i*>(to), a);
    }
    static ZKMARK_ALWAYS_INLINE Vector broadcast(std::uint64_t a) {
        return _mm256_set1_epi64x(static_cast<long long>(a));
    }
    static ZKMARK_ALWAYS_INLINE Vector zero() { return _mm256_setzero_si256(); }
    static ZKMARK_ALWAYS_INLINE Vector add(Vector a, Vector b) { return _mm256_add_epi64(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector sub(Vector a, Vector b) { return _mm256_sub_epi64(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector bits_and(Vector a, Vector b) { return _mm256_and_si256(a, b); }
    template <unsigned n>
    static ZKMARK_ALWAYS_INLINE Vector shift_left(Vector a) {
        return _mm256_slli_epi64(a, n);
    }
    template <unsigned n>
    static ZKMARK_ALWAYS_INLINE Vector shift_right(Vector a) {
        return _mm256_srli_epi64(a, n);
    }
    static ZKMARK_ALWAYS_INLINE Vector multiply_low(Vector a, Vector b) { return _mm256_mul_epu32(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector high_as_low(Vector a) {
        return _mm256_castps_si256(_mm256_movehdup_ps(_mm256_castsi256_ps(a)));
    }
    static ZKMARK_ALWAYS_INLINE Vector join_low(Vector low, Vector high) {
        return _mm256_blend_epi32(low, _mm256_slli_epi64(high, 32), 0xaa);
    }
    static ZKMARK_ALWAYS_INLINE Vector add_folding(Vector a, Vector b) {
        return signed_(add_folding_signed(signed_(a), b));
    }
    static ZKMARK_ALWAYS_INLINE Vector sub_folding(Vector a, Vector b) {
        return signed_(sub_folding_signed(signed_(a), b));
    }
    // low - a + b for a < 2^32.
    static ZKMARK_ALWAYS_INLINE Vector sub_add_folding(Vector low, Vector a, Vector b) {
        return signed_(add_folding_signed(sub_folding_signed(signed_(low), a), b));
    }
    static ZKMARK_ALWAYS_INLINE Vector canonical(Vector a) {
        const Vector largest = broadcast((Goldilocks::modulus - 1) ^ sign);
        return add(a, shift_right<32>(_mm256_cmpgt_epi64(signed_(a), largest)));
    }
    static ZKMARK_ALWAYS_INLINE Vector square_low(Vector, Vector low_low, Vector low_high) {
        return add(low_low, shift_left<33>(low_high));
    }

private:
    static constexpr std::uint64_t sign = std::uint64_t(1) << 63;
    // a - 2^63, so that signed words compare as the unsigned ones did; and back.
    static ZKMARK_ALWAYS_INLINE Vector signed_(Vector a) { return _mm256_xor_si256(a, broadcast(sign)); }
    static ZKMARK_ALWAYS_INLINE Vector add_folding_signed(Vector a, Vector b) {
        const Vector sum = add(a, b);
        return add(sum, shift_right<32>(_mm256_cmpgt_epi64(a, sum)));  // all ones shifted are epsilon
    }
    static ZKMARK_ALWAYS_INLINE Vector sub_folding_signed(Vector a, Vector b) {
        const Vector difference = sub(a, b);
        return sub(difference, shift_right<32>(_mm256_cmpgt_epi64(difference, a)));
    }
#endif
};

class PackedGoldilocks {
    using W = Words64;

public:
    using Field = Goldilocks;
    using Vector = W::Vector;
    static constexpr std::size_t lanes = W::lanes;

    PackedGoldilocks() = default;
    explicit ZKMARK_ALWAYS_INLINE PackedGoldilocks(Vector words) : words_(words) {}

    // Memory need not be aligned. `load_words` takes any words; `store_words` does not make them canonical.
    static ZKMARK_ALWAYS_INLINE PackedGoldilocks load(const Goldilocks* from) {
        return PackedGoldilocks(W::load(from));
    }
    ZKMARK_ALWAYS_INLINE void store(Goldilocks* to) const { W::store(to, W::canonical(words_)); }
    static ZKMARK_ALWAYS_INLINE PackedGoldilocks load_words(const std::uint64_t* from) {
        return PackedGoldilocks(W::load(from));
    }
    ZKMARK_ALWAYS_INLINE void store_words(std::uint64_t* to) const { W::store(to, words_); }
    static ZKMARK_ALWAYS_INLINE PackedGoldilocks broadcast(const Goldilocks& a) {
        return PackedGoldilocks(W::broadcast(a.raw()));
    }
    static ZKMARK_ALWAYS_INLINE PackedGoldilocks zero() { return PackedGoldilocks(W::zero()); }

    ZKMARK_ALWAYS_INLINE Vector vector() const { return words_; }

    // The same elements in [0, p).
    ZKMARK_ALWAYS_INLINE PackedGoldilocks canonical() const { return PackedGoldilocks(W::canonical(words_)); }

    friend ZKMARK_ALWAYS_INLINE PackedGoldilocks operator+(PackedGoldilocks a, PackedGoldilocks b) {
        return a.plus_canonical(b.canonical());
    }
    friend ZKMARK_ALWAYS_INLINE PackedGoldilocks operator-(PackedGoldilocks a, PackedGoldilocks b) {
        return a.minus_canonical(b.canonical());
    }
    // For b <= p.
    ZKMARK_ALWAYS_INLINE PackedGoldilocks plus_canonical(PackedGoldilocks b) const {
        return PackedGoldilocks(W::add_folding(words_, b.words_));
    }
    ZKMARK_ALWAYS_INLINE PackedGoldilocks minus_canonical(PackedGoldilocks b) const {
        return PackedGoldilocks(W::sub_folding(words_, b.words_));
    }
    ZKMARK_ALWAYS_INLINE PackedGoldilocks operator-() const { return zero() - *this; }
    ZKMARK_ALWAYS_INLINE PackedGoldilocks doubled() const { return *this + *this; }

    friend ZKMARK_ALWAYS_INLINE PackedGoldilocks operator*(PackedGoldilocks a, PackedGoldilocks b) {
        const Product product = wide_product(a, b);
        return reduce(W::join_low(product.low, product.middle), product.high);
    }

    // a b = (low modulo 2^32) + 2^32 (middle modulo 2^32) + 2^64 high.
    struct Product {
        Vector low, middle, high;
    };
    static ZKMARK_ALWAYS_INLINE Product wide_product(PackedGoldilocks a, PackedGoldilocks b) {
        const Vector a1 = W::high_as_low(a.words_), b1 = W::high_as_low(b.words_);
        const Vector low = W::multiply_low(a.words_, b.words_);
        // Neither sum overflows: (2^32 - 1)^2 + 2^32 - 1 < 2^64.
        const Vector one = W::add(W::multiply_low(a1, b.words_), W::shift_right<32>(low));
        const Vector other = W::add(W::multiply_low(a.words_, b1), W::bits_and(one, W::broadcast(W::epsilon)));
        return {low, other, W::add(W::add(W::multiply_low(a1, b1), W::shift_right<32>(one)),
                                   W::shift_right<32>(other))};
    }

    ZKMARK_ALWAYS_INLINE PackedGoldilocks square() const {
        const Vector high = W::high_as_low(words_);
        const Vector low_low = W::multiply_low(words_, words_), low_high = W::multiply_low(words_, high);
        // low_high counts twice: half of that sum has no 65th bit.
        const Vector middle = W::add(low_high, W::shift_right<33>(low_low));
        return reduce(W::square_low(words_, low_low, low_high),
                      W::add(W::multiply_low(high, high), W::shift_right<31>(middle)));
    }

    // Times a constant below 2^32, the same in all lanes.
    ZKMARK_ALWAYS_INLINE PackedGoldilocks times_small(std::uint32_t factor) const {
        const Vector c = W::broadcast(factor);
        const Vector low = W::multiply_low(words_, c);
        const Vector middle = W::add(W::multiply_low(W::high_as_low(words_), c), W::shift_right<32>(low));
        return reduce_96(W::join_low(low, middle), W::shift_right<32>(middle));
    }

    // Times 2^exponent, exponent < 96: 2^96 is -1.
    template <unsigned exponent>
    ZKMARK_ALWAYS_INLINE PackedGoldilocks times_power_of_two() const {
        static_assert(exponent < 96);
        if constexpr (exponent == 0) {
            return *this;
        } else if constexpr (exponent <= 32) {
            return reduce_96(W::shift_left<exponent>(words_), W::shift_right<64 - exponent>(words_));
        } else if constexpr (exponent < 64) {
            return reduce(W::shift_left<exponent>(words_), W::shift_right<64 - exponent>(words_));
        } else if constexpr (exponent == 64) {
            return reduce(W::zero(), words_);
        } else {
            // (low + 2^64 high) 2^64 with high below 2^31, and 2^128 is -2^32.
            const Vector low = W::shift_left<exponent - 64>(words_);
            const Vector high = W::shift_left<32>(W::shift_right<128 - exponent>(words_));
            return PackedGoldilocks(W::sub_folding(reduce(W::zero(), low).words_, high));
        }
    }

    // low + 2^64 high, for any two words.
    static ZKMARK_ALWAYS_INLINE PackedGoldilocks reduce(Vector low, Vector high) {
        // 2^96 is -1, 2^64 is epsilon.
        return PackedGoldilocks(W::sub_add_folding(low, W::shift_right<32>(high),
                                                   W::multiply_low(high, W::broadcast(W::epsilon))));
    }
    // The same for high below 2^32.
    static ZKMARK_ALWAYS_INLINE PackedGoldilocks reduce_96(Vector low, Vector high) {
        return PackedGoldilocks(W::add_folding(low, W::multiply_low(high, W::broadcast(W::epsilon))));
    }

private:
    Vector words_;
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark

#endif
