// Fields of 31 bits in vector lanes: 16 with AVX-512, 8 with AVX2. The twin of field31.hpp: Montgomery form
// with R = 2^32, always reduced. Nothing is here for other instruction sets.
//
// vpmuludq multiplies 32 x 32 bits to 64 in half of the lanes, so a vector's products come as those of its
// even and of its odd lanes. vpmulld keeps the low half of the products of all lanes; on Zen it costs what
// vpmuludq does, on Intel's cores twice that.
//
//     product of two vectors     6 vpmuludq, 7 other instructions (AVX-512; AVX2: 9)
//     product with a factor      2 vpmuludq, 2 vpmulld, 5 others, of which 2 can be left out (`lazy_times`)
//     sum, difference            3
//
// A factor is known beforehand and carries Shoup's quotient floor(w 2^32 / p): x w = x w - q p for
// q = floor(x quotient / 2^32), which is in [0, 2 p) and so is had from the low halves alone. Such a product
// is not divided by R: the factor is canonical, and x stays in the form that it is in.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/fields/cpu/field31.hpp"
#include "kernels/fields/cpu/word.hpp"

#if defined(__AVX2__)

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

// Vectors of 32-bit words.
struct Words32 {
#if defined(__AVX512F__)
    using Vector = __m512i;
    static constexpr std::size_t lanes = 16;

