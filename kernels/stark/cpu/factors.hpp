// The words of a constant as sums of products take it (lanes.hpp).
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/fields/cpu/goldilocks.hpp"

namespace zkmark::stark {

// w, w' = 2^32 w, and the high halves of both, `stride` words apart.
inline void write_factor(Goldilocks w, std::uint64_t* to, std::size_t stride) {
    const Goldilocks shifted = w * Goldilocks::from_raw(std::uint64_t(1) << 32);
    to[0] = w.raw();
    to[stride] = shifted.raw();
    to[2 * stride] = w.raw() >> 32;
    to[3 * stride] = shifted.raw() >> 32;
}

}  // namespace zkmark::stark
