// What Python sees of a STARK's kernels on the CPU: transforms over columns, commitments to their rows, grinding.
#include <nanobind/nanobind.h>

#include "src/native/bind.hpp"

namespace nb = nanobind;

namespace zkmark {

void bind_stark(nb::module_& module) { static_cast<void>(module); }

}  // namespace zkmark
