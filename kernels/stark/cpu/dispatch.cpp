// Which kernels run: one entry an instruction set, indexed by Isa. A null entry falls back to the level below.
#include "kernels/stark/cpu/vector_kernels.hpp"

namespace zkmark::stark {

const VectorKernels& vector_kernels(std::size_t height) {
    static const VectorKernels* const kernels_at[isa_count] = {
        vector_kernels_portable(),
        vector_kernels_avx2(),
        vector_kernels_avx512(),
    };
    int level = static_cast<int>(isa_allowed());
    while (level > 0 && (!kernels_at[level] || kernels_at[level]->lanes > height)) --level;
    return *kernels_at[level];
}

}  // namespace zkmark::stark
