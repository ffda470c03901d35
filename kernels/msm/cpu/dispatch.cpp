#include "kernels/msm/cpu/dispatch.hpp"

namespace zkmark {

const PointSums& point_sums(std::string_view field) {
    const Isa allowed = isa_allowed();
    if (allowed >= Isa::avx512)
        if (const PointSums* sums = point_sums_avx512(field)) return *sums;
    if (allowed >= Isa::avx2)
        if (const PointSums* sums = point_sums_avx2(field)) return *sums;
    return *point_sums_portable(field);
}

}  // namespace zkmark
