// Poseidon2 over Goldilocks, a state a lane: 8 at once with AVX-512, 4 with AVX2.
//
// Linear layers work on halves (goldilocks_halves.hpp). In partial rounds only lane 0 goes through an S-box, so only
// lane 0 is made a word each round; the others stay halves, which grow by less than 5 bits a round and are reduced
// every fourth.
//
// Instructions for 8 states with AVX-512: x^7 86; a full round of width 8 (12) about 850 (1300), of which the S-boxes
// 690 (1030); a partial round about 170 (210). In all 10,500 (15,000), at two a cycle of Zen 4 660 (940) cycles a state.
// What limits it is the number of instructions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/hashes/cpu/goldilocks_halves.hpp"
#include "kernels/hashes/cpu/hash_kernels.hpp"
#include "kernels/hashes/cpu/poseidon2.hpp"
#include "kernels/hashes/cpu/unroll.hpp"

#if defined(__AVX2__)

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

template <class S>
struct Poseidon2LanesGoldilocks {
    using Element = PackedGoldilocks;
    using Halves = GoldilocksHalves;
    using W = Words64;
    using Word = std::uint64_t;
    using Vector = W::Vector;
    static constexpr std::size_t lanes = W::lanes;
    static constexpr unsigned width = S::width, rate = S::rate;
    static constexpr unsigned half = poseidon2_full_rounds / 2;
    static constexpr std::size_t beside = 0, alone_up_to = lanes / 4;
    static_assert(S::alpha == 7);

    static const HashKernels& alone() { return *S::hash().by_isa[0]; }

    struct HalvedWord {
        std::uint64_t low, high;
        ZKMARK_ALWAYS_INLINE Halves broadcast() const { return Halves::broadcast(low, high); }
    };
    // 0 modulo p = 1 + 2^32 (2^32 - 1): lifts a low half from above -2^32 `lift` to a positive one.
    static constexpr HalvedWord zero(std::uint64_t lift) { return {(lift << 32) + 1, 0xffffffff - lift}; }
    // The external layer takes halves in (-2 * 2^32, 2 * 2^32) to 35 times as much.
    static constexpr std::uint64_t external_lift = 70;

    struct Constants {
        HalvedWord initial[half][width];
        HalvedWord internal[S::partial_rounds + 1];  // and zero
        HalvedWord final[half][width];

        Constants() {
            const Poseidon2Constants<S> plain;
            const auto halved = [](Goldilocks a, HalvedWord add) {
                return HalvedWord{(a.raw() & Goldilocks::epsilon) + add.low, (a.raw() >> 32) + add.high};
            };
            for (unsigned round = 0; round < half; ++round)
                for (unsigned i = 0; i < width; ++i) {
                    initial[round][i] = halved(plain.initial[round][i], zero(external_lift));
                    final[round][i] = halved(plain.final[round][i], zero(external_lift));
                }
            for (unsigned round = 0; round < S::partial_rounds; ++round)
                internal[round] = halved(plain.internal[round], {0, 0});
            internal[S::partial_rounds] = {0, 0};
        }
        static const Constants& get() {
            static const Constants made;
            return made;
        }
    };

    static ZKMARK_ALWAYS_INLINE Vector absorb(Vector a) { return a; }
    static ZKMARK_ALWAYS_INLINE Vector emit(Vector a) { return W::canonical(a); }
    static ZKMARK_ALWAYS_INLINE void start(Vector*, std::size_t) {}
    static ZKMARK_ALWAYS_INLINE void fill(Vector*, std::size_t) {}

    // x^7. `count` vectors are taken side by side: a product takes longer than a core looks ahead.
    template <unsigned count>
    static ZKMARK_ALWAYS_INLINE void power(const Element* x, Halves* out) {
        Element square[count], fourth[count], cube[count];
        unroll<count>([&](auto i) __attribute__((always_inline)) { square[i] = x[i].square(); });
        unroll<count>([&](auto i) __attribute__((always_inline)) {
            cube[i] = square[i] * x[i];
            fourth[i] = square[i].square();
        });
        unroll<count>([&](auto i) __attribute__((always_inline)) { out[i] = Halves::product(fourth[i], cube[i]); });
    }
    static constexpr unsigned together = 4;

    // From sums with no constants yet to such sums, whose low halves may be negative.
    static void full_rounds(Halves* sums, const HalvedWord (*constants)[width]) {
        for (unsigned round = 0; round < half; ++round) {
            for (unsigned i = 0; i < width; i += together) {
                Element x[together];
                unroll<together>([&](auto k) __attribute__((always_inline)) {
                    x[k] = (sums[i + k] + constants[round][i + k].broadcast()).joined();
                });
                power<together>(x, sums + i);
            }
            poseidon2_external_layer<width>(sums);
        }
    }
    static ZKMARK_ALWAYS_INLINE Element word_of(Halves sum) {
        return (sum + zero(external_lift).broadcast()).joined();
    }

