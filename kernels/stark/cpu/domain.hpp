// The points of kernels/stark/domain.py.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "kernels/fields/cpu/goldilocks.hpp"

namespace zkmark::stark {

// The root of unity of an order that is a power of two.
inline Goldilocks root(std::size_t order) {
    return Goldilocks::root_of_unity(static_cast<unsigned>(std::countr_zero(order)));
}

// The shift of a height: its root of generator^(2^32), an element of odd order 2^32 - 1. There 2 has the inverse
// 2^31, so that the height's is a power of that.
inline Goldilocks shift(std::size_t height) {
    constexpr std::uint64_t odd_order = 0xffff'ffff;
    std::uint64_t exponent = 1;
    for (unsigned i = static_cast<unsigned>(std::countr_zero(height)); i-- > 0;)
        exponent = (exponent << 31) % odd_order;
    return Goldilocks::generator().pow(std::uint64_t(1) << 32).pow(exponent);
}

// What the subgroup of order `height` is multiplied by in a block.
inline Goldilocks block_shift(std::size_t height, std::size_t blocks, std::size_t block) {
    return shift(height) * root(height * blocks).pow(block);
}

}  // namespace zkmark::stark
