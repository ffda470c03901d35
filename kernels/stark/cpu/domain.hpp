// The points of kernels/stark/domain.py.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

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

// first ratio^i for i < count.
inline std::vector<std::uint64_t> geometric(Goldilocks first, Goldilocks ratio, std::size_t count) {
    std::vector<std::uint64_t> result(count);
    for (std::uint64_t& word : result) {
        word = first.raw();
        first *= ratio;
    }
    return result;
}

// The points of a domain, or their inverses, told tile by tile: block[j] tile[i] row[r] at row i rows + r of block j.
struct TiledPoints {
    std::vector<std::uint64_t> block, tile, row;

    TiledPoints(std::size_t height, std::size_t blocks, std::size_t rows, std::size_t tiles, bool inverse)
        : block(geometric(turn(shift(height), inverse), turn(root(height * blocks), inverse), blocks)),
          tile(geometric(Goldilocks::one(), turn(root(height), inverse).pow(rows), tiles)),
          row(geometric(Goldilocks::one(), turn(root(height), inverse), rows)) {}

    std::uint64_t start(std::size_t block_index, std::size_t tile_index) const {
        return (Goldilocks::from_raw(block[block_index]) * Goldilocks::from_raw(tile[tile_index])).raw();
    }

private:
    static Goldilocks turn(Goldilocks a, bool inverse) { return inverse ? a.inverse() : a; }
};

}  // namespace zkmark::stark
