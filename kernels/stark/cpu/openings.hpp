// What a verifier does with opened leaves of a tree (trees.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/hashes/cpu/hash_kernels.hpp"

namespace zkmark::stark {

// The opened rows of a matrix: [indices, columns].
struct OpenedRows {
    const std::uint64_t* words;
    std::size_t columns;
    unsigned log_height;
};

// Whether the rows and the siblings, `sibling_count` canonical digests, make the root of a tree of `blocks` blocks (a
// power of two). The indices are `count` ascending distinct leaves, block * height + row; at least one matrix. False
// for too few or too many siblings, for words that are not canonical where the hash takes elements, for any row word
// that is not below the modulus, and for different rows where several leaves have one row of a shorter matrix.
bool verify_opening(const Hash& hash, const std::vector<OpenedRows>& matrices, std::size_t blocks,
                    const std::int64_t* indices, std::size_t count, const std::uint8_t* siblings,
                    std::size_t sibling_count, const std::uint8_t* root);

}  // namespace zkmark::stark
