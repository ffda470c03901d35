// Poseidon2 over the 31-bit fields, a state a lane: 16 at once with AVX-512, 8 with AVX2.
//
// Between rounds lanes are Montgomery forms in [0, p); a product of signed lanes comes out in (-p, p) without a
// correction, and an S-box takes any signed word. So a round constant, stored less p, costs one addition.
//
// vpmuldq multiplies the even lanes only, so a product takes two, and two more for the quotient times p; the quotient
// itself comes for all lanes at once by vpmulld: 5 multiplications a product where 6 are usual. Instructions for 16
// states (of them multiplications), AVX-512:
//
//     x^7   43 (21)     x^3   21 (11)     sum of two  3     external layer of 16: 248
//
// AVX2 merges lanes in two instructions where AVX-512 takes one, and has more room for multiplications: x^7 takes 46
// (23), with quotients of even and odd lanes apart.
//
// BabyBear of width 16 takes 141 x^7 (6100 instructions), 9 external layers (2200) and 13 internal layers of about 170:
// 10,500 in all, at two a cycle of Zen 4 330 cycles a state. What limits it is the number of instructions;
// multiplications alone would be 190 cycles.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/fields/cpu/field31.hpp"
#include "kernels/hashes/cpu/hash_kernels.hpp"
#include "kernels/hashes/cpu/poseidon2.hpp"
#include "kernels/hashes/cpu/unroll.hpp"

#if defined(__AVX2__)

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

// Vectors of signed 32-bit words.
struct SignedLanes {
#if defined(__AVX512F__)
    using Vector = __m512i;
    static constexpr std::size_t lanes = 16;

