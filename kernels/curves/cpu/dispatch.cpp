#include "kernels/curves/cpu/point_kernels.hpp"

namespace zkmark {

const PointKernels& point_kernels(std::string_view field) {
    const Isa allowed = isa_allowed();
    if (allowed >= Isa::avx512)
        if (const PointKernels* sums = point_kernels_avx512(field)) return *sums;
    if (allowed >= Isa::avx2)
        if (const PointKernels* sums = point_kernels_avx2(field)) return *sums;
    return *point_kernels_portable(field);
}

}  // namespace zkmark
