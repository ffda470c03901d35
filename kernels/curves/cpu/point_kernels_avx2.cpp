// Scalar code as in point_kernels_portable.cpp, with multiplications by MULX, ADCX and ADOX
// (kernels/fields/cpu/montgomery_adx.hpp): AVX2 has no wide enough multiplication of its own to beat them.
#include "kernels/fields/cpu/scalar_lanes.hpp"
#include "kernels/curves/cpu/point_kernels_of.hpp"

namespace zkmark {

const PointKernels* point_kernels_avx2([[maybe_unused]] std::string_view field) {
#if defined(ZKMARK_HAS_ADX)
    return find_point_kernels<ScalarLanes, Isa::avx2>(field);
#else
    return nullptr;
#endif
}

}  // namespace zkmark
