#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/unique_ptr.h>

#include <memory>
#include <optional>
#include <string>
#include <tuple>

#include "backends/cpu/native/thread_pool.hpp"
#include "kernels/curves/cpu/bindings.hpp"
#include "kernels/curves/cpu/points.hpp"
#include "kernels/msm/cpu/msm.hpp"
#include "src/native/bind.hpp"

namespace nb = nanobind;

namespace zkmark {
namespace {

using PointsIn = nb::ndarray<const std::uint64_t, nb::shape<-1, 2, -1>, nb::c_contig, nb::device::cpu>;
using ScalarsIn = nb::ndarray<const std::uint64_t, nb::shape<-1, 4>, nb::c_contig, nb::device::cpu>;

// bits, affine, group, chunk, piece; see MsmSchedule.
using ScheduleTuple = std::tuple<unsigned, bool, unsigned, std::size_t, std::size_t>;

std::unique_ptr<MsmSum> compute(const std::string& curve, const PointsIn& points, const ScalarsIn& scalars,
                                const std::optional<ScheduleTuple>& given) {
    // The Python side has checked this; a slip there must not read past an array's end.
    if (curve_coordinate_words(curve) != points.shape(2) || points.shape(0) != scalars.shape(0))
        throw nb::value_error("points: not of the curve, or not as many as scalars");
    const std::size_t count = points.shape(0);
    if (!given) {
        nb::gil_scoped_release release;
        return msm(curve, points.data(), scalars.data(), count, best_schedule(count, thread_count()));
    }
    const auto [bits, affine, group, chunk, piece] = *given;
    if (bits < 2 || bits > widest_window || group < 1 || chunk < 1 || piece < 1)
        throw nb::value_error("schedule: out of range");
    nb::gil_scoped_release release;
    return msm(curve, points.data(), scalars.data(), count, MsmSchedule(bits, affine, group, chunk, piece));
}

nb::ndarray<nb::numpy, std::uint64_t> download(const MsmSum& sum) {
    const std::size_t words = sum.coordinate_words();
    auto data = std::make_unique<std::uint64_t[]>(2 * words);
    sum.to_canonical(data.get());
    nb::capsule owner(data.get(), [](void* p) noexcept { delete[] static_cast<std::uint64_t*>(p); });
    return nb::ndarray<nb::numpy, std::uint64_t>(data.release(), {2, words}, owner);
}

}  // namespace

void bind_msm(nb::module_& module) {
    bind_points(module);
    nb::class_<MsmSum>(module, "MsmSum", "The result of msm_compute.");
    module.def(
        "msm_schedule",
        [](std::size_t count, unsigned threads) {
            const MsmSchedule best = best_schedule(count, threads);
            return ScheduleTuple(best.bits, best.affine, best.group, best.chunk, best.piece);
        },
        nb::arg("count"), nb::arg("threads"),
        "How msm_compute cuts a sum of so many points: bits of the window, whether buckets are filled by "
        "pairwise affine sums, windows sorted and summed together, points that a thread sums in one go, points of "
        "the input worked off at once.");
    module.def("msm_compute", &compute, nb::arg("curve"), nb::arg("points"), nb::arg("scalars"),
               nb::arg("schedule") = nb::none(),
               "The sum of scalars[i] * points[i], for canonical points (on the curve, of prime order) and scalars below "
               "the order; another schedule than the best is for tests and tuning.");
    module.def("msm_download", &download, nb::arg("sum"), "The sum as an affine point, canonical.");
    module.def("msm_isa", [](const std::string& curve) { return std::string(isa_name(msm_isa(curve))); },
               nb::arg("curve"), "The instruction-set level whose kernels msm_compute uses now.");
}

}  // namespace zkmark
