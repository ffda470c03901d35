// SHA-256's constants, derived at compile time from the roots of primes as FIPS 180-4 defines them.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "kernels/hashes/cpu/unroll.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

namespace sha256_detail {

constexpr std::array<std::uint32_t, 64> primes() {
    std::array<std::uint32_t, 64> found{};
    unsigned count = 0;
    for (std::uint32_t candidate = 2; count < 64; ++candidate) {
        bool prime = true;
        for (unsigned i = 0; i < count; ++i) prime = prime && candidate % found[i] != 0;
        if (prime) found[count++] = candidate;
    }
    return found;
}

// The first 32 bits of the fraction of n^(1/degree): the largest r with r^degree <= n 2^(32 degree).
constexpr std::uint32_t root_fraction(std::uint32_t n, unsigned degree) {
    const uint128_t target = uint128_t(n) << (32 * degree);
    std::uint64_t root = 0;
    for (int bit = 37; bit >= 0; --bit) {
        const std::uint64_t trial = root | std::uint64_t(1) << bit;
        uint128_t power = 1;
        for (unsigned i = 0; i < degree; ++i) power *= trial;  // below 2^114
        if (power <= target) root = trial;
    }
    return static_cast<std::uint32_t>(root);
}

}  // namespace sha256_detail

inline constexpr std::array<std::uint32_t, 8> sha256_initial_state = [] {
    std::array<std::uint32_t, 8> state{};
    for (unsigned i = 0; i < 8; ++i)
        state[i] = sha256_detail::root_fraction(sha256_detail::primes()[i], 2);
    return state;
}();

inline constexpr std::array<std::uint32_t, 64> sha256_round_constants = [] {
    std::array<std::uint32_t, 64> constants{};
    const auto primes = sha256_detail::primes();
    for (unsigned i = 0; i < 64; ++i) constants[i] = sha256_detail::root_fraction(primes[i], 3);
    return constants;
}();

static_assert(sha256_initial_state[0] == 0x6a09e667 && sha256_round_constants[63] == 0xc67178f2);

// The word of the message schedule that follows the 16 before `end`.
constexpr ZKMARK_ALWAYS_INLINE std::uint32_t sha256_next_word(const std::uint32_t* end) {
    const std::uint32_t early = end[-15], late = end[-2];
    const std::uint32_t sigma0 = std::rotr(early, 7) ^ std::rotr(early, 18) ^ (early >> 3);
    const std::uint32_t sigma1 = std::rotr(late, 17) ^ std::rotr(late, 19) ^ (late >> 10);
    return end[-16] + sigma0 + end[-7] + sigma1;
}

// The last one or two blocks of a message of `length` bytes, with zeros where its own bytes go.
struct Sha256Padding {
    std::uint8_t bytes[128] = {};
    std::size_t size;

    constexpr explicit Sha256Padding(std::size_t length) : size(length % 64 < 56 ? 64 : 128) {
        bytes[length % 64] = 0x80;
        for (unsigned i = 0; i < 8; ++i)
            bytes[size - 1 - i] = static_cast<std::uint8_t>(std::uint64_t(length) * 8 >> (8 * i));
    }
};

// Message schedule plus round constants of one block.
constexpr std::array<std::uint32_t, 64> sha256_schedule(const std::uint8_t* block) {
    std::array<std::uint32_t, 64> w{};
    for (unsigned i = 0; i < 64; ++i) w[i / 4] |= std::uint32_t(block[i]) << (24 - 8 * (i % 4));
    for (unsigned i = 16; i < 64; ++i) w[i] = sha256_next_word(w.data() + i);
    for (unsigned i = 0; i < 64; ++i) w[i] += sha256_round_constants[i];
    return w;
}

// That of the block that pads a 64-byte message: one bit, zeros, 512.
inline constexpr std::array<std::uint32_t, 64> sha256_padding_schedule =
    sha256_schedule(Sha256Padding(64).bytes);

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
