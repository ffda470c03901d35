// Eight residues at a time in 52-bit limbs: Montgomery arithmetic with AVX-512 IFMA. Include this in *_avx512.cpp only.
//
// A residue of 4 words has L = 5 limbs, one of 6 words L = 8; register j holds limb j of eight residues.
// Montgomery's R is 2^(52 L): 2^5 to 2^35 times the modulus. With that much room the product of two values below
// 4 p comes out below 1.3 p without a final subtraction, and sums are only reduced where they are stored.
//
// Cost of eight multiplications: 4 L^2 multiply-adds (IFMA gives the low or the high half of a 52 x 52-bit
// product): 100 for L = 5, 256 for L = 8, and as many cycles on a core that starts one of 512 bits a cycle (Zen 4;
// two on current Intel server cores). A squaring takes 3 L^2 + L, 80 and 200. Scalar code needs 36 and 78 word
// multiplications for one residue.
//
// Sources: Gueron, Krasnov, "Accelerating Big Integer Arithmetic Using Intel IFMA Extensions" (2016); Montgomery,
// "Modular Multiplication Without Trial Division" (1985).
#pragma once

#include <immintrin.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "kernels/fields/cpu/inverse.hpp"
#include "kernels/fields/cpu/word.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

// Constants of a MontgomeryField in limbs of 52 bits.
template <class Field>
struct Limbs52 {
    static constexpr std::size_t words = Field::words;
    static constexpr std::size_t limbs = words == 4 ? 5 : 8;
    using Limbs = std::array<std::uint64_t, limbs>;
    static constexpr std::uint64_t mask = (std::uint64_t(1) << 52) - 1;

    static constexpr Limbs from_words(const typename Field::Limbs& value, unsigned shift = 0) {
        Limbs result{};
        for (unsigned bit = 0; bit < 64 * words; ++bit)
            if (value[bit / 64] >> (bit % 64) & 1)
                result[(bit + shift) / 52] |= std::uint64_t(1) << ((bit + shift) % 52);
        return result;
    }

    // 2^exponent mod p, from R = 2^(64 words) in the field's own Montgomery form by doubling.
    static constexpr typename Field::Limbs power_of_two(unsigned exponent) {
        typename Field::Limbs one{1};
        Field value = Field::from_raw(one);
        for (unsigned i = 0; i < exponent; ++i) value = value + value;
        return value.raw();
    }

    static constexpr unsigned r_bits = 52 * limbs;
    static constexpr Limbs p = from_words(Field::modulus);
    static constexpr Limbs p_twice = from_words(Field::modulus, 1);
    static constexpr std::uint64_t negated_inverse = Field::negated_inverse_of_modulus & mask;
    static constexpr Limbs one = from_words(power_of_two(r_bits));
    static constexpr Limbs r_squared = from_words(power_of_two(2 * r_bits));
    static constexpr Limbs r_cubed = from_words(power_of_two(3 * r_bits));
};

template <class Field>
struct Lanes52 {
    using Constants = Limbs52<Field>;
    using Limbs = typename Constants::Limbs;
    static constexpr std::size_t L = Constants::limbs;
    static constexpr std::size_t N = Constants::words;
    static constexpr std::size_t lanes = 8, words = N;
    static constexpr std::size_t bytes = L * sizeof(__m512i);
    static constexpr unsigned form_shift = Constants::r_bits - 64 * N;  // log2 of R over the field's own
    using Mask = __mmask8;

    __m512i limb[L];

    static ZKMARK_ALWAYS_INLINE Lanes52 broadcast(const Limbs& value) {
        Lanes52 r;
        ZKMARK_UNROLL for (std::size_t j = 0; j < L; ++j)
            r.limb[j] = _mm512_set1_epi64(static_cast<long long>(value[j]));
        return r;
    }

    // From and to L aligned registers in memory.
    static ZKMARK_ALWAYS_INLINE Lanes52 load(const __m512i* source) {
        Lanes52 r;
        ZKMARK_UNROLL for (std::size_t j = 0; j < L; ++j) r.limb[j] = _mm512_load_si512(source + j);
        return r;
    }
    ZKMARK_ALWAYS_INLINE void store(__m512i* target) const {
        ZKMARK_UNROLL for (std::size_t j = 0; j < L; ++j) _mm512_store_si512(target + j, limb[j]);
    }

