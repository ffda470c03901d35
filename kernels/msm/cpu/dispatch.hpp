// The one function that is worth writing again for an instruction set: nine tenths of the time pass in it.
//
// A file sum_runs_<isa>.cpp has the same function over the same fields. There the fields' types are others, of that
// file's own inline namespace (kernels/fields/cpu/word.hpp), with the same layout, so points and field elements
// cross over as bytes. A kernel may want another Montgomery form, a constant factor away from the fields' own.
#pragma once

#include <cstddef>
#include <string_view>

#include "backends/cpu/native/isa.hpp"
#include "kernels/curves/cpu/pairwise.hpp"

namespace zkmark {

// sum_runs of kernels/curves/cpu/pairwise.hpp: points are Affine<F>, prefixes F.
using SumRuns = void (*)(void* points, Run* runs, std::size_t count, void* prefixes);

// The functions for a field of this id; null where the file was not compiled for this kind of processor.
SumRuns sum_runs_avx2(std::string_view field);
SumRuns sum_runs_avx512(std::string_view field);
// Coordinates that sum_runs_avx512 works on are 2^this times the fields' own Montgomery form.
unsigned avx512_form_shift(std::string_view field);

template <class F>
struct MsmKernel {
    SumRuns sum_runs;
    Isa isa;  // the level that it was written for
    F into = F::one(), back = F::one();  // factors from the field's form to the kernel's and back

    Affine<F> into_form(const Affine<F>& p) const { return {p.x * into, p.y * into}; }
    Affine<F> out_of_form(const Affine<F>& p) const { return {p.x * back, p.y * back}; }
};

// The best kernel for a base field that the allowed level holds.
template <class F>
MsmKernel<F> msm_kernel();

}  // namespace zkmark
