// What all Poseidon2 permutations (eprint 2023/323) share: their sets of constants and their sponge.
//
// A set S provides: Field, `width`, `rate`, `alpha`, `partial_rounds` and `diagonal`, the internal
// matrix' diagonal as fractions. The permutations themselves are written for a kind of field each, in
// poseidon2_31.hpp and poseidon2_goldilocks.hpp.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/hashes/cpu/grain.hpp"
#include "kernels/hashes/cpu/unroll.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

constexpr unsigned poseidon2_full_rounds = 8;

// numerator / 2^halvings
struct Fraction {
    int numerator;
    unsigned halvings = 0;
};

// The constants as elements. Those of the rounds are drawn from Grain in the order in which they are used.
template <class S>
struct Poseidon2Constants {
    using F = typename S::Field;
    static constexpr unsigned half = poseidon2_full_rounds / 2;

    F initial[half][S::width];
    F internal[S::partial_rounds];
    F final[half][S::width];
    F diagonal[S::width];

    Poseidon2Constants() {
        Grain grain(F::modulus, S::width, poseidon2_full_rounds, S::partial_rounds);
        const auto draw = [&] { return F::from_u64(grain.element()); };
        for (auto& round : initial)
            for (auto& constant : round) constant = draw();
        for (auto& constant : internal) constant = draw();
        for (auto& round : final)
            for (auto& constant : round) constant = draw();
        const F one_half = F::from_u64(2).inverse();
        for (unsigned i = 0; i < S::width; ++i) {
            const int n = S::diagonal[i].numerator;
            F entry = F::from_u64(std::uint64_t(n < 0 ? -n : n));
            for (unsigned k = 0; k < S::diagonal[i].halvings; ++k) entry = entry * one_half;
            diagonal[i] = n < 0 ? -entry : entry;
        }
    }
};

// Multiplies by the external matrix: the circulant of (2, 3, 1, 1) on every 4 lanes, then every lane adds
// the sum of the lanes equal to it modulo 4. Only adds, so V may be a sum that is reduced later: results
// are at most 7 (width / 4 + 1) times as large as what comes in.
template <unsigned width, class V>
ZKMARK_ALWAYS_INLINE void poseidon2_external_layer(V* state) {
    unroll<width / 4>([&](auto chunk) __attribute__((always_inline)) {
        V* x = state + 4 * chunk;
        const V first = x[0] + x[1];
        const V second = x[2] + x[3];
        const V all = first + second;
        const V with_x1 = all + x[1];
        const V with_x3 = all + x[3];
        const V y0 = with_x1 + first;
        const V y1 = with_x1 + (x[2] + x[2]);
        const V y2 = with_x3 + second;
        const V y3 = with_x3 + (x[0] + x[0]);
        x[0] = y0, x[1] = y1, x[2] = y2, x[3] = y3;
    });
    unroll<4>([&](auto lane) __attribute__((always_inline)) {
        V sum = state[lane];
        for (unsigned i = lane + 4; i < width; i += 4) sum = sum + state[i];
        for (unsigned i = lane; i < width; i += 4) state[i] = state[i] + sum;
    });
}

// Plonky3's PaddingFreeSponge: the capacity starts at zero, a short last block overwrites what it holds and
// leaves the rest.
template <class S>
struct Poseidon2Sponge {
    using Field = typename S::Field;
    static constexpr unsigned width = S::width;
    static constexpr unsigned rate = S::rate;
    static void start(Field*, std::size_t) {}
    static void fill(Field*, std::size_t) {}
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
