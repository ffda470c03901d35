#include "kernels/msm/cpu/dispatch.hpp"

#include "kernels/fields/cpu/fields.hpp"

namespace zkmark {
namespace {

template <class F>
void portable(void* points, Run* runs, std::size_t count, void* prefixes) {
    sum_runs(static_cast<Affine<F>*>(points), runs, count, static_cast<F*>(prefixes));
}

// By instruction set; a null entry falls back to the level before it.
template <class F>
constexpr SumRuns table[isa_count] = {&portable<F>, nullptr, nullptr};

}  // namespace

template <class F>
MsmKernel msm_kernel() {
    int isa = static_cast<int>(isa_allowed());
    while (!table<F>[isa]) --isa;
    return {table<F>[isa], static_cast<Isa>(isa)};
}

template MsmKernel msm_kernel<Bn254Fq>();
template MsmKernel msm_kernel<Bls12381Fq>();
template MsmKernel msm_kernel<PallasFp>();
template MsmKernel msm_kernel<VestaFp>();

}  // namespace zkmark
