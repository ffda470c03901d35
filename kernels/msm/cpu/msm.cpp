#include "kernels/msm/cpu/msm.hpp"

#include "kernels/msm/cpu/pippenger.hpp"

namespace zkmark {

std::unique_ptr<MsmInput> make_msm_input(std::string_view curve, const std::uint64_t* points,
                                         const std::uint64_t* scalars, std::size_t count) {
    std::unique_ptr<MsmInput> input;
    visit_curve(curve, [&](auto c) {
        input = std::make_unique<Pippenger<decltype(c)>>(points, scalars, count);
    });
    return input;
}

Isa msm_isa(std::string_view curve) {
    Isa isa = Isa::portable;
    visit_curve(curve, [&](auto c) { isa = msm_kernel<typename decltype(c)::Base>().isa; });
    return isa;
}

}  // namespace zkmark
