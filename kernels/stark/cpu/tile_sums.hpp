// Sums of columns times elements of an extension: the inner loops of sums.cpp.
#pragma once

#include "kernels/stark/cpu/lanes.hpp"

namespace zkmark::stark {
inline namespace ZKMARK_ISA_NAMESPACE {

template <unsigned degree>
void evaluate_part(const std::uint64_t* column, std::size_t count, const std::uint64_t* factors, std::size_t block,
                   const std::uint64_t* powers, std::uint64_t* sums) {
    // Each lane by itself: lanes are added up once at the end.
    const std::uint64_t zeros[degree] = {};
    auto total = ExtensionLanes<degree>::broadcast(zeros);
    for (std::size_t start = 0; start < count; start += block, powers += degree) {
        ProductSum sum[degree];
        for (std::size_t i = 0; i < block; i += Lanes::count) {
            const auto coefficient = ProductSum::split(Lanes::load(column + start + i));
            for (unsigned d = 0; d < degree; ++d)
                sum[d].add(coefficient, Factor::load(factors + 4 * d * block + i, block));
        }
        ExtensionLanes<degree> part;
        for (unsigned d = 0; d < degree; ++d) part[d] = sum[d].sum();
        total = total + part * ExtensionLanes<degree>::broadcast(powers);
    }
    for (unsigned d = 0; d < degree; ++d) {
        std::uint64_t lanes[Lanes::count];
        total[d].store_canonical(lanes);
        Goldilocks sum;
        for (const std::uint64_t lane : lanes) sum += Goldilocks::from_raw(lane);
        sums[d] = sum.raw();
    }
}

// Adds `columns` columns, a number known to the compiler, to the sums in scratch.
template <unsigned degree, unsigned columns>
ZKMARK_ALWAYS_INLINE void add_columns(const std::uint64_t* const* column, const std::uint64_t* factors,
                                      std::size_t rows, std::uint64_t* scratch, bool first) {
    constexpr std::size_t n = ProductSum::words * Lanes::count;
    for (std::size_t i = 0; i < rows; i += Lanes::count, scratch += degree * n) {
        ProductSum sum[degree];
        if (!first)
            for (unsigned d = 0; d < degree; ++d) sum[d] = ProductSum::load(scratch + d * n);
        for (unsigned c = 0; c < columns; ++c) {
            const auto value = ProductSum::split(Lanes::load(column[c] + i));
            for (unsigned d = 0; d < degree; ++d) sum[d].add(value, Factor::broadcast(factors + 4 * (c * degree + d)));
        }
        for (unsigned d = 0; d < degree; ++d) sum[d].store(scratch + d * n);
    }
}

template <unsigned degree>
void combine_tile(const std::uint64_t* const* columns, std::size_t count, const std::uint64_t* factors,
                  std::size_t rows, std::uint64_t* scratch, std::uint64_t* const* out) {
    // Four columns at a time: columns lie a power of two apart, so that more would evict each other from the cache.
    std::size_t done = 0;
    for (; done + 4 <= count; done += 4)
        add_columns<degree, 4>(columns + done, factors + 4 * degree * done, rows, scratch, done == 0);
    for (; done < count; ++done)
        add_columns<degree, 1>(columns + done, factors + 4 * degree * done, rows, scratch, done == 0);
    constexpr std::size_t n = ProductSum::words * Lanes::count;
    for (std::size_t i = 0; i < rows; i += Lanes::count, scratch += degree * n)
        for (unsigned d = 0; d < degree; ++d) ProductSum::load(scratch + d * n).sum().store_canonical(out[d] + i);
}

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark::stark
