// Poseidon2 over the 31-bit fields, with signed lanes that are never brought back into [0, p).
//
// Montgomery's reduction of a signed t, |t| < 2^31 p, gives t / 2^32 in (-p, p) without a correction:
// (t - q p) / 2^32 with q = t / p mod 2^32 taken as signed. Linear layers add plain 64-bit integers. Where
// their sums are reduced, all lanes lose the same factor R = 2^32, and S-boxes raise it to a power; it
// depends on nothing but the round, so the round constants are made for lanes scaled by it, and only the
// last step sets it right. "Scale" below is stored value over element.
#pragma once

#include <cstdint>

#include "kernels/fields/cpu/field31.hpp"
#include "kernels/hashes/cpu/poseidon2.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

template <class S>
struct Poseidon2Of31Bits : Poseidon2Sponge<S> {
    using F = typename S::Field;
    using Lane = std::int64_t;
    static constexpr unsigned width = S::width;
    static constexpr unsigned half = poseidon2_full_rounds / 2;
    static constexpr Lane p = F::modulus;
    static_assert(S::alpha == 3 || S::alpha == 7);

    // t / 2^32 mod p for |t| < 2^62.9: at most |t| / 2^32 + p / 2 in size.
    static ZKMARK_ALWAYS_INLINE Lane reduce(Lane t) {
        const auto quotient = static_cast<std::int32_t>(static_cast<std::uint32_t>(t) * F::inverse_of_modulus);
        return (t >> 32) - ((quotient * p) >> 32);  // the low halves are equal
    }

    // x^alpha / R^(alpha - 1)
    static ZKMARK_ALWAYS_INLINE Lane power(Lane x) {
        const Lane square = reduce(x * x);
        const Lane cube = reduce(square * x);
        if constexpr (S::alpha == 3) return cube;
        return reduce(reduce(square * square) * cube);
    }

    // The residue of x closest to zero.
    static Lane centred(F x) {
        std::uint32_t canonical;
        x.to_canonical(&canonical);
        return canonical > p / 2 ? Lane(canonical) - p : Lane(canonical);
    }

    struct Constants {
        Lane initial[half][width];
        Lane internal[S::partial_rounds];
        Lane rescale[S::partial_rounds];  // brings lane 0 from its scale after the S-box to the others'
        Lane final[half][width];
        Lane diagonal[width];
        Lane unscale;

        Constants() {
            const Poseidon2Constants<S> plain;
            const F r = F::from_u64(std::uint64_t(1) << 32), r_inverse = r.inverse();
            const auto after_power = [&](F scale) {
                return scale.pow(S::alpha) * r_inverse.pow(S::alpha - 1);
            };
            F scale = r;  // states come in Montgomery form
            const auto full = [&](Lane* to, const F* from) {
                for (unsigned i = 0; i < width; ++i) to[i] = centred(from[i] * scale);
                scale = after_power(scale * r_inverse);
            };
            for (unsigned round = 0; round < half; ++round) full(initial[round], plain.initial[round]);
            scale = scale * r_inverse;  // lanes are reduced before the partial rounds
            for (unsigned round = 0; round < S::partial_rounds; ++round) {
                internal[round] = centred(plain.internal[round] * scale);
                rescale[round] = centred(scale * after_power(scale).inverse() * r);
                scale = scale * r_inverse;
            }
            for (unsigned round = 0; round < half; ++round) full(final[round], plain.final[round]);
            for (unsigned i = 0; i < width; ++i) diagonal[i] = centred(plain.diagonal[i]);
            unscale = centred(scale.inverse() * r * r * r);
        }
    };

    static const Constants& constants() {
        static const Constants made;
        return made;
    }

    // Sums of at most 7 (24 / 4 + 1) p in, |constant| < p / 2: reduced to less than 0.5 p + 2^5.
    static ZKMARK_ALWAYS_INLINE void full_round(Lane* x, const Lane* constants) {
        for (unsigned i = 0; i < width; ++i) x[i] = power(reduce(x[i] + constants[i]));
        poseidon2_external_layer<width>(x);
    }

    // Lanes of at most 0.67 p in size stay so: a sum of 24 lanes is nothing beside a product, and the
    // reduction of x diagonal, |diagonal| < p / 2, is at most 0.67 p / 4 + p / 2. Lane 0 with its constant
    // is below 1.2 p, its powers below 1.2 p and so is no product above 1.44 p^2 < 2^62.6.
    static ZKMARK_ALWAYS_INLINE void partial_round(Lane* x, Lane constant, Lane rescale,
                                                   const Lane* diagonal) {
        Lane sum = 0;
        for (unsigned i = 1; i < width; ++i) sum += x[i];
        x[0] = reduce(power(x[0] + constant) * rescale);
        sum += x[0];
        for (unsigned i = 0; i < width; ++i) x[i] = reduce(x[i] * diagonal[i] + sum);
    }

    static void permute(F* state) {
        const Constants& c = constants();
        Lane x[width];
        for (unsigned i = 0; i < width; ++i) x[i] = state[i].raw();
        poseidon2_external_layer<width>(x);
        for (const auto& round : c.initial) full_round(x, round);
        for (unsigned i = 0; i < width; ++i) x[i] = reduce(x[i]);
        for (unsigned round = 0; round < S::partial_rounds; ++round)
            partial_round(x, c.internal[round], c.rescale[round], c.diagonal);
        for (const auto& round : c.final) full_round(x, round);
        for (unsigned i = 0; i < width; ++i) {
            const Lane element = reduce(reduce(x[i]) * c.unscale);
            state[i] = F::from_raw(static_cast<std::uint32_t>(element < 0 ? element + p : element));
        }
    }
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
