#include "src/native/bind.hpp"

namespace zkmark {

void bind_merkle(nanobind::module_& module) {}

}  // namespace zkmark
