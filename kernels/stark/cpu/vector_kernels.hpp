// What a STARK's vector operations ask of an instruction set: work on a tile of rows.
//
// Everything is words; heads of the files that use a kernel say what it computes. Tiles have a multiple of `lanes`
// rows. Where nothing else is said, words are read as any words and written as canonical elements.
#pragma once

#include <cstddef>
#include <cstdint>

#include "backends/cpu/native/isa.hpp"

namespace zkmark::stark {

// An instruction of a program as it runs on a tile. Operands and targets are offsets in words into a tile's memory,
// `a_step` and so on 1 for a vector of rows, 0 for `lanes` copies of one element.
enum class Code : std::uint8_t {
    add,  // b canonical
    add_any,
    subtract,  // b canonical
    subtract_any,
    multiply,
    square,
    multiply_small,  // a times the number in b
    multiply_add,
    multiply_small_add,  // a times the number in c, plus b
    sum,                 // the SumStep `target`
    store,               // to the output `target`
};

struct Step {
    Code code;
    std::uint8_t a_step, b_step, c_step;
    std::uint32_t target, a, b, c;
};

// Some terms of up to three sums of products of the same values with constants, which are reduced at their end only:
// sum j += value[k] constant[k][j] over its terms.
struct SumStep {
    static constexpr unsigned most_sums = 3;

    std::uint32_t sums, first_term, terms;
    bool first, last;                         // of the steps that make these sums
    std::uint8_t addend_steps[most_sums];     // where `first`
    bool has_addend[most_sums];
    std::uint32_t addends[most_sums];
    std::uint32_t partial;                    // where sums lie between steps: 4 sums rows words
    std::uint32_t targets[most_sums];         // where `last`
    std::uint32_t first_factor;               // factors of term k and sum j at first_factor + 4 (k sums + j)
};

struct TileProgram {
    const Step* steps;
    std::size_t count;
    const SumStep* sums;
    const std::uint32_t* terms;  // offsets of values
    const std::uint64_t* factors;
};

struct VectorKernels {
    std::size_t lanes;

    // run.cpp. Registers hold any words; outputs[i] has room for `rows`.
    void (*run)(const TileProgram& program, std::uint64_t* memory, std::size_t rows, std::uint64_t* const* outputs);

    // sums.cpp. The polynomial whose coefficients are column[0] to column[count - 1] at a point: sums[degree].
    // `factors` are those of the point's powers below `block`, [4 degree][block]; `powers` are those by multiples of
    // `block`, which divides `count`, [count / block][degree].
    void (*evaluate)(unsigned degree, const std::uint64_t* column, std::size_t count, const std::uint64_t* factors,
                     std::size_t block, const std::uint64_t* powers, std::uint64_t* sums);
    // out[d][i] = sum over c < columns of column(c)[i] w[c][d], with 4 degree factors a column. `scratch` has room
    // for 4 degree rows words.
    void (*combine)(unsigned degree, const std::uint64_t* const* columns, std::size_t count,
                    const std::uint64_t* factors, std::size_t rows, std::uint64_t* scratch,
                    std::uint64_t* const* out);

    // quotients.cpp. quotients[j][d][i] = n / d for j < count; each pointer array is [count][degree].
    // totals[d][i] = sum over j. False if a denominator is zero. `scratch` has room for
    // (degree + 2) count rows words.
    bool (*fractions)(unsigned degree, const std::uint64_t* const* numerators,
                      const std::uint64_t* const* denominators, std::size_t count, std::size_t rows,
                      std::uint64_t* scratch, std::uint64_t* const* quotients, std::uint64_t* const* totals);
    // out[i] = a[i] * factor; out[i] = a[i]^2.
    void (*scale)(const std::uint64_t* a, std::uint64_t factor, std::size_t rows, std::uint64_t* out);
    void (*square)(const std::uint64_t* a, std::size_t rows, std::uint64_t* out);
    // sums[d][i] += (sum over j < count of columns[j][d][i], minus value) weight / (x[i] - point), for one point
    // and the terms that share it; not += but = if `first`. False if x[i] is the point. `scratch` has room for
    // 2 rows words.
    struct DeepPoint {
        // Its minimal polynomial, X^2 - trace X + norm or X^3 - trace X^2 + middle X - norm, and what that is
        // divided by X - point: X + constant, or X^2 + linear X + constant.
        std::uint64_t trace, middle, norm, linear[3], constant[3];
    };
    struct DeepTerm {
        const std::uint64_t* const* columns;  // [count][degree]
        std::size_t count;
        std::uint64_t value[3], weight[3];
    };
    bool (*deep)(unsigned degree, const std::uint64_t* x, const DeepPoint& point, const DeepTerm* terms,
                 std::size_t count, std::size_t rows, std::uint64_t* scratch, std::uint64_t* const* sums,
                 bool first);

    // folding.cpp. One step of a fold: out = ((low + high) + (low - high) challenge inverse_x[i]) scale, pointers
    // [degree]; low and high are canonical, a scale of one costs nothing.
    void (*fold)(unsigned degree, const std::uint64_t* const* low, const std::uint64_t* const* high,
                 const std::uint64_t* challenge, const std::uint64_t* inverse_x, std::uint64_t scale,
                 std::size_t rows, std::uint64_t* const* out);
};

// dispatch.cpp: the kernels of the best level that isa_allowed() holds; portable ones for fewer rows than a vector has.
const VectorKernels& vector_kernels(std::size_t height);

// One an instruction set, in vector_kernels_<isa>.cpp; null where a set is not compiled for.
const VectorKernels* vector_kernels_portable();
const VectorKernels* vector_kernels_avx2();
const VectorKernels* vector_kernels_avx512();

}  // namespace zkmark::stark
