// Transforms over fields of four words by AVX2 and FMA: one compilation for all of them.
#include "kernels/ntt/cpu/wide.hpp"

#if defined(__AVX2__) && defined(__FMA__)
#include "kernels/ntt/cpu/wide_lanes_avx2.hpp"
#include "kernels/ntt/cpu/wide_plan.hpp"
#endif

namespace zkmark::ntt {

MakeWidePlan wide_plan_avx2() {
#if defined(__AVX2__) && defined(__FMA__)
    return [](const WideParameters& parameters, const NttOptions& options) -> std::unique_ptr<NttPlan> {
        return std::make_unique<WidePlan<WideLanes>>(parameters, options);
    };
#else
    return nullptr;
#endif
}

}  // namespace zkmark::ntt
