#include "kernels/fields/cpu/scalar_lanes.hpp"
#include "kernels/msm/cpu/point_sums.hpp"

namespace zkmark {

const PointSums* point_sums_portable(std::string_view field) {
    return find_point_sums<ScalarLanes, Isa::portable>(field);
}

}  // namespace zkmark
