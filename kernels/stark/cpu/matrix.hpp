// Columns in host memory, as kernels/stark/cpu/memory.py lays them out.
#pragma once

#include <cstddef>
#include <cstdint>

namespace zkmark::stark {

// Word is const std::uint64_t for what is read only.
template <class Word>
struct MatrixOf {
    Word* data = nullptr;
    std::size_t count = 0, blocks = 0, height = 0, ways = 1;

    // The `height` words of a column in a block.
    Word* column(std::size_t index, std::size_t block) const {
        return data + (((index / ways) * blocks + block) * ways + index % ways) * height;
    }
};

using Matrix = MatrixOf<const std::uint64_t>;
using MatrixOut = MatrixOf<std::uint64_t>;

// out[i] = column[(row + i) modulo height] for i < count.
void copy_cyclic(const std::uint64_t* column, std::size_t height, std::size_t row, std::uint64_t* out,
                 std::size_t count);

}  // namespace zkmark::stark
