#include "kernels/curves/cpu/bindings.hpp"

#include <nanobind/ndarray.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>

#include <memory>
#include <string>
#include <utility>

#include "kernels/curves/cpu/points.hpp"

namespace nb = nanobind;

namespace zkmark {
namespace {

using PointsIn = nb::ndarray<const std::uint64_t, nb::shape<-1, 2, -1>, nb::c_contig, nb::device::cpu>;
using PointIn = nb::ndarray<const std::uint64_t, nb::shape<2, -1>, nb::c_contig, nb::device::cpu>;
using ScalarsIn = nb::ndarray<const std::uint64_t, nb::shape<-1, 4>, nb::c_contig, nb::device::cpu>;
using WordsIn = nb::ndarray<const std::uint64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

template <class T>
nb::ndarray<nb::numpy, T> numpy_array(std::unique_ptr<T[]> data, std::initializer_list<std::size_t> shape) {
    nb::capsule owner(data.get(), [](void* p) noexcept { delete[] static_cast<T*>(p); });
    return nb::ndarray<nb::numpy, T>(data.release(), shape, owner);
}

// A new array of `count` points that fill(words) writes without the GIL.
template <class Fill>
nb::ndarray<nb::numpy, std::uint64_t> new_points(std::size_t count, std::size_t words, const Fill& fill) {
    auto data = std::make_unique_for_overwrite<std::uint64_t[]>(count * 2 * words);
    {
        nb::gil_scoped_release release;
        fill(data.get());
    }
    return numpy_array(std::move(data), {count, 2, words});
}

// The Python side has checked everything; this keeps a slip there from reading past an array's end.
std::size_t words_of(const std::string& curve, std::size_t got) {
    const std::size_t words = curve_coordinate_words(curve);
    if (words == 0 || words != got) throw nb::value_error("curve: unknown, or not that of the points");
    return words;
}

void same_length(std::size_t left, std::size_t right) {
    if (left != right) throw nb::value_error("arrays: got different lengths, want the same");
}

}  // namespace

void bind_points(nb::module_& module) {
    module.def(
        "points_check",
        [](const std::string& curve, const PointsIn& points, bool subgroup) {
            words_of(curve, points.shape(2));
            nb::gil_scoped_release release;
            const PointFault fault = check_points(curve, points.data(), points.shape(0), subgroup);
            return std::pair<std::string, std::size_t>(fault.kind, fault.index);
        },
        nb::arg("curve"), nb::arg("points"), nb::arg("subgroup"),
        "What is wrong with the first bad point (modulus, curve, subgroup; '' if nothing) and its index.");
    module.def(
        "points_on_curve",
        [](const std::string& curve, const PointsIn& points, bool subgroup) {
            words_of(curve, points.shape(2));
            auto good = std::make_unique<bool[]>(points.shape(0));
            {
                nb::gil_scoped_release release;
                good_points(curve, points.data(), points.shape(0), subgroup, good.get());
            }
            return numpy_array(std::move(good), {points.shape(0)});
        },
        nb::arg("curve"), nb::arg("points"), nb::arg("subgroup"), "Whether points_check accepts each point.");
    module.def(
        "points_of_base",
        [](const std::string& curve, const PointIn& base, const WordsIn& multiples) {
            const std::size_t words = words_of(curve, base.shape(1));
            return new_points(multiples.shape(0), words, [&](std::uint64_t* result) {
                multiples_of_base(curve, base.data(), multiples.data(), multiples.shape(0), result);
            });
        },
        nb::arg("curve"), nb::arg("base"), nb::arg("multiples"),
        "multiples[i] * base, for 64-bit multiples.");
    module.def(
        "points_add",
        [](const std::string& curve, const PointsIn& left, const PointsIn& right) {
            const std::size_t words = words_of(curve, left.shape(2));
            words_of(curve, right.shape(2));
            same_length(left.shape(0), right.shape(0));
            return new_points(left.shape(0), words, [&](std::uint64_t* result) {
                add_points(curve, left.data(), right.data(), left.shape(0), result);
            });
        },
        nb::arg("curve"), nb::arg("left"), nb::arg("right"), "left[i] + right[i].");
    module.def(
        "points_multiply",
        [](const std::string& curve, const PointsIn& points, const ScalarsIn& scalars) {
            const std::size_t words = words_of(curve, points.shape(2));
            same_length(points.shape(0), scalars.shape(0));
            return new_points(points.shape(0), words, [&](std::uint64_t* result) {
                multiply_points(curve, points.data(), scalars.data(), points.shape(0), result);
            });
        },
        nb::arg("curve"), nb::arg("points"), nb::arg("scalars"), "scalars[i] * points[i].");
    module.def(
        "points_split_scalars",
        [](const std::string& curve, const ScalarsIn& scalars) {
            if (curve_coordinate_words(curve) == 0) throw nb::value_error("curve: unknown");
            const std::size_t count = scalars.shape(0);
            auto magnitudes = std::make_unique<std::uint64_t[]>(count * 4);
            auto negative = std::make_unique<bool[]>(count * 2);
            split_scalars(curve, scalars.data(), count, magnitudes.get(), negative.get());
            return std::pair(numpy_array(std::move(magnitudes), {count, 2, 2}),
                             numpy_array(std::move(negative), {count, 2}));
        },
        nb::arg("curve"), nb::arg("scalars"),
        "The halves of scalars along the endomorphism: magnitudes [n, 2, 2] and whether negative [n, 2].");
    module.def(
        "points_beta",
        [](const std::string& curve) {
            const std::size_t words = curve_coordinate_words(curve);
            if (words == 0) throw nb::value_error("curve: unknown");
            auto beta = std::make_unique<std::uint64_t[]>(words);
            curve_beta(curve, beta.get());
            return numpy_array(std::move(beta), {words});
        },
        nb::arg("curve"), "beta of the endomorphism (x, y) -> (beta x, y).");
}

}  // namespace zkmark
