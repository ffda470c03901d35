// Eight values of 260 bits at a time, for transforms: 52-bit limbs multiplied by AVX-512 IFMA, the modulus known only
// at run time. Include this in *_avx512.cpp only.
//
// A value is a signed sum of limbs, limb j weighing 2^(52 j); limbs may exceed 52 bits and be negative, so additions
// carry nothing. Only a multiplicand must be `prepared`: not negative, carries passed on. IFMA itself ignores the
// bits of a limb above the 52nd.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/fields/cpu/word.hpp"
#include "kernels/ntt/cpu/wide.hpp"

namespace zkmark::ntt {
inline namespace ZKMARK_ISA_NAMESPACE {

struct WideLanes {
    using Word = __m512i;
    static constexpr std::size_t lanes = 8;
    static constexpr std::size_t width = 1;  // values a row of a block: eight columns, four cache lines

    struct Mode {};  // of rounding: the twin for AVX2 needs one

    struct Value {
        Word limb[5];
    };

    struct Constants {
        Word p[5], complement[5], six[5], offset[5], back[5], quotient, negated_inverse;

        explicit Constants(const WideConstants& c)
            : quotient(_mm512_set1_epi64(c.quotient)), negated_inverse(_mm512_set1_epi64(c.negated_inverse)) {
            for (unsigned j = 0; j < 5; ++j) {
                p[j] = _mm512_set1_epi64(c.p[j]);
                complement[j] = _mm512_set1_epi64(c.complement[j]);
                six[j] = _mm512_set1_epi64(c.six[j]);
                offset[j] = _mm512_set1_epi64(c.offset[j]);
                back[j] = _mm512_setr_epi64(c.back[0][j], c.back[1][j], c.back[2][j], c.back[3][j], c.back[4][j],
                                            c.back[5][j], c.back[6][j], c.back[7][j]);
            }
        }
    };

    // Expanded twiddles: of all lanes alike, and one a lane.
    struct Shared {
        const std::uint64_t* limbs;
        // GCC would keep the address of each limb in memory, outside of the loop.
        ZKMARK_ALWAYS_INLINE void keep_here() { __asm__ volatile("" : "+r"(limbs)); }
        ZKMARK_ALWAYS_INLINE Word at(std::size_t i) const {
            return _mm512_set1_epi64(static_cast<long long>(limbs[i]));
        }
    };
    struct PerLane {
        const Word* limbs;
        ZKMARK_ALWAYS_INLINE void keep_here() { __asm__ volatile("" : "+r"(limbs)); }
        ZKMARK_ALWAYS_INLINE Word at(std::size_t i) const { return _mm512_load_si512(limbs + i); }
    };

    static ZKMARK_ALWAYS_INLINE Value load(const Word* source) {
        Value r;
        ZKMARK_UNROLL for (unsigned j = 0; j < 5; ++j) r.limb[j] = _mm512_load_si512(source + j);
        return r;
    }
    static ZKMARK_ALWAYS_INLINE void store(Word* target, const Value& a) {
        ZKMARK_UNROLL for (unsigned j = 0; j < 5; ++j) _mm512_store_si512(target + j, a.limb[j]);
    }

    static ZKMARK_ALWAYS_INLINE Value add(const Value& a, const Value& b) {
        Value r;
        ZKMARK_UNROLL for (unsigned j = 0; j < 5; ++j) r.limb[j] = _mm512_add_epi64(a.limb[j], b.limb[j]);
        return r;
    }
    static ZKMARK_ALWAYS_INLINE Value subtract(const Value& a, const Value& b) {
        Value r;
        ZKMARK_UNROLL for (unsigned j = 0; j < 5; ++j) r.limb[j] = _mm512_sub_epi64(a.limb[j], b.limb[j]);
        return r;
    }

    // Multiplicands from values that are not negative, above -6 p, and any that sums reach.
    static ZKMARK_ALWAYS_INLINE Value prepared(const Constants&, const Value& a) { return carried(a); }
    static ZKMARK_ALWAYS_INLINE Value prepared_6(const Constants& c, const Value& a) { return carried(plus(a, c.six)); }
    static ZKMARK_ALWAYS_INLINE Value prepared_any(const Constants& c, const Value& a) {
        return carried(plus(a, c.offset));
    }

    // Into [0, 2^257 + p): the top bits choose a multiple of p to take away.
    static ZKMARK_ALWAYS_INLINE Value reduced(const Constants& c, const Value& a) {
        const Word index = _mm512_srli_epi64(_mm512_add_epi64(a.limb[4], c.offset[4]), 49);
        Value r;
        ZKMARK_UNROLL for (unsigned j = 0; j < 5; ++j)
            r.limb[j] = _mm512_add_epi64(a.limb[j], _mm512_permutexvar_epi64(index, c.back[j]));
        return r;
    }

    // Limbs within 52 bits, of a value in [0, 2^260).
    static ZKMARK_ALWAYS_INLINE Value normalized(const Constants&, const Value& a) {
        Value r = carried(a);
        ZKMARK_UNROLL for (unsigned j = 0; j < 5; ++j) r.limb[j] = masked(r.limb[j]);
        return r;
    }

    // Into [0, (1 + 2^-38) p), limbs within 52 bits: a quotient that is exact or one too small.
    static ZKMARK_ALWAYS_INLINE Value nearly_canonical(const Constants& c, const Value& a) {
        Value r = prepared_any(c, a);
        const Word zero = _mm512_setzero_si512();
        const Word q = _mm512_srli_epi64(high(zero, r.limb[4], c.quotient), 45);
        ZKMARK_UNROLL for (unsigned j = 0; j < 5; ++j) r.limb[j] = masked(r.limb[j]);
        ZKMARK_UNROLL for (unsigned j = 0; j < 4; ++j) {
            r.limb[j] = low(r.limb[j], q, c.complement[j]);
            r.limb[j + 1] = high(r.limb[j + 1], q, c.complement[j]);
        }
        r.limb[4] = low(r.limb[4], q, c.complement[4]);
        r = carried(r);
        ZKMARK_UNROLL for (unsigned j = 0; j < 5; ++j) r.limb[j] = masked(r.limb[j]);
        return r;
    }

    static ZKMARK_ALWAYS_INLINE Value canonical(const Constants& c, const Value& a) {
        const Value r = nearly_canonical(c, a);
        Value d;
        ZKMARK_UNROLL for (unsigned j = 0; j < 5; ++j) d.limb[j] = _mm512_sub_epi64(r.limb[j], c.p[j]);
        d = carried(d);
        const __mmask8 below = _mm512_movepi64_mask(d.limb[4]);
        ZKMARK_UNROLL for (unsigned j = 0; j < 5; ++j)
            d.limb[j] = _mm512_mask_blend_epi64(below, masked(d.limb[j]), r.limb[j]);
        return d;
    }

    // A product in [0, 6 p) by an expanded twiddle: the sum of limb k times limbs 5 k to 5 k + 4, then one step of
    // Montgomery's reduction. 60 multiply-adds.
    template <class Twiddle>
    static ZKMARK_ALWAYS_INLINE Value product(const Constants& c, const Value& a, Twiddle twiddle) {
        twiddle.keep_here();
        const Word zero = _mm512_setzero_si512();
        Word t[6] = {zero, zero, zero, zero, zero, zero};
        const auto add_products = [&](unsigned j) __attribute__((always_inline)) {
            ZKMARK_UNROLL for (unsigned k = 0; k < 5; ++k) {
                t[j] = low(t[j], a.limb[k], twiddle.at(5 * k + j));
                t[j + 1] = high(t[j + 1], a.limb[k], twiddle.at(5 * k + j));
            }
        };
        // The lowest limb first: what m waits for then takes no time of its own.
        add_products(0);
        const Word m = low(zero, t[0], c.negated_inverse);
        ZKMARK_UNROLL for (unsigned j = 1; j < 5; ++j) add_products(j);
        return divided(c, t, m);
    }

    // The limbs of an expanded twiddle from its Montgomery form: w 2^260, w 2^208, ... w 2^52 behind each other, last
    // first. Each is one step of reduction from the one before.
    static ZKMARK_ALWAYS_INLINE void expand(const Constants& c, const Value& montgomery_form, Word* limbs) {
        Value w = montgomery_form;
        for (unsigned k = 5; k-- > 0;) {
            ZKMARK_UNROLL for (unsigned j = 0; j < 5; ++j) _mm512_store_si512(limbs + 5 * k + j, masked(w.limb[j]));
            Word t[6];
            ZKMARK_UNROLL for (unsigned j = 0; j < 5; ++j) t[j] = masked(w.limb[j]);
            t[5] = _mm512_setzero_si512();
            w = carried(divided(c, t, low(t[5], t[0], c.negated_inverse)));
        }
    }

    // Eight elements of four words, one behind the other.
    static ZKMARK_ALWAYS_INLINE Value load_columns(const std::uint64_t* source) {
        Word rows[4];
        ZKMARK_UNROLL for (int i = 0; i < 4; ++i) rows[i] = _mm512_loadu_si512(source + 8 * i);
        return from_pairs(rows);
    }
    static ZKMARK_ALWAYS_INLINE void store_columns(std::uint64_t* target, const Value& a) {
        Word rows[4];
        to_pairs(a, rows);
        ZKMARK_UNROLL for (int i = 0; i < 4; ++i) _mm512_storeu_si512(target + 8 * i, rows[i]);
    }
    // Eight elements at the same distance from eight addresses.
    static ZKMARK_ALWAYS_INLINE Value load_runs(const std::uint64_t* const* runs, std::size_t word) {
        Word rows[4];
        ZKMARK_UNROLL for (int i = 0; i < 4; ++i)
            rows[i] = _mm512_inserti64x4(_mm512_castsi256_si512(load256(runs[2 * i] + word)),
                                         load256(runs[2 * i + 1] + word), 1);
        return from_pairs(rows);
    }
    static ZKMARK_ALWAYS_INLINE void store_runs(std::uint64_t* const* runs, std::size_t word, const Value& a) {
        Word rows[4];
        to_pairs(a, rows);
        ZKMARK_UNROLL for (int i = 0; i < 4; ++i) {
            store256(runs[2 * i] + word, _mm512_castsi512_si256(rows[i]));
            store256(runs[2 * i + 1] + word, _mm512_extracti64x4_epi64(rows[i], 1));
        }
    }

private:
    static ZKMARK_ALWAYS_INLINE Value carried(const Value& a) {
        Value r = a;
        ZKMARK_UNROLL for (unsigned j = 0; j < 4; ++j)
            r.limb[j + 1] = _mm512_add_epi64(r.limb[j + 1], _mm512_srai_epi64(r.limb[j], 52));
        return r;
    }

    static ZKMARK_ALWAYS_INLINE Word low(Word sum, Word a, Word b) { return _mm512_madd52lo_epu64(sum, a, b); }
    static ZKMARK_ALWAYS_INLINE Word high(Word sum, Word a, Word b) { return _mm512_madd52hi_epu64(sum, a, b); }
    static ZKMARK_ALWAYS_INLINE Word mask() { return _mm512_set1_epi64((1ll << 52) - 1); }
    static ZKMARK_ALWAYS_INLINE Word masked(Word a) { return _mm512_and_si512(a, mask()); }

    static ZKMARK_ALWAYS_INLINE Value plus(const Value& a, const Word (&b)[5]) {
        Value r;
        ZKMARK_UNROLL for (unsigned j = 0; j < 5; ++j) r.limb[j] = _mm512_add_epi64(a.limb[j], b[j]);
        return r;
    }

    // (t + m p) / 2^52 for the m that makes the lowest limb zero: of that limb only the carry is needed, which is
    // the limb divided by 2^52, rounded up.
    static ZKMARK_ALWAYS_INLINE Value divided(const Constants& c, const Word (&t)[6], Word m) {
        const Word carry = _mm512_srli_epi64(_mm512_add_epi64(t[0], mask()), 52);
        Value r;
        ZKMARK_UNROLL for (unsigned j = 0; j < 5; ++j) r.limb[j] = high(t[j + 1], m, c.p[j]);
        ZKMARK_UNROLL for (unsigned j = 0; j < 4; ++j) r.limb[j] = low(r.limb[j], m, c.p[j + 1]);
        r.limb[0] = _mm512_add_epi64(r.limb[0], carry);
        return r;
    }

    static ZKMARK_ALWAYS_INLINE __m256i load256(const std::uint64_t* p) {
        return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    }
    static ZKMARK_ALWAYS_INLINE void store256(std::uint64_t* p, __m256i a) {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), a);
    }

