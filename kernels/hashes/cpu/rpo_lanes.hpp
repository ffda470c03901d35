// RPO-256, a state a lane: 8 at once with AVX-512; with AVX2 4, and a fifth in the registers that are left.
//
// A permutation takes 84 x^7 (2 squares, 2 products each), 84 x^(1/7) (63 squares, 9 products) and 14 products with the
// matrix. With 19 instructions a square and 24 a product (AVX-512) the inverse S-boxes are 118,700 of some 131,000
// instructions for 8 states: at two a cycle of Zen 4 8200 cycles a state, 7400 of them in x^(1/7), whose exponent has
// no shorter chain than its 63 squarings. What limits it is the number of instructions, of vectors: hence the fifth state
// (goldilocks_chains.hpp).
//
// A state alone lies across two vectors (or one) and four words. Its 532 links of 21 cycles and 14 matrices of 130 make
// 15,700 cycles on Zen 2, where five states together take 12,500 each (14,700 in four lanes alone) and the portable code
// 34,000: few states are quicker alone, one after another, than in lanes that stay partly empty.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/hashes/cpu/algebraic.hpp"
#include "kernels/hashes/cpu/circulant.hpp"
#include "kernels/hashes/cpu/goldilocks_chains.hpp"
#include "kernels/hashes/cpu/goldilocks_halves.hpp"
#include "kernels/hashes/cpu/hash_kernels.hpp"
#include "kernels/hashes/cpu/rpo_constants.hpp"

#if defined(__AVX2__)

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

// Both powers of as many elements as a `Chains` has.
template <class Chains>
struct RpoPowers {
    using Vector = typename Chains::Vector;

    static void power_7(Vector* vectors, std::uint64_t* words) {
        const Chains x = Chains::load(vectors, words), square = x.square();
        (square.square() * (square * x)).store(vectors, words);
    }

    // The chain of rpo.cpp. Its parts are steps of one loop, so that a square's code is there once.
    static void power_inverse_7(Vector* vectors, std::uint64_t* words) {
        const Chains base = Chains::load(vectors, words), two = base.square();
        Chains four = two.square(), value = four, t3 = four;
        const Chains tail = two * four * base;
        static constexpr unsigned squarings[] = {3, 6, 12, 6, 31};
        for (unsigned part = 0; part < 5; ++part) {
            Chains run = value;
            for (unsigned step = 0; step < squarings[part]; ++step) run = run.square();
            value = run * (part == 3 ? t3 : value);
            if (part == 0) t3 = value;
            if (part == 3) four = value;
        }
        ((value.square() * four).square().square() * tail).store(vectors, words);
    }
};

// One state at a time.
struct RpoAlone {
    using Field = Goldilocks;
    static constexpr unsigned width = rpo_width, rate = rpo_rate;
    static constexpr unsigned lanes = Words64::lanes, vectors = 8 / lanes;
    using Powers = RpoPowers<GoldilocksChains<vectors, width - vectors * lanes>>;

    static __attribute__((noinline)) void permute(Field* state) {
        const RpoConstants& c = RpoConstants::get();
        std::uint64_t x[width];
        for (unsigned i = 0; i < width; ++i) x[i] = state[i].raw();
        for (unsigned round = 0; round < rpo_rounds; ++round) {
            rpo_circulant(x, c.first[round]);
            on_vectors(x, Powers::power_7);
            rpo_circulant(x, c.second[round]);
            on_vectors(x, Powers::power_inverse_7);
        }
        for (unsigned i = 0; i < width; ++i) state[i] = Field::from_u64(x[i]);
    }

    static void start(Field* state, std::size_t length) { state[rate] = Field::from_u64(length % rate); }
    static void fill(Field* state, std::size_t used) {
        for (std::size_t i = used; i < rate; ++i) state[i] = Field::zero();
    }

private:
    template <class Power>
    static ZKMARK_ALWAYS_INLINE void on_vectors(std::uint64_t* x, const Power& power) {
        Words64::Vector first[vectors];
        for (unsigned i = 0; i < vectors; ++i) first[i] = Words64::load(x + i * lanes);
        power(first, x + vectors * lanes);
        for (unsigned i = 0; i < vectors; ++i) Words64::store(x + i * lanes, first[i]);
    }
};

struct RpoLanes {
    using Element = PackedGoldilocks;
    using Halves = GoldilocksHalves;
    using W = Words64;
    using Word = std::uint64_t;
    using Vector = W::Vector;
    using Constants = RpoConstants;
    static constexpr std::size_t lanes = W::lanes;
    static constexpr unsigned width = rpo_width, rate = rpo_rate;
    static constexpr std::size_t beside = lanes == 4 ? 1 : 0, alone_up_to = 4;

    static const HashKernels& alone() { return AlgebraicHash<RpoAlone>::portable; }

    static ZKMARK_ALWAYS_INLINE Vector absorb(Vector a) { return a; }
    static ZKMARK_ALWAYS_INLINE Vector emit(Vector a) { return W::canonical(a); }
    static ZKMARK_ALWAYS_INLINE Word emit(Word a) { return Goldilocks::canonical(a); }
    static void start(Vector* state, std::size_t length) { state[rate] = W::broadcast(length % rate); }
    static void start(Word* state, std::size_t length) { state[rate] = length % rate; }
    static void fill(Vector* state, std::size_t used) {
        for (std::size_t i = used; i < rate; ++i) state[i] = W::zero();
    }
    static void fill(Word* state, std::size_t used) {
        for (std::size_t i = used; i < rate; ++i) state[i] = 0;
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

    // Lanes of a state that are taken at once: a vector of each with a word of the state beside, as many as there are
    // registers for, or else enough to hide a chain's latency.
    static constexpr unsigned together = beside ? 4 : 6;
    using Powers = RpoPowers<GoldilocksChains<together, beside ? together : 0>>;

    static void permute(Vector* x, const Constants& c) { permute(x, nullptr, c); }

    // `word` is the state beside, if there is one.
    static void permute(Vector* x, Word* word, const Constants& c) {
        for (unsigned round = 0; round < rpo_rounds; ++round) {
            matrix(x, c.first[round]);
            if (beside) rpo_circulant(word, c.first[round]);
            for (unsigned i = 0; i < width; i += together) Powers::power_7(x + i, word + beside * i);
            matrix(x, c.second[round]);
            if (beside) rpo_circulant(word, c.second[round]);
            for (unsigned i = 0; i < width; i += together) Powers::power_inverse_7(x + i, word + beside * i);
        }
    }
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark

#endif
