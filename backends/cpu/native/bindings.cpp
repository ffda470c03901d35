#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <vector>

#include "backends/cpu/native/build_info.hpp"
#include "backends/cpu/native/isa.hpp"
#include "backends/cpu/native/thread_pool.hpp"
#include "src/native/bind.hpp"

namespace nb = nanobind;

namespace zkmark {
namespace {

std::vector<std::string> names_up_to(Isa top) {
    std::vector<std::string> names;
    for (int i = 0; i <= static_cast<int>(top); ++i) names.emplace_back(isa_name(static_cast<Isa>(i)));
    return names;
}

bool set_isa_by_name(const std::string& name) {
    for (int i = 0; i < isa_count; ++i)
        if (name == isa_name(static_cast<Isa>(i))) return set_isa_allowed(static_cast<Isa>(i));
    return false;
}

}  // namespace

void bind_cpu_backend(nb::module_& module) {
    module.def("compiler", &compiler, "Name and version of the compiler of this extension.");
    module.def("compiler_flags", &compiler_flags, "The flags shared by all of its sources.");
    module.def("isa_levels", [] { return names_up_to(isa_detected()); },
               "Instruction-set levels that this machine can run, in rising order.");
    module.def("isa_allowed", [] { return std::string(isa_name(isa_allowed())); },
               "The highest level that kernels use.");
    module.def("set_isa_allowed", &set_isa_by_name, nb::arg("name"),
               "Lower the level; False if this machine lacks it or it does not exist.");
    module.def("has_sha_extensions", &has_sha_extensions, "Whether the CPU has SHA-NI.");
    module.def("thread_count", &thread_count, "How many threads kernels use.");
    module.def("set_thread_count", &set_thread_count, nb::arg("threads"),
               "Set how many threads kernels use; 0 means every processor of this process.");
}

}  // namespace zkmark
