// Arithmetic of packed fields (packed31.hpp, packed_goldilocks.hpp) on arrays, for tests. Kernels use the types.
#pragma once

#include <cstddef>
#include <string_view>

#include "backends/cpu/native/isa.hpp"

namespace zkmark {

// out[i] = operation(a[i], b[i]) on elements as the field type holds them; `count` is a multiple of 16.
// Operations: add, subtract, multiply, square; factor, which is multiply by the other path
// (31 bits); constants, which is times 2^255 (2^32 - 1) (Goldilocks). False for an
// instruction set, field or operation that there is nothing for.
bool packed_operation(Isa isa, std::string_view field, std::string_view operation, const void* a,
                      const void* b, void* out, std::size_t count);

// One an instruction set, in packed_<isa>.cpp.
bool packed_operation_avx2(std::string_view field, std::string_view operation, const void* a, const void* b,
                           void* out, std::size_t count);
bool packed_operation_avx512(std::string_view field, std::string_view operation, const void* a,
                             const void* b, void* out, std::size_t count);

}  // namespace zkmark
