#include <nanobind/nanobind.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "backends/cpu/native/build_info.hpp"
#include "backends/cpu/native/isa.hpp"
#include "backends/cpu/native/probes.hpp"
#include "backends/cpu/native/selftest.hpp"
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

const RateProbe& require_probe(const std::string& kind) {
    const RateProbe* probe = rate_probe(kind);
    if (!probe) throw std::invalid_argument("kind: no probe called '" + kind + "' runs here");
    return *probe;
}

void require(bool holds, const char* text) {
    if (!holds) throw std::invalid_argument(text);
}

std::pair<std::string, unsigned> probe_path(const std::string& kind) {
    const RateProbe* probe = rate_probe(kind);
    if (!probe) return {"", 0};
    return {probe->path, probe->words};
}

std::vector<std::uint64_t> probe_steps(const std::string& kind, std::vector<std::uint64_t> state,
                                       std::uint64_t rounds) {
    const RateProbe& probe = require_probe(kind);
    require(state.size() == probe.words, "state: want as many words as probe_path says");
    nb::gil_scoped_release release;
    probe.run(state.data(), rounds);
    return state;
}

double probe_rate(const std::string& kind, unsigned threads, double seconds) {
    const RateProbe& probe = require_probe(kind);
    require(threads >= 1, "threads: want at least 1");
    nb::gil_scoped_release release;
    return operation_rate(probe, threads, seconds);
}

std::vector<double> probe_triad(std::size_t elements, unsigned threads, unsigned repetitions) {
    require(elements >= 1 && threads >= 1, "elements, threads: want at least 1");
    nb::gil_scoped_release release;
    return triad_seconds(elements, threads, repetitions);
}

std::vector<double> probe_random_load(std::size_t lines, std::size_t steps, unsigned repetitions) {
    require(lines >= 1 && (lines & (lines - 1)) == 0, "lines: want a power of two");
    require(steps >= 1, "steps: want at least 1");
    nb::gil_scoped_release release;
    return random_load_seconds(lines, steps, repetitions);
}

std::vector<double> probe_random_access(std::size_t lines, std::size_t steps, unsigned threads,
                                        unsigned repetitions) {
    require(lines >= 1 && (lines & (lines - 1)) == 0, "lines: want a power of two");
    require(steps >= 1 && threads >= 1, "steps, threads: want at least 1");
    nb::gil_scoped_release release;
    return random_access_seconds(lines, steps, threads, repetitions);
}

double probe_clock(double seconds) {
    nb::gil_scoped_release release;
    return dependent_addition_rate(seconds);
}

std::tuple<bool, std::size_t, std::size_t, std::size_t, bool> selftest(std::size_t count,
                                                                       std::size_t grain,
                                                                       std::size_t nested) {
    nb::gil_scoped_release release;
    const ParallelForSelftest result = parallel_for_selftest(count, grain, nested);
    return {result.each_once, result.ranges, result.smallest_range, result.threads, result.nested_stayed};
}

void bind_probes(nb::module_& module) {
    module.def("probe_path", &probe_path, nb::arg("kind"),
               "The instruction set of the best rate probe of a kind and the words of its "
               "state; ('', 0) when none runs here.");
    module.def("probe_steps", &probe_steps, nb::arg("kind"), nb::arg("state"), nb::arg("rounds"),
               "The state after so many rounds, to check a probe against integers.");
    module.def("probe_rate", &probe_rate, nb::arg("kind"), nb::arg("threads"), nb::arg("seconds"),
               "Operations a second, summed over threads.");
    module.def("probe_clock", &probe_clock, nb::arg("seconds"),
               "Dependent additions a second: the clock; 0 when the sum came out wrong.");
    module.def("probe_triad", &probe_triad, nb::arg("elements"), nb::arg("threads"), nb::arg("repetitions"),
               "Seconds of each STREAM triad over three arrays of doubles; empty when it went wrong.");
    module.def("probe_random_load", &probe_random_load, nb::arg("lines"), nb::arg("steps"),
               nb::arg("repetitions"),
               "Seconds a dependent load takes in each repetition; empty when it went wrong.");
    module.def("probe_random_access", &probe_random_access, nb::arg("lines"), nb::arg("steps"), nb::arg("threads"),
               nb::arg("repetitions"),
               "Seconds of each repetition of independent random loads; empty when it went wrong.");
    module.attr("random_access_chains") = random_access_chains;
    module.def("parallel_for_selftest", &selftest, nb::arg("count"), nb::arg("grain"), nb::arg("nested") = 0,
               "(each index once, ranges, smallest range, threads, nested calls stayed) of a parallel_for.");
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
    module.def("has_aes_instructions", &has_aes_instructions, "Whether the CPU has AES-NI.");
    module.def("thread_count", &thread_count, "How many threads kernels use.");
    module.def("set_thread_count", &set_thread_count, nb::arg("threads"),
               "Set how many threads kernels use; 0 means every processor of this process.");
    bind_probes(module);
}

}  // namespace zkmark
