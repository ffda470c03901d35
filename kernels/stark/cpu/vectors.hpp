// Arithmetic over whole columns: the operations of kernels/stark/operations.py that are neither transforms nor trees.
//
// Elements are canonical Goldilocks, extension elements `degree` (2 or 3) words, the constant one first; an
// extension column is as many columns. All run on the thread pool at the level that isa_allowed() holds. They throw
// std::invalid_argument where shapes would lead to foreign memory; kernels/stark/cpu/vectors.py checks the rest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/stark/cpu/matrix.hpp"
#include "kernels/stark/cpu/program.hpp"

namespace zkmark::stark {

// run.cpp. out.column(i, b) holds output i; `block_constants` is [block_constants][out.blocks].
void run_program(const Program& program, const std::vector<Matrix>& sources, const std::uint64_t* constants,
                 const std::uint64_t* block_constants, const MatrixOut& out);

// sums.cpp. out is [points][count][degree] for `points` [points][degree].
void evaluate(unsigned degree, const Matrix& coefficients, const std::uint64_t* points, std::size_t point_count,
              std::uint64_t* out);
// `weights` is [columns][degree].
void combine(unsigned degree, const std::vector<Matrix>& matrices, const std::uint64_t* weights,
             const MatrixOut& out);

// quotients.cpp. Both give false if a denominator is zero; what they have written then means nothing.
// out has (k + 1) degree columns, `sum` degree words.
bool fractions(unsigned degree, const Matrix& numerators, const Matrix& denominators, const MatrixOut& out,
               std::uint64_t* sum);

struct DeepTerm {
    std::vector<Matrix> columns;
    std::vector<std::uint64_t> point, value, weight;  // `degree` words each
};
bool deep(unsigned degree, const std::vector<DeepTerm>& terms, const MatrixOut& out);

// folding.cpp. column is one extension column, out one of column.height / ways rows.
void fold(unsigned degree, const Matrix& column, std::size_t ways, const std::uint64_t* challenge,
          const MatrixOut& out);

}  // namespace zkmark::stark
