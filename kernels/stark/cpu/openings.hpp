// What a verifier does with opened leaves of a tree (trees.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/hashes/cpu/hash_kernels.hpp"

namespace zkmark::stark {

// The opened rows of a matrix: [count, columns].
struct OpenedRows {
    const std::uint64_t* words;
    std::size_t count, columns;
    unsigned log_height;
};

// What was opened of a tree: at least one matrix, `count` ascending distinct leaves (block * height + row), the siblings'
// canonical digests, one after another, and the root that they should make.
struct Opened {
    std::vector<OpenedRows> matrices;
    const std::int64_t* indices;
    std::size_t count;
    const std::uint8_t* siblings;
    std::size_t sibling_bytes;
    const std::uint8_t* root;
};

// For each opening whether its rows and siblings make its root, all trees being of `blocks` blocks (a power of two). False
// for too few or too many rows or siblings, for words that are not canonical where the hash takes elements, for any row
// word that is not below the modulus, and for different rows where several leaves have one row of a shorter matrix.
// On up to thread_count() threads if the hash is one of elements, an opening each: with RPO they take milliseconds.
std::vector<bool> verify_openings(const Hash& hash, std::size_t blocks, const std::vector<Opened>& openings);

}  // namespace zkmark::stark
