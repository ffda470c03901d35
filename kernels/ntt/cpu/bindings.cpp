#include "src/native/bind.hpp"

namespace zkmark {

void bind_ntt(nanobind::module_& module) {}

}  // namespace zkmark
