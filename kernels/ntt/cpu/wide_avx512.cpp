// Transforms over fields of four words by AVX-512 IFMA: one compilation for all of them.
#include "kernels/ntt/cpu/wide.hpp"

#if defined(__AVX512IFMA__)
#include "kernels/ntt/cpu/wide_lanes_avx512.hpp"
#include "kernels/ntt/cpu/wide_plan.hpp"
#endif

namespace zkmark::ntt {

MakeWidePlan wide_plan_avx512() {
#if defined(__AVX512IFMA__)
    return [](const WideParameters& parameters, const NttOptions& options) -> std::unique_ptr<NttPlan> {
        return std::make_unique<WidePlan<WideLanes>>(parameters, options);
    };
#else
    return nullptr;
#endif
}

}  // namespace zkmark::ntt
