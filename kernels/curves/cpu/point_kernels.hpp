// The functions on points that are worth writing again for an instruction set: nine tenths of a multi-scalar
// multiplication pass in them.
//
// A file point_kernels_<isa>.cpp has the same functions over the same fields. There the fields' types are others, of that
// file's own inline namespace (kernels/fields/cpu/word.hpp), with the same layout, so points and field elements
// cross over as bytes. A set may want another Montgomery form, a constant factor away from the fields' own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "backends/cpu/native/isa.hpp"
#include "kernels/curves/cpu/pairwise.hpp"

namespace zkmark {

struct PointKernels {
    Isa isa;              // the level that they were written for
    unsigned form_shift;  // coordinates are 2^this times the fields' own Montgomery form
    // The first of the points that is neither infinity nor a pair of canonical elements with y^2 = x^3 + b; `count` if
    // there is none.
    std::size_t (*first_off_curve)(const std::uint64_t* points, std::size_t count, std::uint64_t b);
    // Points in this form from canonical ones; infinity stays all zeros.
    void (*from_canonical)(const std::uint64_t* points, std::size_t count, void* result);
    // sum_lists of kernels/curves/cpu/pairwise.hpp.
    void (*sum_lists)(const void* points, const std::uint32_t* entries, Run* runs, std::size_t count, void* work,
                      Run* scratch);
    // sum_runs of the same.
    void (*sum_runs)(void* points, Run* runs, std::size_t count);
    // Multiplies the x of each point by a factor in this form.
    void (*multiply_x)(void* points, std::size_t count, const void* factor);
};

// The functions for a field of this id; null where the file was not compiled for this kind of processor.
const PointKernels* point_kernels_portable(std::string_view field);
const PointKernels* point_kernels_avx2(std::string_view field);
const PointKernels* point_kernels_avx512(std::string_view field);

// The best that the allowed level holds, for the base field of a curve.
const PointKernels& point_kernels(std::string_view field);
// The best of those that keep to the fields' own Montgomery form.
const PointKernels& point_kernels_in_field_form(std::string_view field);

}  // namespace zkmark
