// What every form of BLAKE3 shares: sizes, flags and the order of message words (specification, 2.1 to 2.3).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "kernels/hashes/cpu/sha256_constants.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

inline constexpr std::size_t blake3_block_bytes = 64;
inline constexpr std::size_t blake3_chunk_bytes = 1024;
inline constexpr unsigned blake3_rounds = 7;
struct Blake3Flag {
    static constexpr std::uint32_t chunk_start = 1, chunk_end = 2, parent = 4, root = 8;
};

inline constexpr const std::array<std::uint32_t, 8>& blake3_initial_value = sha256_initial_state;

// The order in which each round takes the message words: the permutation applied again and again.
inline constexpr auto blake3_message_order = [] {
    constexpr std::uint8_t permutation[16] = {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8};
    std::array<std::array<std::uint8_t, 16>, blake3_rounds> order{};
    for (unsigned i = 0; i < 16; ++i) order[0][i] = std::uint8_t(i);
    for (unsigned r = 1; r < blake3_rounds; ++r)
        for (unsigned i = 0; i < 16; ++i) order[r][i] = order[r - 1][permutation[i]];
    return order;
}();

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
