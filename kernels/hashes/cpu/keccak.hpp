// The permutation Keccak-f[1600] in portable C++, with constants derived from The Keccak reference 3.0.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "kernels/hashes/cpu/unroll.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

// Bit 2^j - 1 of round i is bit 7i + j of the LFSR x^8 + x^6 + x^5 + x^4 + 1.
inline constexpr std::array<std::uint64_t, 24> keccak_round_constants = [] {
    std::array<std::uint64_t, 24> constants{};
    unsigned bits = 1;
    for (auto& constant : constants) {
        for (unsigned j = 0; j < 7; ++j) {
            if (bits & 1) constant |= std::uint64_t(1) << ((1u << j) - 1);
            bits <<= 1;
            if (bits & 0x100) bits ^= 0x171;
        }
    }
    return constants;
}();

// Triangular numbers along the walk (x, y) -> (y, 2x + 3y), for lane x + 5y.
inline constexpr std::array<int, 25> keccak_rotations = [] {
    std::array<int, 25> rotations{};
    unsigned x = 1, y = 0;
    for (unsigned t = 0; t < 24; ++t) {
        rotations[x + 5 * y] = int((t + 1) * (t + 2) / 2 % 64);
        const unsigned next = (2 * x + 3 * y) % 5;
        x = y;
        y = next;
    }
    return rotations;
}();

inline void keccak_permute(std::uint64_t* a) {
    for (const std::uint64_t constant : keccak_round_constants) {
        std::uint64_t c[5], d[5], b[25];
        unroll<5>([&](auto x) __attribute__((always_inline)) {
            c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
        });
        unroll<5>([&](auto x) __attribute__((always_inline)) {
            d[x] = c[(x + 4) % 5] ^ std::rotl(c[(x + 1) % 5], 1);
        });
        unroll<25>([&](auto i) __attribute__((always_inline)) {
            constexpr unsigned x = i % 5, y = i / 5;
            b[y + 5 * ((2 * x + 3 * y) % 5)] = std::rotl(a[i] ^ d[x], keccak_rotations[i]);
        });
        unroll<25>([&](auto i) __attribute__((always_inline)) {
            constexpr unsigned x = i % 5, row = i - x;
            a[i] = b[i] ^ (~b[row + (x + 1) % 5] & b[row + (x + 2) % 5]);
        });
        a[0] ^= constant;
    }
}

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