    // Four registers of two elements each into limbs, and back from limbs within 52 bits.
    static ZKMARK_ALWAYS_INLINE Value from_pairs(const Word (&rows)[4]) {
        const Word first = _mm512_setr_epi64(0, 4, 8, 12, 1, 5, 9, 13);
        const Word second = _mm512_setr_epi64(2, 6, 10, 14, 3, 7, 11, 15);
        const Word a = _mm512_permutex2var_epi64(rows[0], first, rows[1]);
        const Word b = _mm512_permutex2var_epi64(rows[2], first, rows[3]);
        const Word d = _mm512_permutex2var_epi64(rows[0], second, rows[1]);
        const Word e = _mm512_permutex2var_epi64(rows[2], second, rows[3]);
        const Word w0 = _mm512_shuffle_i64x2(a, b, 0x44), w1 = _mm512_shuffle_i64x2(a, b, 0xee);
        const Word w2 = _mm512_shuffle_i64x2(d, e, 0x44), w3 = _mm512_shuffle_i64x2(d, e, 0xee);
        Value r;
        r.limb[0] = masked(w0);
        r.limb[1] = masked(_mm512_or_si512(_mm512_srli_epi64(w0, 52), _mm512_slli_epi64(w1, 12)));
        r.limb[2] = masked(_mm512_or_si512(_mm512_srli_epi64(w1, 40), _mm512_slli_epi64(w2, 24)));
        r.limb[3] = masked(_mm512_or_si512(_mm512_srli_epi64(w2, 28), _mm512_slli_epi64(w3, 36)));
        r.limb[4] = _mm512_srli_epi64(w3, 16);
        return r;
    }
    static ZKMARK_ALWAYS_INLINE void to_pairs(const Value& v, Word (&rows)[4]) {
        const Word w0 = _mm512_or_si512(v.limb[0], _mm512_slli_epi64(v.limb[1], 52));
        const Word w1 = _mm512_or_si512(_mm512_srli_epi64(v.limb[1], 12), _mm512_slli_epi64(v.limb[2], 40));
        const Word w2 = _mm512_or_si512(_mm512_srli_epi64(v.limb[2], 24), _mm512_slli_epi64(v.limb[3], 28));
        const Word w3 = _mm512_or_si512(_mm512_srli_epi64(v.limb[3], 36), _mm512_slli_epi64(v.limb[4], 16));
        const Word first = _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11);
        const Word second = _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15);
        const Word a = _mm512_permutex2var_epi64(w0, first, w1), b = _mm512_permutex2var_epi64(w2, first, w3);
        const Word d = _mm512_permutex2var_epi64(w0, second, w1), e = _mm512_permutex2var_epi64(w2, second, w3);
        // a: words 0 and 1 of elements 0 to 3; b: words 2 and 3.
        const Word low_pair = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
        const Word high_pair = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
        rows[0] = _mm512_permutex2var_epi64(a, low_pair, b);
        rows[1] = _mm512_permutex2var_epi64(a, high_pair, b);
        rows[2] = _mm512_permutex2var_epi64(d, low_pair, e);
        rows[3] = _mm512_permutex2var_epi64(d, high_pair, e);
    }
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark::ntt
