#define ZKMARK_FIELD_CALLS  // kernels/fields/cpu/word.hpp
#include "kernels/msm/cpu/msm.hpp"

#include <algorithm>

#include "kernels/msm/cpu/pippenger.hpp"

namespace zkmark {

std::unique_ptr<MsmSum> msm(std::string_view curve, const std::uint64_t* points, const std::uint64_t* scalars,
                            std::size_t count, const MsmSchedule& schedule) {
    std::unique_ptr<MsmSum> sum;
    visit_curve(curve, [&](auto c) {
        using Curve = decltype(c);
        using F = typename Curve::Base;
        auto total = Xyzz<F>::infinity();
        for (std::size_t begin = 0; begin < count; begin += schedule.piece) {
            const std::size_t length = std::min(schedule.piece, count - begin);
            total += Pippenger<Curve>(points + begin * 2 * F::words, scalars + begin * 4, length, schedule).sum();
        }
        sum = std::make_unique<XyzzSum<F>>(total);
    });
    return sum;
}

Isa msm_isa(std::string_view curve) {
    Isa isa = Isa::portable;
    visit_curve(curve, [&](auto c) { isa = point_kernels(decltype(c)::Base::id()).isa; });
    return isa;
}

}  // namespace zkmark
