// RPO-256, a state a lane: 8 at once with AVX-512, 4 with AVX2.
//
// A permutation takes 84 x^7 (2 squares, 2 products each), 84 x^(1/7) (63 squares, 9 products) and 14 products with the
// matrix. With 19 instructions a square and 24 a product (AVX-512) the inverse S-boxes are 118,700 of some 131,000
// instructions for 8 states: at two a cycle of Zen 4 8200 cycles a state, 7400 of them in x^(1/7), whose exponent has
// no shorter chain than its 63 squarings. What limits it is the number of instructions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/hashes/cpu/circulant.hpp"
#include "kernels/hashes/cpu/goldilocks_halves.hpp"
#include "kernels/hashes/cpu/hash_kernels.hpp"
#include "kernels/hashes/cpu/rpo_constants.hpp"

#if defined(__AVX2__)

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

struct RpoLanes {
    using Element = PackedGoldilocks;
    using Halves = GoldilocksHalves;
    using W = Words64;
    using Word = std::uint64_t;
    using Vector = W::Vector;
    using Constants = RpoConstants;
    static constexpr std::size_t lanes = W::lanes;
    static constexpr unsigned width = rpo_width, rate = rpo_rate;
    static constexpr std::size_t scalar_up_to = lanes / 4;

    static const HashKernels& portable() { return *rpo_256.by_isa[0]; }

    static ZKMARK_ALWAYS_INLINE Vector absorb(Vector a) { return a; }
    static ZKMARK_ALWAYS_INLINE Vector emit(Vector a) { return W::canonical(a); }
    static void start(Vector* state, std::size_t length) { state[rate] = W::broadcast(length % rate); }
    static void fill(Vector* state, std::size_t used) {
        for (std::size_t i = used; i < rate; ++i) state[i] = W::zero();
    }

    static void matrix(Vector* x, const std::uint64_t* constants) {
        typedef std::int64_t Signed __attribute__((vector_size(sizeof(Vector))));
        Signed low[width], high[width];
        for (unsigned i = 0; i < width; ++i) {
            const Halves split = Halves::split(Element(x[i]));
            low[i] = (Signed)split.low;
            high[i] = (Signed)split.high;
        }
        circulant_detail::convolve(low, low);
        circulant_detail::convolve(high, high);
        for (unsigned i = 0; i < width; ++i) {
            const Halves sum{(Vector)low[i], (Vector)high[i]};
            x[i] = (sum + Halves::constant(constants[i])).joined().vector();
        }
    }

    // Chains side by side: one's latency hides behind the others' work.
    static constexpr unsigned group = 6;

    static void power_7(Vector* state) {
        for (Vector* x = state; x < state + width; x += group) {
            Element square[group], fourth[group];
            for (unsigned i = 0; i < group; ++i) square[i] = Element(x[i]).square();
            for (unsigned i = 0; i < group; ++i) fourth[i] = square[i].square();
            for (unsigned i = 0; i < group; ++i) square[i] = square[i] * Element(x[i]);
            for (unsigned i = 0; i < group; ++i) x[i] = (fourth[i] * square[i]).vector();
        }
    }

    // base^(2^squarings) * tail
    static ZKMARK_ALWAYS_INLINE void shift_and_multiply(const Element* base, unsigned squarings, const Element* tail,
                                                        Element* out) {
        Element result[group];
        for (unsigned i = 0; i < group; ++i) result[i] = base[i];
        for (unsigned step = 0; step < squarings; ++step)
            for (unsigned i = 0; i < group; ++i) result[i] = result[i].square();
        for (unsigned i = 0; i < group; ++i) out[i] = result[i] * tail[i];
    }

    // The chain of rpo.cpp. Its parts are steps of one loop, so that a square's code is there once.
    static void power_inverse_7(Vector* state) {
        for (Vector* x = state; x < state + width; x += group) {
            Element four[group], tail[group], t3[group], run[group], value[group];
            for (unsigned i = 0; i < group; ++i) {
                const Element base(x[i]), two = base.square();
                four[i] = two.square();
                tail[i] = two * four[i] * base;
                value[i] = four[i];
            }
            static constexpr unsigned squarings[] = {3, 6, 12, 6, 31};
            for (unsigned part = 0; part < 5; ++part) {
                const Element* factor = part == 3 ? t3 : value;
                shift_and_multiply(value, squarings[part], factor, run);
                for (unsigned i = 0; i < group; ++i) {
                    if (part == 0) t3[i] = run[i];
                    if (part == 3) four[i] = run[i];
                    value[i] = run[i];
                }
            }
            for (unsigned i = 0; i < group; ++i)
                x[i] = ((value[i].square() * four[i]).square().square() * tail[i]).vector();
        }
    }

    static void permute(Vector* x, const Constants& c) {
        for (unsigned round = 0; round < rpo_rounds; ++round) {
            matrix(x, c.first[round]);
            power_7(x);
            matrix(x, c.second[round]);
            power_inverse_7(x);
        }
    }
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark

#endif
