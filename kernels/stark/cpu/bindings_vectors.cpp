// What Python sees of a STARK's kernels on the CPU: programs over columns, and sums, quotients and folds of columns.
#include <nanobind/nanobind.h>

#include "src/native/bind.hpp"

namespace nb = nanobind;

namespace zkmark {

void bind_stark_vectors(nb::module_& module) { static_cast<void>(module); }

}  // namespace zkmark
