// A sponge and a compression over field elements, for any permutation.
//
// A permutation P provides: its field F = P::Field, `width`, `rate`, `permute(F*)` on one state,
// `start(F*, length)` which sets up the capacity for a message of `length` elements, and
// `fill(F*, used)` which completes a last block of `used` elements.
#pragma once

#include <cstring>
#include <type_traits>

#include "kernels/fields/cpu/word.hpp"
#include "kernels/hashes/cpu/hash_kernels.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

template <class P>
struct AlgebraicHash {
    using F = typename P::Field;
    using Word = typename F::Canonical;
    static_assert(F::words == 1 && std::is_trivially_copyable_v<F> && sizeof(F) == sizeof(Word));
    static constexpr std::size_t digest_length = digest_bytes / sizeof(F);
    static_assert(2 * digest_length <= P::width);

    static F load(const std::uint8_t* bytes) {
        Word word;
        std::memcpy(&word, bytes, sizeof word);
        return F::from_canonical(&word);
    }

    static void store(const F& element, std::uint8_t* bytes) {
        Word word;
        element.to_canonical(&word);
        std::memcpy(bytes, &word, sizeof word);
    }

    static void hash_many(const std::uint8_t* messages, std::size_t length, std::size_t count,
                          std::uint8_t* digests) {
        for (std::size_t i = 0; i < count; ++i) {
            const std::uint8_t* message = messages + i * length * sizeof(Word);
            F state[P::width];
            for (auto& lane : state) lane = F::zero();
            P::start(state, length);
            for (std::size_t at = 0; at < length; at += P::rate) {
                const std::size_t used = length - at < P::rate ? length - at : P::rate;
                for (std::size_t k = 0; k < used; ++k)
                    state[k] = load(message + (at + k) * sizeof(Word));
                if (used < P::rate) P::fill(state, used);
                P::permute(state);
            }
            std::memcpy(digests + i * digest_bytes, state, digest_bytes);
        }
    }

    static void compress_pairs(const std::uint8_t* pairs, std::size_t count, std::uint8_t* digests) {
        for (std::size_t i = 0; i < count; ++i) {
            F state[P::width];
            std::memcpy(state, pairs + i * 2 * digest_bytes, 2 * digest_bytes);
            for (std::size_t k = 2 * digest_length; k < P::width; ++k) state[k] = F::zero();
            P::permute(state);
            std::memcpy(digests + i * digest_bytes, state, digest_bytes);
        }
    }

    static void to_canonical(const std::uint8_t* internal, std::size_t count, std::uint8_t* canonical) {
        for (std::size_t at = 0; at < count * digest_bytes; at += sizeof(F)) {
            F element;
            std::memcpy(&element, internal + at, sizeof element);
            store(element, canonical + at);
        }
    }

    static void from_canonical(const std::uint8_t* canonical, std::size_t count, std::uint8_t* internal) {
        for (std::size_t at = 0; at < count * digest_bytes; at += sizeof(F)) {
            const F element = load(canonical + at);
            std::memcpy(internal + at, &element, sizeof element);
        }
    }

    static void permute(std::uint8_t* state) {
        F lanes[P::width];
        for (std::size_t k = 0; k < P::width; ++k) lanes[k] = load(state + k * sizeof(Word));
        P::permute(lanes);
        for (std::size_t k = 0; k < P::width; ++k) store(lanes[k], state + k * sizeof(Word));
    }

    static constexpr HashKernels portable = {hash_many, compress_pairs};

    static constexpr Hash entry(const char* id, const HashKernels* avx2, const HashKernels* avx512) {
        return {id,      sizeof(Word), P::width * sizeof(Word), to_canonical, from_canonical,
                permute, {&portable, avx2, avx512}, nullptr};
    }
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
