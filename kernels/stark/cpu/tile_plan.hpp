// How a program runs on a tile of rows: where its values lie in a tile's memory, and the steps that compute them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/stark/cpu/matrix.hpp"
#include "kernels/stark/cpu/program.hpp"
#include "kernels/stark/cpu/vector_kernels.hpp"

namespace zkmark::stark {

// A column of a source, copied to `place` for the tile's rows, and for one more if the next row is read.
struct Copy {
    const Matrix* source;
    std::size_t column, block_step;
    bool next;
    std::uint32_t place;
};

// A tile's memory: `lanes` copies of each constant and block constant, then columns, registers, and sums that are
// not reduced yet.
struct TilePlan {
    std::size_t rows, words;
    std::uint32_t block_scalars;  // where those of block constants begin
    std::vector<Copy> copies;
    std::vector<Step> steps;
    std::vector<SumStep> sums;
    std::vector<std::uint32_t> terms;
    std::vector<std::uint64_t> factors;

    TileProgram program() const { return {steps.data(), steps.size(), sums.data(), terms.data(), factors.data()}; }
};

// For constants that are known and columns of `height` rows in `blocks` blocks; `sources` must outlive the plan.
TilePlan plan_tiles(const Program& program, const std::vector<Matrix>& sources, const std::uint64_t* constants,
                    std::size_t blocks, std::size_t height, std::size_t lanes);

}  // namespace zkmark::stark
