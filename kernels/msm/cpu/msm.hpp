// Multi-scalar multiplication.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "backends/cpu/native/isa.hpp"
#include "kernels/msm/cpu/schedule.hpp"

namespace zkmark {

// The sum, in XYZZ coordinates and Montgomery form.
class MsmSum {
public:
    virtual ~MsmSum() = default;
    virtual unsigned coordinate_words() const = 0;
    // Writes x, then y; infinity is all zeros.
    virtual void to_canonical(std::uint64_t* result) const = 0;
};

// The sum of scalars[i] * points[i]. Takes canonical affine points on the curve and in its subgroup of prime order,
// and scalars below that order (four words each). Null for an unknown curve.
std::unique_ptr<MsmSum> msm(std::string_view curve, const std::uint64_t* points, const std::uint64_t* scalars,
                            std::size_t count, const MsmSchedule& schedule);

// The level whose functions msm() uses on this curve now; portable for an unknown curve.
Isa msm_isa(std::string_view curve);

}  // namespace zkmark
