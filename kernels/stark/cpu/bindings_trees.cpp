// What Python sees of a STARK's kernels on the CPU: transforms over columns, commitments to their rows, grinding.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/vector.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/stark/cpu/transforms.hpp"
#include "src/native/bind.hpp"

namespace nb = nanobind;

namespace zkmark {
namespace {

using Words = nb::ndarray<const std::uint64_t, nb::c_contig, nb::device::cpu>;
using WordsOut = nb::ndarray<std::uint64_t, nb::c_contig, nb::device::cpu>;

// The callers of this module validate; what is checked here only keeps a mistake there from touching foreign memory.
unsigned log_height(std::size_t height) {
    if (!std::has_single_bit(height) || height > std::size_t(1) << 32)
        throw nb::value_error("height: want a power of two, at most 2^32");
    return static_cast<unsigned>(std::countr_zero(height));
}

void interpolate(const Words& values, const WordsOut& out, std::size_t blocks, std::size_t height,
                 const std::vector<std::uint64_t>& shifts) {
    const unsigned log = log_height(height);
    if (!blocks || values.size() % (blocks * height) || out.size() != values.size() ||
        (!shifts.empty() && shifts.size() != blocks))
        throw nb::value_error("values, out, shifts: sizes do not fit together");
    nb::gil_scoped_release release;
    stark::interpolate(values.data(), out.data(), values.size() / (blocks * height), blocks, log, shifts);
}

void extend(const Words& coefficients, const WordsOut& out, std::size_t height,
            const std::vector<std::uint64_t>& shifts) {
    const unsigned log = log_height(height);
    if (coefficients.size() % height || out.size() != coefficients.size() * shifts.size())
        throw nb::value_error("coefficients, out, shifts: sizes do not fit together");
    nb::gil_scoped_release release;
    stark::extend(coefficients.data(), out.data(), coefficients.size() / height, log, shifts);
}

}  // namespace

void bind_stark(nb::module_& module) {
    module.def("stark_interpolate", &interpolate, nb::arg("values"), nb::arg("out"), nb::arg("blocks"),
               nb::arg("height"), nb::arg("shifts"),
               "From values [count, blocks, height] to coefficients; a shift a block, or none.");
    module.def("stark_extend", &extend, nb::arg("coefficients"), nb::arg("out"), nb::arg("height"),
               nb::arg("shifts"), "From coefficients [count, height] to values [count, shifts, height].");
}

}  // namespace zkmark
