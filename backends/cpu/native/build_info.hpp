// How this extension was compiled, for result documents.
#pragma once

namespace zkmark {

const char* compiler();
const char* compiler_flags();

}  // namespace zkmark
