#include "src/native/bind.hpp"

namespace zkmark {

void bind_fields(nanobind::module_& module) {}

}  // namespace zkmark
