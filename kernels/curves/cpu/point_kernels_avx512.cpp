// Eight additions at a time with AVX-512 IFMA (kernels/fields/cpu/lanes52.hpp).
#include "kernels/curves/cpu/point_kernels_of.hpp"

#if defined(__AVX512IFMA__)
#include "kernels/fields/cpu/lanes52.hpp"
#endif

namespace zkmark {

const PointKernels* point_kernels_avx512([[maybe_unused]] std::string_view field) {
#if defined(__AVX512IFMA__)
    return find_point_kernels<Lanes52, Isa::avx512>(field);
#else
    return nullptr;
#endif
}

}  // namespace zkmark
