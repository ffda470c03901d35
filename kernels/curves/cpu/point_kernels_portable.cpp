#define ZKMARK_FIELD_CALLS  // kernels/fields/cpu/word.hpp
#include "kernels/fields/cpu/scalar_lanes.hpp"
#include "kernels/curves/cpu/point_kernels_of.hpp"

namespace zkmark {

const PointKernels* point_kernels_portable(std::string_view field) {
    return find_point_kernels<ScalarLanes, Isa::portable>(field);
}

}  // namespace zkmark
