// Polynomials of whole columns: interpolated, and evaluated on cosets. Columns are words of Goldilocks, canonical;
// a block of a column is one contiguous run of 2^log_height of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace zkmark::stark {

// From `count` columns of `blocks` blocks to coefficients, a block of them for each. The values of block j lie at
// shifts[j] times the roots of unity; no shifts: at the roots themselves.
void interpolate(const std::uint64_t* values, std::uint64_t* coefficients, std::size_t count, std::size_t blocks,
                 unsigned log_height, const std::vector<std::uint64_t>& shifts);

// From the coefficients of `count` polynomials to as many columns of shifts.size() blocks.
void extend(const std::uint64_t* coefficients, std::uint64_t* values, std::size_t count, unsigned log_height,
            const std::vector<std::uint64_t>& shifts);

}  // namespace zkmark::stark
