// What a transform asks of an instruction set: butterflies on a block that fits the cache.
//
// A block is a matrix of 2^log_rows rows and `width` columns, rows contiguous; every column is transformed
// by itself, so vector code runs along the columns and needs no shuffle. The transform is told as a tree
// of remainders: a node of layer l holds a polynomial modulo X^(2m) - t^2 and splits it into remainders
// modulo X^m - t and X^m + t, m = 2^(log_rows - l - 1):
//
//     forward:  (x, y) -> (x + t y, x - t y)          inverse:  (x, y) -> (x + y, (x - y) t^-1)
//
// Coefficients stand in natural order, remainders modulo X - point come out in bit-reversed order. A coset
// or the twist between the passes of a long transform changes t alone, so neither costs a multiplication.
// Twiddles lie as a heap: node j of layer l at index 2^l + j, so those of a layer are contiguous.
//
// Data are canonical, twiddles are Montgomery: the product of the two is canonical. The transform is
// linear, so an element's words are taken as they are and nothing is converted. What the type F calls the
// value of such an element does not matter here.
#pragma once

#include <cstddef>
#include <string_view>

#include "backends/cpu/native/isa.hpp"

namespace zkmark {

// Pointers are to the words of elements and twiddles, not to field types: those differ from one instruction
// set to the next (kernels/fields/cpu/word.hpp).
struct NttKernels {
    // One twiddle a node: twiddles[2^l + j]. A first node of a layer with twiddle one is not multiplied.
    void (*forward)(void* block, unsigned log_rows, std::size_t width, const void* twiddles);
    // Undoes it, given the inverses of the twiddles, and multiplies all by *scale.
    void (*inverse)(void* block, unsigned log_rows, std::size_t width, const void* twiddles,
                    const void* scale);

    // One twiddle a node and column: twiddles[(2^l + j) * width + column].
    void (*forward_lanes)(void* block, unsigned log_rows, std::size_t width, const void* twiddles);
    void (*inverse_lanes)(void* block, unsigned log_rows, std::size_t width, const void* twiddles);
    // Makes those twiddles for columns whose points are column_roots[column] times a root of unity:
    // column_root^(2^(log_rows - 1 - l)) * roots[j]. One multiplication a twiddle.
    void (*lane_twiddles)(void* twiddles, unsigned log_rows, std::size_t width, const void* column_roots,
                          const void* roots);

    // A transform is best done as one block up to this many bytes for each column, and so many transforms
    // of a batch are best done as the columns of a block.
    std::size_t single_column_bytes;
    std::size_t columns_at_once;
};

// dispatch.cpp: the best kernels of a known field that isa_allowed() holds, and the level they are for.
const NttKernels& ntt_kernels(std::string_view field);
Isa ntt_isa(std::string_view field);

// One function an instruction set, in ntt_<isa>.cpp; null where a set has no path for a field.
const NttKernels* ntt_kernels_portable(std::string_view field);

}  // namespace zkmark
