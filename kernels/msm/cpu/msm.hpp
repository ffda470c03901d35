// Multi-scalar multiplication in three steps: upload (make_msm_input), compute, download (to_canonical).
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

// Points and scalars in the form that compute works on.
class MsmInput {
public:
    virtual ~MsmInput() = default;
    virtual std::size_t count() const = 0;
    virtual std::unique_ptr<MsmSum> compute(const MsmSchedule& schedule) const = 0;
};

// Takes canonical affine points on the curve and in its subgroup of prime order, and scalars below that order
// (four words each). Null for an unknown curve.
std::unique_ptr<MsmInput> make_msm_input(std::string_view curve, const std::uint64_t* points,
                                         const std::uint64_t* scalars, std::size_t count);

// The level whose kernels compute() uses on this curve now; portable for an unknown curve.
Isa msm_isa(std::string_view curve);

}  // namespace zkmark
