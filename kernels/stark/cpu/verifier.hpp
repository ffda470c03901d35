// What a verifier computes at a few points: plain code on one thread, the twins of the operations on columns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/stark/cpu/program.hpp"

namespace zkmark::stark {

// A program at one point of the extension of degree 1 (the field itself), 2 or 3. `loads` is [loads][degree];
// `constants` and `block_constants` likewise, or [constants] if their flag says that they lie in the base field.
struct PointValues {
    const std::uint64_t *loads, *constants, *block_constants;
    bool base_constants, base_block_constants;
};
void run_at(const Program& program, unsigned degree, const PointValues& values, std::uint64_t* out);

// A term of DEEP at opened rows: weight (sum of weights[c] row[c], minus value) / (x - point).
struct OpenedTerm {
    std::vector<std::size_t> matrices;
    const std::uint64_t* weights;  // [columns of all these matrices][degree]
    const std::uint64_t *point, *value, *weight;
};
struct QueriedRows {
    const std::uint64_t* data;  // [queries][columns]
    std::size_t columns;
};
// out is [queries][degree]. False if an x is a point.
bool deep_at(unsigned degree, const std::uint64_t* x, std::size_t queries, const std::vector<QueriedRows>& rows,
             const std::vector<OpenedTerm>& terms, std::uint64_t* out);

// `values` is [queries][ways][degree], value k that at x root(ways)^k; out is [queries][degree].
void fold_at(unsigned degree, const std::uint64_t* x, std::size_t queries, std::size_t ways,
             const std::uint64_t* values, const std::uint64_t* challenge, std::uint64_t* out);

}  // namespace zkmark::stark
