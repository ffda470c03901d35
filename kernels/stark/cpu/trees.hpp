// Merkle trees over the rows of matrices of several heights, hashed where the columns lie. What they commit to, and
// in which order, is told by Commitment and Opening in kernels/stark/operations.py.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/hashes/cpu/hash_kernels.hpp"
#include "kernels/stark/cpu/recycling.hpp"

namespace zkmark::stark {

// Words of Goldilocks, canonical: [count / ways, blocks, ways, 2^log_height].
struct Matrix {
    const std::uint64_t* words;
    std::size_t count, ways;
    unsigned log_height;
};

// The matrices of one height, and the layer of the tree whose nodes have their rows; layer 0 is that of the leaves.
struct Level {
    unsigned log_height, layer;
    std::vector<std::size_t> matrices;
};

// The distinct heights, from the tallest on.
std::vector<Level> levels_of(const std::vector<unsigned>& log_heights);

// r with the lowest `bits` of its bits reversed, which are all it has.
std::size_t reversed(std::size_t r, unsigned bits);

class Tree {
public:
    // Builds the tree on up to thread_count() threads. At least one matrix; `blocks` is a power of two. The hash is one
    // of bytes or of elements of Goldilocks. The matrices' memory must outlive the tree if it is opened.
    Tree(const Hash& hash, std::vector<Matrix> matrices, std::size_t blocks);

    // Writes the 32 canonical bytes of the root.
    void write_root(std::uint8_t* out) const;

    const std::vector<Matrix>& matrices() const { return matrices_; }
    std::size_t leaves() const { return blocks_ << log_height_; }

    // The row of each leaf in a matrix: `out` is [indices, columns].
    void write_rows(std::size_t matrix, const std::int64_t* indices, std::size_t count, std::uint64_t* out) const;
    // The canonical digests, one after another, that an opening of ascending distinct leaves lacks.
    std::vector<std::uint8_t> siblings(const std::int64_t* indices, std::size_t count) const;

private:
    std::size_t layer_size(unsigned layer) const { return leaves() >> layer; }
    std::uint8_t* node(unsigned layer, std::size_t place) const;
    std::vector<const std::uint64_t*> columns_of(const Level& level) const;
    const std::uint64_t* column(const Matrix& matrix, std::size_t c, std::size_t block) const;
    unsigned hash_rows(const Level& level, unsigned limit) const;
    void rise(unsigned from, unsigned to) const;

    const Hash& hash_;
    const HashKernels& kernels_;
    std::vector<Matrix> matrices_;
    std::size_t blocks_;
    unsigned log_height_, top_;  // of the tallest matrices; the root's layer
    RecycledBytes digests_;
};

}  // namespace zkmark::stark
