// Chains of multiplications over Goldilocks, several side by side: vectors of elements, and single elements beside them.
//
// A link waits for the one before it (18 cycles for a square of Zen 2 with AVX2), so other chains have to fill the time.
// Vectors alone then take 8.2 cycles a square there, 22 instructions in four units that share them unevenly, while a core
// that issues six a cycle has its other units idle. A single element's square, about 15 instructions of theirs, beside each
// vector's is free: measured, 4 vectors 33 cycles, 4 vectors and 4 elements 32.4, that is 1.62 an element for 2.05.
#pragma once

#include <cstdint>

#include "kernels/fields/cpu/packed_goldilocks.hpp"
#include "kernels/hashes/cpu/unroll.hpp"

#if defined(__AVX2__)

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

// Words are congruent to their elements, not always below the modulus, in vectors and alone.
template <unsigned vector_count, unsigned word_count>
struct GoldilocksChains {
    using Vector = Words64::Vector;

    Vector vectors[vector_count];
    std::uint64_t words[word_count ? word_count : 1];

    static ZKMARK_ALWAYS_INLINE GoldilocksChains load(const Vector* vectors, const std::uint64_t* words) {
        GoldilocksChains chains;
        each([&](auto i) __attribute__((always_inline)) { chains.vectors[i] = vectors[i]; },
             [&](auto i) __attribute__((always_inline)) { chains.words[i] = words[i]; });
        return chains;
    }
    ZKMARK_ALWAYS_INLINE void store(Vector* to_vectors, std::uint64_t* to_words) const {
        each([&](auto i) __attribute__((always_inline)) { to_vectors[i] = vectors[i]; },
             [&](auto i) __attribute__((always_inline)) { to_words[i] = words[i]; });
    }

    friend ZKMARK_ALWAYS_INLINE GoldilocksChains operator*(const GoldilocksChains& a, const GoldilocksChains& b) {
        GoldilocksChains out;
        each([&](auto i) __attribute__((always_inline)) {
            out.vectors[i] = (PackedGoldilocks(a.vectors[i]) * PackedGoldilocks(b.vectors[i])).vector();
        }, [&](auto i) __attribute__((always_inline)) { out.words[i] = product(a.words[i], b.words[i]); });
        return out;
    }
    ZKMARK_ALWAYS_INLINE GoldilocksChains square() const {
        GoldilocksChains out;
        each([&](auto i) __attribute__((always_inline)) {
            out.vectors[i] = PackedGoldilocks(vectors[i]).square().vector();
        }, [&](auto i) __attribute__((always_inline)) { out.words[i] = product(words[i], words[i]); });
        return out;
    }

private:
    // Instructions of vectors and of words take turns, as they are to be issued.
    template <class OfVector, class OfWord>
    static ZKMARK_ALWAYS_INLINE void each(const OfVector& of_vector, const OfWord& of_word) {
        unroll<(vector_count > word_count ? vector_count : word_count)>([&](auto i) __attribute__((always_inline)) {
            if constexpr (i < word_count) of_word(i);
            if constexpr (i < vector_count) of_vector(i);
        });
    }

    // Goldilocks::reduce_lazily of the product, with its masks made of the flag by two instructions fewer.
    static ZKMARK_ALWAYS_INLINE std::uint64_t product(std::uint64_t a, std::uint64_t b) {
        const uint128_t wide = uint128_t(a) * b;
        const std::uint64_t high = static_cast<std::uint64_t>(wide >> 64);
        const std::uint64_t middle = ((high & Goldilocks::epsilon) << 32) - (high & Goldilocks::epsilon);
        std::uint64_t word = static_cast<std::uint64_t>(wide), lost;
        __asm__("subq %2, %0\n\tsbbl %k1, %k1\n\tsubq %1, %0" : "+r"(word), "=&r"(lost) : "r"(high >> 32) : "cc");
        __asm__("addq %2, %0\n\tsbbl %k1, %k1\n\taddq %1, %0" : "+r"(word), "=&r"(lost) : "r"(middle) : "cc");
        return word;
    }
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark

#endif