    static ZKMARK_ALWAYS_INLINE Vector load(const void* from) { return _mm512_loadu_si512(from); }
    static ZKMARK_ALWAYS_INLINE void store(void* to, Vector a) { _mm512_storeu_si512(to, a); }
    static ZKMARK_ALWAYS_INLINE void stream(void* to, Vector a) {
        _mm512_stream_si512(static_cast<__m512i*>(to), a);
    }
    static ZKMARK_ALWAYS_INLINE Vector broadcast(std::uint32_t a) {
        return _mm512_set1_epi32(static_cast<int>(a));
    }
    static ZKMARK_ALWAYS_INLINE Vector add(Vector a, Vector b) { return _mm512_add_epi32(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector sub(Vector a, Vector b) { return _mm512_sub_epi32(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector min(Vector a, Vector b) { return _mm512_min_epu32(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector multiply_low(Vector a, Vector b) {
        return _mm512_mullo_epi32(a, b);
    }
    // 64-bit products of even lanes, and differences of 64-bit words.
    static ZKMARK_ALWAYS_INLINE Vector multiply_even(Vector a, Vector b) { return _mm512_mul_epu32(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector sub_wide(Vector a, Vector b) { return _mm512_sub_epi64(a, b); }
    // Odd lanes in the place of the even ones: a move, for which there are more ports than for a shift.
    static ZKMARK_ALWAYS_INLINE Vector odd_lanes(Vector a) {
        return _mm512_castps_si512(_mm512_movehdup_ps(_mm512_castsi512_ps(a)));
    }
    // The high halves of 64-bit words: those of `even` in the even lanes, those of `odd` in the odd ones.
    static ZKMARK_ALWAYS_INLINE Vector high_halves(Vector even, Vector odd) {
        return _mm512_castps_si512(_mm512_mask_movehdup_ps(_mm512_castsi512_ps(odd), 0x5555,
                                                           _mm512_castsi512_ps(even)));
    }
#else
    using Vector = __m256i;
    static constexpr std::size_t lanes = 8;

    static ZKMARK_ALWAYS_INLINE Vector load(const void* from) {
        return _mm256_loadu_si256(static_cast<const __m256i*>(from));
    }
    static ZKMARK_ALWAYS_INLINE void store(void* to, Vector a) {
        _mm256_storeu_si256(static_cast<__m256i*>(to), a);
    }
    static ZKMARK_ALWAYS_INLINE void stream(void* to, Vector a) {
        _mm256_stream_si256(static_cast<__m256i*>(to), a);
    }
    static ZKMARK_ALWAYS_INLINE Vector broadcast(std::uint32_t a) {
        return _mm256_set1_epi32(static_cast<int>(a));
    }
    static ZKMARK_ALWAYS_INLINE Vector add(Vector a, Vector b) { return _mm256_add_epi32(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector sub(Vector a, Vector b) { return _mm256_sub_epi32(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector min(Vector a, Vector b) { return _mm256_min_epu32(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector multiply_low(Vector a, Vector b) {
        return _mm256_mullo_epi32(a, b);
    }
    static ZKMARK_ALWAYS_INLINE Vector multiply_even(Vector a, Vector b) { return _mm256_mul_epu32(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector sub_wide(Vector a, Vector b) { return _mm256_sub_epi64(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector odd_lanes(Vector a) {
        return _mm256_castps_si256(_mm256_movehdup_ps(_mm256_castsi256_ps(a)));
    }
    static ZKMARK_ALWAYS_INLINE Vector high_halves(Vector even, Vector odd) {
        return _mm256_blend_epi32(odd_lanes(even), odd, 0xaa);
    }
#endif

    // x w - floor(x quotient / 2^32) p: congruent to x w, and below 2 p for any word x if `quotient` is
    // floor(w 2^32 / p).
    static ZKMARK_ALWAYS_INLINE Vector multiply_shoup(Vector x, Vector w, Vector quotient,
                                                      Vector quotient_odd, Vector p) {
        const Vector q = high_halves(multiply_even(x, quotient), multiply_even(odd_lanes(x), quotient_odd));
        return sub(multiply_low(x, w), multiply_low(q, p));
    }
};

template <class F>
class Packed31 {
    using W = Words32;

public:
    using Field = F;
    using Vector = W::Vector;
    static constexpr std::size_t lanes = W::lanes;

    Packed31() = default;
    explicit ZKMARK_ALWAYS_INLINE Packed31(Vector value) : value_(value) {}

    // Of elements in memory, which need not be aligned.
    static ZKMARK_ALWAYS_INLINE Packed31 load(const F* from) { return Packed31(W::load(from)); }
    ZKMARK_ALWAYS_INLINE void store(F* to) const { W::store(to, value_); }
    static ZKMARK_ALWAYS_INLINE Packed31 broadcast(const F& a) { return Packed31(W::broadcast(a.raw())); }
    static ZKMARK_ALWAYS_INLINE Packed31 zero() { return Packed31(W::broadcast(0)); }

    // Montgomery forms, a lane each, reduced unless a function says otherwise.
    ZKMARK_ALWAYS_INLINE Vector vector() const { return value_; }

    friend ZKMARK_ALWAYS_INLINE Packed31 operator+(Packed31 a, Packed31 b) {
        return Packed31(subtracted(W::add(a.value_, b.value_)));
    }
    friend ZKMARK_ALWAYS_INLINE Packed31 operator-(Packed31 a, Packed31 b) {
        return Packed31(wrapped(W::sub(a.value_, b.value_)));
    }
    friend ZKMARK_ALWAYS_INLINE Packed31 operator*(Packed31 a, Packed31 b) {
        return product(a.value_, W::odd_lanes(a.value_), b.value_, W::odd_lanes(b.value_));
    }
    ZKMARK_ALWAYS_INLINE Packed31 square() const {
        const Vector odd = W::odd_lanes(value_);
        return product(value_, odd, value_, odd);
    }
    ZKMARK_ALWAYS_INLINE Packed31 doubled() const { return *this + *this; }

    // A constant to multiply by, the same in all lanes or one a lane.
    struct Factor {
        Vector w, quotient, quotient_odd;

        static ZKMARK_ALWAYS_INLINE Factor broadcast(const F& a) {
            const std::uint32_t w = canonical_word(a);
            const Vector quotient = W::broadcast(quotient_of(w));
            return {W::broadcast(w), quotient, quotient};
        }
        // From canonical words and their quotients.
        static ZKMARK_ALWAYS_INLINE Factor load(const std::uint32_t* w, const std::uint32_t* quotient) {
            const Vector q = W::load(quotient);
            return {W::load(w), q, W::odd_lanes(q)};
        }
    };
    static std::uint32_t canonical_word(const F& a) {
        std::uint32_t word;
        a.to_canonical(&word);
        return word;
    }
    static constexpr std::uint32_t quotient_of(std::uint32_t canonical) {
        return static_cast<std::uint32_t>((std::uint64_t(canonical) << 32) / F::modulus);
    }

    // a need not be reduced: any word will do. This holds for lazy_times() too.
    friend ZKMARK_ALWAYS_INLINE Packed31 operator*(Packed31 a, const Factor& b) {
        return a.lazy_times(b).reduced();
    }
    // In [0, 2 p).
    ZKMARK_ALWAYS_INLINE Packed31 lazy_times(const Factor& b) const {
        return Packed31(W::multiply_shoup(value_, b.w, b.quotient, b.quotient_odd, modulus()));
    }
    // Below 2 p from reduced lanes: 1 instruction, 2 instructions.
    ZKMARK_ALWAYS_INLINE Packed31 lazy_plus(Packed31 b) const { return Packed31(W::add(value_, b.value_)); }
    ZKMARK_ALWAYS_INLINE Packed31 lazy_minus(Packed31 b) const {
        return Packed31(W::add(value_, W::sub(modulus(), b.value_)));
    }
    // From [0, 2 p) to [0, p).
    ZKMARK_ALWAYS_INLINE Packed31 reduced() const { return Packed31(subtracted(value_)); }

private:
    static ZKMARK_ALWAYS_INLINE Vector modulus() { return W::broadcast(F::modulus); }
    static ZKMARK_ALWAYS_INLINE Vector subtracted(Vector a) { return W::min(a, W::sub(a, modulus())); }
    static ZKMARK_ALWAYS_INLINE Vector wrapped(Vector a) { return W::min(a, W::add(a, modulus())); }

    // The low halves of x and q p are equal, so the high half of their difference has no borrow from below.
    static ZKMARK_ALWAYS_INLINE Packed31 product(Vector a, Vector a_odd, Vector b, Vector b_odd) {
        const Vector inverse = W::broadcast(F::inverse_of_modulus), p = modulus();
        const Vector even = W::multiply_even(a, b), odd = W::multiply_even(a_odd, b_odd);
        const Vector q_even = W::multiply_even(even, inverse), q_odd = W::multiply_even(odd, inverse);
        return Packed31(wrapped(W::high_halves(W::sub_wide(even, W::multiply_even(q_even, p)),
                                               W::sub_wide(odd, W::multiply_even(q_odd, p)))));
    }

    Vector value_;
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark

#endif
