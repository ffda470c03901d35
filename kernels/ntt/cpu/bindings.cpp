#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>

#include <memory>
#include <string>

#include "kernels/ntt/cpu/kernels.hpp"
#include "kernels/ntt/cpu/plan.hpp"
#include "src/native/bind.hpp"

namespace nb = nanobind;

namespace zkmark {
namespace {

using Input = nb::ndarray<nb::ro, nb::c_contig, nb::device::cpu>;
using Output = nb::ndarray<nb::c_contig, nb::device::cpu>;

// The callers of this module validate; this only keeps a mistake there from touching foreign memory.
template <class Array>
void check_memory(const NttPlan& plan, const Array& array) {
    if (array.nbytes() != plan.data_bytes() || array.itemsize() != plan.word_bytes())
        throw nb::value_error("the array does not have the size and type of the plan");
}

std::unique_ptr<NttPlan> make(const std::string& field, unsigned log_size, std::size_t batch, bool inverse,
                              bool bit_reversed, bool coset) {
    auto plan = make_ntt_plan(field, {log_size, batch, inverse, bit_reversed, coset});
    if (!plan) throw nb::value_error(("field: " + field + " is not known").c_str());
    return plan;
}

void transform(const NttPlan& plan, const Input& input, const Output& output) {
    check_memory(plan, input);
    check_memory(plan, output);
    nb::gil_scoped_release release;
    plan.transform(input.data(), output.data());
}

}  // namespace

void bind_ntt(nb::module_& module) {
    nb::class_<NttPlan>(module, "NttPlan", "A number-theoretic transform prepared for the CPU.")
        .def("transform", &transform, nb::arg("input"), nb::arg("output"),
             "Transform canonical elements; the arrays must not overlap.")
        .def_prop_ro("table_bytes", &NttPlan::table_bytes, "Bytes of twiddles that the plan keeps.");
    module.def("ntt_plan", &make, nb::arg("field"), nb::arg("log_size"), nb::arg("batch"),
               nb::arg("inverse"), nb::arg("bit_reversed"), nb::arg("coset"),
               "Prepare transforms for the current thread count and instruction set.");
    module.def(
        "ntt_isa", [](const std::string& field) { return std::string(isa_name(ntt_isa(field))); },
        nb::arg("field"), "The instruction-set level that transforms over a field run at.");
}

}  // namespace zkmark
