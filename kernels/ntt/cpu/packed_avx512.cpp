#include "kernels/ntt/cpu/packed.hpp"

#if defined(__AVX512F__)
#include "kernels/ntt/cpu/packed_blocks.hpp"
#include "kernels/ntt/cpu/packed_shifts.hpp"
#endif

namespace zkmark::ntt {

const PackedKernels* packed_kernels_avx512() {
#if defined(__AVX512F__)
    static constexpr PackedKernels kernels{&PackedBlocks<Lanes31>::run, &PackedShifts<LanesGoldilocks>::run};
    return &kernels;
#else
    return nullptr;
#endif
}

}  // namespace zkmark::ntt
