// Four values of 260 bits at a time, for transforms: the twin of wide_lanes_avx512.hpp for processors without IFMA,
// whose products of 52-bit limbs come out of the double-precision multiplier. Include this in *_avx2.cpp only.
//
// With rounding toward zero, for integers a, b below 2^52,
//
//     h = a b + 2^104       its low 52 bits are the high half of the product: a unit in h's last place is 2^52
//     l = a b + (2^104 + 2^52 - h)    exact; its low 52 bits are the low half
//
// each one fused multiply-add. The bit patterns of h and l are summed as integers, which the exponents in them shift by
// known constants. Limbs are of 52 bits and all bounds are those of IFMA. Five instructions give both halves of a
// product: 31 products, 8 more for their limbs' conversion, about 200 for four lanes with carries.
//
// Sources: Emmart, Zheng, Weems, "Faster Modular Exponentiation Using Double Precision Floating Point Arithmetic on
// the GPU" (ARITH 2018).
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/fields/cpu/word.hpp"
#include "kernels/ntt/cpu/wide.hpp"

namespace zkmark::ntt {
inline namespace ZKMARK_ISA_NAMESPACE {

struct WideLanes {
    using Word = __m256i;
    static constexpr std::size_t lanes = 4;
    static constexpr std::size_t width = 2;  // values a row of a block: eight columns, four cache lines

    // While one of these lives, its thread rounds toward zero. What computes must be in a function that is not inlined
    // where it lives: the compiler does not know that arithmetic depends on it.
    class Mode {
    public:
        Mode() : before_(_mm_getcsr()) { _mm_setcsr(before_ | _MM_ROUND_TOWARD_ZERO); }
        ~Mode() { _mm_setcsr(before_); }
        Mode(const Mode&) = delete;
        Mode& operator=(const Mode&) = delete;

    private:
        unsigned before_;
    };

    struct Value {
        Word limb[5];
    };

    struct Constants {
        // Of those that are added before carries are passed on, limbs hold what an unsigned shift needs besides.
        Word none[5], six[5], offset[5], p_integer[5], offset_top, back[5][2];
        __m256d p[5], complement[5], quotient, negated_inverse;

        explicit Constants(const WideConstants& c)
            : offset_top(_mm256_set1_epi64x(c.offset[4])),
              quotient(_mm256_set1_pd(static_cast<double>(c.quotient))),
              negated_inverse(_mm256_set1_pd(static_cast<double>(c.negated_inverse))) {
            for (unsigned j = 0; j < 5; ++j) {
                const std::uint64_t lift = j < 4 ? std::uint64_t(1) << 63 : 0, due = j ? 1 << 11 : 0;
                const auto lifted = [&](std::int64_t limb) {
                    return _mm256_set1_epi64x(static_cast<long long>(static_cast<std::uint64_t>(limb) + lift - due));
                };
                none[j] = lifted(0);
                six[j] = lifted(c.six[j]);
                offset[j] = lifted(c.offset[j]);
                p_integer[j] = _mm256_set1_epi64x(c.p[j]);
                p[j] = _mm256_set1_pd(static_cast<double>(c.p[j]));
                complement[j] = _mm256_set1_pd(static_cast<double>(c.complement[j]));
                for (unsigned half = 0; half < 2; ++half) {
                    const auto part = [&](unsigned i) { return static_cast<int>(c.back[i][j] >> (32 * half)); };
                    back[j][half] = _mm256_setr_epi32(part(0), part(1), part(2), part(3), part(4), part(5), part(6),
                                                      part(7));
                }
            }
        }
    };

    // Expanded twiddles, whose limbs are doubles: of all lanes alike, and one a lane.
    struct Shared {
        const std::uint64_t* limbs;
        // GCC would keep the address of each limb in memory, outside of the loop.
        ZKMARK_ALWAYS_INLINE void keep_here() { __asm__ volatile("" : "+r"(limbs)); }
        ZKMARK_ALWAYS_INLINE __m256d at(std::size_t i) const {
            return _mm256_broadcast_sd(reinterpret_cast<const double*>(limbs + i));
        }
    };
    struct PerLane {
        const Word* limbs;
        ZKMARK_ALWAYS_INLINE void keep_here() { __asm__ volatile("" : "+r"(limbs)); }
        ZKMARK_ALWAYS_INLINE __m256d at(std::size_t i) const {
            return _mm256_castsi256_pd(_mm256_load_si256(limbs + i));
        }
    };

    static ZKMARK_ALWAYS_INLINE Value load(const Word* source) {
        Value r;
        ZKMARK_UNROLL for (unsigned j = 0; j < 5; ++j) r.limb[j] = _mm256_load_si256(source + j);
        return r;
    }
    static ZKMARK_ALWAYS_INLINE void store(Word* target, const Value& a) {
        ZKMARK_UNROLL for (unsigned j = 0; j < 5; ++j) _mm256_store_si256(target + j, a.limb[j]);
    }

    static ZKMARK_ALWAYS_INLINE Value add(const Value& a, const Value& b) {
        Value r;
        ZKMARK_UNROLL for (unsigned j = 0; j < 5; ++j) r.limb[j] = _mm256_add_epi64(a.limb[j], b.limb[j]);
        return r;
    }
    static ZKMARK_ALWAYS_INLINE Value subtract(const Value& a, const Value& b) {
        Value r;
        ZKMARK_UNROLL for (unsigned j = 0; j < 5; ++j) r.limb[j] = _mm256_sub_epi64(a.limb[j], b.limb[j]);
        return r;
    }

    // Multiplicands from values that are not negative, above -6 p, and any that sums reach. Only the low 52 bits of
    // the limbs count.
    static ZKMARK_ALWAYS_INLINE Value prepared(const Constants& c, const Value& a) { return carried(a, c.none); }
    static ZKMARK_ALWAYS_INLINE Value prepared_6(const Constants& c, const Value& a) { return carried(a, c.six); }
    static ZKMARK_ALWAYS_INLINE Value prepared_any(const Constants& c, const Value& a) { return carried(a, c.offset); }

    // Into [0, 2^257 + p): the top bits choose a multiple of p to take away.
    static ZKMARK_ALWAYS_INLINE Value reduced(const Constants& c, const Value& a) {
        const Word half = _mm256_srli_epi64(_mm256_add_epi64(a.limb[4], c.offset_top), 49);
        const Word index = _mm256_or_si256(half, _mm256_slli_epi64(half, 32));
        Value r;
        ZKMARK_UNROLL for (unsigned j = 0; j < 5; ++j)
            r.limb[j] = _mm256_add_epi64(
                a.limb[j], _mm256_blend_epi32(_mm256_permutevar8x32_epi32(c.back[j][0], index),
                                              _mm256_permutevar8x32_epi32(c.back[j][1], index), 0xaa));
        return r;
    }

    // Limbs within 52 bits, of a value in [0, 2^260).
    static ZKMARK_ALWAYS_INLINE Value normalized(const Constants& c, const Value& a) {
        Value r = prepared(c, a);
        ZKMARK_UNROLL for (unsigned j = 0; j < 5; ++j) r.limb[j] = masked(r.limb[j]);
        return r;
    }

    // Into [0, (1 + 2^-38) p), limbs within 52 bits: a quotient that is exact or one too small.
    static ZKMARK_ALWAYS_INLINE Value nearly_canonical(const Constants& c, const Value& a) {
        Value r = prepared_any(c, a);
        const Word estimate = _mm256_castpd_si256(high(as_double(r.limb[4]), c.quotient));
        const __m256d q = as_double(_mm256_and_si256(_mm256_srli_epi64(estimate, 45), _mm256_set1_epi64x(127)));
        ZKMARK_UNROLL for (unsigned j = 0; j < 5; ++j) r.limb[j] = masked(r.limb[j]);
        ZKMARK_UNROLL for (unsigned j = 0; j < 5; ++j) {
            const __m256d h = high(q, c.complement[j]);
            r.limb[j] = _mm256_add_epi64(r.limb[j], masked(low(q, c.complement[j], h)));
            if (j < 4) r.limb[j + 1] = _mm256_add_epi64(r.limb[j + 1], masked(_mm256_castpd_si256(h)));
        }
        r = prepared(c, r);
        ZKMARK_UNROLL for (unsigned j = 0; j < 5; ++j) r.limb[j] = masked(r.limb[j]);
        return r;
    }

    static ZKMARK_ALWAYS_INLINE Value canonical(const Constants& c, const Value& a) {
        const Value r = nearly_canonical(c, a);
        Value d;
        ZKMARK_UNROLL for (unsigned j = 0; j < 5; ++j) d.limb[j] = _mm256_sub_epi64(r.limb[j], c.p_integer[j]);
        d = prepared(c, d);
        const __m256d below = _mm256_castsi256_pd(d.limb[4]);
        ZKMARK_UNROLL for (unsigned j = 0; j < 5; ++j)
            d.limb[j] = _mm256_castpd_si256(_mm256_blendv_pd(_mm256_castsi256_pd(masked(d.limb[j])),
                                                             _mm256_castsi256_pd(r.limb[j]), below));
        return d;
    }

    // A product in [0, 6 p) by an expanded twiddle, as in wide_lanes_avx512.hpp.
    template <class Twiddle>
    static ZKMARK_ALWAYS_INLINE Value product(const Constants& c, const Value& a, Twiddle twiddle) {
        twiddle.keep_here();
        // In limb j come five low halves if j < 5, five high ones if j > 0, and from the reduction one of each.
        Word t[6] = {debt(5, 0), debt(6, 6), debt(6, 6), debt(6, 6), debt(6, 6), debt(0, 6)};
        ZKMARK_UNROLL for (unsigned k = 0; k < 5; ++k) {
            const __m256d limb = as_double(a.limb[k]);
            ZKMARK_UNROLL for (unsigned j = 0; j < 5; ++j) {
                const __m256d w = twiddle.at(5 * k + j);
                const __m256d h = high(limb, w);
                t[j + 1] = _mm256_add_epi64(t[j + 1], _mm256_castpd_si256(h));
                t[j] = _mm256_add_epi64(t[j], low(limb, w, h));
                keep_order(t[j]);
            }
        }
        return divided(c, t, multiple(c, t[0]));
    }

    // The limbs of an expanded twiddle from its Montgomery form, as in wide_lanes_avx512.hpp.
    static ZKMARK_ALWAYS_INLINE void expand(const Constants& c, const Value& montgomery_form, Word* limbs) {
        Value w = montgomery_form;
        for (unsigned k = 5; k-- > 0;) {
            Word t[6];
            ZKMARK_UNROLL for (unsigned j = 0; j < 5; ++j) {
                _mm256_store_si256(limbs + 5 * k + j, _mm256_castpd_si256(as_double(w.limb[j])));
                t[j] = masked(w.limb[j]);
            }
            t[5] = _mm256_setzero_si256();
            ZKMARK_UNROLL for (unsigned j = 1; j < 6; ++j) t[j] = _mm256_add_epi64(t[j], debt(j < 5 ? 1 : 0, 1));
            w = prepared(c, divided(c, t, multiple(c, t[0])));
        }
    }

    // Four elements of four words, one behind the other.
    static ZKMARK_ALWAYS_INLINE Value load_columns(const std::uint64_t* source) {
        Word rows[4];
        ZKMARK_UNROLL for (int i = 0; i < 4; ++i) rows[i] = load256(source + 4 * i);
        return from_elements(rows);
    }
    static ZKMARK_ALWAYS_INLINE void store_columns(std::uint64_t* target, const Value& a) {
        Word rows[4];
        to_elements(a, rows);
        ZKMARK_UNROLL for (int i = 0; i < 4; ++i) store256(target + 4 * i, rows[i]);
    }
    // Four elements at the same distance from four addresses.
    static ZKMARK_ALWAYS_INLINE Value load_runs(const std::uint64_t* const* runs, std::size_t word) {
        Word rows[4];
        ZKMARK_UNROLL for (int i = 0; i < 4; ++i) rows[i] = load256(runs[i] + word);
        return from_elements(rows);
    }
    static ZKMARK_ALWAYS_INLINE void store_runs(std::uint64_t* const* runs, std::size_t word, const Value& a) {
        Word rows[4];
        to_elements(a, rows);
        ZKMARK_UNROLL for (int i = 0; i < 4; ++i) store256(runs[i] + word, rows[i]);
    }

private:
    static constexpr std::uint64_t bits_of_2_52 = std::uint64_t(0x433) << 52, bits_of_2_104 = std::uint64_t(0x467) << 52;

    static ZKMARK_ALWAYS_INLINE __m256d high(__m256d a, __m256d b) {
        return _mm256_fmadd_pd(a, b, _mm256_castsi256_pd(_mm256_set1_epi64x(bits_of_2_104)));
    }
    static ZKMARK_ALWAYS_INLINE Word low(__m256d a, __m256d b, __m256d high) {
        const __m256d both = _mm256_castsi256_pd(_mm256_set1_epi64x(bits_of_2_104 + 1));  // 2^104 + 2^52
        return _mm256_castpd_si256(_mm256_fmadd_pd(a, b, _mm256_sub_pd(both, high)));
    }
    // What sums must start from to come out without the exponents of so many halves.
    static ZKMARK_ALWAYS_INLINE Word debt(std::uint64_t lows, std::uint64_t highs) {
        return _mm256_set1_epi64x(static_cast<long long>(0 - lows * bits_of_2_52 - highs * bits_of_2_104));
    }

    static ZKMARK_ALWAYS_INLINE Word masked(Word a) {
        return _mm256_and_si256(a, _mm256_set1_epi64x((1ll << 52) - 1));
    }
    // The low 52 bits as a number.
    static ZKMARK_ALWAYS_INLINE __m256d as_double(Word a) {
        const Word exponent = _mm256_set1_epi64x(bits_of_2_52);
        return _mm256_sub_pd(_mm256_castsi256_pd(_mm256_or_si256(masked(a), exponent)), _mm256_castsi256_pd(exponent));
    }

    // Limbs are signed and shifts are not: each limb but the last is lifted by 2^63, and 2^11 taken from what the next gets.
    static ZKMARK_ALWAYS_INLINE Value carried(const Value& a, const Word (&lifted)[5]) {
        Value r;
        r.limb[0] = _mm256_add_epi64(a.limb[0], lifted[0]);
        ZKMARK_UNROLL for (unsigned j = 1; j < 5; ++j)
            r.limb[j] = _mm256_add_epi64(_mm256_add_epi64(a.limb[j], lifted[j]), _mm256_srli_epi64(r.limb[j - 1], 52));
        return r;
    }

    // GCC would gather the summands first, more of them than there are registers.
    static ZKMARK_ALWAYS_INLINE void keep_order(Word& sum) { __asm__("" : "+x"(sum)); }

    // The m that makes (t + m p)'s lowest limb zero, and that divided by 2^52: of the lowest limb only the carry is needed,
    // which is the limb divided by 2^52, rounded up.
    static ZKMARK_ALWAYS_INLINE __m256d multiple(const Constants& c, Word t) {
        const __m256d lowest = as_double(t);
        return _mm256_sub_pd(
            _mm256_castsi256_pd(low(lowest, c.negated_inverse, high(lowest, c.negated_inverse))),
            _mm256_castsi256_pd(_mm256_set1_epi64x(bits_of_2_52)));
    }
    static ZKMARK_ALWAYS_INLINE Value divided(const Constants& c, const Word (&t)[6], __m256d m) {
        const Word carry = _mm256_srli_epi64(_mm256_add_epi64(t[0], _mm256_set1_epi64x((1ll << 52) - 1)), 52);
        Value r;
        ZKMARK_UNROLL for (unsigned j = 0; j < 5; ++j) {
            const __m256d h = high(m, c.p[j]);
            r.limb[j] = _mm256_add_epi64(t[j + 1], _mm256_castpd_si256(h));
            if (j > 0) r.limb[j - 1] = _mm256_add_epi64(r.limb[j - 1], low(m, c.p[j], h));
        }
        r.limb[0] = _mm256_add_epi64(r.limb[0], carry);
        return r;
    }

    static ZKMARK_ALWAYS_INLINE Word load256(const std::uint64_t* p) {
        return _mm256_loadu_si256(reinterpret_cast<const Word*>(p));
    }
    static ZKMARK_ALWAYS_INLINE void store256(std::uint64_t* p, Word a) {
        _mm256_storeu_si256(reinterpret_cast<Word*>(p), a);
    }

    static ZKMARK_ALWAYS_INLINE void transpose(Word (&rows)[4]) {
        const Word a = _mm256_unpacklo_epi64(rows[0], rows[1]), b = _mm256_unpackhi_epi64(rows[0], rows[1]);
        const Word c = _mm256_unpacklo_epi64(rows[2], rows[3]), d = _mm256_unpackhi_epi64(rows[2], rows[3]);
        rows[0] = _mm256_permute2x128_si256(a, c, 0x20);
        rows[1] = _mm256_permute2x128_si256(b, d, 0x20);
        rows[2] = _mm256_permute2x128_si256(a, c, 0x31);
        rows[3] = _mm256_permute2x128_si256(b, d, 0x31);
    }
    static ZKMARK_ALWAYS_INLINE Word joined(Word a, int right, Word b, int left) {
        return _mm256_or_si256(_mm256_srli_epi64(a, right), _mm256_slli_epi64(b, left));
    }
    static ZKMARK_ALWAYS_INLINE Value from_elements(Word (&w)[4]) {
        transpose(w);
        return {{masked(w[0]), masked(joined(w[0], 52, w[1], 12)), masked(joined(w[1], 40, w[2], 24)),
                 masked(joined(w[2], 28, w[3], 36)), _mm256_srli_epi64(w[3], 16)}};
    }
    static ZKMARK_ALWAYS_INLINE void to_elements(const Value& v, Word (&w)[4]) {
        w[0] = joined(v.limb[0], 0, v.limb[1], 52);
        w[1] = joined(v.limb[1], 12, v.limb[2], 40);
        w[2] = joined(v.limb[2], 24, v.limb[3], 28);
        w[3] = joined(v.limb[3], 36, v.limb[4], 16);
        transpose(w);
    }
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark::ntt
