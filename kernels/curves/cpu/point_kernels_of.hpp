// The functions of point_kernels.hpp for any lanes; included by point_kernels_<isa>.cpp.
#pragma once

#include <bit>

#include "kernels/curves/cpu/pairwise.hpp"
#include "kernels/fields/cpu/fields.hpp"
#include "kernels/curves/cpu/point_kernels.hpp"

namespace zkmark {
inline namespace ZKMARK_ISA_NAMESPACE {

using BaseFields = FieldList<Bn254Fq, Bls12381Fq, PallasFp, VestaFp>;

// Addresses of `lanes` points from `first` on; past the last, that of `spare`.
template <class Lanes, class Word>
struct PointAddresses {
    Word* at[Lanes::lanes];

    PointAddresses(Word* points, std::size_t first, std::size_t count, Word* spare) {
        for (std::size_t i = 0; i < Lanes::lanes; ++i)
            at[i] = first + i < count ? points + (first + i) * 2 * Lanes::words : spare;
    }
};

template <class Lanes>
void points_from_canonical(const std::uint64_t* points, std::size_t count, void* result) {
    std::uint64_t none[2 * Lanes::words] = {}, rest[2 * Lanes::words];
    const Lanes r_squared = Lanes::to_montgomery();
    for (std::size_t i = 0; i < count; i += Lanes::lanes) {
        const PointAddresses<Lanes, const std::uint64_t> source(points, i, count, none);
        const PointAddresses<Lanes, std::uint64_t> target(static_cast<std::uint64_t*>(result), i, count, rest);
        for (std::size_t offset : {std::size_t(0), Lanes::words})
            (Lanes::gather(source.at, offset) * r_squared).reduced().scatter(target.at, offset);
    }
}

template <class Lanes>
void sum_any_runs(void* points, Run* runs, std::size_t count) {
    sum_runs<Lanes>(static_cast<typename PairBatch<Lanes>::Point*>(points), runs, count);
}

template <class Lanes>
void multiply_x(void* points, std::size_t count, const void* factor_words) {
    std::uint64_t rest[2 * Lanes::words] = {};
    const std::uint64_t* same[Lanes::lanes];
    for (auto& address : same) address = static_cast<const std::uint64_t*>(factor_words);
    const Lanes factor = Lanes::gather(same, 0);
    for (std::size_t i = 0; i < count; i += Lanes::lanes) {
        const PointAddresses<Lanes, std::uint64_t> x(static_cast<std::uint64_t*>(points), i, count, rest);
        (Lanes::gather(x.at, 0) * factor).reduced().scatter(x.at, 0);
    }
}

// With X = x and Y = y taken for Montgomery forms, products are those of x / R and y / R: Y Y 1 is y^2 / R^2 and X X X is
// x^3 / R^2, so that b / R^2 is all that is converted. Four multiplications a point.
template <class Lanes>
std::size_t first_off_curve(const std::uint64_t* points, std::size_t count, std::uint64_t b) {
    std::uint64_t none[2 * Lanes::words] = {};
    const Lanes plain_one = Lanes::plain(1), constant = (Lanes::plain(b) * plain_one * plain_one).reduced();
    for (std::size_t i = 0; i < count; i += Lanes::lanes) {
        const PointAddresses<Lanes, const std::uint64_t> source(points, i, count, none);
        const Lanes x = Lanes::gather(source.at, 0), y = Lanes::gather(source.at, Lanes::words);
        const Lanes right = x * x * x, left = Lanes::minus((y * y * plain_one).reduced(), right.reduced());
        const auto on_curve = Lanes::minus(left, constant).is_zero() | (x.is_zero() & y.is_zero());
        const auto good = on_curve & x.is_canonical() & y.is_canonical();
        if (const unsigned bad = ~good & ((1u << Lanes::lanes) - 1)) return i + std::countr_zero(bad);
    }
    return count;
}

// The functions for the base field of this id on LanesOf<that field>.
template <template <class> class LanesOf, Isa isa>
const PointKernels* find_point_kernels(std::string_view field) {
    const PointKernels* found = nullptr;
    BaseFields::visit(field, [&](auto tag) {
        using Lanes = LanesOf<decltype(tag)>;
        static constexpr PointKernels functions = {isa,
                                                   Lanes::form_shift,
                                                   first_off_curve<Lanes>,
                                                   points_from_canonical<Lanes>,
                                                   sum_lists<Lanes>,
                                                   sum_any_runs<Lanes>,
                                                   multiply_x<Lanes>};
        found = &functions;
    });
    return found;
}

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
