#include "src/native/bind.hpp"

namespace zkmark {

void bind_hashes(nanobind::module_& module) {}

}  // namespace zkmark
