#include "kernels/curves/cpu/point_kernels.hpp"

namespace zkmark {

const PointKernels& point_kernels_in_field_form(std::string_view field) {
    if (isa_allowed() >= Isa::avx2)
        if (const PointKernels* kernels = point_kernels_avx2(field)) return *kernels;
    return *point_kernels_portable(field);
}

const PointKernels& point_kernels(std::string_view field) {
    if (isa_allowed() >= Isa::avx512)
        if (const PointKernels* kernels = point_kernels_avx512(field)) return *kernels;
    return point_kernels_in_field_form(field);
}

}  // namespace zkmark