    static ZKMARK_ALWAYS_INLINE Lanes52 one() { return broadcast(Constants::one); }
    static ZKMARK_ALWAYS_INLINE Lanes52 zero() { return broadcast({}); }
    // A small number as it is, in no Montgomery form.
    static ZKMARK_ALWAYS_INLINE Lanes52 plain(std::uint64_t value) { return broadcast({value}); }
    // The factor that turns canonical residues into Montgomery form.
    static ZKMARK_ALWAYS_INLINE Lanes52 to_montgomery() { return broadcast(Constants::r_squared); }

    // a b / R mod p, below p + a b / R. The limbs of a and b are below 2^52.
    friend ZKMARK_ALWAYS_INLINE Lanes52 operator*(const Lanes52& a, const Lanes52& b) {
        __m512i t[L];
        ZKMARK_UNROLL for (std::size_t j = 0; j < L; ++j) t[j] = _mm512_setzero_si512();
        ZKMARK_UNROLL for (std::size_t i = 0; i < L; ++i) {
            const __m512i bi = b.limb[i];
            ZKMARK_UNROLL for (std::size_t j = 0; j < L; ++j) t[j] = low(t[j], a.limb[j], bi);
            const __m512i m = reduce_row(t);
            shift_down(t, _mm512_setzero_si512());
            ZKMARK_UNROLL for (std::size_t j = 0; j < L; ++j) t[j] = high(t[j], a.limb[j], bi);
            ZKMARK_UNROLL for (std::size_t j = 0; j < L; ++j) t[j] = high(t[j], m, constant(Constants::p[j]));
        }
        return carried_from_products(t);
    }

    // a^2 / R mod p: products of two different limbs once, doubled.
    ZKMARK_ALWAYS_INLINE Lanes52 squared() const {
        __m512i t[2 * L];
        ZKMARK_UNROLL for (std::size_t j = 0; j < 2 * L; ++j) t[j] = _mm512_setzero_si512();
        ZKMARK_UNROLL for (std::size_t i = 0; i < L; ++i)
            ZKMARK_UNROLL for (std::size_t j = i + 1; j < L; ++j) {
                t[i + j] = low(t[i + j], limb[i], limb[j]);
                t[i + j + 1] = high(t[i + j + 1], limb[i], limb[j]);
            }
        ZKMARK_UNROLL for (std::size_t j = 1; j < 2 * L; ++j) t[j] = _mm512_add_epi64(t[j], t[j]);
        ZKMARK_UNROLL for (std::size_t i = 0; i < L; ++i) {
            t[2 * i] = low(t[2 * i], limb[i], limb[i]);
            t[2 * i + 1] = high(t[2 * i + 1], limb[i], limb[i]);
        }
        ZKMARK_UNROLL for (std::size_t i = 0; i < L; ++i) {
            const __m512i m = reduce_row(t);
            shift_down(t, t[L + i]);
            ZKMARK_UNROLL for (std::size_t j = 0; j < L; ++j) t[j] = high(t[j], m, constant(Constants::p[j]));
        }
        return carried_from_products(t);
    }

    // a - b + k, for a multiple k of p that keeps it from being negative.
    static ZKMARK_ALWAYS_INLINE Lanes52 subtract(const Lanes52& a, const Lanes52& b, const Limbs& k) {
        Lanes52 r;
        ZKMARK_UNROLL for (std::size_t j = 0; j < L; ++j)
            r.limb[j] = _mm512_add_epi64(_mm512_sub_epi64(a.limb[j], b.limb[j]), constant(k[j]));
        return carried(r);
    }

    friend ZKMARK_ALWAYS_INLINE Lanes52 operator+(const Lanes52& a, const Lanes52& b) {
        Lanes52 r;
        ZKMARK_UNROLL for (std::size_t j = 0; j < L; ++j) r.limb[j] = _mm512_add_epi64(a.limb[j], b.limb[j]);
        return carried(r);
    }

    // Lane by lane, a - k where that is not negative, else a.
    static ZKMARK_ALWAYS_INLINE Lanes52 reduce_once(const Lanes52& a, const Limbs& k) {
        Lanes52 d;
        ZKMARK_UNROLL for (std::size_t j = 0; j < L; ++j) d.limb[j] = _mm512_sub_epi64(a.limb[j], constant(k[j]));
        d = carried(d);
        return select(_mm512_movepi64_mask(d.limb[L - 1]), d, a);
    }

