#include "src/native/bind.hpp"

namespace zkmark {

void bind_msm(nanobind::module_& module) {}

}  // namespace zkmark
