#include "backends/cpu/native/build_info.hpp"

namespace zkmark {

const char* compiler() { return ZKMARK_COMPILER; }
const char* compiler_flags() { return ZKMARK_FLAGS; }

}  // namespace zkmark
