// Scalar code as in point_sums_portable.cpp, with multiplications by MULX, ADCX and ADOX
// (kernels/fields/cpu/montgomery_adx.hpp): AVX2 has no wide enough multiplication of its own to beat them.
#include "kernels/fields/cpu/scalar_lanes.hpp"
#include "kernels/msm/cpu/point_sums.hpp"

namespace zkmark {

const PointSums* point_sums_avx2([[maybe_unused]] std::string_view field) {
#if defined(ZKMARK_HAS_ADX)
    return find_point_sums<ScalarLanes, Isa::avx2>(field);
#else
    return nullptr;
#endif
}

}  // namespace zkmark
