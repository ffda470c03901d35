// The Poseidon2 permutation (eprint 2023/323) over any C++ field type.
//
// A set S provides: Field, `width`, `rate`, `alpha`, `partial_rounds` and `diagonal`, the internal
// matrix' diagonal as fractions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/hashes/cpu/grain.hpp"
#include "kernels/hashes/cpu/unroll.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

// numerator / 2^halvings
struct Fraction {
    int numerator;
    unsigned halvings = 0;
};

template <class S>
struct Poseidon2 {
    using Field = typename S::Field;
    using F = Field;
    static constexpr unsigned width = S::width;
    static constexpr unsigned rate = S::rate;
    static constexpr unsigned full_rounds = 8;
    static constexpr unsigned half = full_rounds / 2;

    struct Constants {
        F initial[half][width];
        F internal[S::partial_rounds];
        F final[half][width];
        F diagonal[width];

        Constants() {
            Grain grain(F::modulus, width, full_rounds, S::partial_rounds);
            const auto draw = [&] { return F::from_u64(grain.element()); };
            for (auto& round : initial)
                for (auto& constant : round) constant = draw();
            for (auto& constant : internal) constant = draw();
            for (auto& round : final)
                for (auto& constant : round) constant = draw();
            const F one_half = F::from_u64(2).inverse();
            for (unsigned i = 0; i < width; ++i) {
                const int n = S::diagonal[i].numerator;
                F entry = F::from_u64(std::uint64_t(n < 0 ? -n : n));
                for (unsigned k = 0; k < S::diagonal[i].halvings; ++k) entry = entry * one_half;
                diagonal[i] = n < 0 ? -entry : entry;
            }
        }
    };

    static const Constants& constants() {
        static const Constants made;
        return made;
    }

    static ZKMARK_ALWAYS_INLINE F power(const F& x) {
        static_assert(S::alpha == 3 || S::alpha == 7);
        const F square = x.square();
        const F cube = square * x;
        if constexpr (S::alpha == 3) return cube;
        return square.square() * cube;
    }

    // The 4x4 circulant of (2, 3, 1, 1) on every 4 lanes, then every lane adds the sum of the lanes
    // equal to it modulo 4.
    static ZKMARK_ALWAYS_INLINE void external_layer(F* state) {
        for (unsigned at = 0; at < width; at += 4) {
            F* x = state + at;
            const F first = x[0] + x[1];
            const F second = x[2] + x[3];
            const F all = first + second;
            const F with_x1 = all + x[1];
            const F with_x3 = all + x[3];
            const F y0 = with_x1 + first;
            const F y1 = with_x1 + x[2].doubled();
            const F y2 = with_x3 + second;
            const F y3 = with_x3 + x[0].doubled();
            x[0] = y0, x[1] = y1, x[2] = y2, x[3] = y3;
        }
        for (unsigned lane = 0; lane < 4; ++lane) {
            F sum = state[lane];
            for (unsigned i = lane + 4; i < width; i += 4) sum = sum + state[i];
            for (unsigned i = lane; i < width; i += 4) state[i] = state[i] + sum;
        }
    }

    // All ones plus the diagonal: small entries by additions, the others by a multiplication.
    static ZKMARK_ALWAYS_INLINE void internal_layer(F* state, const Constants& constants) {
        F sum = state[0];
        for (unsigned i = 1; i < width; ++i) sum = sum + state[i];
        unroll<width>([&](auto i) __attribute__((always_inline)) {
            constexpr Fraction entry = S::diagonal[i];
            constexpr int size = entry.numerator < 0 ? -entry.numerator : entry.numerator;
            if constexpr (entry.halvings == 0 && size <= 4) {
                F multiple = state[i];
                if constexpr (size >= 2) multiple = multiple.doubled();
                if constexpr (size == 3) multiple = multiple + state[i];
                if constexpr (size == 4) multiple = multiple.doubled();
                if constexpr (entry.numerator < 0)
                    state[i] = sum - multiple;
                else
                    state[i] = sum + multiple;
            } else {
                state[i] = sum + state[i] * constants.diagonal[i];
            }
        });
    }

    static ZKMARK_ALWAYS_INLINE void full_round(F* state, const F* constants) {
        for (unsigned i = 0; i < width; ++i) state[i] = power(state[i] + constants[i]);
        external_layer(state);
    }

    static void permute(F* state) {
        const Constants& c = constants();
        external_layer(state);
        for (const auto& round : c.initial) full_round(state, round);
        for (const F& constant : c.internal) {
            state[0] = power(state[0] + constant);
            internal_layer(state, c);
        }
        for (const auto& round : c.final) full_round(state, round);
    }

    // Plonky3's PaddingFreeSponge: the capacity starts at zero, a short last block overwrites what it
    // holds and leaves the rest.
    static void start(F* state, std::size_t length) {}
    static void fill(F* state, std::size_t used) {}
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
