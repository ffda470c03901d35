// Poseidon2 over Goldilocks, reducing as late as words allow.
//
// Lanes are words congruent to the elements, not always below p. Linear layers add them up in 128 bits and
// fold the few bits above 2^64 once at the end (2^64 = 2^32 - 1 modulo p); a multiplication by an entry of
// the diagonal takes the lanes' sum along into its own reduction.
#pragma once

#include "kernels/fields/cpu/goldilocks.hpp"
#include "kernels/hashes/cpu/poseidon2.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

template <class S>
struct Poseidon2Goldilocks : Poseidon2Sponge<S> {
    using F = Goldilocks;
    using Word = std::uint64_t;
    static constexpr unsigned width = S::width;
    static_assert(S::alpha == 7);

    static const Poseidon2Constants<S>& constants() {
        static const Poseidon2Constants<S> made;
        return made;
    }

    // For x below 2^96: a word congruent to it.
    static ZKMARK_ALWAYS_INLINE Word fold(uint128_t x) {
        const Word low = static_cast<Word>(x);
        const Word addend = static_cast<Word>(x >> 64) * F::epsilon;
        const Word sum = low + addend;
        return sum + (sum < addend ? F::epsilon : 0);
    }

    static ZKMARK_ALWAYS_INLINE Word multiply(Word a, Word b) {
        return F::reduce_lazily(uint128_t(a) * b);
    }

    static ZKMARK_ALWAYS_INLINE Word power_7(Word x) {
        const Word square = multiply(x, x);
        return multiply(multiply(square, square), multiply(square, x));
    }

    static ZKMARK_ALWAYS_INLINE void external_layer(uint128_t* sums, const Word* x) {
        for (unsigned i = 0; i < width; ++i) sums[i] = x[i];
        poseidon2_external_layer<width>(sums);
    }

    // All ones plus the diagonal. Small entries are multiplied without a reduction of their own.
    static ZKMARK_ALWAYS_INLINE void internal_layer(Word* x, const F* diagonal) {
        uint128_t sum = x[1];  // lane 0 comes last: it is the one that is waited for
        for (unsigned i = 2; i < width; ++i) sum += x[i];
        sum += x[0];
        const Word folded = fold(sum);
        unroll<width>([&](auto i) __attribute__((always_inline)) {
            constexpr Fraction entry = S::diagonal[i];
            constexpr unsigned size = entry.numerator < 0 ? -entry.numerator : entry.numerator;
            if constexpr (entry.halvings == 0 && entry.numerator > 0)
                x[i] = fold(sum + uint128_t(x[i]) * size);
            else if constexpr (entry.halvings == 0)
                x[i] = fold(sum + (uint128_t(F::modulus) * (size + 1) - uint128_t(x[i]) * size));
            else
                x[i] = F::reduce_lazily(uint128_t(x[i]) * diagonal[i].raw() + folded);
        });
    }

    // A layer of S-boxes with its constants, from the sums of the layer before, and its external layer.
    static ZKMARK_ALWAYS_INLINE void full_round(uint128_t* sums, const F* constants) {
        Word x[width];
        for (unsigned i = 0; i < width; ++i) x[i] = power_7(fold(sums[i] + constants[i].raw()));
        external_layer(sums, x);
    }

    static void permute(F* state) {
        const Poseidon2Constants<S>& c = constants();
        uint128_t sums[width];
        Word x[width];
        for (unsigned i = 0; i < width; ++i) x[i] = state[i].raw();
        external_layer(sums, x);
        for (const auto& round : c.initial) full_round(sums, round);
        for (unsigned i = 0; i < width; ++i) x[i] = fold(sums[i]);
        for (const F& constant : c.internal) {
            x[0] = power_7(fold(uint128_t(x[0]) + constant.raw()));
            internal_layer(x, c.diagonal);
        }
        for (unsigned i = 0; i < width; ++i) sums[i] = x[i];
        for (const auto& round : c.final) full_round(sums, round);
        for (unsigned i = 0; i < width; ++i) state[i] = F::from_u64(fold(sums[i]));
    }
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