    // What sums of points need (kernels/curves/cpu/pairwise.hpp). Operands are below p, products below 1.3 p.
    // a - b as a factor: in (0, 2 p), zero modulo p only as p.
    static ZKMARK_ALWAYS_INLINE Lanes52 difference(const Lanes52& a, const Lanes52& b) {
        return subtract(a, b, Constants::p);
    }
    // A product less b, below p.
    static ZKMARK_ALWAYS_INLINE Lanes52 minus(const Lanes52& product, const Lanes52& b) {
        return reduce_once(reduce_once(subtract(product, b, Constants::p), Constants::p), Constants::p);
    }
    // A product less b and c, below p.
    static ZKMARK_ALWAYS_INLINE Lanes52 minus_both(const Lanes52& product, const Lanes52& b, const Lanes52& c) {
        Lanes52 sum;
        ZKMARK_UNROLL for (std::size_t j = 0; j < L; ++j) sum.limb[j] = _mm512_add_epi64(b.limb[j], c.limb[j]);
        return reduce_once(reduce_once(subtract(product, sum, Constants::p_twice), Constants::p_twice), Constants::p);
    }
    // A product, below p.
    ZKMARK_ALWAYS_INLINE Lanes52 reduced() const { return reduce_once(*this, Constants::p); }
    ZKMARK_ALWAYS_INLINE Lanes52 tripled() const {
        const Lanes52 once = reduced();
        return once + once + once;
    }
    // p - y in the lanes of the mask; y is not zero.
    ZKMARK_ALWAYS_INLINE Lanes52 negated_where(Mask mask) const {
        return select(mask, *this, subtract(zero(), *this, Constants::p));
    }
    static ZKMARK_ALWAYS_INLINE void negate_if(bool negative, std::uint64_t* residue) {
        Carry borrow = 0;
        ZKMARK_UNROLL for (std::size_t i = 0; i < N; ++i) {
            const std::uint64_t opposite = subtract_borrow(Field::modulus[i], residue[i], borrow);
            residue[i] = zkmark::select(negative, opposite, residue[i]);
        }
    }
    // Whether words that were gathered are below the modulus.
    ZKMARK_ALWAYS_INLINE Mask is_canonical() const {
        Lanes52 d;
        ZKMARK_UNROLL for (std::size_t j = 0; j < L; ++j)
            d.limb[j] = _mm512_sub_epi64(limb[j], constant(Constants::p[j]));
        return _mm512_movepi64_mask(carried(d).limb[L - 1]);
    }
    ZKMARK_ALWAYS_INLINE Mask is_zero() const { return equals({}); }
    ZKMARK_ALWAYS_INLINE Mask is_zero_difference() const { return equals(Constants::p); }

    // The inverse of each lane: one inversion of the product of all eight, by rotations.
    static Lanes52 inverses(const Lanes52& a) {
        const Lanes52 one = a.template rotated<1>();
        const Lanes52 two = a * one;                           // lanes i, i + 1
        const Lanes52 four = two * two.template rotated<2>();  // lanes i to i + 3
        Lanes52 all = four * four.template rotated<4>();
        all = reduce_once(all, Constants::p);
        alignas(64) std::uint64_t product[8][N];
        std::uint64_t* rows[8];
        for (int i = 0; i < 8; ++i) rows[i] = product[i];
        all.scatter(rows, 0);
        // (T R)^-1 R^3 / R = T^-1 R.
        invert<N>(product[0], Field::modulus.data(), Field::negated_inverse_of_modulus, Field::bits, product[0]);
        for (int i = 1; i < 8; ++i)
            for (std::size_t k = 0; k < N; ++k) product[i][k] = product[0][k];
        const Lanes52 inverse = gather(rows, 0) * broadcast(Constants::r_cubed);
        const Lanes52 others = one * two.template rotated<2>() * four.template rotated<4>();
        return inverse * others;
    }

    // Lane by lane, b where the mask is set, else a.
    static ZKMARK_ALWAYS_INLINE Lanes52 select(__mmask8 mask, const Lanes52& a, const Lanes52& b) {
        Lanes52 r;
        ZKMARK_UNROLL for (std::size_t j = 0; j < L; ++j)
            r.limb[j] = _mm512_mask_blend_epi64(mask, a.limb[j], b.limb[j]);
        return r;
    }