    // Partial rounds have halves that are not negative, below B. A sum of 12 is below 11 B + 3 * 2^32, lane 0 being fresh
    // from the S-box; what is subtracted from it is at most 3 B, beyond what the sum has of the same lane, or 2^33 for a
    // bit that is halved. So `zero`, which is 4 * 32^step * 2^32 less 8 * 32^step at least, makes up for it: with
    // results below 12.5 B + 3 * 2^32 + zero, B is 1, 20, 390, 9000 and 2^18 times 2^32 after 0, 1, 2, 3 and 4 steps.
    static constexpr unsigned steps = 4;

    static ZKMARK_ALWAYS_INLINE Halves zero_at(unsigned step) {
        const std::uint64_t m = std::uint64_t(4) << (5 * step);  // m (2^32 + 1) + 2^32 m (2^32 - 2) = m p
        return Halves::broadcast((m << 32) + m, (m << 32) - 2 * m);
    }

    // x / 2^halvings, whose high half may be negative, by up to 2^32. The bits l that are lost from the low half are
    // worth l 2^-n = l 2^(32 - n) (1 - 2^32).
    template <unsigned halvings>
    static ZKMARK_ALWAYS_INLINE Halves halved(Halves x) {
        const Vector mask = W::broadcast((1u << halvings) - 1);
        const Vector lost = W::template shift_left<32 - halvings>(W::bits_and(x.low, mask));
        const Vector passed = W::template shift_left<32 - halvings>(W::bits_and(x.high, mask));
        return {W::add(W::template shift_right<halvings>(x.low), W::add(lost, passed)),
                W::sub(W::template shift_right<halvings>(x.high), lost)};
    }

    template <int numerator, unsigned halvings>
    static ZKMARK_ALWAYS_INLINE Halves plus_multiple(Halves sum, Halves sum_and_zero, Halves x) {
        constexpr int size = numerator < 0 ? -numerator : numerator;
        if constexpr (halvings > 0) {
            static_assert(size == 1);
            if constexpr (numerator < 0) return sum_and_zero - halved<halvings>(x);
            return sum_and_zero + halved<halvings>(x);
        } else {
            static_assert(size <= 4);
            Halves multiple = x;
            if constexpr (size == 2) multiple = x + x;
            if constexpr (size == 3) multiple = (x + x) + x;
            if constexpr (size == 4) multiple = x.template shifted<2>();
            if constexpr (numerator < 0) return sum_and_zero - multiple;
            return sum + multiple;
        }
    }

    static void partial_rounds(Halves* state, const HalvedWord* constants) {
        Halves x[width];
        unroll<width>([&](auto i) __attribute__((always_inline)) { x[i] = Halves::split(word_of(state[i])); });
        // Lane 0 is what is waited for: a round's part of it comes before the other lanes of the round before.
        Element word = (x[0] + constants[0].broadcast()).joined(), square = word.square();
        for (unsigned round = 0, step = 0; round < S::partial_rounds; ++round) {
            Halves others = x[1];
            unroll<width - 2>([&](auto i) __attribute__((always_inline)) { others = others + x[i + 2]; });
            const Halves others_and_zero = others + zero_at(step);
            const Element cube = square * word;
            const Halves seventh = Halves::product(square.square(), cube) + zero(2).broadcast();
            const Halves sum = others + seventh, sum_and_zero = others_and_zero + seventh;
            x[0] = plus_multiple<S::diagonal[0].numerator, S::diagonal[0].halvings>(sum, sum_and_zero, seventh);
            word = (x[0] + constants[round + 1].broadcast()).joined();
            square = word.square();
            unroll<width - 1>([&](auto k) __attribute__((always_inline)) {
                constexpr unsigned i = k + 1;
                constexpr Fraction entry = S::diagonal[i];
                x[i] = plus_multiple<entry.numerator, entry.halvings>(sum, sum_and_zero, x[i]);
            });
            if (++step == steps) {
                step = 0;
                unroll<width - 1>([&](auto i) __attribute__((always_inline)) {
                    x[i + 1] = Halves::split(x[i + 1].joined());
                });
            }
        }
        state[0] = Halves::split(word);
        unroll<width - 1>([&](auto i) __attribute__((always_inline)) {
            state[i + 1] = Halves::split(x[i + 1].joined());
        });
    }

    static void permute(Vector* state, const Constants& constants) {
        Halves sums[width];
        unroll<width>([&](auto i) __attribute__((always_inline)) { sums[i] = Halves::split(Element(state[i])); });
        poseidon2_external_layer<width>(sums);
        full_rounds(sums, constants.initial);
        partial_rounds(sums, constants.internal);
        full_rounds(sums, constants.final);
        for (unsigned i = 0; i < width; ++i) state[i] = word_of(sums[i]).vector();
    }
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark

#endif