    static ZKMARK_ALWAYS_INLINE Vector broadcast(std::uint32_t a) { return _mm512_set1_epi32(static_cast<int>(a)); }
    static ZKMARK_ALWAYS_INLINE Vector zero() { return _mm512_setzero_si512(); }
    static ZKMARK_ALWAYS_INLINE Vector add(Vector a, Vector b) { return _mm512_add_epi32(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector sub(Vector a, Vector b) { return _mm512_sub_epi32(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector sub_wide(Vector a, Vector b) { return _mm512_sub_epi64(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector min(Vector a, Vector b) { return _mm512_min_epu32(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector bits_and(Vector a, Vector b) { return _mm512_and_si512(a, b); }
    template <unsigned n>
    static ZKMARK_ALWAYS_INLINE Vector shift_right(Vector a) {
        return _mm512_srli_epi32(a, n);
    }
    static ZKMARK_ALWAYS_INLINE Vector multiply_low(Vector a, Vector b) { return _mm512_mullo_epi32(a, b); }
    // 64-bit products of the even lanes.
    static ZKMARK_ALWAYS_INLINE Vector multiply_even(Vector a, Vector b) { return _mm512_mul_epi32(a, b); }
    // Odd lanes where the even ones were.
    static ZKMARK_ALWAYS_INLINE Vector odd_as_even(Vector a) {
        return _mm512_castps_si512(_mm512_movehdup_ps(_mm512_castsi512_ps(a)));
    }
    // The high (low) halves of 64-bit words: those of `even` in the even lanes, those of `odd` in the odd ones.
    static ZKMARK_ALWAYS_INLINE Vector high_halves(Vector even, Vector odd) {
        return _mm512_castps_si512(
            _mm512_mask_movehdup_ps(_mm512_castsi512_ps(odd), 0x5555, _mm512_castsi512_ps(even)));
    }
    static ZKMARK_ALWAYS_INLINE Vector low_halves(Vector even, Vector odd) {
        return _mm512_castps_si512(
            _mm512_mask_moveldup_ps(_mm512_castsi512_ps(even), 0xaaaa, _mm512_castsi512_ps(odd)));
    }
#else
    using Vector = __m256i;
    static constexpr std::size_t lanes = 8;

    static ZKMARK_ALWAYS_INLINE Vector broadcast(std::uint32_t a) { return _mm256_set1_epi32(static_cast<int>(a)); }
    static ZKMARK_ALWAYS_INLINE Vector zero() { return _mm256_setzero_si256(); }
    static ZKMARK_ALWAYS_INLINE Vector add(Vector a, Vector b) { return _mm256_add_epi32(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector sub(Vector a, Vector b) { return _mm256_sub_epi32(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector sub_wide(Vector a, Vector b) { return _mm256_sub_epi64(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector min(Vector a, Vector b) { return _mm256_min_epu32(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector bits_and(Vector a, Vector b) { return _mm256_and_si256(a, b); }
    template <unsigned n>
    static ZKMARK_ALWAYS_INLINE Vector shift_right(Vector a) {
        return _mm256_srli_epi32(a, n);
    }
    static ZKMARK_ALWAYS_INLINE Vector multiply_low(Vector a, Vector b) { return _mm256_mullo_epi32(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector multiply_even(Vector a, Vector b) { return _mm256_mul_epi32(a, b); }
    static ZKMARK_ALWAYS_INLINE Vector odd_as_even(Vector a) {
        return _mm256_castps_si256(_mm256_movehdup_ps(_mm256_castsi256_ps(a)));
    }
    static ZKMARK_ALWAYS_INLINE Vector high_halves(Vector even, Vector odd) {
        return _mm256_blend_epi32(odd_as_even(even), odd, 0xaa);
    }
    static ZKMARK_ALWAYS_INLINE Vector low_halves(Vector even, Vector odd) {
        return _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
    }
#endif
};

template <class S>
struct Poseidon2Lanes31 {
    using F = typename S::Field;
    using W = SignedLanes;
    using Word = std::uint32_t;
    using Vector = W::Vector;
    static constexpr std::size_t lanes = W::lanes;
    static constexpr unsigned width = S::width, rate = S::rate;
    static constexpr unsigned half = poseidon2_full_rounds / 2;
    static constexpr std::uint32_t p = F::modulus, inverse = F::inverse_of_modulus;
    static constexpr std::size_t beside = 0, alone_up_to = 1;
    static constexpr unsigned together = lanes == 16 ? 4 : 2;  // of 32 and of 16 registers
    static_assert(S::alpha == 3 || S::alpha == 7);

    static const HashKernels& alone() { return *S::hash().by_isa[0]; }

    // Montgomery forms less p.
    struct Constants {
        std::uint32_t initial[half][width];
        std::uint32_t internal[S::partial_rounds];
        std::uint32_t final[half][width];

        Constants() {
            const Poseidon2Constants<S> plain;
            for (unsigned round = 0; round < half; ++round)
                for (unsigned i = 0; i < width; ++i) {
                    initial[round][i] = plain.initial[round][i].raw() - p;
                    final[round][i] = plain.final[round][i].raw() - p;
                }
            for (unsigned round = 0; round < S::partial_rounds; ++round)
                internal[round] = plain.internal[round].raw() - p;
        }
        static const Constants& get() {
            static const Constants made;
            return made;
        }
    };

    static ZKMARK_ALWAYS_INLINE Vector modulus() { return W::broadcast(p); }
    // Not seen as a constant: compilers would multiply by it with three or four shifts and additions.
    static ZKMARK_ALWAYS_INLINE Vector factor(std::uint32_t a) {
        Vector vector = W::broadcast(a);
        __asm__("" : "+v"(vector));
        return vector;
    }
    static ZKMARK_ALWAYS_INLINE Vector inverse_of_modulus() { return factor(inverse); }
    // From (-p, p) to [0, p).
    static ZKMARK_ALWAYS_INLINE Vector wrapped(Vector a) { return W::min(a, W::add(a, modulus())); }
    // Sums and differences in [0, p).
    static ZKMARK_ALWAYS_INLINE Vector plus(Vector a, Vector b) {
        const Vector sum = W::add(a, b);
        return W::min(sum, W::sub(sum, modulus()));
    }
    static ZKMARK_ALWAYS_INLINE Vector minus(Vector a, Vector b) { return wrapped(W::sub(a, b)); }

    // A vector and its odd lanes, ready to be multiplied.
    struct Split {
        Vector all, odd;
    };
    struct Products {
        Vector even, odd;
    };
    static ZKMARK_ALWAYS_INLINE Split split(Vector a) { return {a, W::odd_as_even(a)}; }
    static ZKMARK_ALWAYS_INLINE Products products(const Split& a, const Split& b) {
        return {W::multiply_even(a.all, b.all), W::multiply_even(a.odd, b.odd)};
    }
    // The products less quotients p, which leaves nothing in the low halves; the high ones are the result.
    static ZKMARK_ALWAYS_INLINE Products less(const Products& t, const Products& quotients) {
        return {W::sub_wide(t.even, W::multiply_even(quotients.even, modulus())),
                W::sub_wide(t.odd, W::multiply_even(quotients.odd, modulus()))};
    }
    // Of quotients that are known for all lanes.
    static ZKMARK_ALWAYS_INLINE Products less(const Products& t, Vector quotient) {
        return less(t, Products{quotient, W::odd_as_even(quotient)});
    }
    static ZKMARK_ALWAYS_INLINE Split result(const Products& t) {
        return {W::high_halves(t.even, t.odd), W::odd_as_even(t.odd)};
    }
    // The result for factors alone, whose odd lanes of `all` are not looked at: with AVX2 one instruction less.
    static ZKMARK_ALWAYS_INLINE Split factors(const Products& t) {
        if constexpr (lanes == 16) return result(t);
        else return {W::odd_as_even(t.even), W::odd_as_even(t.odd)};
    }
    // With AVX2 two multiplications are less than three instructions that merge the lanes for one.
    static ZKMARK_ALWAYS_INLINE Products quotients(const Products& t) {
        if constexpr (lanes == 16) {
            const Vector q = W::multiply_low(W::low_halves(t.even, t.odd), inverse_of_modulus());
            return {q, W::odd_as_even(q)};
        } else {
            return {W::multiply_even(t.even, inverse_of_modulus()), W::multiply_even(t.odd, inverse_of_modulus())};
        }
    }

    // x^alpha in [0, p) for any signed words x. Signed reduction gives |t| / 2^32 + p / 2: with |x| <= 2^31 the square
    // is within (-p/2, 1.04 p), the cube within 1.02 p, which is below 2^31, and the rest is below p.
    //
    // `count` vectors are taken side by side, step by step: a core looks ahead far enough for the next one's
    // instructions, but not so far that its multipliers always have something to do.
    template <unsigned count>
    static ZKMARK_ALWAYS_INLINE void power(Vector* words) {
        const auto each = [](auto&& body) __attribute__((always_inline)) { unroll<count>(body); };
        Split x[count], square[count], cube[count], fourth[count];
        Vector x_inverse[count], q[count];
        Products t[count], u[count];
        each([&](auto i) __attribute__((always_inline)) { x[i] = split(words[i]); });
        each([&](auto i) __attribute__((always_inline)) {
            x_inverse[i] = W::multiply_low(x[i].all, inverse_of_modulus());
        });
        each([&](auto i) __attribute__((always_inline)) { t[i] = products(x[i], x[i]); });
        each([&](auto i) __attribute__((always_inline)) { q[i] = W::multiply_low(x[i].all, x_inverse[i]); });
        each([&](auto i) __attribute__((always_inline)) { square[i] = result(less(t[i], q[i])); });
        each([&](auto i) __attribute__((always_inline)) { t[i] = products(square[i], x[i]); });
        each([&](auto i) __attribute__((always_inline)) { q[i] = W::multiply_low(square[i].all, x_inverse[i]); });
        if constexpr (S::alpha == 7) {
            each([&](auto i) __attribute__((always_inline)) { cube[i] = factors(less(t[i], q[i])); });
            each([&](auto i) __attribute__((always_inline)) { t[i] = products(square[i], square[i]); });
            each([&](auto i) __attribute__((always_inline)) { u[i] = quotients(t[i]); });
            each([&](auto i) __attribute__((always_inline)) { fourth[i] = factors(less(t[i], u[i])); });
            each([&](auto i) __attribute__((always_inline)) { t[i] = products(fourth[i], cube[i]); });
            each([&](auto i) __attribute__((always_inline)) { u[i] = quotients(t[i]); });
        }
        each([&](auto i) __attribute__((always_inline)) {
            Products last;
            if constexpr (S::alpha == 7) last = less(t[i], u[i]);
            else last = less(t[i], q[i]);
            words[i] = wrapped(W::high_halves(last.even, last.odd));
        });
    }

    // Canonical words to Montgomery form.
    static ZKMARK_ALWAYS_INLINE Vector absorb(Vector a) {
        constexpr std::uint32_t r_squared = F::r_squared > p / 2 ? F::r_squared - p : F::r_squared;
        const Vector factor = W::broadcast(r_squared);
        const Products t = less(products(split(a), {factor, factor}),
                                W::multiply_low(a, W::broadcast(r_squared * inverse)));
        return wrapped(W::high_halves(t.even, t.odd));
    }
    static ZKMARK_ALWAYS_INLINE Vector emit(Vector a) { return a; }
    static ZKMARK_ALWAYS_INLINE void start(Vector*, std::size_t) {}
    static ZKMARK_ALWAYS_INLINE void fill(Vector*, std::size_t) {}

    // A vector whose sums are field sums.
    struct Element {
        Vector value;
        friend ZKMARK_ALWAYS_INLINE Element operator+(Element a, Element b) { return {plus(a.value, b.value)}; }
    };

    static ZKMARK_ALWAYS_INLINE void external_layer(Vector* state) {
        Element x[width];
        unroll<width>([&](auto i) __attribute__((always_inline)) { x[i].value = state[i]; });
        poseidon2_external_layer<width>(x);
        unroll<width>([&](auto i) __attribute__((always_inline)) { state[i] = x[i].value; });
    }

    static void full_rounds(Vector* x, const std::uint32_t (*constants)[width]) {
        for (unsigned round = 0; round < half; ++round) {
            for (unsigned i = 0; i < width; i += together) {
                Vector y[together];
                for (unsigned k = 0; k < together; ++k)
                    y[k] = W::add(x[i + k], W::broadcast(constants[round][i + k]));
                power<together>(y);
                for (unsigned k = 0; k < together; ++k) x[i + k] = y[k];
            }
            external_layer(x);
        }
    }

    // sum + x numerator / 2^halvings. With x = 2^n high + low, x / 2^n = high - low (p - 1) / 2^n.
    template <int numerator, unsigned halvings>
    static ZKMARK_ALWAYS_INLINE Vector plus_multiple(Vector sum, Vector x) {
        constexpr int size = numerator < 0 ? -numerator : numerator;
        if constexpr (halvings > 0) {
            static_assert(size == 1 && halvings <= F::two_adicity);
            const Vector high = W::template shift_right<halvings>(x);
            const Vector low = W::multiply_low(W::bits_and(x, W::broadcast((std::uint32_t(1) << halvings) - 1)),
                                               factor((p - 1) >> halvings));
            if constexpr (numerator < 0) return minus(plus(sum, low), high);
            return plus(minus(sum, low), high);
        } else {
            static_assert(size <= 4);
            Vector multiple = x;
            if constexpr (size >= 2) multiple = plus(x, x);
            if constexpr (size == 3) multiple = plus(multiple, x);
            if constexpr (size == 4) multiple = plus(multiple, multiple);
            if constexpr (numerator < 0) return minus(sum, multiple);
            return plus(sum, multiple);
        }
    }

    // power<1> of an x^7, with other work between its steps: fill(i) follows step i.
    static constexpr unsigned steps = 9;
    template <class Fill>
    static ZKMARK_ALWAYS_INLINE Vector power_among(Vector word, Fill&& fill) {
        const Split x = split(word);
        const Vector x_inverse = W::multiply_low(x.all, inverse_of_modulus());
        Products t = products(x, x);
        fill(Step<0>{});
        t = less(t, W::multiply_low(x.all, x_inverse));
        fill(Step<1>{});
        const Split square = result(t);
        t = products(square, x);
        const Vector q = W::multiply_low(square.all, x_inverse);
        Products u = products(square, square);
        fill(Step<2>{});
        const Products of_fourth = quotients(u);
        t = less(t, q);
        fill(Step<3>{});
        const Split cube = factors(t);
        u = less(u, of_fourth);
        fill(Step<4>{});
        t = products(factors(u), cube);
        fill(Step<5>{});
        u = quotients(t);
        fill(Step<6>{});
        t = less(t, u);
        fill(Step<7>{});
        word = W::high_halves(t.even, t.odd);
        fill(Step<8>{});
        return wrapped(word);
    }
    template <unsigned i>
    using Step = std::integral_constant<unsigned, i>;

    // Lane 0 is the one that is waited for: x^7 is a chain of some 40 cycles. So the other lanes of a round are
    // computed between the steps of the next round's S-box, and added up for its sum as they come. x^3 is so short
    // that a core finds the others' work by itself.
    static void partial_rounds(Vector* state, const std::uint32_t* constants) {
        Vector x[width];
        unroll<width>([&](auto i) __attribute__((always_inline)) { x[i] = state[i]; });
        const auto multiple = [&](auto i, Vector sum) __attribute__((always_inline)) {
            constexpr Fraction entry = S::diagonal[i];
            return plus_multiple<entry.numerator, entry.halvings>(sum, x[i]);
        };
        if constexpr (S::alpha == 3) {
            for (unsigned round = 0; round < S::partial_rounds; ++round) {
                Vector sums[4] = {x[1], x[2], x[3], x[4]};
                unroll<width - 5>([&](auto i) __attribute__((always_inline)) {
                    sums[i % 4] = plus(sums[i % 4], x[i + 5]);
                });
                const Vector others = plus(plus(sums[0], sums[1]), plus(sums[2], sums[3]));
                x[0] = W::add(x[0], W::broadcast(constants[round]));
                power<1>(x);
                const Vector sum = plus(others, x[0]);
                unroll<width>([&](auto i) __attribute__((always_inline)) { x[i] = multiple(i, sum); });
            }
            unroll<width>([&](auto i) __attribute__((always_inline)) { state[i] = x[i]; });
        } else {
            Vector others[2];  // one sum alone would be as long a chain
            const auto add_up = [&](auto i) __attribute__((always_inline)) {
                others[i % 2] = i <= 2 ? x[i] : plus(others[i % 2], x[i]);
            };
            unroll<width - 1>([&](auto i) __attribute__((always_inline)) { add_up(Step<i + 1>{}); });
            x[0] = W::add(x[0], W::broadcast(constants[0]));
            power<1>(x);
            for (unsigned round = 1; round < S::partial_rounds; ++round) {
                const Vector sum = plus(plus(others[0], others[1]), x[0]);
                x[0] = W::add(multiple(Step<0>{}, sum), W::broadcast(constants[round]));
                x[0] = power_among(x[0], [&](auto step) __attribute__((always_inline)) {
                    constexpr unsigned from = 1 + step * (width - 1) / steps, to = 1 + (step + 1) * (width - 1) / steps;
                    unroll<to - from>([&](auto k) __attribute__((always_inline)) {
                        x[from + k] = multiple(Step<from + k>{}, sum);
                        add_up(Step<from + k>{});
                    });
                });
            }
            const Vector sum = plus(plus(others[0], others[1]), x[0]);
            unroll<width>([&](auto i) __attribute__((always_inline)) { state[i] = multiple(i, sum); });
        }
    }

    static void permute(Vector* state, const Constants& constants) {
        external_layer(state);
        full_rounds(state, constants.initial);
        partial_rounds(state, constants.internal);
        full_rounds(state, constants.final);
    }
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark

#endif
