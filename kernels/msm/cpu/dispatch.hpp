// The one function that is worth compiling again for an instruction set: nine tenths of the time pass in it.
//
// A file name_<isa>.cpp has the same sum_runs over the same fields. There the fields' types are others, of that
// file's own inline namespace (kernels/fields/cpu/word.hpp), with the same layout: limbs in Montgomery form with
// the same R. So points and field elements cross over as bytes.
#pragma once

#include <cstddef>

#include "backends/cpu/native/isa.hpp"
#include "kernels/curves/cpu/pairwise.hpp"

namespace zkmark {

// sum_runs of kernels/curves/cpu/pairwise.hpp: points are Affine<F>, prefixes F.
using SumRuns = void (*)(void* points, Run* runs, std::size_t count, void* prefixes);

struct MsmKernel {
    SumRuns sum_runs;
    Isa isa;  // the level that it was compiled for
};

// The best kernel for a base field that the allowed level holds.
template <class F>
MsmKernel msm_kernel();

}  // namespace zkmark
