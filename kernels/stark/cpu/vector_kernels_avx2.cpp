#include "kernels/stark/cpu/vector_kernels.hpp"

#if defined(__AVX2__)
#include "kernels/stark/cpu/vector_kernels_of.hpp"
#endif

namespace zkmark::stark {

const VectorKernels* vector_kernels_avx2() {
#if defined(__AVX2__)
    return &kernels_here;
#else
    return nullptr;
#endif
}

}  // namespace zkmark::stark
