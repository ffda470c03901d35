#include "kernels/stark/cpu/vector_kernels_of.hpp"

namespace zkmark::stark {

const VectorKernels* vector_kernels_portable() { return &kernels_here; }

}  // namespace zkmark::stark
