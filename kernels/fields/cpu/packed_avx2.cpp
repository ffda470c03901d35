#include "kernels/fields/cpu/packed.hpp"

#if defined(__AVX2__)
#include "kernels/fields/cpu/packed_operations.hpp"
#endif

namespace zkmark {

bool packed_operation_avx2([[maybe_unused]] std::string_view field,
                         [[maybe_unused]] std::string_view operation, [[maybe_unused]] const void* a,
                         [[maybe_unused]] const void* b, [[maybe_unused]] void* out,
                         [[maybe_unused]] std::size_t count) {
#if defined(__AVX2__)
    return packed_operation_here(field, operation, a, b, out, count);
#else
    return false;
#endif
}

}  // namespace zkmark