    ZKMARK_ALWAYS_INLINE __mmask8 equals(const Limbs& value) const {
        __mmask8 equal = 0xff;
        ZKMARK_UNROLL for (std::size_t j = 0; j < L; ++j)
            equal &= _mm512_cmpeq_epi64_mask(limb[j], constant(value[j]));
        return equal;
    }

    // Lane i of the result is lane i + by (mod 8).
    template <int by>
    ZKMARK_ALWAYS_INLINE Lanes52 rotated() const {
        Lanes52 r;
        ZKMARK_UNROLL for (std::size_t j = 0; j < L; ++j) r.limb[j] = _mm512_alignr_epi64(limb[j], limb[j], by);
        return r;
    }

    // Gathers eight residues of N words each, residue i from source[i] + offset.
    static ZKMARK_ALWAYS_INLINE Lanes52 gather(const std::uint64_t* const* source, std::size_t offset) {
        __m512i w[8];
        if constexpr (N == 4) {
            __m512i rows[4];  // row i in the lower half, row i + 4 in the upper
            ZKMARK_UNROLL for (int i = 0; i < 4; ++i)
                rows[i] = _mm512_inserti64x4(_mm512_castsi256_si512(load256(source[i] + offset)), load256(source[i + 4] + offset), 1);
            const __m512i even_low = _mm512_unpacklo_epi64(rows[0], rows[1]);
            const __m512i odd_low = _mm512_unpackhi_epi64(rows[0], rows[1]);
            const __m512i even_high = _mm512_unpacklo_epi64(rows[2], rows[3]);
            const __m512i odd_high = _mm512_unpackhi_epi64(rows[2], rows[3]);
            w[0] = _mm512_permutex2var_epi64(even_low, first_pairs(), even_high);
            w[1] = _mm512_permutex2var_epi64(odd_low, first_pairs(), odd_high);
            w[2] = _mm512_permutex2var_epi64(even_low, second_pairs(), even_high);
            w[3] = _mm512_permutex2var_epi64(odd_low, second_pairs(), odd_high);
        } else {
            ZKMARK_UNROLL for (int i = 0; i < 8; ++i)
                w[i] = _mm512_maskz_loadu_epi64((1u << N) - 1, source[i] + offset);
            transpose(w);
        }
        Lanes52 r;
        ZKMARK_UNROLL for (std::size_t j = 0; j < L; ++j) {
            const std::size_t word = 52 * j / 64, shift = 52 * j % 64;
            if (word >= N) {
                r.limb[j] = _mm512_setzero_si512();
                continue;
            }
            __m512i v = _mm512_srli_epi64(w[word], shift);
            if (shift > 12 && word + 1 < N)
                v = _mm512_or_si512(v, _mm512_slli_epi64(w[word + 1], 64 - shift));
            r.limb[j] = _mm512_and_si512(v, constant(Constants::mask));
        }
        return r;
    }

    // Scatters eight residues, below 2^(64 N), residue i to the N words at target[i] + offset.
    ZKMARK_ALWAYS_INLINE void scatter(std::uint64_t* const* target, std::size_t offset) const {
        __m512i w[8];
        ZKMARK_UNROLL for (std::size_t k = 0; k < 8; ++k) {
            if (k >= N) {
                w[k] = _mm512_setzero_si512();
                continue;
            }
            const std::size_t j = 64 * k / 52, shift = 64 * k % 52;
            w[k] = _mm512_srli_epi64(limb[j], shift);
            if (j + 1 < L) w[k] = _mm512_or_si512(w[k], _mm512_slli_epi64(limb[j + 1], 52 - shift));
            if (j + 2 < L && 104 - shift < 64)
                w[k] = _mm512_or_si512(w[k], _mm512_slli_epi64(limb[j + 2], 104 - shift));
        }
        transpose(w);
        ZKMARK_UNROLL for (int i = 0; i < 8; ++i) _mm512_mask_storeu_epi64(target[i] + offset, (1u << N) - 1, w[i]);
    }

private:
    static ZKMARK_ALWAYS_INLINE __m512i constant(std::uint64_t value) {
        return _mm512_set1_epi64(static_cast<long long>(value));
    }
    static ZKMARK_ALWAYS_INLINE __m512i low(__m512i sum, __m512i a, __m512i b) {
        return _mm512_madd52lo_epu64(sum, a, b);
    }
    static ZKMARK_ALWAYS_INLINE __m512i high(__m512i sum, __m512i a, __m512i b) {
        return _mm512_madd52hi_epu64(sum, a, b);
    }

