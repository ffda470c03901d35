// The table of kernels that vector_kernels_<isa>.cpp have in common.
#pragma once

#include "kernels/stark/cpu/tile_programs.hpp"
#include "kernels/stark/cpu/tile_quotients.hpp"
#include "kernels/stark/cpu/tile_sums.hpp"
#include "kernels/stark/cpu/vector_kernels.hpp"

namespace zkmark::stark {
inline namespace ZKMARK_ISA_NAMESPACE {

static constexpr VectorKernels kernels_here{
    Lanes::count,
    &run_tile,
    [](unsigned degree, auto... arguments) {
        return degree == 2 ? evaluate_part<2>(arguments...) : evaluate_part<3>(arguments...);
    },
    [](unsigned degree, auto... arguments) {
        return degree == 2 ? combine_tile<2>(arguments...) : combine_tile<3>(arguments...);
    },
    [](unsigned degree, auto... arguments) {
        return degree == 2 ? fractions_tile<2>(arguments...) : fractions_tile<3>(arguments...);
    },
    &scale_tile,
    &square_tile,
    [](unsigned degree, const std::uint64_t* x, const VectorKernels::DeepPoint& point, auto... arguments) {
        return degree == 2 ? deep_tile<2>(x, point, arguments...) : deep_tile<3>(x, point, arguments...);
    },
    [](unsigned degree, auto... arguments) {
        return degree == 2 ? fold_tile<2>(arguments...) : fold_tile<3>(arguments...);
    },
};

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark::stark
