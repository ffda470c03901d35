// The points_* functions of the extension module; called by bind_msm.
#pragma once

#include <nanobind/nanobind.h>

namespace zkmark {

void bind_points(nanobind::module_& module);

}  // namespace zkmark
