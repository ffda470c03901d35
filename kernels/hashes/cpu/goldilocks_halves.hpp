// Goldilocks elements in lanes, as low + 2^32 high with halves of more than 32 bits: what linear layers add up.
//
// Halves stay below 2^52, so that many terms add up before anything is reduced; that costs 7
// instructions (AVX-512) where a single sum of two words costs 3 to 5.
#pragma once

#include "kernels/fields/cpu/packed_goldilocks.hpp"

#if defined(__AVX2__)

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

struct GoldilocksHalves {
    using W = Words64;
    using Vector = W::Vector;

    Vector low, high;

    static ZKMARK_ALWAYS_INLINE GoldilocksHalves split(PackedGoldilocks a) {
        return {W::bits_and(a.vector(), W::broadcast(W::epsilon)), W::shift_right<32>(a.vector())};
    }
    // A product, reduced no further than to low in (-2^33, 2^32) and high in [0, 2^33): 4 instructions fewer than as a
    // word that is split, and ready 9 cycles sooner.
    static ZKMARK_ALWAYS_INLINE GoldilocksHalves product(PackedGoldilocks a, PackedGoldilocks b) {
        const auto [low, middle, high] = PackedGoldilocks::wide_product(a, b);
        const Vector mask = W::broadcast(W::epsilon), folded = W::bits_and(high, mask);
        return {W::sub(W::bits_and(low, mask), W::add(folded, W::shift_right<32>(high))),
                W::add(W::bits_and(middle, mask), folded)};
    }
    static ZKMARK_ALWAYS_INLINE GoldilocksHalves broadcast(std::uint64_t low, std::uint64_t high) {
        return {W::broadcast(low), W::broadcast(high)};
    }
    static ZKMARK_ALWAYS_INLINE GoldilocksHalves constant(std::uint64_t word) {
        return broadcast(word & W::epsilon, word >> 32);
    }

    friend ZKMARK_ALWAYS_INLINE GoldilocksHalves operator+(GoldilocksHalves a, GoldilocksHalves b) {
        return {W::add(a.low, b.low), W::add(a.high, b.high)};
    }
    friend ZKMARK_ALWAYS_INLINE GoldilocksHalves operator-(GoldilocksHalves a, GoldilocksHalves b) {
        return {W::sub(a.low, b.low), W::sub(a.high, b.high)};
    }
    template <unsigned n>
    ZKMARK_ALWAYS_INLINE GoldilocksHalves shifted() const {
        return {W::shift_left<n>(low), W::shift_left<n>(high)};
    }

    // A word, from halves that are not negative: 2^64 is 2^32 - 1, and the bits of `high` above its 32nd are few.
    ZKMARK_ALWAYS_INLINE PackedGoldilocks joined() const {
        const Vector folded = W::add(low, W::multiply_low(W::shift_right<32>(high), W::broadcast(W::epsilon)));
        return PackedGoldilocks(W::add_folding(W::shift_left<32>(high), folded));
    }
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark

#endif