    // One step of Montgomery's reduction: t += m p in its low halves, for the m that makes t[0] a multiple of 2^52.
    // What t[0] passes on needs no multiplication: its low 52 bits become zero, with a carry unless they were.
    static ZKMARK_ALWAYS_INLINE __m512i reduce_row(__m512i* t) {
        const __m512i m = low(_mm512_setzero_si512(), t[0], constant(Constants::negated_inverse));
        const __m512i carry = _mm512_srli_epi64(_mm512_add_epi64(t[0], constant(Constants::mask)), 52);
        ZKMARK_UNROLL for (std::size_t j = 1; j < L; ++j) t[j] = low(t[j], m, constant(Constants::p[j]));
        t[1] = _mm512_add_epi64(t[1], carry);
        return m;
    }
    static ZKMARK_ALWAYS_INLINE void shift_down(__m512i* t, __m512i top) {
        ZKMARK_UNROLL for (std::size_t j = 0; j + 1 < L; ++j) t[j] = t[j + 1];
        t[L - 1] = top;
    }
    // Each t[j] took at most 4 L + 1 terms below 2^52: no carry was lost.
    static ZKMARK_ALWAYS_INLINE Lanes52 carried_from_products(const __m512i* t) {
        Lanes52 r;
        __m512i carry = _mm512_setzero_si512();
        ZKMARK_UNROLL for (std::size_t j = 0; j + 1 < L; ++j) {
            const __m512i sum = _mm512_add_epi64(t[j], carry);
            r.limb[j] = _mm512_and_si512(sum, constant(Constants::mask));
            carry = _mm512_srli_epi64(sum, 52);
        }
        r.limb[L - 1] = _mm512_add_epi64(t[L - 1], carry);
        return r;
    }

    static ZKMARK_ALWAYS_INLINE __m256i load256(const std::uint64_t* p) {
        return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    }
    static ZKMARK_ALWAYS_INLINE __m512i first_pairs() { return _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13); }
    static ZKMARK_ALWAYS_INLINE __m512i second_pairs() { return _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15); }

    // Passes signed carries on, so that every limb but the top one is in [0, 2^52).
    static ZKMARK_ALWAYS_INLINE Lanes52 carried(const Lanes52& a) {
        Lanes52 r;
        __m512i carry = _mm512_setzero_si512();
        ZKMARK_UNROLL for (std::size_t j = 0; j + 1 < L; ++j) {
            const __m512i sum = _mm512_add_epi64(a.limb[j], carry);
            r.limb[j] = _mm512_and_si512(sum, constant(Constants::mask));
            carry = _mm512_srai_epi64(sum, 52);
        }
        r.limb[L - 1] = _mm512_add_epi64(a.limb[L - 1], carry);
        return r;
    }

    // Transposes eight rows of eight words.
    static ZKMARK_ALWAYS_INLINE void transpose(__m512i r[8]) {
        __m512i t[8], u[8];
        ZKMARK_UNROLL for (int i = 0; i < 8; i += 2) {
            t[i] = _mm512_unpacklo_epi64(r[i], r[i + 1]);
            t[i + 1] = _mm512_unpackhi_epi64(r[i], r[i + 1]);
        }
        ZKMARK_UNROLL for (int i = 0; i < 8; i += 4) {
            u[i] = _mm512_permutex2var_epi64(t[i], first_pairs(), t[i + 2]);
            u[i + 1] = _mm512_permutex2var_epi64(t[i + 1], first_pairs(), t[i + 3]);
            u[i + 2] = _mm512_permutex2var_epi64(t[i], second_pairs(), t[i + 2]);
            u[i + 3] = _mm512_permutex2var_epi64(t[i + 1], second_pairs(), t[i + 3]);
        }
        ZKMARK_UNROLL for (int i = 0; i < 4; ++i) {
            r[i] = _mm512_shuffle_i64x2(u[i], u[i + 4], 0x44);
            r[i + 4] = _mm512_shuffle_i64x2(u[i], u[i + 4], 0xee);
        }
    }
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
