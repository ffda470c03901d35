#include "kernels/msm/cpu/dispatch.hpp"

#include "kernels/fields/cpu/fields.hpp"

namespace zkmark {
namespace {

template <class F>
void portable_sum_runs(void* points, Run* runs, std::size_t count, void* prefixes) {
    sum_runs(static_cast<Affine<F>*>(points), runs, count, static_cast<F*>(prefixes));
}

}  // namespace

template <class F>
MsmKernel<F> msm_kernel() {
    const Isa allowed = isa_allowed();
    if (allowed >= Isa::avx512) {
        if (const SumRuns kernel = sum_runs_avx512(F::id())) {
            const F into = F::from_u64(std::uint64_t(1) << avx512_form_shift(F::id()));
            return {kernel, Isa::avx512, into, into.inverse()};
        }
    }
    if (allowed >= Isa::avx2)
        if (const SumRuns kernel = sum_runs_avx2(F::id())) return {kernel, Isa::avx2};
    return {&portable_sum_runs<F>, Isa::portable};
}

template MsmKernel<Bn254Fq> msm_kernel();
template MsmKernel<Bls12381Fq> msm_kernel();
template MsmKernel<PallasFp> msm_kernel();
template MsmKernel<VestaFp> msm_kernel();

}  // namespace zkmark
