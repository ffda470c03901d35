// The functions of dispatch.hpp for any lanes; included by point_sums_<isa>.cpp.
#pragma once

#include "kernels/curves/cpu/pairwise.hpp"
#include "kernels/fields/cpu/fields.hpp"
#include "kernels/msm/cpu/dispatch.hpp"

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

// The functions for the base field of this id on LanesOf<that field>.
template <template <class> class LanesOf, Isa isa>
const PointSums* find_point_sums(std::string_view field) {
    const PointSums* found = nullptr;
    BaseFields::visit(field, [&](auto tag) {
        using Lanes = LanesOf<decltype(tag)>;
        static constexpr PointSums sums = {isa, Lanes::form_shift, points_from_canonical<Lanes>, sum_lists<Lanes>,
                                           multiply_x<Lanes>};
        found = &sums;
    });
    return found;
}

}  // namespace ZKMARK_ISA_NAMESPACE
}  // namespace zkmark
