// Moving blocks between arrays and scratch memory: rows of the block are strided columns of the array, or
// its columns are contiguous runs of the array (a transposition), in natural or bit-reversed row order.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace zkmark::ntt {

// Where row r and column c of a block lie in an array: at p(r) * stride + c with `strided_rows`, else at
// c * stride + p(r); p is the identity, or the bit reversal given as a table.
struct BlockLayout {
    bool strided_rows;
    std::size_t stride;
    const std::uint32_t* reversal;  // null: natural order

    std::size_t place(std::size_t row) const { return reversal ? reversal[row] : row; }
};

// Transposes through tiles of whole cache lines, kept in registers or the first-level cache: the strides
// are powers of two, so lines that are far apart fall into the same cache set and would evict each other.
template <class F>
constexpr std::size_t tile_size = std::max<std::size_t>(1, 64 / sizeof(F));

template <class F>
void gather(F* block, std::size_t rows, std::size_t width, const F* array, const BlockLayout& layout) {
    constexpr std::size_t tile = tile_size<F>;
    const std::size_t stride = layout.stride;
    if (layout.strided_rows) {
        for (std::size_t r = 0; r < rows; ++r)
            std::memcpy(static_cast<void*>(block + r * width), array + layout.place(r) * stride,
                        width * sizeof(F));
    } else if (rows % tile || width % tile) {
        for (std::size_t c = 0; c < width; ++c)
            for (std::size_t r = 0; r < rows; ++r)
                block[layout.place(r) * width + c] = array[c * stride + r];
    } else {
        F lines[tile][tile];
        for (std::size_t r = 0; r < rows; r += tile)
            for (std::size_t c = 0; c < width; c += tile) {
                for (std::size_t i = 0; i < tile; ++i)
                    std::memcpy(static_cast<void*>(lines[i]), array + (c + i) * stride + r, sizeof lines[i]);
                for (std::size_t j = 0; j < tile; ++j) {
                    F* row = block + layout.place(r + j) * width + c;
                    for (std::size_t i = 0; i < tile; ++i) row[i] = lines[i][j];
                }
            }
    }
}

template <class F>
void scatter(F* array, const F* block, std::size_t rows, std::size_t width, const BlockLayout& layout) {
    constexpr std::size_t tile = tile_size<F>;
    const std::size_t stride = layout.stride;
    if (layout.strided_rows) {
        for (std::size_t r = 0; r < rows; ++r)
            std::memcpy(static_cast<void*>(array + layout.place(r) * stride), block + r * width,
                        width * sizeof(F));
    } else if (rows % tile || width % tile) {
        for (std::size_t c = 0; c < width; ++c)
            for (std::size_t r = 0; r < rows; ++r)
                array[c * stride + r] = block[layout.place(r) * width + c];
    } else {
        F lines[tile][tile];
        for (std::size_t r = 0; r < rows; r += tile)
            for (std::size_t c = 0; c < width; c += tile) {
                for (std::size_t j = 0; j < tile; ++j) {
                    const F* row = block + layout.place(r + j) * width + c;
                    for (std::size_t i = 0; i < tile; ++i) lines[i][j] = row[i];
                }
                for (std::size_t i = 0; i < tile; ++i)
                    std::memcpy(static_cast<void*>(array + (c + i) * stride + r), lines[i], sizeof lines[i]);
            }
    }
}

}  // namespace zkmark::ntt
